"""What a problem, its rays and a method are: the interfaces that users' own classes may satisfy.

The members of `Problem` and `Ray` are all that `bntheory.run` and every method need. What the package's own problems
offer beyond them is asked for by the functions at the end of this file, each with its fallback.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from bntheory.arrays import real_array
from bntheory.errors import InvalidInput
from bntheory.linalg import Metric
from bntheory.typing import Matrix, Vector


class Ray(Protocol):
    """The objective along a direction: g(gamma) = f(gamma v), v = w/|w|_S.

    Caches what the direction costs (the margins Z v, or the mean u^T v), so that each call is O(n) or O(1);
    `gradient` is in w~ and is the second and last pass over the data.
    """

    def value(self, gamma: float) -> float:
        """f(gamma v)."""

    def slope(self, gamma: float) -> float:
        """d/dgamma f(gamma v) = v^T grad f(gamma v)."""

    def curvature(self, gamma: float) -> float:
        """d^2/dgamma^2 f(gamma v)."""

    def gradient(self, gamma: float) -> Vector:
        """grad f at w~ = gamma v, shape (d,)."""


class Problem(Protocol):
    """min f(w~) over w~ in R^d, with the statistics that decoupling needs."""

    @property
    def u(self) -> Vector:
        """E[z], shape (d,)."""

    @property
    def S(self) -> Matrix:
        """E[z z^T], shape (d, d), symmetric positive (semi)definite."""

    def value(self, w: Vector) -> float:
        """f(w~)."""

    def gradient(self, w: Vector) -> Vector:
        """grad f(w~), shape (d,)."""

    def ray(self, w: Vector) -> Ray:
        """The objective along the direction of w != 0."""


@runtime_checkable
class SteinRay(Protocol):
    """A ray that knows the two coefficients of grad f = a u + b Cov w~ (Stein's lemma), Cov = S - u u^T."""

    def stein(self, gamma: float) -> tuple[float, float]:
        """(a, b) at w~ = gamma v: (E[phi'], E[phi'']) for halfspaces."""


@dataclass(frozen=True, slots=True)
class Iterate:
    """One iterate of a method.

    Attributes
    ----------
    w_tilde : array, shape (d,)
        The unnormalized weight.
    value : float
        f(w~).
    gradient : array, shape (d,)
        grad f(w~).
    passes : float
        Products with the data so far: Z w and Z^T r count one each (so does a gradient of a population problem: two).
    """

    w_tilde: Vector
    value: float
    gradient: Vector
    passes: float


class Method(Protocol):
    """An optimization method: an endless iterator; stopping and recording are outside (`bntheory.run`)."""

    @property
    def name(self) -> str:
        """The method's name on the command line and in figures."""

    def iterates(self, problem: Problem, w0: Vector) -> Iterator[Iterate]:
        """The iterates from w0 on, the first of them at the direction of w0."""


def metric_of(problem: Problem) -> Metric:
    """The problem's own `metric` where it has one (it is computed once there), else that of S."""
    own = getattr(problem, "metric", None)
    return own if isinstance(own, Metric) else Metric(problem.S)


def value_and_gradient(problem: Problem, w: Vector) -> tuple[float, Vector]:
    """(f(w), grad f(w)), in one go where the problem can."""
    both = getattr(problem, "value_and_gradient", None)
    if both is None:
        return problem.value(w), problem.gradient(w)
    value, gradient = both(w)
    return value, gradient


def smoothness(problem: Problem) -> float:
    """The problem's `zeta`: |grad f(a) - grad f(b)| <= zeta |a - b|."""
    zeta = getattr(problem, "zeta", None)
    if zeta is None or not np.isfinite(zeta):
        raise InvalidInput(
            "zeta", zeta, "must be finite for a theorem's step 1/zeta", "give the method's step sizes yourself"
        )
    return float(zeta)


def suboptimality(problem: Problem, w: Vector, value: float) -> float:
    """f(w) - inf f where the problem knows its infimum, else nan."""
    own = getattr(problem, "suboptimality", None)
    return float("nan") if own is None else float(own(w, value))


def obstacle(problem: Problem, w: Vector) -> str | None:
    """Why no minimizer exists, where w shows it (a separating weight), else None."""
    own = getattr(problem, "obstacle", None)
    return None if own is None else own(w)


def checked_start(w0: Vector, d: int) -> Vector:
    """w0 as a float64 array of shape (d,).

    Raises
    ------
    InvalidInput
        If it does not hold real numbers, the shape differs, an entry is not finite, or w0 = 0.
    """
    w0 = real_array("w0", w0)
    if w0.shape != (d,):
        raise InvalidInput(
            "w0", f"array of shape {w0.shape}", f"must have shape ({d},)", "match the problem's dimension"
        )
    if not np.isfinite(w0).all():
        raise InvalidInput("w0", "non-finite", "must be finite", "remove nan and inf")
    if not w0.any():
        raise InvalidInput("w0", 0, "must not be 0, which has no direction", "give any nonzero vector")
    return w0
