"""Linear or sublinear: which of the two models predicts the second half of a trace from the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from bntheory.rates.linear import LinearRate, measure_linear
from bntheory.rates.power import PowerRate, measure_power
from bntheory.rates.window import Usable, usable_part
from bntheory.typing import Vector

RATIO = 2.0
"""One model is chosen if the other's prediction error is at least so many times its own."""

MIN_CHOICE_POINTS = 10
"""Fewer usable points leave the kind of convergence undecided."""

Kind: TypeAlias = Literal["linear", "sublinear", "undecided"]


@dataclass(frozen=True)
class RateChoice:
    """Both rates of a trace, and which of them describes it.

    Attributes
    ----------
    kind : {"linear", "sublinear", "undecided"}
    linear : LinearRate
        Of the whole trace (its own automatic window).
    power : PowerRate
        Of the whole trace (its own automatic window).
    linear_error, power_error : float
        Root-mean-square error of log D predicted on the second half, natural logarithm; nan if not computed.
    """

    kind: Kind
    linear: LinearRate
    power: PowerRate
    linear_error: float
    power_error: float


def choose_rate(suboptimality: ArrayLike) -> RateChoice:
    """Decide by prediction whether a trace converges linearly or sublinearly.

    Parameters
    ----------
    suboptimality : array_like of shape (T + 1,)
        D_t = f(w_t) - f*, t = 0, ..., T.

    Returns
    -------
    RateChoice

    Raises
    ------
    InvalidInput
        If fewer than 3 values are usable, or the trace is not one-dimensional.

    Notes
    -----
    Let [0, n) be the indices before the rounding floor and h = n // 2. Both models are fitted to [0, h), each
    dropping its own transient there; E is the root mean square of (log D_t - prediction) over h <= t < n, plus
    the rounding of log D. Then::

        linear     iff  n >= 10  and  E_power  >= 2 E_linear
        sublinear  iff  n >= 10  and  E_linear >= 2 E_power
        undecided  otherwise

    A power law has t0 <= h in [0, h): one with a larger shift is not distinguished from a geometric trace.
    """
    part = usable_part(suboptimality)
    linear, power = measure_linear(part), measure_power(part)
    if part.stop < MIN_CHOICE_POINTS:
        return RateChoice("undecided", linear, power, float("nan"), float("nan"))
    t = np.arange(part.stop, dtype=np.float64)
    head = part.head(part.stop // 2)
    line = measure_linear(head)
    curve = measure_power(head)
    linear_error = _prediction_error(part, t, float(np.log(line.factor)), line.window)
    power_error = _prediction_error(part, np.log(t + curve.shift), -curve.exponent, curve.window)
    kind: Kind = "undecided"
    if power_error >= RATIO * linear_error:
        kind = "linear"
    elif linear_error >= RATIO * power_error:
        kind = "sublinear"
    return RateChoice(kind, linear, power, linear_error, power_error)


def _prediction_error(part: Usable, x: Vector, slope: float, window: tuple[int, int]) -> float:
    """Error after the window of the line through the window's centre: a least-squares line passes there."""
    fitted, ahead = slice(*window), slice(window[1], None)
    predicted = part.log_d[fitted].mean() + slope * (x[ahead] - x[fitted].mean())
    misfit = part.log_d[ahead] - predicted
    return float(np.sqrt(np.mean(misfit**2)) + part.error[ahead].max())
