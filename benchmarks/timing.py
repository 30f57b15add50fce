"""Measurements beside their goals; ratios of workloads timed in interleaved rounds, so that moods meet both alike."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class Measurement:
    """A measured number beside its goal.

    Attributes
    ----------
    name : str
    relation : "<=" or ">="
    goal : float
    measured : float
        Of ratios the median over rounds of the ratio within a round.
    spread : tuple of float
        Quartiles over the rounds; the number itself where there are none.
    unit : str
        "" for ratios.
    note : str
        What the number does not say.
    """

    name: str
    relation: Literal["<=", ">="]
    goal: float
    measured: float
    spread: tuple[float, float]
    unit: str = ""
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the goal is met; False for nan."""
        return self.measured <= self.goal if self.relation == "<=" else self.measured >= self.goal


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ratio(
    name: str,
    relation: Literal["<=", ">="],
    goal: float,
    work: Callable[[], object],
    reference: Callable[[], object],
    rounds: int,
    *,
    scale: float = 1.0,
    note: str = "",
) -> Measurement:
    """`scale` times the time of `work` over that of `reference`, one call each a round after one untimed round."""
    work(), reference()
    pairs = np.array([(seconds(work), seconds(reference)) for _ in range(rounds)])
    low, median, high = np.quantile(scale * pairs[:, 0] / pairs[:, 1], [0.25, 0.5, 0.75])
    return Measurement(name, relation, goal, float(median), (float(low), float(high)), note=note)


def once(name: str, relation: Literal["<=", ">="], goal: float, measured: float, **facts: str) -> Measurement:
    """A number without rounds."""
    return Measurement(name, relation, goal, measured, (measured, measured), **facts)  # type: ignore[arg-type]


@contextmanager
def one_core() -> Iterator[None]:
    """Within it this process and the threads it starts share one core (where the system can pin it).

    XLA takes all cores whatever the usual variables say, which would compare two cores with one.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
