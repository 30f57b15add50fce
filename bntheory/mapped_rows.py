"""Rows of a memory-mapped array, read block by block: products with data that never are in memory as a whole.

The pages of a map count as memory of the process once they are read; they are given back after each block.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bntheory.errors import InvalidInput
from bntheory.typing import Matrix, Vector

BLOCK_BYTES = 1 << 22
"""Of the file, read at once."""


class MappedRows:
    """The rows ``(a_i - center) / deviation`` of chosen columns of an array on disk.

    ``X @ w``, ``X.T @ r`` and ``X.gram(weights)`` read the file once each; a block of 4 MB (or one row, if that is
    longer) and its scaled copy are in memory.

    Parameters
    ----------
    table : array, shape (n, k)
        Usually ``np.load(file, mmap_mode="r")``; any real type. The file must not change while it is used.
    columns : slice or array of int
        Which d of the k columns.
    center : array, shape (2, d), optional
        Subtracted from each row, the first of the two and then the second (`bntheory.streaming.Moments.center`).
    deviation : array, shape (d,), optional
        Divides each row.
    name : str
        What messages call the table.
    """

    def __init__(
        self,
        table: NDArray[Any],
        columns: slice | NDArray[np.intp] = slice(None),
        center: Matrix | None = None,
        deviation: Vector | None = None,
        name: str = "X",
    ) -> None:
        if table.ndim != 2 or 0 in table.shape:
            rule = "must have shape (n, d) with n, d >= 1"
            raise InvalidInput(name, f"array of shape {table.shape}", rule, "give one row a sample")
        if table.dtype.kind not in "biuf":
            found = f"an array of type {table.dtype}"
            raise InvalidInput(name, found, "must hold real numbers", "convert it to float64")
        self.table, self.columns, self.center, self.deviation, self.name = table, columns, center, deviation, name

    @property
    def shape(self) -> tuple[int, int]:
        """(n, d)."""
        return len(self.table), np.arange(self.table.shape[1])[self.columns].size

    @property
    def T(self) -> _Transposed:
        """For ``X.T @ r``."""
        return _Transposed(self)

    def blocks(self) -> Iterator[tuple[slice, Matrix]]:
        """Consecutive rows as float64 with their place; a block that is a view of the map is not to be written to."""
        table = np.asarray(self.table)  # slices of np.memmap itself cost microseconds each
        step = max(1, BLOCK_BYTES // (table.itemsize * table.shape[1]))
        for start in range(0, len(table), step):
            block = np.asarray(table[start : start + step][:, self.columns], dtype=np.float64)
            if self.center is not None:
                block = block - self.center[0]
                block -= self.center[1]
            if self.deviation is not None:
                block = block / self.deviation
            yield slice(start, start + len(block)), block
            _forget(self.table)

    def finite_blocks(self) -> Iterator[tuple[slice, Matrix]]:
        """As `blocks`; InvalidInput names the first entry that is not finite."""
        for rows, block in self.blocks():
            # a sum needs no second array, and is finite only if all its terms are
            with np.errstate(over="ignore", invalid="ignore"):
                suspect = not np.isfinite(block.sum())
            if suspect and not (finite := np.isfinite(block)).all():
                i, j = (int(k) for k in np.argwhere(~finite)[0])
                entry = f"{self.name}, entry [{rows.start + i}, {j}]"
                raise InvalidInput(entry, block[i, j], "must be finite", "correct it or its row")
            yield rows, block

    def __matmul__(self, w: Matrix) -> Matrix:
        """X w, shape (n,) or (n, k)."""
        product = np.empty((len(self.table), *w.shape[1:]))
        for rows, block in self.blocks():
            product[rows] = block @ w
        return product

    def gram(self, weights: Vector | None = None) -> Matrix:
        """X^T diag(weights) X, shape (d, d); weights 1 if not given."""
        total = np.zeros((self.shape[1],) * 2)
        for rows, block in self.blocks():
            total += block.T @ (block if weights is None else block * weights[rows, None])
        return total


class _Transposed:
    """X^T, for products."""

    def __init__(self, rows: MappedRows) -> None:
        self._rows = rows

    def __matmul__(self, r: Matrix | MappedRows) -> Matrix:
        """X^T r, shape (d,) or (d, k); X^T X."""
        if r is self._rows:
            return self._rows.gram()
        if isinstance(r, MappedRows):
            return NotImplemented
        total: Matrix = np.zeros((self._rows.shape[1], *r.shape[1:]))
        for rows, block in self._rows.blocks():
            total += block.T @ r[rows]
        return total


def _forget(table: NDArray[Any]) -> None:
    """Give the pages of a map that were read back to the system, which keeps them cached as long as it has room.

    Not those of a copy-on-write map, whose changes exist nowhere else; nor where the system has no madvise.
    """
    if getattr(table, "mode", "c") == "c" or not hasattr(mmap, "MADV_DONTNEED"):
        return
    owner: Any = table
    while owner is not None and not isinstance(owner, mmap.mmap):
        owner = getattr(owner, "base", None)
    if owner is not None:
        owner.madvise(mmap.MADV_DONTNEED)
