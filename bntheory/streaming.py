"""Second moments of data larger than memory: S = E[x x^T], u = E[-y x] and E[y^2] of rows that come in chunks.

    moments([(X, y)])                          -> Moments    data in memory are one chunk
    moments(data.chunks("f.npy", target=20))   -> Moments    a file, block by block

Means and co-moments are kept apart, so that centring and scaling lose no digits to means that are large beside the
deviations. Blocks are merged pairwise by the update of Chan, Golub and LeVeque (The American Statistician 37, 1983),
and each block is centred at its own mean first, with the correction of the mean's rounding (their two-pass algorithm).
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

BLOCK = 4096
"""Rows that are centred and multiplied at once: 0.7 MB of 21 columns, within a core's cache."""


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
        M = sum_i (a_i - mean)(a_i - mean)^T. With b blocks of at most `BLOCK` rows, eps = 2.2e-16, to first order
        ``|error of M_jk| <= (BLOCK + 8 + 8 log2 b) eps sqrt(M_jj M_kk)``, the bound of summation within a block and
        pairwise between blocks, provided that the deviation exceeds BLOCK eps |mean|. Sums in a block round at
        random, so that 1e-14 is what one sees. M_jj = 0 exactly where column j is constant, and only there unless
        its deviations are below 1e-154, whose squares underflow.
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
    memory = np.empty((0, 0))  # of one block, written anew for each: fresh memory costs as much as the copy
    for features, targets in chunks:
        X, y = _checked(features, targets, width, start)
        width = X.shape[1]
        if len(memory) < min(BLOCK, len(y)):
            memory = np.empty((min(BLOCK, len(y)), width + 1))
        for row in range(0, len(y), BLOCK):
            part = slice(row, min(row + BLOCK, len(y)))
            partial.append(_block(X[part], y[part], start + row, memory[: part.stop - row]))
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


def _block(X: Any, y: NDArray[Any], start: int, memory: Matrix) -> Moments:
    """The moments of at most `BLOCK` rows, the first of them row `start`; `memory` has their shape, (m, d + 1)."""
    m, rows = len(y), memory
    rows[:, :-1], rows[:, -1] = X.toarray() if issparse(X) else X, y
    one = np.ones(m)
    with np.errstate(invalid="ignore", over="ignore"):
        shift = one @ rows / m
        # what a constant column leaves is one small multiple of a unit in the last place: all that follows is exact
        rows -= shift
        rest = one @ rows / m
        comoments = rows.T @ rows - np.outer(m * rest, rest)
    if not np.isfinite(comoments).all():
        raise _not_finite(X, y, start)
    return Moments(m, _two_sum(shift, rest), comoments)


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
