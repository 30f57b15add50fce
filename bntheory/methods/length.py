"""The length search of GDNP: a zero of gamma -> d_gamma f(gamma v), the source's bisection and a faster method.

The source searches by T_s bisection steps on a bracket with a sign change (E9, E10). `newton_length` finds the same
zero by Newton's method, safeguarded by the bracket it has seen, in one to three evaluations from a good start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bntheory.errors import NoFiniteLength
from bntheory.protocols import Ray

#: Newton's error after a step of relative size d is about d^2, so a step below this one leaves rounding only.
_LAST_STEP = 1e-9
#: A ray is flat where both the slope and its change over the length are below this part of the largest slope seen: a
#: change of sign there is rounding (1e-16 of it). At a degenerate minimizer Newton's steps are short there, below
#: `_NEAR` of the length; in the tail of a bounded loss they are about half of it, or there are none.
_FLAT = 1e-12
_NEAR = 1e-3
#: More evaluations than any search takes: 40 doublings reach the flat part of every bounded loss, 60 halvings rounding.
_EVALUATIONS = 150


@dataclass(frozen=True)
class Length:
    """A length found along a direction.

    Attributes
    ----------
    gamma : float
        The length, signed.
    evaluations : int
        Evaluations of the slope along the ray; none of them reads the data.
    """

    gamma: float
    evaluations: int


def bisected(slope: Callable[[Any], Any], a: Any, b: Any, steps: int) -> tuple[Any, Any]:
    """The bracket [a, b] of any kind of number after bisection steps on a slope that changes from negative to positive.

    The left end moves to the middle where the slope is not positive there, else the right end does.
    """
    for _ in range(steps):
        middle = (a + b) / 2
        if slope(middle) <= 0:
            a = middle
        else:
            b = middle
    return a, b


def bisection_length(ray: Ray, bracket: tuple[float, float], steps: int) -> Length:
    """The left end a^(T_s) of the bracket after T_s = `steps` bisection steps on the slope (E9).

    Then (d_gamma f(a))^2 <= (zeta/mu)^2 4^(-T_s) |b - a|^2 (E10 corrected).

    Raises
    ------
    NoFiniteLength
        If the slope does not change from negative to positive on the bracket.
    """
    a, b = bracket
    left, right = ray.slope(a), ray.slope(b)
    if left > 0 or right < 0:
        raise NoFiniteLength(
            f"the slope does not change sign on the bracket [{a:g}, {b:g}] ({left:.3g} at its left end, {right:.3g} at "
            "its right end): give a bracket around the minimizer along the ray"
        )
    return Length(bisected(ray.slope, a, b, steps)[0], steps + 2)


def newton_length(ray: Ray, start: float) -> Length:
    """A minimizer along the ray by safeguarded Newton steps on the slope, from `start`.

    Stops after a Newton step with |step| <= 1e-9 |gamma|, whose error is of the order of rounding. Each evaluation
    shrinks the bracket between the last negative and the last positive slope; a Newton step that leaves it, or
    meets no positive curvature, is replaced by its middle, or by doubling the stride while one side is open.

    Raises
    ------
    NoFiniteLength
        If the ray becomes flat, |slope| and curvature |gamma| both below 1e-12 of the largest slope seen, away from
        a minimizer.
    """
    low, high, gamma = -np.inf, np.inf, start
    stride, steepest = max(abs(start), 1e-3), 0.0
    for evaluations in range(1, _EVALUATIONS):
        slope, curvature = ray.slope(gamma), ray.curvature(gamma)
        steepest = max(steepest, abs(slope))
        step = -slope / curvature if curvature > 0 else np.nan
        if abs(step) <= _LAST_STEP * abs(gamma):
            return Length(gamma + step, evaluations)
        if max(abs(slope), abs(curvature * gamma)) <= _FLAT * steepest:
            if abs(step) <= _NEAR * abs(gamma):
                return Length(gamma, evaluations)
            if abs(gamma) > abs(start):
                break
        low, high = (gamma, high) if slope < 0 else (low, gamma)
        following = gamma + step
        if not low < following < high or abs(step) > 4 * stride:
            if np.isfinite(low) and np.isfinite(high):
                following = (low + high) / 2
            else:
                stride *= 2
                following = gamma - np.copysign(stride, slope)
        if following == gamma:  # the bracket has shrunk to neighbouring floats
            return Length(gamma, evaluations)
        gamma = following
    raise NoFiniteLength(
        f"no minimizer was found along this direction: at length {abs(gamma):.2g} the objective is flat in float64, as "
        "for bounded losses and separable data, where GDNP's theorem does not apply"
    )
