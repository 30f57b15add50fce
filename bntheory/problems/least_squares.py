"""Ordinary least squares, f(w~) = E[(y - x^T w~)^2] = E[y^2] + 2 u^T w~ + w~^T S w~, u = E[-y x] (E2)."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from bntheory.decoupling import rho_star
from bntheory.linalg import Metric
from bntheory.mapped_rows import MappedRows
from bntheory.problems.checks import matching, rows_and_targets
from bntheory.streaming import Moments, moments
from bntheory.typing import Matrix, Vector


class LeastSquares:
    """min E[(y - x^T w~)^2] over w~.

    Parameters
    ----------
    S : array, shape (d, d)
        E[x x^T], symmetric positive definite.
    u : array, shape (d,)
        E[-y x].
    constant : float
        E[y^2]; it shifts the value and nothing else.

    Raises
    ------
    InvalidInput
        If S is not symmetric positive definite, or u does not match it or is not finite.
    """

    quadratic = True

    def __init__(self, S: Matrix, u: Vector, constant: float = 0.0) -> None:
        self.metric = Metric(S, definite=True)
        self.u = matching("u", u, self.metric)
        self.constant = float(constant)

    @classmethod
    def from_data(cls, X: Any, y: Any) -> LeastSquares:
        """The empirical problem (1/n) sum_i (y_i - x_i^T w~)^2; X of shape (n, d), y of shape (n,).

        X is dense, sparse or memory-mapped; the rows of a map are streamed, never in memory as a whole.
        A singular Gram matrix is allowed: u lies in its range, where everything happens.
        """
        rows, y = rows_and_targets(X, y)
        if isinstance(rows, MappedRows):
            return cls.from_moments(moments((block, y[part]) for part, block in rows.blocks()))
        if isinstance(rows, np.ndarray):
            return cls.from_moments(moments([(rows, y)]))
        n = len(y)
        return cls._of(Metric.of_rows(rows), -(rows.T @ y) / n, float(y @ y) / n)

    @classmethod
    def from_moments(cls, moments: Moments) -> LeastSquares:
        """The empirical problem from the moments of its data, which need not be in memory (`bntheory.streaming`)."""
        return cls._of(Metric(moments.S, n=moments.n), moments.u, moments.square)

    @classmethod
    def _of(cls, metric: Metric, u: Vector, constant: float) -> LeastSquares:
        problem = cls.__new__(cls)
        problem.metric, problem.u, problem.constant = metric, u, constant
        return problem

    @property
    def S(self) -> Matrix:
        """E[x x^T], shape (d, d)."""
        return self.metric.S

    @property
    def zeta(self) -> float:
        """The smoothness constant 2 L of f."""
        return 2 * self.metric.L

    @cached_property
    def minimizer(self) -> Vector:
        """-S^+ u."""
        return -self.metric.solve(self.u)

    @property
    def minimum(self) -> float:
        """E[y^2] - u^T S^+ u."""
        return self.constant + rho_star(self.metric, self.u)

    def value(self, w: Vector) -> float:
        """f(w~)."""
        return self.value_and_gradient(w)[0]

    def gradient(self, w: Vector) -> Vector:
        """2 (u + S w~)."""
        return self.value_and_gradient(w)[1]

    def value_and_gradient(self, w: Vector) -> tuple[float, Vector]:
        """(f(w~), 2 (u + S w~))."""
        Sw = self.S @ w
        return self.constant + float(2 * self.u @ w + w @ Sw), 2 * (self.u + Sw)

    def suboptimality(self, w: Vector, value: float | None = None) -> float:
        """f(w~) - min f = |w~ - w~*|_S^2, free of the cancellation of the difference."""
        return self.metric.norm(w - self.minimizer) ** 2

    def ray(self, w: Vector) -> LeastSquaresRay:
        """The parabola E[y^2] + 2 gamma u^T v + gamma^2 along v = w/|w|_S."""
        return LeastSquaresRay(self, w)


class LeastSquaresRay:
    """f(gamma v) = E[y^2] + 2 gamma u^T v + gamma^2 with |v|_S = 1; its minimum over gamma is E[y^2] + rho(v)."""

    def __init__(self, problem: LeastSquares, w: Vector) -> None:
        v = problem.metric.unit(w)
        self._constant, self._u = problem.constant, problem.u
        self._Sv, self._mean = problem.S @ v, float(problem.u @ v)

    def value(self, gamma: float) -> float:
        """E[y^2] + 2 gamma u^T v + gamma^2."""
        return self._constant + 2 * gamma * self._mean + gamma * gamma

    def slope(self, gamma: float) -> float:
        """2 (u^T v + gamma)."""
        return 2 * (self._mean + gamma)

    def curvature(self, gamma: float) -> float:
        """2."""
        return 2.0

    def gradient(self, gamma: float) -> Vector:
        """2 (u + gamma S v)."""
        return 2 * (self._u + gamma * self._Sv)

    def stein(self, gamma: float) -> tuple[float, float]:
        """(2 (1 + u^T w~), 2): E[phi'] and E[phi''] of phi(t) = (1 + t)^2, so that c1 = 2."""
        return 2 * (1 + gamma * self._mean), 2.0
