"""Expectations E[h(t)] over a normal t ~ N(mean, std^2), each with an error estimate.

`expectation` takes any h, `loss_moments` gives E phi, E phi', E phi'' of a loss, `normal_moments` those of powers in
any number system, and `rule` bare nodes and weights.  A rule is evaluated together with a coarser version of itself
(`bntheory.quadrature`); the finer value is returned, the difference is its error estimate, and nodes are doubled until
that is at rounding level.
`normal_cdf` and `normal_density` take numbers of every kind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, pi
from typing import Any

import numpy as np

from bntheory import numbers
from bntheory.errors import InvalidInput
from bntheory.losses import Loss, Moments, get_loss
from bntheory.quadrature import EDGE_DENSITY, MAX_NODES, equispaced, half_count, refinements
from bntheory.typing import Matrix, Vector

_EPS = float(np.finfo(np.float64).eps)

_ENOUGH = 64 * _EPS
"""Nodes are doubled until the difference is below 64 eps max|h(t) - h(mean)| plus rounding.  The value is far
better than that: halving the step squares the error factor of the equispaced rule."""


#: Values of a batch at a time: 256 kB, which stays in a core's cache.
_BATCH = 2**15


@dataclass(frozen=True)
class Expectation:
    """A computed expectation and how far off it may be.

    Attributes
    ----------
    value : float or ndarray, shape (k,)
        E[h(t)], one number for each function.
    error : float
        Estimate of max |value - E[h(t)]|, the sum of: the difference between the rule and its coarser
        version; rounding, 2 eps (|h(mean)| + E|h(t) - h(mean)|); the cut-off at 8.5 std,
        2 n(8.5) max |h(t) - h(mean)| over the nodes, as if h stayed within its range there (a jump of height H
        beyond the nodes escapes it, and weighs at most 1e-17 H).  It is no proof: features that fall between
        all nodes escape it too, which takes a `strip` far too large.  Rounding mean + std xi is not counted; it
        moves t by at most eps max|t|.
    """

    value: float | Vector
    error: float


def rule(std: float, strip: float = pi) -> tuple[Vector, Vector]:
    """The equispaced rule E[h(mean + std xi)] ~ weights @ h(mean + std * xi), xi ~ N(0, 1).

    About 32 std + 24 nodes for strip pi and 64 std + 24 for pi/2, rounded up by at most 19 %
    (`bntheory.quadrature.half_count` derives them).  `expectation` is the version that checks itself.

    Parameters
    ----------
    std : float
        Standard deviation of t, >= 0.
    strip : float
        Half-width of the strip about the real axis where h is analytic; ``inf`` counts as 4.

    Returns
    -------
    xi, weights : ndarray, shape (nodes,)
        Read-only and cached: symmetric about the middle node 0; weights sum to 1 within 1e-15.

    Raises
    ------
    InvalidInput
        std is negative or not finite, strip is not positive, or std/strip asks for more than 65,536 nodes.
    """
    _check(0.0, std, strip)
    half = half_count(std, strip)
    if 2 * half >= MAX_NODES:
        raise InvalidInput(
            "std", std, f"needs more than {MAX_NODES} nodes at strip {strip:g}",
            "call expectation, which shrinks the panels only where h needs it",
        )  # fmt: skip
    return equispaced(half)


def expectation(
    h: Callable[[Vector], Vector],
    mean: float,
    std: float,
    *,
    strip: float = pi,
    kinks: tuple[float, ...] = (),
) -> Expectation:
    """E[h(t)], t ~ N(mean, std^2).

    For h with a bounded derivative the goal is |value - E[h]| <= 1e-12 for 0 <= std <= 100, |mean| <= 1000.

    Parameters
    ----------
    h : callable
        Maps points, shape (n,), to values, shape (n,), or (k, n) for k functions at once; real and finite.
    mean, std : float
    strip : float
        Half-width of the strip |Im t| < strip where h is analytic (between the kinks, if any), ``inf`` if
        entire.  A value that is too large is noticed and costs further doublings.
    kinks : tuple of float
        Points where h or a derivative of it jumps.  With kinks, or for std above 160 strip or so, whatever in
        h is narrower than std is looked for near the kinks, or near 0 where there are none; that is where
        every loss of this package has it.

    Returns
    -------
    Expectation

    Raises
    ------
    InvalidInput
        mean or std is not finite, std < 0, strip <= 0, or h returns a wrong shape, inf or nan.
    """
    _check(mean, std, strip)
    if std == 0.0:
        return Expectation(_plain(_evaluate(h, np.array([mean], dtype=np.float64))[..., 0]), 0.0)
    last_gap = 0.0
    for nodes in refinements(mean, std, strip, kinks):
        values = _evaluate(h, mean + std * nodes.xi)
        at_mean = values[..., nodes.middle]
        spread = values - at_mean[..., None]
        gap = np.abs(spread @ nodes.difference)
        size = np.abs(spread)
        mean_size = size @ nodes.weights
        # Centring keeps digits where h hardly differs from h(mean), and would lose them where h is a peak.
        centred = 2.0 * mean_size < np.abs(at_mean)
        value = np.where(centred, at_mean + spread @ nodes.weights, values @ nodes.weights)
        rounding = 2.0 * _EPS * (np.abs(at_mean) + mean_size)
        largest = size.max(axis=-1)
        error = float(np.max(gap + rounding + 2.0 * EDGE_DENSITY * largest))
        if np.all(gap <= _ENOUGH * largest + rounding):
            return Expectation(_plain(value), error)
        error, last_gap = error + last_gap, float(np.max(gap))
    return Expectation(_plain(value), error)  # slow convergence: one difference alone may be small by chance


def normal_cdf(x: Any) -> Any:
    """N(x) = (1 + erf(x/sqrt(2)))/2 in the number system of x."""
    return (1 + numbers.erf(x / numbers.sqrt(0 * x + 2))) / 2


def normal_density(x: Any) -> Any:
    """N'(x) = exp(-x^2/2)/sqrt(2 pi) in the number system of x."""
    return numbers.exp(-(x**2) / 2) / numbers.sqrt(2 * numbers.pi_like(x))


