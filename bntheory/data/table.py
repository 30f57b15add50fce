"""What a reader hands over: the features as they stand in the file, and the target not yet read as +-1.

Knows nothing of file formats. `as_matrix` states the rule that every dense feature array obeys.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from bntheory.errors import InvalidInput
from bntheory.typing import Matrix


@dataclass(frozen=True, eq=False)
class Table:
    """A file's rows, not yet scaled.

    Attributes
    ----------
    file : str
        The file's name, for messages.
    X : Matrix or csr_array, shape (n, d)
        Finite features.
    target : sequence of str or float, length n
        The target as it stands in the file.
    columns : tuple of str, or None
        Names of the d columns, where the file has names.
    target_at : callable
        ``target_at(i)`` names the target of row i as the user sees it: ``"f.csv, row 7, column 'label'"``.
    notes : tuple of str
        What the reader did that the user may not expect.
    """

    file: str
    X: Matrix | csr_array[np.float64]
    target: Sequence[str | float]
    columns: tuple[str, ...] | None
    target_at: Callable[[int], str]
    notes: tuple[str, ...] = ()


def as_number(text: str) -> float | None:
    """The number that a text stands for, or None.

    Underscores, which `float` skips, make a name or a date of it.
    """
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def as_matrix(name: str, values: NDArray[Any]) -> Matrix:
    """Real finite features as float64.

    Parameters
    ----------
    name : str
        The array, in the caller's words (``"array 'X' of f.npz"``).
    values : array, shape (n, d)

    Raises
    ------
    InvalidInput
        If the array is not two-dimensional with d >= 1, not of real numbers, or not finite.
    """
    if values.ndim != 2 or values.shape[1] == 0:
        found = f"an array of shape {values.shape}"
        raise InvalidInput(name, found, "must have rows and columns", "give shape (n, d) with d >= 1")
    if values.dtype.kind not in "biuf":
        found = f"an array of type {values.dtype}"
        raise InvalidInput(name, found, "must hold real numbers", "convert it to float64")
    X: Matrix = np.asarray(values, dtype=np.float64)
    bad = np.argwhere(~np.isfinite(X))
    if bad.size:
        i, j = (int(k) for k in bad[0])
        raise InvalidInput(f"{name}, entry [{i}, {j}]", X[i, j], "must be finite", "correct it or its row")
    return X
