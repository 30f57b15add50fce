"""One hidden layer, F_x(W) = sum_i theta_i phi(x^T w_i), min E[l(-y F_x(W))] over W with theta fixed (E14, E15).

The weight W is k rows of length d, flattened to length k d (the shape (k, d) is accepted, and results have the shape
given). With z = -y x, u = E[z], S = E[z z^T] and the residuals r_i = l'(-y F) theta_i phi'(x^T w_i):

- grad_i f = E[r_i z]; for normal z, by Stein's lemma, grad_i f = a_i u + Cov sum_j b_ij w_j with Cov = S - u u^T,
  a_i = E[r_i] and b_ij = E[d r_i/d t_j], t_j = z^T w_j: with J_i = theta_i phi'(x^T w_i), K_i = theta_i phi''(x^T w_i),
  r_i = l'(-y F) J_i and b_ij = E[l''(-y F) J_i J_j] - [i = j] E[l'(-y F) y K_i];
- with the other units on the line, w_j = c_j S^-1 u, Cov w_j = (1 - |rho*|) c_j u, so that grad_i f = a u + b Cov w_i
  with a = a_i + (1 - |rho*|) sum_{j != i} b_ij c_j, b = b_ii: unit i is then a halfspace problem, c1 = a - b u^T w_i.

The whole network, as a `Problem`, has S = I_k (x) S, so that |W|_S^2 = sum_i |w_i|_S^2, and u = theta (x) u: the
gradient at W = 0 is l'(0) phi'(0) times it.

The file holds what the data version (`one_hidden_layer`) and the population version (`gaussian_network`) share. Both
see f only along lines gamma -> f(gamma w); values and gradients are taken on the line of w at gamma = 1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Generic, Protocol, Self, TypeVar

import numpy as np

from bntheory.arrays import real_array
from bntheory.decoupling import rho_star
from bntheory.errors import InvalidInput, unknown
from bntheory.linalg import Metric
from bntheory.losses import LOSSES, Loss, get_loss
from bntheory.protocols import Ray, SteinRay
from bntheory.typing import Matrix, Vector


@dataclass(frozen=True)
class Response:
    """The derivatives of E[l(F)], F = sign sum_i theta_i phi(t_i) + rest, at N samples, whose weights they contain.

    Attributes
    ----------
    dl, d2l : array, shape (N,)
        weights l'(F) and weights l''(F).
    pull : array, shape (N,)
        sign dl, the derivative of E[l(F)] in the sum.
    J, K : array, shape (m, N)
        theta_i phi'(t_i) and theta_i phi''(t_i).
    """

    dl: Vector
    d2l: Vector
    pull: Vector
    J: Matrix
    K: Matrix

    def coefficients(self) -> tuple[Vector, Matrix]:
        """a_i = E[r_i], shape (m,), and b_ij = E[d r_i/d t_j], shape (m, m)."""
        return self.J @ self.dl, (self.J * self.d2l) @ self.J.T + np.diag(self.K @ self.pull)

    def jacobian(self, i: int, j: int) -> Vector:
        """d r_i/d t_j with the weights, shape (N,): its sum is b_ij."""
        outer: Vector = self.d2l * self.J[i] * self.J[j]
        return outer + self.pull * self.K[i] if i == j else outer

    def slope(self, rates: Matrix) -> float:
        """d/dgamma E[l(F)] where the margins t_i move at these rates, shape (m, N)."""
        return float(self.pull @ np.einsum("ij,ij->j", self.J, rates))

    def curvature(self, rates: Matrix) -> float:
        """d^2/dgamma^2 E[l(F)] where the margins t_i move at these rates, constant in gamma, shape (m, N)."""
        bend = self.pull @ np.einsum("ij,ij->j", self.K, rates * rates)
        return float(self.d2l @ np.einsum("ij,ij->j", self.J, rates) ** 2 + bend)


@dataclass(frozen=True)
class Layer:
    """The network's part that does not know its inputs: F = sign sum_i theta_i phi(t_i) + rest, and l(F).

    On data the margins are t_i = x^T w_i and sign = -y; in the population phi is odd, t_i = z^T w_i and sign = 1.

    Attributes
    ----------
    theta : array, shape (m,)
    activation, loss : Loss
    """

    theta: Vector
    activation: Loss
    loss: Loss

    @classmethod
    def checked(cls, theta: Any, activation: str | Loss, loss: str | Loss) -> Layer:
        """The layer from a caller's arguments.

        Raises
        ------
        InvalidInput
            If theta is not a finite vector with at least one entry, or a name is unknown.
        """
        theta = real_array("theta", theta)
        if theta.ndim != 1 or theta.size == 0:
            raise InvalidInput(
                "theta",
                f"array of shape {theta.shape}",
                "must have shape (k,), k >= 1",
                "give one weight a unit",
            )
        if not np.isfinite(theta).all():
            raise InvalidInput("theta", "non-finite", "must be finite", "remove nan and inf")
        if isinstance(activation, str) and activation not in LOSSES:
            raise unknown("activation", activation, LOSSES)
        return cls(theta, get_loss(activation), get_loss(loss))

    def unit(self, i: int) -> Layer:
        """The layer of unit i alone."""
        return replace(self, theta=self.theta[i : i + 1])

    @property
    def smoothness(self) -> float:
        """sup|l''| sup|phi'|^2 |theta|^2 + sup|l'| sup|phi''| max|theta_i|: times L it bounds the Hessian of f."""
        outer = self.loss.d2phi_bound * self.activation.Phi**2 * float(self.theta @ self.theta)
        return outer + self.loss.Phi * self.activation.d2phi_bound * float(np.abs(self.theta).max())

    def output(self, t: Matrix, sign: Vector | float = 1.0, rest: Vector | float = 0.0) -> Vector:
        """F, shape (N,), at margins t of shape (m, N)."""
        return self._sum(self.activation.phi(t), sign, rest)

    def _sum(self, phi: Matrix, sign: Vector | float, rest: Vector | float) -> Vector:
        output: Vector = self.theta.dot(phi)  # for one unit five times faster than @
        output *= sign
        output += rest
        return output

    def response(
        self, t: Matrix, sign: Vector | float, rest: Vector | float, weights: Vector | float
    ) -> tuple[Vector, Response]:
        """F at margins t, and the derivatives there, with weights of shape (N,), or 1/N."""
        phi, J, K = self.activation.jet(t)
        output = self._sum(phi, sign, rest)
        J *= self.theta[:, None]
        K *= self.theta[:, None]
        dl, d2l = self.loss.derivatives(output)
        dl *= weights
        d2l *= weights
        return output, Response(dl, d2l, sign * dl, J, K)


class Line(Ray, Protocol):
    """The objective along gamma -> gamma w for any w, 0 included; the ray of w if |w|_S = 1.

    Gradients have the shape of w.
    """

    @property
    def norm(self) -> float:
        """|w|_S."""

    def scaled(self, factor: float) -> Self:
        """The line of factor * w."""


class UnitLine(Line, SteinRay, Protocol):
    """The line of one unit's weight: it has `stein`, the (a, b) of this file's introduction."""


L = TypeVar("L", bound=Line)
U = TypeVar("U", bound=UnitLine)


def unit_length(line: L) -> L:
    """The ray: the line of w/|w|_S; InvalidInput if |w|_S = 0."""
    if line.norm == 0.0:
        raise InvalidInput("w", "|w|_S = 0", "must have |w|_S > 0", "start away from 0, in the span of the data")
    return line.scaled(1 / line.norm)


class LineProblem(ABC, Generic[L]):
    """A problem that is known by its lines."""

    @abstractmethod
    def line(self, w: Vector) -> L:
        """The objective along gamma -> gamma w."""

    def ray(self, w: Vector) -> L:
        """The objective along w/|w|_S."""
        return unit_length(self.line(w))

    def value(self, w: Vector) -> float:
        """f(w)."""
        return self.line(w).value(1.0)

    def gradient(self, w: Vector) -> Vector:
        """grad f(w), of the shape of w."""
        return self.line(w).gradient(1.0)

    def value_and_gradient(self, w: Vector) -> tuple[float, Vector]:
        """Both from one evaluation of the network."""
        line = self.line(w)
        gradient = line.gradient(1.0)
        return line.value(1.0), gradient


class UnitProblem(LineProblem[U]):
    """The problem in the weight of one hidden unit, shape (d,), the others fixed (E15).

    `u`, `S` and `metric` are those of the inputs. Rays have `stein(gamma)`: (a, b) of this file's introduction, with
    c_j = u^T w_j/|rho*|, the S-orthogonal projection of w_j on the line of S^-1 u; exact for units on that line.
    """

    def __init__(self, network: Network[Any], i: int, line: Callable[[Vector], U]) -> None:
        self.u, self.metric = network.unit_u, network.unit_metric
        self.zeta = network.layer.unit(i).smoothness * self.metric.L
        self._line = line

    @property
    def S(self) -> Matrix:
        """E[z z^T], shape (d, d)."""
        return self.metric.S

    def line(self, w: Vector) -> U:
        """The objective along gamma -> gamma w."""
        return self._line(w)


class Network(LineProblem[L]):
    """The problem in all units: a `layer` on inputs with mean `unit_u` and the metric `unit_metric` of E[z z^T]."""

    layer: Layer

    @property
    @abstractmethod
    def unit_u(self) -> Vector:
        """E[z], shape (d,)."""

    @property
    @abstractmethod
    def unit_metric(self) -> Metric:
        """The metric of E[z z^T], shape (d, d)."""

    @abstractmethod
    def unit(self, i: int, W: Vector) -> UnitProblem[Any]:
        """The problem in the weight of unit i, the others fixed at the rows of W."""

    @property
    def theta(self) -> Vector:
        """The output weights, shape (k,)."""
        return self.layer.theta

    @property
    def k(self) -> int:
        """The number of hidden units."""
        return len(self.theta)

    @cached_property
    def u(self) -> Vector:
        """theta (x) E[z], shape (k d,)."""
        return np.asarray(np.kron(self.theta, self.unit_u), dtype=np.float64)

    @cached_property
    def metric(self) -> Metric:
        """The metric of I_k (x) E[z z^T]; its spectrum costs O((k d)^3), once, and only `S` needs it too."""
        return Metric(np.asarray(np.kron(np.eye(self.k), self.unit_metric.S), dtype=np.float64), n=self.unit_metric.n)

    @property
    def S(self) -> Matrix:
        """I_k (x) E[z z^T], shape (k d, k d)."""
        return self.metric.S

    @cached_property
    def zeta(self) -> float:
        """The smoothness constant `Layer.smoothness` * L of f."""
        return self.layer.smoothness * self.unit_metric.L

    def rows(self, W: Vector) -> Matrix:
        """W of shape (k d,) or (k, d) as a matrix (k, d); InvalidInput for any other shape."""
        W = real_array("W", W)
        d = len(self.unit_u)
        if W.shape not in ((self.k * d,), (self.k, d)):
            rule = f"must have shape ({self.k * d},) or ({self.k}, {d})"
            raise InvalidInput("W", f"array of shape {W.shape}", rule, "give one row of length d a unit")
        return W.reshape(self.k, d)

    def checked_unit(self, i: int) -> int:
        """i, if it is one of 0, ..., k - 1; InvalidInput otherwise."""
        if not 0 <= i < self.k:
            raise InvalidInput("i", i, f"must be one of the units 0 to {self.k - 1}", "count the units from 0")
        return i

    def shadows(self, rows: Matrix) -> Vector:
        """(1 - |rho*|) c_j with c_j = u^T w_j/|rho*|, shape (m,); all 0 if u = 0, where the line is a point.

        Cov maps the projection of w_j on the line to that number times u.
        """
        size = -rho_star(self.unit_metric, self.unit_u)
        projections: Vector = rows @ self.unit_u
        return projections * ((1 - size) / size) if size > 0 else np.zeros(len(rows))