def loss_expectation(loss: str | Loss, mean: float, std: float) -> Expectation:
    """(E phi(t), E phi'(t), E phi''(t)) for t ~ N(mean, std^2), shape (3,), with an error estimate.

    A closed form where the loss has one, with 8 eps (1 + max |value|) as the estimate of its rounding error;
    quadrature otherwise.  Parameters and errors as in `expectation`.
    """
    loss = get_loss(loss)
    if loss.gaussian is None:
        return expectation(_all_three(loss), mean, std, strip=loss.strip, kinks=loss.kinks)
    _check(mean, std, loss.strip)
    value = np.array(loss.gaussian(mean, std))
    return Expectation(value, float(8.0 * _EPS * (1.0 + np.max(np.abs(value)))))


def loss_moments(loss: str | Loss, mean: float, std: float) -> Moments:
    """The three numbers of `loss_expectation`, without the error estimate."""
    value, slope, curvature = np.asarray(loss_expectation(loss, mean, std).value).tolist()
    return value, slope, curvature


def batched_moments(loss: str | Loss, mean: Vector, std: Vector) -> Matrix:
    """E phi, E phi' and E phi'' for many normal variables at once, by one rule, that of the largest deviation.

    `batched_error` says how far off they are.

    Parameters
    ----------
    loss : str or Loss
        Without kinks.
    mean, std : array, shape (k,)

    Returns
    -------
    array, shape (3, k)

    Raises
    ------
    InvalidInput
        As `rule`; or the loss has kinks, which one rule for all cannot meet.
    """
    loss = get_loss(loss)
    if loss.kinks:
        raise InvalidInput("loss", loss.name, "must have no kinks here", "take the problems one by one")
    _check(float(np.abs(mean).max()), float(std.max()), loss.strip)
    xi, weights = rule(float(std.max()), loss.strip)
    moments = np.empty((3, len(mean)))
    size = max(_BATCH // len(xi), 1)
    for first in range(0, len(mean), size):
        part = slice(first, first + size)
        t = mean[part, None] + std[part, None] * xi
        for row, values in zip(moments, (loss.phi(t), *loss.derivatives(t)), strict=True):
            np.matmul(values, weights, out=row[part])
    return moments


def batched_error(loss: str | Loss, mean: Vector, std: Vector, moments: Matrix) -> float:
    """The largest difference from `loss_moments`, which checks itself, at the extremes of mean and std."""
    extremes = np.unique([mean.argmin(), mean.argmax(), std.argmin(), std.argmax()])
    checked = [loss_moments(loss, float(mean[k]), float(std[k])) for k in extremes]
    return float(np.abs(moments[:, extremes].T - checked).max())


def normal_moments(mean: Any, variance: Any, count: int) -> tuple[Any, ...]:
    """(E[1], E[t], ..., E[t^count]), t ~ N(mean, variance), in the number system of `mean` and `variance`.

    E[t^n] = mean E[t^(n-1)] + (n-1) variance E[t^(n-2)], by parts; variance 0 is allowed, count >= 1.
    """
    moments = [1, mean]
    for n in range(2, count + 1):
        moments.append(mean * moments[-1] + (n - 1) * variance * moments[-2])
    return tuple(moments)


def _all_three(loss: Loss) -> Callable[[Vector], Matrix]:
    def values(t: Vector) -> Matrix:
        out = np.empty((3, t.size))
        out[0] = loss.phi(t)
        loss.derivatives(t, out=(out[1], out[2]))
        return out

    return values


def _check(mean: float, std: float, strip: float) -> None:
    if not isfinite(mean):
        raise InvalidInput("mean", mean, "must be finite", "look for nan in the data or a diverged iterate")
    if not (isfinite(std) and std >= 0.0):
        raise InvalidInput("std", std, "must be finite and at least 0", "give a standard deviation")
    if not strip > 0.0:
        raise InvalidInput("strip", strip, "must be positive", "give the half-width of the analytic strip")


def _evaluate(h: Callable[[Vector], Vector], t: Vector) -> Matrix:
    values = np.asarray(h(t), dtype=np.float64)
    n = t.size
    if values.ndim not in {1, 2} or values.shape[-1] != n:
        rule_broken = f"must have shape ({n},) or (k, {n}) at {n} points"
        raise InvalidInput("h", f"array of shape {values.shape}", rule_broken, "write it with numpy functions")
    finite = np.isfinite(values)
    if not finite.all():
        at = t[np.argmin(finite.reshape(-1, n).all(axis=0))]
        raise InvalidInput("h", f"inf or nan at t = {at:g}", "must be finite", "use a form that does not overflow")
    return values


def _plain(value: Vector) -> float | Vector:
    return float(value) if value.ndim == 0 else value
