"""Ratios of two workloads, timed in interleaved rounds so that the machine's moods meet both alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Ratio:
    """A measured ratio beside its goal.

    Attributes
    ----------
    name : str
    goal : float
        At most so much.
    measured : float
        The median over rounds of the ratio within a round.
    spread : tuple of float
        Its quartiles.
    """

    name: str
    goal: float
    measured: float
    spread: tuple[float, float]

    @property
    def met(self) -> bool:
        """Whether the median is within the goal."""
        return self.measured <= self.goal


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ratio(name: str, goal: float, work: Callable[[], object], reference: Callable[[], object], rounds: int) -> Ratio:
    """The time of `work` over that of `reference`, one call each a round after one untimed round."""
    work(), reference()
    pairs = [(seconds(work), seconds(reference)) for _ in range(rounds)]
    low, median, high = np.quantile([numerator / denominator for numerator, denominator in pairs], [0.25, 0.5, 0.75])
    return Ratio(name, goal, float(median), (float(low), float(high)))
