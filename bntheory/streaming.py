"""Second moments of data larger than memory: S = E[x x^T], u = E[-y x] and E[y^2] of rows that come in chunks.

    moments([(X, y)])                          -> Moments    data in memory are one chunk
    moments(data.chunks("f.npy", target=20))   -> Moments    a file, block by block

Means and co-moments are kept apart, so that centring and scaling lose no digits to means that are large beside the
deviations. Within a block, squares are summed about a shift: 0 while means are small beside deviations, else the mean
so far, and the block's own mean where that is not near enough (the corrected two-pass algorithm). Blocks are merged
pairwise. All three: Chan, Golub and LeVeque, The American Statistician 37, 1983.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from bntheory.errors import InvalidInput
from bntheory.typing import Matrix, Vector

Chunk: TypeAlias = tuple[Any, Any]
"""Rows X of shape (m, d), dense or sparse, and their targets y of shape (m,)."""

BLOCK, BLOCK_BYTES = 1 << 15, 1 << 22
"""Rows that are multiplied at once: at most so many, of so many bytes; but no fewer than S has."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Means and co-moments of n rows a = (x, y).  `first + second` are the moments of both sets of rows.

    Attributes
    ----------
    n : int
        The number of rows.
    center : array, shape (2, d + 1)
        The mean of a as an unevaluated sum of two float64, the second within half a unit in the last place of the
        first: the mean is known to about eps times the deviation, even where that is below the first's rounding.
    comoments : array, shape (d + 1, d + 1)
        M = sum_i (a_i - mean)(a_i - mean)^T. With b blocks of m rows (m = 23,831 for d = 21), eps = 2.2e-16, to first
        order ``|error of M_jk| <= 10 (m + 8 + log2 b) eps sqrt(M_jj M_kk)``, the bound of summation within a block
        (where the square subtracted is at most 3/4 of the sum) and pairwise between blocks, provided that the
        deviation exceeds m eps |mean|. Sums in a block round at random, so that 1e-14 is what one sees. M_jj = 0
        exactly where column j is constant, and only there unless its deviations are below 1e-154, whose squares
        underflow.
    """

    n: int
    center: Matrix
    comoments: Matrix

    @property
    def mean(self) -> Vector:
        """E[x], shape (d,)."""
        return self.center[0, :-1] + self.center[1, :-1]

    @property
    def deviation(self) -> Vector:
        """The standard deviations of the columns of X, shape (d,), ddof 0."""
        deviation: Vector = np.sqrt(np.diag(self.comoments)[:-1] / self.n)
        return deviation

    @property
    def S(self) -> Matrix:
        """E[x x^T], shape (d, d)."""
        return self._second[:-1, :-1]

    @property
    def u(self) -> Vector:
        """E[-y x], shape (d,)."""
        return -self._second[:-1, -1]

    @property
    def square(self) -> float:
        """E[y^2]."""
        return float(self._second[-1, -1])

    @property
    def _second(self) -> Matrix:
        """E[a a^T] = M/n + mean mean^T."""
        mean = self.center.sum(axis=0)
        return self.comoments / self.n + np.outer(mean, mean)

    def __add__(self, other: Moments) -> Moments:
        """The moments of both sets of rows: delta = mean' - mean, M + M' + (n n'/(n + n')) delta delta^T."""
        n = self.n + other.n
        delta = (other.center[0] - self.center[0]) + (other.center[1] - self.center[1])
        center = _two_sum(self.center[0], self.center[1] + delta * (other.n / n))
        weight = self.n * (other.n / n)
        return Moments(n, center, self.comoments + other.comoments + weight * np.outer(delta, delta))

    def standardized(self) -> Moments:
        """Of the columns centred and scaled to deviation 1 (ddof 0), constant ones dropped; y stays as it is.

        Raises
        ------
        InvalidInput
            If every column of X is constant.
        """
        deviation = np.append(self.deviation, 1.0)
        kept = deviation > 0
        if not kept[:-1].any():
            found = f"{len(deviation) - 1} constant columns"
            raise InvalidInput("X", found, "must not all be constant", "give a column that varies")
        center, scale = np.zeros((2, int(kept.sum()))), deviation[kept]
        center[:, -1] = self.center[:, -1]
        return Moments(self.n, center, self.comoments[np.ix_(kept, kept)] / scale / scale[:, None])


def moments(chunks: Iterable[Chunk]) -> Moments:
    """The moments of the rows of all chunks together, in the memory of one chunk and a few blocks.

    Parameters
    ----------
    chunks : iterable of (X, y)
        X of shape (m, d), dense (any real type) or sparse, and y of shape (m,); m may differ from chunk to chunk.
        Sparse rows are made dense a block at a time.

    Returns
    -------
    Moments
        Its rounding (see there) does not depend on how the rows are cut into chunks, beyond that bound.

    Raises
    ------
    InvalidInput
        If there is no row, shapes do not fit, or an entry is not a finite number or too large to be squared. Rows are
        counted from 0 over all chunks, columns from 0.
    """
    start, blocks, width, partial = 0, 0, 0, list[Moments]()
    for features, targets in chunks:
        X, y = _checked(features, targets, width, start)
        width = X.shape[1]
        step = max(min(BLOCK, BLOCK_BYTES // (8 * (width + 1))), width + 1)
        for row in range(0, len(y), step):
            part = slice(row, row + step)
            partial.append(_block(X[part], y[part], start + row, partial[-1] if partial else None))
            blocks += 1
            # partial sums hold 1, 2, 4, ... blocks: as many merges as blocks has factors of 2
            for _ in range((blocks & -blocks).bit_length() - 1):
                last = partial.pop()
                partial[-1] += last
        start += len(y)
    if not partial:
        raise InvalidInput("data", "no rows", "must have rows", "give at least one row")
    return reduce(add, reversed(partial))


def _checked(X: Any, y: Any, width: int, start: int) -> tuple[Any, NDArray[Any]]:
    X, y = X if issparse(X) else np.asarray(X), np.asarray(y)
    name = f"chunk from row {start}"
    if X.ndim != 2 or X.shape[1] == 0 or (width and X.shape[1] != width):
        rule = f"must have shape (m, {width})" if width else "must have shape (m, d) with d >= 1"
        raise InvalidInput(name, f"X of shape {X.shape}", rule, "give every chunk the same columns")
    if y.shape != (X.shape[0],):
        rule = f"must have shape ({X.shape[0]},)"
        raise InvalidInput(name, f"y of shape {y.shape}", rule, "give one target a row of X")
    for part in (X, y):
        if part.dtype.kind not in "biuf":
            found = f"an array of type {part.dtype}"
            raise InvalidInput(name, found, "must hold real numbers", "convert it to float64")
    return X.tocsr() if issparse(X) else X, y


def _block(X: Any, y: NDArray[Any], start: int, before: Moments | None) -> Moments:
    """The moments of one block of rows, the first of them row `start`, after rows with the moments `before`."""
    X = np.asarray(X.toarray() if issparse(X) else X, dtype=np.float64)
    y = np.asarray(y, dtype=np.float64)
    shift = np.zeros(X.shape[1] + 1)
    if before is not None and _far(before.center[0] ** 2, np.diag(before.comoments) / before.n):
        shift = before.center[0]
    with np.errstate(invalid="ignore", over="ignore"):
        rest, comoments = _about(shift, X, y)
        if _far(rest**2, np.diag(comoments) / len(y)):
            # what this leaves of a constant column is a small multiple of a unit in the last place, the same in each
            # row: all that follows is exact, and its co-moments are 0
            shift = shift + rest
            rest, comoments = _about(shift, X, y)
    if not np.isfinite(comoments).all():
        raise _not_finite(X, y, start)
    return Moments(len(y), _two_sum(shift, rest), comoments)


def _far(squared_mean: Vector, variance: Vector) -> bool:
    """Whether a mean is so large beside the deviation that to subtract its square costs more than a factor of 4."""
    return not bool((squared_mean <= 3 * variance).all())


def _about(shift: Vector, X: Matrix, y: Vector) -> tuple[Vector, Matrix]:
    """The mean r of the rows (x, y) - shift = b and their co-moments B^T B - m r r^T; no copy of X where shift = 0."""
    if shift.any():
        X, y = X - shift[:-1], y - shift[-1]
    m, d = X.shape
    both = np.ones((2, m))
    both[1] = y
    sums = np.empty((2, d + 1))
    sums[:, :-1], sums[:, -1] = both @ X, both @ both[1]
    squares = np.empty((d + 1, d + 1))
    squares[:-1, :-1], squares[-1], squares[:, -1] = X.T @ X, sums[1], sums[1]
    mean = sums[0] / m
    return mean, squares - np.outer(m * mean, mean)


def _two_sum(a: Vector, b: Vector) -> Matrix:
    """The rounded sum of a and b and, exactly, its rounding error (Knuth), shape (2, d + 1)."""
    total = a + b
    part = total - a
    return np.stack([total, (a - (total - part)) + (b - part)])


def _not_finite(X: Any, y: NDArray[Any], start: int) -> InvalidInput:
    table = np.column_stack([X.toarray() if issparse(X) else X, y])
    bad = np.argwhere(~np.isfinite(table))
    if not bad.size:
        where, found = f"rows {start} to {start + len(y) - 1}", f"entries up to {np.abs(table).max():.3g}"
        return InvalidInput(where, found, "must have squares in the floating-point range", "rescale the columns")
    i, j = (int(k) for k in bad[0])
    where = f"row {start + i}, {'the target' if j == X.shape[1] else f'column {j}'}"
    return InvalidInput(where, table[i, j], "must be finite", "correct it or leave out the row")
