"""NPZ files: X, an array of shape (n, d), and the labels y, an array of length n. Nothing is unpickled."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bntheory.data.messages import COUNT, bare, listed
from bntheory.data.table import Table, as_matrix
from bntheory.errors import InvalidInput, unknown

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
"""How a zip archive, and an empty one, begins."""

BAD_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError)
"""What zipfile and its decompressors raise on damaged or encrypted members; bz2 raises OSError."""

BAD_ARRAY = (ValueError, MemoryError)
"""What numpy raises on damaged headers, pickled objects and absurd shapes."""

REMEDY = "write it by numpy.savez(file, X=X, y=y)"


def read_npz(file: str, data: bytes, target: str | None) -> Table:
    """The arrays X and y of an NPZ file.

    Parameters
    ----------
    file : str
        Its name, for messages.
    data : bytes
    target : str or None
        The array of labels, "y" if None.

    Raises
    ------
    InvalidInput
        If the archive is damaged, lacks an array, holds pickled objects, or the shapes do not fit.
    """
    if not data.startswith(ZIP_MAGIC):
        raise InvalidInput(file, "no zip archive", "is not an NPZ file", REMEDY)
    key = "y" if target is None else target
    name = f"array {key!r} of {file}"
    features, labels = _arrays(file, data, key)
    X = as_matrix(f"array 'X' of {file}", features)
    return Table(file, X, _as_list(name, labels, len(X)), None, lambda i: f"{name}, entry [{i}]")


def _arrays(file: str, data: bytes, key: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """X and the labels; the names are looked up first, so that what is caught below is about the content."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            absent = _absent(file, key, archive.files)
            if absent is None:
                return np.asarray(archive["X"]), np.asarray(archive[key])
    except (*BAD_ZIP, *BAD_ARRAY) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        found = "a damaged archive or pickled objects"
        raise InvalidInput(file, found, f"cannot be read ({reason})", REMEDY) from None
    raise absent


def _absent(file: str, key: str, names: list[str]) -> InvalidInput | None:
    if "X" not in names:
        found = f"arrays {listed(names)}" if names else "no arrays"
        return InvalidInput(file, found, "must hold an array 'X'", REMEDY)
    return None if key in names else unknown(f"target array of {file}", bare(key), map(bare, names[:COUNT]))


def _as_list(name: str, labels: NDArray[Any], n: int) -> list[str | float]:
    if labels.shape != (n,):
        rule = f"must have shape ({n},), one entry a row of X"
        raise InvalidInput(name, f"an array of shape {labels.shape}", rule, "reshape it, or mend X")
    if labels.dtype.kind not in "biufUS":
        found = f"an array of type {labels.dtype}"
        raise InvalidInput(name, found, "must hold numbers or strings", "convert it")
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8", "backslashreplace")
    if labels.dtype.kind == "b":
        labels = labels.astype(str)
    cells: list[str | float] = labels.tolist()
    return cells
