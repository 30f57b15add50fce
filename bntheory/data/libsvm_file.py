"""LIBSVM text: ``label index:value index:value ...``, one example a line, as a sparse matrix.

Parsed by scikit-learn. Indices start at 0 if any index is 0, and at 1 otherwise.
"""

from __future__ import annotations

import codecs
import io
import re

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
    if target is not None:
        rule = f"{file} is LIBSVM text, whose lines begin with the label"
        raise InvalidInput("target", shown(target), rule, "leave it out")
    try:
        from sklearn.datasets import load_svmlight_file
    except ModuleNotFoundError as error:
        raise MissingExtra("scikit-learn", "data", "reading LIBSVM files") from error
    data = data.removeprefix(codecs.BOM_UTF8)
    lines = _CountedLines(data)
    try:
        features, labels = load_svmlight_file(lines)
    except (ValueError, OverflowError):
        raise _malformed(file, data, lines.line) from None
    X = csr_array(features, dtype=np.float64)
    if X.nnz == 0:
        raise InvalidInput(file, "no index:value pair", "must have features", "check the file's format")
    bad = np.flatnonzero(~np.isfinite(X.data))
    if bad.size:
        example = int(np.searchsorted(X.indptr, bad[0], side="right")) - 1
        where = f"{file}, line {_line_of(data, example)}"
        raise InvalidInput(where, X.data[bad[0]], "must be finite", "correct it or leave out the line")
    return Table(file, X, labels.tolist(), None, lambda i: f"{file}, line {_line_of(data, i)}, label")


def _malformed(file: str, data: bytes, line: int) -> InvalidInput:
    text = list(io.BytesIO(data))[line - 1].decode("utf-8", "backslashreplace").strip()
    rule = "must read 'label index:value index:value ...' with numbers and increasing indices"
    return InvalidInput(f"{file}, line {line}", shown(text), rule, "correct the line")


def _line_of(data: bytes, example: int) -> int:
    """The line, from 1, of an example, from 0: blank lines and comments are no examples."""
    lines = (k for k, line in enumerate(io.BytesIO(data), start=1) if line.split(b"#")[0].split())
    return next(k for i, k in enumerate(lines) if i == example)
