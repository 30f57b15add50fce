"""Learning a halfspace from a sample: f(w~) = (1/n) sum_i phi(z_i^T w~), z_i = -y_i x_i (E7, without its assumption).

The rows z_i are never formed: Z w = -y * (X w) and Z^T r = -X^T (y r), so X may be dense, sparse or memory-mapped.
Of a memory map, a block of rows is in memory at a time, and about ten arrays of length n (y, margins, phi', ...).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from bntheory.errors import InvalidInput
from bntheory.linalg import Metric
from bntheory.losses import Loss, get_loss
from bntheory.mapped_rows import MappedRows
from bntheory.problems.checks import rows_and_targets, signed_labels
from bntheory.problems.sample_minimum import SampleMinimum, escaping_rows, newton_minimizer
from bntheory.typing import Matrix, Vector


class SampledHalfspace:
    """min (1/n) sum_i phi(-y_i x_i^T w~) over w~.

    Parameters
    ----------
    X : array (n, d), dense, sparse or memory-mapped; or MappedRows
    y : array (n,)
        Two classes of any kind; sorted, the second is +1.
    loss : str or Loss

    Raises
    ------
    InvalidInput
        If shapes disagree, an entry is not finite, y does not hold exactly two classes, or every row of X is 0.
    """

    def __init__(self, X: Any, y: Any, loss: str | Loss = "softplus") -> None:
        self.X, self.y = rows_and_targets(X, signed_labels(y))
        self.loss = get_loss(loss)

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.y)

    @cached_property
    def metric(self) -> Metric:
        """The metric of S = E[z z^T] = X^T X / n (the labels' signs cancel), possibly singular."""
        return Metric.of_rows(self.X)

    @property
    def S(self) -> Matrix:
        """E[z z^T], shape (d, d)."""
        return self.metric.S

    @cached_property
    def u(self) -> Vector:
        """E[z] = -X^T y / n, shape (d,)."""
        return self.pullback(np.ones(self.n))

    @property
    def zeta(self) -> float:
        """The smoothness constant sup phi'' * L of f."""
        return self.loss.d2phi_bound * self.metric.L

    def margins(self, w: Vector) -> Vector:
        """Z w, shape (n,): one pass over the data."""
        margins: Vector = self.X @ w
        margins *= -self.y
        return margins

    def pullback(self, r: Vector) -> Vector:
        """Z^T r / n, shape (d,): one pass over the data."""
        pulled: Vector = self.X.T @ (self.y * r) / -self.n
        return pulled

    def value(self, w: Vector) -> float:
        """Mean of phi(z_i^T w~)."""
        return float(self.loss.phi(self.margins(w)).mean())

    def gradient(self, w: Vector) -> Vector:
        """Z^T phi'(Z w~) / n."""
        return self.pullback(self.loss.dphi(self.margins(w)))

    def value_and_gradient(self, w: Vector) -> tuple[float, Vector]:
        """Both in two passes over the data."""
        margins = self.margins(w)
        return float(self.loss.phi(margins).mean()), self.pullback(self.loss.dphi(margins))

    def hessian(self, w: Vector) -> Matrix:
        """Z^T diag(phi''(Z w~)) Z / n, shape (d, d)."""
        weights = self.loss.d2phi(self.margins(w)) / self.n
        if isinstance(self.X, MappedRows):
            return self.X.gram(weights)
        scaled = self.X.multiply(weights[:, None]) if not isinstance(self.X, np.ndarray) else self.X * weights[:, None]
        product = self.X.T @ scaled
        hessian: Matrix = product if isinstance(product, np.ndarray) else product.toarray()
        return hessian

    def ray(self, w: Vector) -> SampledRay:
        """The loss along the direction of w: its margins are computed once."""
        return SampledRay(self, w)

    def obstacle(self, w: Vector) -> str | None:
        """Why no minimizer exists: some w separates the data, and phi increases, so that f(w' + t w) falls for ever."""
        if not self.loss.increasing:
            return None
        margins = self.margins(w)
        separates = margins.max() <= 0 and margins.min() < 0
        # the infimum costs a Newton solve, so it is asked only where it has been computed already
        if separates or ("infimum" in vars(self) and self.infimum.escaping == self.n):
            return "the classes are linearly separable: the infimum is not attained, at no finite weight"
        return None

    @cached_property
    def infimum(self) -> SampleMinimum:
        """inf f of a convex loss, by Newton's method to machine precision, and where it is attained.

        A minimizer w~ has |grad f(w~)|_{S^+} <= 1e-12 max(1, sup|phi'|): the whitened gradient is a mean of n terms of
        size sup|phi'|, known to a few rounding units each. Where there is none, the rows that escape are found first;
        not in a memory map (linear programs need all rows at once), where the infimum then is nan.
        """
        if not self.loss.convex:
            return SampleMinimum(float("nan"), None)
        w = self._newton()
        if w is not None:
            return SampleMinimum(self.value(w), w)
        if not self.loss.increasing or isinstance(self.X, MappedRows):
            return SampleMinimum(float("nan"), None)
        signs = -self.y[:, None]
        escaping = escaping_rows(self.X * signs if isinstance(self.X, np.ndarray) else self.X.multiply(signs).tocsr())
        count = int(escaping.sum())
        share = self.loss.limits[0] * count / self.n
        if count == self.n:
            return SampleMinimum(share, None, count)
        rest = SampledHalfspace.__new__(SampledHalfspace)
        rest.X, rest.y, rest.loss = self.X[~escaping], self.y[~escaping], self.loss
        if abs(rest.X).max() == 0:
            w = np.zeros(self.X.shape[1])
        elif count:
            w = rest._newton()
        value = float("nan") if w is None else rest.value(w) * rest.n / self.n + share
        return SampleMinimum(value, None, count)

    def _newton(self) -> Vector | None:
        limit = 1e-12 * max(1.0, self.loss.Phi if np.isfinite(self.loss.Phi) else 1.0)
        return newton_minimizer(self.value_and_gradient, self.hessian, self.metric.whitening, -self.u, limit)

    @property
    def minimum(self) -> float:
        """inf f for convex losses, nan where none is known."""
        return self.infimum.value

    def suboptimality(self, w: Vector, value: float | None = None) -> float:
        """f(w~) - min f; nan where no minimum is known. Rounding: about eps * f(w~)."""
        return (self.value(w) if value is None else value) - self.minimum


class SampledRay:
    """(1/n) sum phi(gamma t_i), t = Z v with mean t_i^2 = |v|_S^2 = 1. phi' and phi'' are kept for the last gamma."""

    def __init__(self, problem: SampledHalfspace, w: Vector) -> None:
        self._problem = problem
        margins = problem.margins(w)
        norm = float(np.sqrt(margins @ margins / problem.n))
        if norm == 0.0:
            raise InvalidInput("w", "orthogonal to every row", "must have |w|_S > 0", "start in the span of the data")
        self._t = margins / norm
        self._mean = float(self._t.mean())
        self._at: tuple[float, Vector, Vector] | None = None

    def _derivatives(self, gamma: float) -> tuple[Vector, Vector]:
        if self._at is None or self._at[0] != gamma:
            self._at = (gamma, *self._problem.loss.derivatives(gamma * self._t))
        return self._at[1:]

    def value(self, gamma: float) -> float:
        """Mean of phi(gamma t_i)."""
        return float(self._problem.loss.phi(gamma * self._t).mean())

    def slope(self, gamma: float) -> float:
        """Mean of phi'(gamma t_i) t_i."""
        return float(self._derivatives(gamma)[0] @ self._t) / self._problem.n

    def curvature(self, gamma: float) -> float:
        """Mean of phi''(gamma t_i) t_i^2."""
        return float(np.einsum("i,i,i->", self._derivatives(gamma)[1], self._t, self._t)) / self._problem.n

    def gradient(self, gamma: float) -> Vector:
        """Z^T phi'(gamma t) / n: one pass over the data."""
        return self._problem.pullback(self._derivatives(gamma)[0])

    def stein(self, gamma: float) -> tuple[float, float]:
        """The means of phi' and phi'': the coefficients of grad f = a u + b Cov w~ if z were Gaussian."""
        dphi, d2phi = self._derivatives(gamma)
        return float(dphi.mean()), float(d2phi.mean())
