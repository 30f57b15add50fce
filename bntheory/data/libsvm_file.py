"""LIBSVM text: ``label index:value index:value ...``, one example a line, as a sparse matrix.

Parsed by scikit-learn. Indices start at 0 if any index is 0, and at 1 otherwise.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, BinaryIO

import numpy as np
from scipy.sparse import csr_array

from bntheory.data.messages import shown
from bntheory.data.table import Table
from bntheory.errors import InvalidInput, MissingExtra

ENTRY = re.compile(rb"(qid|-?\d+(\.\d+)?):")
"""How the second word of a LIBSVM line begins; malformed indices are included, to be named as such."""


def looks_like_libsvm(head: bytes) -> bool:
    """Whether the first line with more than a label goes on with ``index:``."""
    for line in io.BytesIO(head):
        words = line.split(b"#")[0].split()
        if len(words) > 1:
            return ENTRY.match(words[1]) is not None
    return False


class _CountedLines(io.BytesIO):
    """Lines of a file in memory; `line` is the number of the last one handed out, from 1."""

    line = 0

    def __next__(self) -> bytes:
        text = super().__next__()
        self.line += 1
        return text


def read_libsvm(file: str, data: bytes, target: str | None) -> Table:
    """The features, in CSR format, and the labels of a LIBSVM file.

    Parameters
    ----------
    file : str
        Its name, for messages.
    data : bytes
    target : None
        The labels are the first word of each line.

    Raises
    ------
    InvalidInput
        Naming the line: if it is malformed, or a value is not finite; if a target is named.
    MissingExtra
        If scikit-learn is not installed.
    """
    _require_no_target(file, target)
    table = _parsed(file, data)
    first, width = _indices(file, [table])
    return _with_columns(table, first, width)


def libsvm_tables(file: str, stream: BinaryIO, target: str | None, count: int) -> Iterator[Table]:
    """The file of `read_libsvm` as tables of the examples on `count` lines each (the last may be shorter).

    The stream must be seekable; it is parsed twice, since its last line may have the largest index.
    """
    _require_no_target(file, target)
    first, width = _indices(file, _parts(file, stream, count))
    for table in _parts(file, stream, count):
        yield _with_columns(table, first, width)


def _parts(file: str, stream: BinaryIO, count: int) -> Iterator[Table]:
    stream.seek(0)
    line = 0
    while lines := list(islice(stream, count)):
        yield _parsed(file, b"".join(lines), line)
        line += len(lines)


def _require_no_target(file: str, target: str | None) -> None:
    """InvalidInput if a target is named."""
    if target is not None:
        rule = f"is not needed: {file} is LIBSVM text, whose lines begin with the label"
        raise InvalidInput("target", shown(target), rule, "leave it out")


def _parsed(file: str, data: bytes, above: int = 0) -> Table:
    """The examples of some lines, with a column for index 0; `above` counts the lines of the file before them."""
    try:
        from sklearn.datasets import load_svmlight_file
    except ModuleNotFoundError as error:
        raise MissingExtra("scikit-learn", "data", "reading LIBSVM files") from error
    data = data.removeprefix(codecs.BOM_UTF8)
    lines = _CountedLines(data)
    try:
        features, labels = load_svmlight_file(lines, zero_based=True)
    except (ValueError, OverflowError):
        raise _malformed(file, data, lines.line, above) from None
    X = csr_array(features, dtype=np.float64)
    bad = np.flatnonzero(~np.isfinite(X.data))
    if bad.size:
        example = int(np.searchsorted(X.indptr, bad[0], side="right")) - 1
        where = f"{file}, line {above + _line_of(data, example)}"
        raise InvalidInput(where, X.data[bad[0]], "must be finite", "correct it or leave out the line")
    return Table(file, X, labels.tolist(), None, lambda i: f"{file}, line {above + _line_of(data, i)}, label")


def _indices(file: str, tables: Iterable[Table]) -> tuple[int, int]:
    """The first index, 0 or 1, and the largest index + 1."""
    sparse: Iterable[Any] = (table.X for table in tables)
    with_entries = [(int(X.indices.min() > 0), X.shape[1]) for X in sparse if X.nnz]
    if not with_entries:
        raise InvalidInput(file, "no index:value pair", "must have features", "check the file's format")
    firsts, widths = zip(*with_entries, strict=True)
    return min(firsts), max(widths)


def _with_columns(table: Table, first: int, width: int) -> Table:
    """The table with the columns of the indices from `first` to `width` - 1."""
    X: Any = table.X
    return replace(table, X=csr_array((X.data, X.indices - first, X.indptr), shape=(X.shape[0], width - first)))


def _malformed(file: str, data: bytes, line: int, above: int) -> InvalidInput:
    text = list(io.BytesIO(data))[line - 1].decode("utf-8", "backslashreplace").strip()
    rule = "must read 'label index:value index:value ...' with numbers and increasing indices"
    return InvalidInput(f"{file}, line {above + line}", shown(text), rule, "correct the line")


def _line_of(data: bytes, example: int) -> int:
    """The line, from 1, of an example, from 0: blank lines and comments are no examples."""
    lines = (k for k, line in enumerate(io.BytesIO(data), start=1) if line.split(b"#")[0].split())
    return next(k for i, k in enumerate(lines) if i == example)
