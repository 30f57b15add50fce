"""What a sweep is to compute; `bntheory.sweep.reading` makes one from TOML."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product
from math import prod
from typing import Any, NamedTuple

LEAST_SQUARES, GAUSSIAN = "least-squares", "gaussian-halfspace"
#: The methods of each problem; gd has the step 1/zeta (1/(2L) on least squares), gd-best 1/(L + mu).
METHODS = {LEAST_SQUARES: ("gd", "gdnp", "gd-best"), GAUSSIAN: ("gd", "gdnp")}


class Setting(NamedTuple):
    """What a random instance is drawn from."""

    problem: str
    dimension: int
    condition: float
    spectrum: str
    start: str
    size: float


class Cell(NamedTuple):
    """What is run on an instance; the loss is None on least squares."""

    loss: str | None
    method: str


@dataclass(frozen=True)
class Grid:
    """The values of each axis, none twice, none empty."""

    problem: tuple[str, ...]
    dimension: tuple[int, ...]
    condition: tuple[float, ...]
    spectrum: tuple[str, ...]
    start: tuple[str, ...]
    size: tuple[float, ...]
    loss: tuple[str, ...]
    method: tuple[str, ...]

    def settings(self) -> Iterator[Setting]:
        """Every combination of what instances depend on, the last axis fastest."""
        axes = (self.problem, self.dimension, self.condition, self.spectrum, self.start, self.size)
        return (Setting(*values) for values in product(*axes))

    def cells(self, problem: str) -> tuple[Cell, ...]:
        """What is run on each instance of a problem."""
        losses = self.loss if problem == GAUSSIAN else (None,)
        return tuple(Cell(loss, method) for loss, method in product(losses, self.method))


@dataclass(frozen=True)
class Spec:
    """A checked sweep.

    Attributes
    ----------
    steps, seeds, seed : int
        T, the runs of each configuration, and the seed of every random choice.
    tol : float or None
        The relative suboptimality to which steps are counted.
    grid : Grid
    """

    steps: int
    seeds: int
    seed: int
    tol: float | None
    grid: Grid

    @property
    def configurations(self) -> int:
        """How many combinations of all axes."""
        axes = (self.grid.dimension, self.grid.condition, self.grid.spectrum, self.grid.start, self.grid.size)
        return prod(map(len, axes)) * sum(len(self.grid.cells(problem)) for problem in self.grid.problem)

    @property
    def runs(self) -> int:
        """How many cells the grid has."""
        return self.configurations * self.seeds

    def document(self) -> dict[str, Any]:
        """The spec as plain data, with its defaults filled in."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain

    @property
    def digest(self) -> str:
        """SHA-256 (16 hex digits) of the document: the same for specs that say the same."""
        return hashlib.sha256(json.dumps(self.document(), sort_keys=True).encode()).hexdigest()[:16]
