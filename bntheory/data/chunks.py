"""Files in parts: rows and real targets of data larger than memory, for `bntheory.streaming.moments`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bntheory.data.csv_file import csv_tables
from bntheory.data.formats import format_of, opened
from bntheory.data.libsvm_file import libsvm_tables
from bntheory.data.npy_file import MappedTable
from bntheory.data.npz_file import read_npz
from bntheory.data.targets import numbers
from bntheory.errors import InvalidInput
from bntheory.streaming import Chunk


def chunks(path: str | os.PathLike[str], *, target: str | int | None = None, rows: int = 8192) -> Iterator[Chunk]:
    """The rows and real targets of a file, part by part, as they are: neither centred nor scaled.

    Parameters
    ----------
    path : str or path
        As in `bntheory.data.load`. NPY files are memory-mapped, CSV and LIBSVM text is parsed as it is read (LIBSVM
        twice: its last line may have the largest index); an NPZ file is one part, since it cannot be read in parts.
    target : str or int, optional
        As in `bntheory.data.load`; the targets must be numbers.
    rows : int
        Rows (LIBSVM: lines) of a part of a text file; parts of an NPY file have 4 MB.

    Yields
    ------
    X : array or csr_array, shape (m, d)
    y : array, shape (m,)
        Finite. An array of an NPY file is valid until the next is asked for, and not to be written to.

    Raises
    ------
    InvalidInput
        As `bntheory.data.load`, with row, column and value, at the part where it is found; if rows < 1.
    MissingExtra
        For a LIBSVM file without scikit-learn.
    """
    path = Path(path)
    name = None if target is None else str(target)
    if rows < 1:
        raise InvalidInput("rows", rows, "must be at least 1", "give a whole number such as 8192")
    with opened(path) as stream:
        kind = format_of(path, stream)
        if kind == "npy":
            yield from MappedTable(path, name).chunks()
            return
        if kind == "npz":
            tables = iter([read_npz(path.name, stream.read(), name)])
        elif kind == "libsvm":
            tables = libsvm_tables(path.name, stream, name, rows)
        else:
            tables = csv_tables(path.name, stream, name, rows)
        for table in tables:
            yield table.X, numbers(table)
