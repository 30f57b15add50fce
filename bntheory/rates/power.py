"""The exponent of a sublinearly convergent trace: D_t ~ C (t + t0)^(-p), so log D is straight in log(t + t0)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from bntheory.rates.regression import excess, fit_slope, half_width
from bntheory.rates.window import Usable, straight_start, usable_part
from bntheory.typing import Matrix, Vector

MIN_SHIFT = 1.0
"""t0 >= 1: a smaller one describes a transient, and is left to the window."""

MIN_SHIFT_POINTS = 5
"""Fewer points cannot tell t0: it is taken to be 1."""

NEWTON_STEPS = 10
"""Gauss-Newton steps for t0 inside its bracket; on exact power laws five reach rounding."""


@dataclass(frozen=True)
class PowerRate:
    """A measured exponent.

    Attributes
    ----------
    exponent : float
        p of D_t ~ C (t + t0)^(-p), on the suboptimality; t counts iterations from 0, the start of the trace.
    ci95 : tuple of float
        A 95 % interval of p, t0 being unknown.
    window : tuple of int
        The indices used, start <= t < stop.
    shift : float
        t0, in [1, stop]; stop means that the trace is as straight in t as in log t.
    """

    exponent: float
    ci95: tuple[float, float]
    window: tuple[int, int]
    shift: float


def fit_power_rate(suboptimality: ArrayLike, *, window: tuple[int, int] | None = None) -> PowerRate:
    """Measure the exponent p of D_t ~ C (t + t0)^(-p).

    Parameters
    ----------
    suboptimality : array_like of shape (T + 1,)
        D_t = f(w_t) - f*, t = 0, ..., T, against the known minimum or infimum; any positive unit.
    window : tuple of int, optional
        Half-open indices (start, stop) to use, less what follows the first value that is not positive and
        finite. None drops the transient and the rounding floor.

    Returns
    -------
    PowerRate

    Raises
    ------
    InvalidInput
        If fewer than 3 values are usable, the trace is not one-dimensional, or the window does not lie in it.

    Notes
    -----
    Model: log D_t = log C - p log(t + t0) + noise, with 1 <= t0 <= stop, the noise correlated like an AR(1)
    process. Estimator: nonlinear least squares in (C, p, t0); t0 = 1 if the window has fewer than 5 points.

    Interval: p -+ h, with h the sum of noise, drift and rounding of `bntheory.rates.regression`; the column
    1/(t + t0), the derivative by t0, is a nuisance, so that h covers the unknown shift to first order. Where t0
    is at a bound, h also takes what p would change by if t0 were free to leave it, beyond the noise of that. A
    transient together with a shift t0 > 1 can hide in t0: there the interval holds p in 92-94 % of the trials.

    Window: the rules of `bntheory.rates.window`; the halves that are compared are halves in log(t + t0).
    """
    return measure_power(usable_part(suboptimality, window), None if window is None else window[0])


def measure_power(part: Usable, start: int | None = None) -> PowerRate:
    """`fit_power_rate` of a usable part, from `start` (None: where the transient is over)."""

    @cache
    def shift_from(s: int) -> float:
        return _shift(part.log_d[s:], s)

    if start is None:
        start = straight_start(part, lambda s: _design(s, part.stop - s, shift_from(s)))
    y, shift = part.log_d[start:], shift_from(start)
    design, error = _design(start, len(y), shift), part.error[start:]
    at_shift, free = fit_slope(design[:, [0, -1]], y), fit_slope(design, y)
    half = half_width(free, design, y, error)
    # A shift inside its bounds makes both slopes equal; at a bound, what t0 may not do is a systematic error.
    half += excess(at_shift.value - free.value, at_shift.kernel - free.kernel, free.long_run_sd, error)
    exponent = -at_shift.value
    return PowerRate(exponent, (exponent - half, exponent + half), (start, part.stop), shift)


def _design(start: int, n: int, shift: float) -> Matrix:
    """[1, 1/(t + t0), log(t + t0)] on the n indices from `start`, without the middle if n < 5."""
    t = np.arange(start, start + n) + shift
    columns = [np.ones(n), 1.0 / t, np.log(t)]
    return np.column_stack(columns if n >= MIN_SHIFT_POINTS else columns[::2])


def _shift(y: Vector, start: int) -> float:
    """The t0 in [1, start + n] of least squares for y_i = a - p log(start + i + t0), i < n.

    The best of a grid with ratio at most 2 in start + t0, then Gauss-Newton between its neighbours.
    """
    n = len(y)
    if n < MIN_SHIFT_POINTS:
        return MIN_SHIFT
    i = np.arange(n, dtype=np.float64)
    y = y - y.mean()
    low, high = start + MIN_SHIFT, 2.0 * start + n
    grid = np.geomspace(low, high, 2 + int(np.log2(high / low)))
    x = np.log(i + grid[:, None])
    x -= x.mean(axis=1, keepdims=True)
    best = int(np.argmax((x @ y) ** 2 / np.einsum("ij,ij->i", x, x)))
    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, len(grid) - 1)])
    tau = float(grid[best])
    for _ in range(NEWTON_STEPS):
        before, tau = tau, min(max(tau + _newton_step(i + tau, y), low), high)
        if abs(tau - before) <= 1e-7 * tau:
            break
    return tau - start


def _newton_step(t: Vector, y: Vector) -> float:
    """The step in t0 from fitting y = a + b log t + c/t: a shift by s adds b s/t, so s = c/b."""
    x, z = np.log(t), 1.0 / t
    x, z = x - x.mean(), z - z.mean()
    xx, xz, zz, xy, zy = x @ x, x @ z, z @ z, x @ y, z @ y
    along = zz * xy - xz * zy
    return float((xx * zy - xz * xy) / along) if along != 0.0 else 0.0
