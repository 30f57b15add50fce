"""NPY files: one array of shape (n, k), one of its columns the target. They are memory-mapped, never read whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bntheory.data.messages import shown
from bntheory.errors import InvalidInput
from bntheory.mapped_rows import MappedRows
from bntheory.typing import Matrix, Vector

NPY_MAGIC = b"\x93NUMPY"
"""How an NPY file begins."""

REMEDY = "write it by numpy.save(file, array)"


class MappedTable:
    """An NPY file and its target column.

    Parameters
    ----------
    path : Path
    target : str or None
        The index of the target column, from 0.

    Raises
    ------
    InvalidInput
        If the file is damaged or cut short, holds no two-dimensional array of real numbers, or the target is not the
        index of one of at least two columns.
    """

    def __init__(self, path: Path, target: str | None) -> None:
        self.file = path.name
        self._all = MappedRows(_map(path), name=path.name)
        self._target = _target_index(path.name, self._all.shape[1], target)

    @property
    def features(self) -> NDArray[np.intp]:
        """Which columns are no target."""
        return np.delete(np.arange(self._all.shape[1]), self._target)

    def target(self) -> Vector:
        """The target column, shape (n,)."""
        target: Vector = self.rows(np.array([self._target])) @ np.ones(1)
        return target

    def chunks(self) -> Iterator[tuple[Matrix, Vector]]:
        """Features and targets of consecutive rows, in one reading; InvalidInput where an entry is not finite."""
        last = self._all.shape[1] - 1
        for _, block in self._all.finite_blocks():
            if self._target in (0, last):  # the other columns are a view, of which no copy is needed
                X = block[:, 1:] if self._target == 0 else block[:, :-1]
            else:
                X = np.delete(block, self._target, axis=1)
            yield X, block[:, self._target]

    def rows(self, kept: NDArray[np.intp], center: Matrix | None = None, deviation: Vector | None = None) -> MappedRows:
        """The rows of the columns `kept`, centred and scaled."""
        run = len(kept) == kept[-1] - kept[0] + 1  # neighbouring columns are a view of the map
        columns = slice(int(kept[0]), int(kept[-1]) + 1) if run else kept
        return MappedRows(self._all.table, columns, center, deviation, self.file)


def _map(path: Path) -> NDArray[Any]:
    try:
        table: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        reason = " ".join(str(error).split())
        raise InvalidInput(path.name, "a damaged or truncated file", f"cannot be read ({reason})", REMEDY) from None
    return table


def _target_index(file: str, k: int, target: str | None) -> int:
    if k < 2:
        raise InvalidInput(file, "one column", "must have features besides the target", "stack them: (n, d + 1)")
    if target is None or not target.isdecimal() or int(target) >= k:
        rule = f"must be the index of a column of {file}"
        raise InvalidInput("target", shown(target), rule, f"give a number from 0 to {k - 1}")
    return int(target)
