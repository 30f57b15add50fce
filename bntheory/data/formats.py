"""Which format a data file has: by its first bytes, its extension, and else its text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from bntheory.data.libsvm_file import looks_like_libsvm
from bntheory.data.npy_file import NPY_MAGIC
from bntheory.data.npz_file import ZIP_MAGIC
from bntheory.errors import InvalidInput

Format: TypeAlias = Literal["csv", "libsvm", "npy", "npz"]

EXTENSIONS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".npy": "npy",
    ".npz": "npz",
    ".libsvm": "libsvm",
    ".svm": "libsvm",
    ".svmlight": "libsvm",
}

HEAD = 1 << 16
"""Bytes from which the format is told."""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file, open for reading in a with block; InvalidInput says why it cannot be read, then or in the block."""
    try:
        if path.is_dir():
            raise InvalidInput("data", path, "is a folder", "name a file in it")
        with path.open("rb") as stream:
            yield stream
    except FileNotFoundError:
        raise InvalidInput("data", path, "does not exist", "check the path") from None
    except PermissionError:
        raise InvalidInput("data", path, "may not be read", "change its permissions") from None
    except OSError as error:
        raise InvalidInput("data", path, f"cannot be read ({error.strerror})", "check the path") from None


def format_of(path: Path, stream: BinaryIO) -> Format:
    """The format of an open file, which is left at its beginning; InvalidInput if it is empty."""
    head = stream.read(HEAD)
    stream.seek(0)
    if not head or (head.isspace() and len(head) < HEAD):
        raise InvalidInput("data", path, "is empty", "give a CSV, NPY, NPZ or LIBSVM file")
    if head.startswith(NPY_MAGIC):
        return "npy"
    if head.startswith(ZIP_MAGIC):
        return "npz"
    return EXTENSIONS.get(path.suffix.lower(), "libsvm" if looks_like_libsvm(head) else "csv")
