"""Which stretch of a suboptimality trace carries its rate: after the transient, before the rounding floor.

It knows no rate model beyond "log D is straight in some regressor". Main statements:

- values are usable before the first that is not a positive, finite, normal float64;
- a rounding floor is a tail that is flat within its noise, lies above the power law through what precedes it,
  and is at most `FLOOR_DROP` of the largest value; the window ends where D comes within `FLOOR_MULTIPLE` floors;
- the window starts at twice the earliest index from which the slopes of both halves agree within the noise of
  the second half of the trace; at the latest in the middle.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bntheory.arrays import real_array
from bntheory.errors import InvalidInput
from bntheory.rates.regression import EPS, excess_drift, fit_hinge, fit_slope
from bntheory.typing import Matrix, Vector

MIN_POINTS = 3
"""A rate needs a slope, a level and one residual."""

MIN_STRAIGHT = 8
"""Fewer points cannot tell a transient from noise: the transient is dropped only if so many are left."""

STRAIGHT_SIGMAS = 1.5
"""Halves whose slopes differ by at most so many standard deviations of that difference are straight."""

FLOOR_MULTIPLE = 100.0
"""D > 100 floors keeps an additive error of one floor below 1 % of D."""

FLOOR_DROP = 1e-4
"""What lies above this fraction of the largest value is slow progress or a fault, not a rounding floor."""

MIN_TAIL = 5
"""Fewer points cannot show that a tail is flat."""

TAIL_MULTIPLE = 3.0
"""The stretch before a tail ends where D comes within so many times the mean of the tail."""

FLOOR_SIGMAS = 4.0
"""A floor lies at least so many standard errors above the prediction from before it."""


@dataclass(frozen=True)
class Usable:
    """The usable part of a trace.

    Attributes
    ----------
    log_d : ndarray of shape (stop,)
        log D_t - log D_0 for t < stop.
    error : ndarray of shape (stop,)
        Bound on the error of log_d: eps (2 + |log D_t|), for D_t and its logarithm, plus floor/D_t.
    """

    log_d: Vector
    error: Vector

    @property
    def stop(self) -> int:
        """The number of usable values."""
        return len(self.log_d)

    def head(self, stop: int) -> Usable:
        """The part before `stop`."""
        return Usable(self.log_d[:stop], self.error[:stop])


def usable_part(suboptimality: ArrayLike, window: tuple[int, int] | None = None) -> Usable:
    """Cut a trace before its rounding floor or, where a window is given, at its end.

    Either way it is also cut before the first value that is not positive, finite and normal.

    Raises
    ------
    InvalidInput
        If the trace is not one-dimensional, if the window does not lie in it, or if fewer than 3 usable values
        are left (in the window).
    """
    trace = real_array("suboptimality", suboptimality)
    if trace.ndim != 1:
        raise InvalidInput(
            "suboptimality", f"array of shape {trace.shape}", "must have one axis", "give D_0, D_1, ... of one run"
        )
    start = 0
    if window is not None:
        start, end = window
        if not 0 <= start < end <= len(trace):
            rule = f"must satisfy 0 <= start < stop <= {len(trace)}"
            raise InvalidInput("window", window, rule, "give indices of the trace, or None to choose them")
        trace = trace[:end]
    normal = np.isfinite(trace) & (trace >= np.finfo(np.float64).tiny)
    cut = len(trace) if normal.all() else int(np.argmin(normal))
    d, level = trace[:cut], 0.0
    if window is None and cut >= MIN_POINTS:
        at_cut = _floor_at_cut(d, trace[cut:])
        level = max(_floor_of_tail(d), at_cut if at_cut <= FLOOR_DROP * d.max() else 0.0)
        # For a decreasing trace the count is the first passage; for a noisy one it favours no low value.
        d = d[: np.count_nonzero(d > FLOOR_MULTIPLE * level)]
    if len(d) - start < MIN_POINTS:
        raise InvalidInput(
            "suboptimality",
            f"trace with {max(len(d) - start, 0)} usable values",
            f"must have at least {MIN_POINTS} that are positive, finite and above the rounding floor",
            "record more iterations, or start farther from the minimum",
        )
    log_d = np.log(d)
    return Usable(log_d - log_d[0], EPS * (2.0 + np.abs(log_d)) + level / d)


def _floor_at_cut(d: Vector, rest: Vector) -> float:
    """The error that a finite value <= 0 after d reveals.

    It is the value that d predicts there, minus it; but at least the lowest bit of the last value, which is the
    rounding unit where D was computed as a difference.
    """
    if len(rest) == 0 or not np.isfinite(rest[0]):
        return 0.0
    last = float(d[-1])
    return max(last * min(1.0, last / float(d[-2])) - float(rest[0]), _lowest_bit(last))


def _lowest_bit(value: float) -> float:
    """The largest power of two of which `value` is a whole multiple."""
    mantissa, exponent = math.frexp(value)
    digits = int(math.ldexp(mantissa, 53))
    return math.ldexp(digits & -digits, exponent - 53)


def _floor_of_tail(d: Vector) -> float:
    """The mean of the longest tail, of n/2, n/4, ... values, that is a rounding floor; 0 if none is."""
    log_d, largest = np.log(d), d.max()
    m = max(len(d) // 2, MIN_TAIL)
    while m < len(d):
        level = d[-m:].mean()
        if level <= FLOOR_DROP * largest and _is_floor(log_d, int(np.argmax(d <= TAIL_MULTIPLE * level)), m):
            return float(level)
        if m == MIN_TAIL:
            break
        m = max(m // 2, MIN_TAIL)
    return 0.0


def _is_floor(log_d: Vector, first: int, m: int) -> bool:
    """Whether the last m values are flat, and above what at most m values before index `first` predict.

    Flat means that the 95 % interval of the slope contains 0. With slope b of log D at the centre t_1 of those
    values, the prediction at the centre t_2 of the tail is that of the power law with this slope, lower by
    b (t_1 + 1) log((t_2 + 1)/(t_1 + 1)). It lies above the geometric one, so neither kind of convergence passes
    for a floor. Above means mean of the tail - prediction > 4 standard errors of that difference.
    """
    tail = log_d[-m:]
    flat = fit_slope(trend(m), tail)
    if abs(flat.value) > flat.noise + EPS * np.abs(tail).max():
        return False
    before = log_d[max(0, first - m) : first]
    n = len(before)
    if n < 2:
        return True
    if n < MIN_TAIL:  # too few to show their own noise: the tail's stands in
        rate, sd = float(before[-1] - before[0]) / (n - 1), flat.long_run_sd
    else:
        decline = fit_slope(trend(n), before)
        rate, sd = decline.value, decline.long_run_sd
    centre, tail_centre = first - 0.5 * (n - 1), len(log_d) - 0.5 * (m - 1)  # of t + 1
    steps = centre * np.log(tail_centre / centre)
    gap = tail.mean() - before.mean() - rate * steps
    variance = flat.long_run_sd**2 / m + sd**2 * (1.0 / n + 12.0 * steps**2 / n**3)
    return bool(gap > FLOOR_SIGMAS * np.sqrt(variance))


def trend(n: int) -> Matrix:
    """The design [1, t - (n - 1)/2], t = 0, ..., n - 1."""
    return np.column_stack([np.ones(n), np.arange(n) - 0.5 * (n - 1)])


def straight_start(part: Usable, design_from: Callable[[int], Matrix]) -> int:
    """Where the transient is over.

    Candidates are 0, 1, 2, 3, 4, 6, 8, 12, 16, ... and the last one, L = min(stop/2, stop - 8). The earliest s
    with |d(s)| <= 1.5 omega |k(s)|_2 + sum_t |k_t(s)| e_t is taken, where d(s) is the difference of the slopes on
    the halves of [s, stop) and omega the long-run noise on [L, stop); min(2 s, L) is returned, since what is
    left of a transient when it sinks into the noise still biases the slope, and L if there is no such s.

    Parameters
    ----------
    part : Usable
    design_from : callable
        The design, regressor last, of the model on [s, stop).
    """
    latest = min(part.stop // 2, part.stop - MIN_STRAIGHT)
    if latest <= 0:
        return 0
    noise_sd = STRAIGHT_SIGMAS * fit_hinge(design_from(latest), part.log_d[latest:]).long_run_sd
    for start in _starts(latest):
        if excess_drift(design_from(start), part.log_d[start:], part.error[start:], noise_sd) == 0.0:
            return min(2 * start, latest)
    return latest


def _starts(latest: int) -> list[int]:
    grid = [0, 1, 2, 3]
    while grid[-1] < latest:
        grid += [2 * grid[-2], 2 * grid[-1]]
    return [s for s in grid if s < latest]
