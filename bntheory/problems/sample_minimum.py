"""The infimum of a convex loss on a sample: by Newton's method where it is attained, else with separable rows removed.

A convex increasing loss on a sample has no minimizer exactly if some direction d has Z d <= 0 and Z d != 0: the loss
then falls along d for ever (Albert and Anderson 1984, for logistic regression). The rows with z_i^T d < 0 for some such
d escape: their loss tends to phi(-oo), and inf f is the minimum over the other rows plus their share of phi(-oo).
One-hot data with rare features (a9a) are of this kind without being linearly separable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog, minimize
from scipy.sparse import issparse

from bntheory.typing import Matrix, Vector

#: z_i^T d below -1e-7, with max|d| <= 1, counts as separated: HiGHS keeps constraints to 1e-7.
_SEPARATED = 1e-7


@dataclass(frozen=True)
class SampleMinimum:
    """inf f of a sampled halfspace.

    Attributes
    ----------
    value : float
        inf f; nan where none is known (losses that are not convex).
    minimizer : array (d,) or None
        Where it is attained; None where it is not.
    escaping : int
        How many rows have a loss that tends to phi(-oo) along a minimizing sequence.
    """

    value: float
    minimizer: Vector | None
    escaping: int = 0


def newton_minimizer(
    value_and_gradient: Callable[[Vector], tuple[float, Vector]],
    hessian: Callable[[Vector], Matrix],
    whitening: Matrix,
    start: Vector,
    limit: float,
) -> Vector | None:
    """A minimizer w = W a, W the whitening, by trust-region Newton steps and then pure ones.

    Returns None unless |grad f|_{S^+} <= limit at the end and the last Newton step is small, |step|_S <= 1e-4 max(1,
    |w|_S): where rows escape, the gradient tends to 0 too, but Newton's steps do not: each moves those rows by 1 or so.
    """

    def objective(a: Vector) -> tuple[float, Vector]:
        value, gradient = value_and_gradient(whitening @ a)
        return value, gradient @ whitening

    def curvature(a: Vector) -> Matrix:
        matrix: Matrix = whitening.T @ hessian(whitening @ a) @ whitening
        return matrix

    options = {"gtol": 1e-7, "maxiter": 60}
    a = minimize(objective, start @ whitening, jac=True, hess=curvature, method="trust-exact", options=options).x
    # f is flat to rounding before its gradient is: the trust region stalls there, pure Newton steps go on
    for _ in range(8):
        gradient = objective(a)[1]
        step = np.linalg.lstsq(curvature(a), gradient)[0]
        a = a - step
        if np.linalg.norm(step) <= 1e-15 * max(1.0, float(np.linalg.norm(a))):
            break
    settled = np.linalg.norm(step) <= 1e-4 * max(1.0, float(np.linalg.norm(a)))
    w: Vector = whitening @ a
    return w if settled and np.linalg.norm(objective(a)[1]) <= limit else None


def escaping_rows(Z: Any) -> NDArray[np.bool_]:
    """Which rows have z_i^T d < 0 for some d with Z d <= 0, by linear programs (HiGHS).

    Each program minimizes sum_i z_i^T d over Z d <= 0, |d_j| <= 1. The rows that its solution separates are removed
    and the rest is tried again: if d_2 serves the rest, M d_1 + d_2 serves all for large M.
    """
    n, d = Z.shape
    # the length of a row has no part in the question, and HiGHS's tolerances are absolute
    sizes = np.asarray(abs(Z).max(axis=1).todense() if issparse(Z) else np.abs(Z).max(axis=1)).ravel()
    scale = 1 / np.where(sizes > 0, sizes, 1.0)
    Z = Z.multiply(scale[:, None]).tocsr() if issparse(Z) else Z * scale[:, None]
    escaping = np.zeros(n, dtype=bool)
    while not escaping.all():
        rest = Z[~escaping]
        found = linprog(
            np.asarray(rest.sum(axis=0)).ravel(),
            A_ub=rest,
            b_ub=np.zeros(rest.shape[0]),
            bounds=[(-1, 1)] * d,
        )
        if found.x is None:
            break
        separated = rest @ found.x < -_SEPARATED
        if not separated.any():
            break
        escaping[np.flatnonzero(~escaping)[separated]] = True
    return escaping
