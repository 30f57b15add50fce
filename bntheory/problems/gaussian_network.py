"""One hidden layer on Gaussian inputs: f(W) = E[l(sum_i theta_i phi(z^T w_i))], z ~ N(u, S - u u^T) (E14, E15).

For odd phi and y in {-1, +1}, -y F_x(W) = F_z(W), so that only the law of z = -y x matters, and of that only the law of
the k margins W z: the expectations are those of `network_quadrature`. The gradient is exact by Stein's lemma,
grad_i f = a_i u + Cov sum_j b_ij w_j.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np

from bntheory.errors import InvalidInput
from bntheory.linalg import Metric
from bntheory.losses import Loss
from bntheory.problems.gaussian_halfspace import GaussianHalfspace
from bntheory.problems.hidden_units import Layer, Network, UnitProblem
from bntheory.problems.network_quadrature import Quadrature, settled
from bntheory.typing import Matrix, Vector


class GaussianOneHiddenLayer(Network["GaussianLine"]):
    """min E[l(sum_i theta_i phi(z^T w_i))] over W of shape (k d,) or (k, d), z normal with mean u, second moment S.

    Parameters
    ----------
    S : array, shape (d, d)
        E[z z^T] of one unit's inputs, symmetric positive definite.
    u : array, shape (d,)
        E[z], with u^T S^-1 u < 1.
    theta : array, shape (k,), min(k, d) <= 3
        The output weights, fixed.
    activation : str or Loss
        phi, odd.
    loss : str or Loss

    Raises
    ------
    InvalidInput
        As `GaussianHalfspace`; if phi is not odd; if phi or l has kinks, which the rule does not resolve; if
        min(k, d) > 3.

    Notes
    -----
    One evaluation (value, gradient, slope and curvature at a point share it) takes, on one core, for |theta_i| about 1
    and margins of standard deviation s: 1 ms for one unit; for two 3 ms at s = 1, 10 ms at 3; for three 10 ms at 0.3
    and 0.1 s at 1. Beyond, the cap `network_quadrature.MOST_NODES` holds it at 0.15 s and 0.25 GB, and the error
    estimate grows: for three units 1e-9 at s = 2, 1e-7 at 3, for |theta_i| about 3 1e-5 at 2. It is deterministic, but
    for the jumps of that size where the number of nodes changes.
    """

    def __init__(
        self, S: Matrix, u: Vector, theta: Vector, activation: str | Loss = "tanh", loss: str | Loss = "softplus"
    ) -> None:
        self._inputs = GaussianHalfspace(S, u)
        self.layer = Layer.checked(theta, activation, loss)
        phi = self.layer.activation
        if not phi.odd:
            rule = "must be odd, or -y F_x(W) is no function of z = -y x"
            raise InvalidInput("activation", phi.name, rule, "choose tanh, or OneHiddenLayer on data")
        for name, function in (("activation", phi), ("loss", self.layer.loss)):
            if function.kinks:
                rule = "must be analytic, or this quadrature converges too slowly"
                raise InvalidInput(name, function.name, rule, "choose tanh and softplus")
        if min(self.k, len(self.unit_u)) > 3:
            raise InvalidInput("theta", f"{self.k} units", "must have min(k, d) <= 3", "use OneHiddenLayer on a sample")

    @property
    def unit_u(self) -> Vector:
        """E[z], shape (d,)."""
        return self._inputs.u

    @property
    def unit_metric(self) -> Metric:
        """The metric of E[z z^T]."""
        return self._inputs.metric

    @property
    def covariance(self) -> Matrix:
        """Cov = S - u u^T, shape (d, d)."""
        return self._inputs.covariance

    @cached_property
    def root(self) -> Matrix:
        """A matrix R of shape (d, d) with R R^T = Cov."""
        eigenvalues, vectors = np.linalg.eigh(self.covariance)
        root: Matrix = vectors * np.sqrt(np.maximum(eigenvalues, 0.0))
        return root

    def line(self, W: Vector) -> GaussianLine:
        """The objective along gamma -> gamma W."""
        return GaussianLine(self, self.rows(W), np.ones(self.k, dtype=bool), np.shape(W))

    def unit(self, i: int, W: Vector) -> UnitProblem[GaussianUnitLine]:
        """The problem in the weight of unit i, the others fixed at the rows of W."""
        moved = np.arange(self.k) == self.checked_unit(i)
        others = self.rows(W).copy()
        shadows = np.where(moved, 0.0, self.shadows(others))

        def line(w: Vector) -> GaussianUnitLine:
            return GaussianUnitLine(self, np.where(moved[:, None], w, others), moved, np.shape(w), shadows=shadows)

        return UnitProblem(self, i, line)

    def coefficients(self, W: Vector) -> tuple[Vector, Matrix]:
        """(a, b) with grad_i f = a_i u + Cov sum_j b_ij w_j (E14): shapes (k,) and (k, k), b symmetric."""
        quadrature = self.line(W).quadrature(1.0)
        return quadrature.a, quadrature.b

    def quadrature_error(self, W: Vector) -> float:
        """An estimate of the largest error of f, a and b at W: `network_quadrature.Quadrature.error`, beside rounding.

        At most 1e-13 max(1, |f|, |a|, |b|) unless `network_quadrature.MOST_NODES` was reached (long weights, large
        theta). Rounding is about 1e-14 of the largest for a million nodes. For the gradient multiply by |u| + |Cov W|.
        """
        return self.line(W).quadrature(1.0).error

    def hessian(self, W: Vector) -> Matrix:
        """The Hessian of f in the flattened W, shape (k d, k d): blocks E[d r_i/d t_j z z^T], by one quadrature.

        Exact but for the quadrature, which carries second moments of z here: about 100 |S| `quadrature_error`.
        """
        return self.line(W).hessian()


@dataclass
class GaussianLine:
    """The objective where the rows that are `moved` are scaled by gamma; the quadrature of the last gamma is kept."""

    network: GaussianOneHiddenLayer
    rows: Matrix
    moved: Vector
    shape: tuple[int, ...]
    _at: tuple[float, Quadrature] | None = field(default=None, init=False, repr=False)

    @cached_property
    def _law(self) -> tuple[Vector, Matrix, Matrix]:
        """mean (k,), factor (k, r), basis (d, r): W z = mean + factor xi, z = u + basis xi + independent part."""
        basis, factor = np.linalg.qr((self.rows @ self.network.root).T)
        return self.rows @ self.network.unit_u, factor.T, self.network.root @ basis

    @cached_property
    def _pushed(self) -> Matrix:
        """Cov w_j, shape (k, d)."""
        return self.rows @ self.network.covariance

    @property
    def norm(self) -> float:
        """|w|_S: the mean squares of the moved margins, summed."""
        mean, factor, _ = self._law
        return float(np.sqrt((mean[self.moved] ** 2).sum() + (factor[self.moved] ** 2).sum()))

    def scaled(self, factor: float) -> Self:
        """The line of factor * w."""
        return replace(self, rows=self._scale(factor)[:, None] * self.rows)

    def _scale(self, gamma: float) -> Vector:
        return np.where(self.moved, gamma, 1.0)

    def quadrature(self, gamma: float) -> Quadrature:
        """The rule at gamma, with the moments of all units."""
        if self._at is None or self._at[0] != gamma:
            mean, factor, _ = self._law
            scale = self._scale(gamma)
            self._at = (gamma, settled(self.network.layer, scale * mean, scale[:, None] * factor))
        return self._at[1]

    def _rates(self, quadrature: Quadrature) -> Matrix:
        """d/dgamma of the margins at the nodes, shape (k, N): z^T w_i for the moved units, 0 for the others."""
        mean, factor, _ = self._law
        return self.moved[:, None] * (mean[:, None] + factor @ quadrature.xi)

    def value(self, gamma: float) -> float:
        """E[l(F)]."""
        return self.quadrature(gamma).value

    def slope(self, gamma: float) -> float:
        """E[l'(F) dF/dgamma]."""
        quadrature = self.quadrature(gamma)
        return quadrature.response.slope(self._rates(quadrature))

    def curvature(self, gamma: float) -> float:
        """E[l''(F) (dF/dgamma)^2 + l'(F) d^2F/dgamma^2]."""
        quadrature = self.quadrature(gamma)
        return quadrature.response.curvature(self._rates(quadrature))

    def gradient(self, gamma: float) -> Vector:
        """a_i u + Cov sum_j b_ij w_j for the moved units, at gamma w."""
        quadrature = self.quadrature(gamma)
        a, b = quadrature.a[self.moved], quadrature.b[self.moved]
        gradient: Vector = np.outer(a, self.network.unit_u) + (b * self._scale(gamma)) @ self._pushed
        return gradient.reshape(self.shape)

    def hessian(self) -> Matrix:
        """E[d r_i/d t_j z z^T] at gamma = 1; the part of z independent of the margins enters by its covariance."""
        quadrature, basis, k = self.quadrature(1.0), self._law[2], self.network.k
        remainder = self.network.covariance - basis @ basis.T
        lift = np.column_stack([self.network.unit_u, basis])
        lifted = np.vstack([np.ones(quadrature.xi.shape[1]), quadrature.xi])

        def block(i: int, j: int) -> Matrix:
            moments = (quadrature.response.jacobian(i, j) * lifted) @ lifted.T
            spread: Matrix = moments[0, 0] * remainder + lift @ moments @ lift.T
            return spread

        return np.block([[block(i, j) for j in range(k)] for i in range(k)])


@dataclass
class GaussianUnitLine(GaussianLine):
    """The line of one unit; `shadows` are the (1 - |rho*|) c_j of the other units, 0 for its own."""

    shadows: Vector = field(kw_only=True)

    def stein(self, gamma: float) -> tuple[float, float]:
        """(a, b) = (a_i + (1 - |rho*|) sum_{j != i} b_ij c_j, b_ii) at gamma w."""
        quadrature, i = self.quadrature(gamma), int(np.argmax(self.moved))
        return float(quadrature.a[i] + quadrature.b[i] @ self.shadows), float(quadrature.b[i, i])
