"""The factor of a linearly convergent trace: D_t ~ C q^t, so log D is straight in t."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bntheory.rates.regression import fit_slope, half_width
from bntheory.rates.window import Usable, straight_start, trend, usable_part


@dataclass(frozen=True)
class LinearRate:
    """A measured factor.

    Attributes
    ----------
    factor : float
        q of D_t ~ C q^t, per step, on the suboptimality (the distance to the minimizer has sqrt(q)).
    ci95 : tuple of float
        A 95 % interval of q.
    window : tuple of int
        The indices used, start <= t < stop.
    """

    factor: float
    ci95: tuple[float, float]
    window: tuple[int, int]


def fit_linear_rate(suboptimality: ArrayLike, *, window: tuple[int, int] | None = None) -> LinearRate:
    r"""Measure the factor q of D_t ~ C q^t.

    Parameters
    ----------
    suboptimality : array_like of shape (T + 1,)
        D_t = f(w_t) - f*, t = 0, ..., T, against the known minimum; any positive unit.
    window : tuple of int, optional
        Half-open indices (start, stop) to use, less what follows the first value that is not positive and
        finite. None drops the transient and the rounding floor (see Notes).

    Returns
    -------
    LinearRate

    Raises
    ------
    InvalidInput
        If fewer than 3 values are usable, the trace is not one-dimensional, or the window does not lie in it.

    Notes
    -----
    Model: log D_t = log C + t log q + noise, the noise correlated like an AR(1) process. Estimator: least
    squares, a mean of the log D_{t+1}/D_t with positive weights; so q lies between the least and the largest
    ratio in the window, and increasing ratios never yield more than their limit.

    Interval: exp(log q -+ h), with h the sum of noise, drift and rounding of `bntheory.rates.regression`. It
    assumes that the transient has sunk into the noise by the middle of the trace, or at least that what it does
    to the slope there is less than what it does to the difference between the two halves.

    On synthetic traces of 30 to 300 values with white or AR(1) noise (r <= 0.8), such transients and floors it
    holds q in 91-97 % of the trials; with correlated noise and 10 to 20 values only in about 87 %.

    Window: the rules of `bntheory.rates.window`.
    """
    return measure_linear(usable_part(suboptimality, window), None if window is None else window[0])


def measure_linear(part: Usable, start: int | None = None) -> LinearRate:
    """`fit_linear_rate` of a usable part, from `start` (None: where the transient is over)."""
    if start is None:
        start = straight_start(part, lambda s: trend(part.stop - s))
    y, design = part.log_d[start:], trend(part.stop - start)
    slope = fit_slope(design, y)
    half = half_width(slope, design, y, part.error[start:])
    half += 2 * np.finfo(np.float64).eps * (1 + abs(slope.value))  # rounding of the slope itself and of exp
    low, factor, high = np.exp([slope.value - half, slope.value, slope.value + half])
    return LinearRate(float(factor), (float(low), float(high)), (start, part.stop))
