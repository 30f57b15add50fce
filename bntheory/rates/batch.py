"""Factors of many noise-free linearly convergent traces at once, each between its least and largest ratio."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bntheory.arrays import real_array
from bntheory.errors import InvalidInput
from bntheory.typing import Matrix, Vector


@dataclass(frozen=True)
class BatchRates:
    """The factor of each of many traces; nan where a trace has fewer than two usable values.

    Attributes
    ----------
    factor : array, shape (runs,)
        exp of the least-squares slope of log D_t over the second half of the usable values: a mean of the ratios
        there with positive weights, so that it lies in [least, largest].
    least, largest : array, shape (runs,)
        The extreme one-step ratios D_{t+1}/D_t there.
    worst : array, shape (runs,)
        The largest one-step ratio of the whole usable trace: what a theorem about every step bounds.
    usable : array of int, shape (runs,)
        How many values before the first that is not above the floor.
    """

    factor: Vector
    least: Vector
    largest: Vector
    worst: Vector
    usable: NDArray[np.int64]


def fit_linear_rates(suboptimality: ArrayLike, *, floor: float = 0.0) -> BatchRates:
    """Measure D_t ~ C q^t on every row.

    For deterministic traces without noise; `fit_linear_rate` measures one trace, with an interval, noise and
    transient taken into account.

    Parameters
    ----------
    suboptimality : array_like, shape (runs, T + 1)
    floor : float
        Values are used before the first with D_t <= floor, or which is not a finite, normal float64.

    Raises
    ------
    InvalidInput
        If the array has not two axes, or floor is negative.
    """
    D = real_array("suboptimality", suboptimality)
    if D.ndim != 2 or D.shape[1] < 2:
        raise InvalidInput(
            "suboptimality", f"array of shape {D.shape}", "must have shape (runs, T + 1)", "give one row a run"
        )
    if not floor >= 0:
        raise InvalidInput("floor", floor, "must be at least 0", "give 100 times the error of a value, or nothing")
    lowest = max(floor, np.finfo(np.float64).tiny)
    above = (lowest < D) & np.isfinite(D)
    usable = np.where(above.all(axis=1), D.shape[1], above.argmin(axis=1))
    t = np.arange(D.shape[1])
    used = t < usable[:, None]
    late = used & (t >= (usable // 2)[:, None])
    late[np.arange(len(D)), usable - 2] |= usable >= 2  # at least one ratio
    log_d = np.log(D, out=np.zeros_like(D), where=used)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = np.where(used[:, 1:], D[:, 1:] / D[:, :-1], np.nan)
        factor = np.exp(_slopes(log_d, late))
    inner = late[:, :-1] & late[:, 1:]
    return BatchRates(
        factor,
        _extreme(np.fmin, np.where(inner, ratios, np.nan)),
        _extreme(np.fmax, np.where(inner, ratios, np.nan)),
        _extreme(np.fmax, ratios),
        usable,
    )


def _extreme(function: np.ufunc, values: Matrix) -> Vector:
    """Of each row, nan only where all of it is."""
    found: Vector = function.reduce(values, axis=1)
    return found


def _slopes(y: Matrix, mask: NDArray[np.bool_]) -> Vector:
    """The least-squares slope of each row of y against its index, over the entries of the mask."""
    n = mask.sum(axis=1)
    t = np.arange(y.shape[1])
    centred = np.where(mask, t - (mask @ t / n)[:, None], 0.0)
    slope: Vector = (centred * y).sum(axis=1) / (centred**2).sum(axis=1)
    return slope
