"""Centring and scaling of dense columns: x^ = (x - mean) / sd with sd^2 = (1/n) sum (x - mean)^2 (ddof 0).

The theory assumes E[x] = 0 and no intercept (article, section E), so the columns of users' data are centred.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bntheory.data.messages import counted, listed
from bntheory.data.table import as_matrix
from bntheory.errors import InvalidInput
from bntheory.typing import Matrix


def standardize(
    X: Matrix, columns: Sequence[str] | None = None, *, name: str = "X"
) -> tuple[Matrix, tuple[str, ...] | None, tuple[str, ...]]:
    """Columns of mean 0 and variance 1 (ddof 0); constant columns are dropped.

    Parameters
    ----------
    X : Matrix, shape (n, d)
        Finite, of any magnitude; not changed.
    columns : sequence of str, optional
        The d names.
    name : str
        What messages call X.

    Returns
    -------
    X : Matrix, shape (n, d_kept)
        With eps = 2.2e-16: ``|mean| <= n eps`` and ``|sd - 1| <= (n + 8) eps`` for every column, the bounds
        of recursive summation.
    columns : tuple of str, or None
        The names kept.
    notes : tuple of str
        ``"dropped constant column 'b'"``, ``"centred and scaled 3 columns"``.

    Raises
    ------
    InvalidInput
        If X is not a finite real matrix, has no row, or all its columns are constant.
    """
    X = as_matrix(name, X)
    if not len(X):
        raise InvalidInput(name, "no rows", "must have rows to be centred", "give at least 2 rows")
    high, low = X.max(axis=0) / 2, X.min(axis=0) / 2
    keep = high - low > 0
    notes = scaling_notes(name, columns, keep.tolist())
    # Midrange and half range first: with entries in [-1, 1] nothing overflows, and a near-constant column
    # loses no digits to its offset.
    Z = np.compress(keep, X, axis=1)
    Z -= (high + low)[keep]
    Z /= (high - low)[keep]
    Z -= Z.mean(axis=0)
    # The first mean errs by n eps of the half range, which beside an outlier is much more than n eps sd.
    Z -= Z.mean(axis=0)
    Z /= Z.std(axis=0)
    names = None if columns is None else tuple(c for c, kept in zip(columns, keep, strict=True) if kept)
    return Z, names, notes


def scaling_notes(name: str, columns: Sequence[object] | None, keep: list[bool]) -> tuple[str, ...]:
    """What becomes of the columns of the data `name`, of which those with `keep` vary; columns None: their indices.

    Raises
    ------
    InvalidInput
        If none varies.
    """
    if not any(keep):
        found = counted(len(keep), "feature column", "feature columns")
        raise InvalidInput(name, found, "must not all be constant", "give a column that varies")
    scaled = f"centred and scaled {counted(sum(keep), 'column', 'columns')}"
    return (*_dropped(columns, keep), scaled)


def _dropped(columns: Sequence[object] | None, keep: list[bool]) -> tuple[str, ...]:
    lost = [j if columns is None else columns[j] for j, kept in enumerate(keep) if not kept]
    if len(lost) > 1:
        return (f"dropped {len(lost)} constant columns: {listed(lost)}",)
    return (f"dropped constant column {listed(lost)}",) if lost else ()
