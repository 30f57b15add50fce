"""One hidden layer on data: f(W) = (1/n) sum l(-y F_x(W)) (E14, E15); the mathematics stands in `hidden_units`.

Every evaluation along a line costs O(n) a unit once the margins X w_i are known; a gradient is one more product with
the data a unit. `Forward` keeps the margins of a sweep over the units: a step on one unit then reads the data twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from bntheory.linalg import Metric
from bntheory.losses import Loss
from bntheory.problems.checks import rows_and_targets, signed_labels
from bntheory.problems.hidden_units import Layer, Network, Response, UnitProblem, unit_length
from bntheory.typing import Matrix, Vector


class OneHiddenLayer(Network["SampledLine"]):
    """min (1/n) sum_s l(-y_s F_{x_s}(W)) over W of shape (k d,) or (k, d), F_x(W) = sum_i theta_i phi(x^T w_i).

    Parameters
    ----------
    X : array (n, d), dense, sparse or memory-mapped
    y : array (n,)
        Two classes of any kind; sorted, the second is +1.
    theta : array (k,)
        The output weights, fixed.
    activation, loss : str or Loss
        phi and l; the activation need not be odd here.

    Raises
    ------
    InvalidInput
        If shapes disagree, an entry is not finite, y does not hold exactly two classes, or a name is unknown.
    """

    def __init__(
        self, X: Any, y: Any, theta: Any, activation: str | Loss = "tanh", loss: str | Loss = "softplus"
    ) -> None:
        self.X, self.y = rows_and_targets(X, signed_labels(y))
        self.layer = Layer.checked(theta, activation, loss)

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.y)

    @cached_property
    def unit_metric(self) -> Metric:
        """The metric of E[z z^T] = X^T X / n (the labels' signs cancel), possibly singular."""
        return Metric.of_rows(self.X)

    @cached_property
    def unit_u(self) -> Vector:
        """E[z] = -X^T y / n, shape (d,)."""
        u: Vector = self.pullback(self.sign[None] / self.n)[0]
        return u

    @cached_property
    def sign(self) -> Vector:
        """-y, the sign of z = -y x, shape (n,)."""
        return -self.y

    def margins(self, rows: Matrix) -> Matrix:
        """x^T w_i for the rows w_i of a matrix (m, d), shape (m, n): one pass over the data a row."""
        margins: Matrix = np.ascontiguousarray((self.X @ rows.T).T)
        return margins

    def pullback(self, r: Matrix) -> Matrix:
        """The sums of r_i x over the rows, shape (m, d), for r of shape (m, n): one pass over the data a row."""
        pulled: Matrix = (self.X.T @ r.T).T
        return pulled

    def line(self, W: Vector) -> SampledLine:
        """The objective along gamma -> gamma W."""
        return SampledLine(self, self.layer, self.margins(self.rows(W)), np.shape(W))

    def forward(self, W: Vector) -> Forward:
        """The network at W, unit by unit: k passes over the data."""
        return Forward(self, self.rows(W))

    def unit(self, i: int, W: Vector) -> UnitProblem[SampledUnitLine]:
        """The problem in the weight of unit i, the others fixed at the rows of W: k passes over the data."""
        return self.forward(W).unit(i)


@dataclass
class SampledLine:
    """(1/n) sum_s l(F_s) where the units of `layer` have margins gamma t and the others contribute `rest` to F.

    F and the response are kept for the last gamma.
    """

    network: OneHiddenLayer
    layer: Layer
    t: Matrix
    shape: tuple[int, ...]
    rest: Vector | float = 0.0
    _at: tuple[float, Vector, Response] | None = field(default=None, init=False, repr=False)

    @property
    def norm(self) -> float:
        """|w|_S, the square root of the mean of sum_i t_i^2."""
        return float(np.sqrt(np.vdot(self.t, self.t) / self.network.n))

    def scaled(self, factor: float) -> Self:
        """The line of factor * w."""
        return replace(self, t=factor * self.t)

    def output(self, gamma: float) -> Vector:
        """F, shape (n,)."""
        if self._at is not None and self._at[0] == gamma:
            return self._at[1]
        return self.layer.output(gamma * self.t, self.network.sign, self.rest)

    def response(self, gamma: float) -> Response:
        """The derivatives of f at gamma."""
        if self._at is None or self._at[0] != gamma:
            found = self.layer.response(gamma * self.t, self.network.sign, self.rest, 1 / self.network.n)
            self._at = (gamma, *found)
        return self._at[2]

    def value(self, gamma: float) -> float:
        """The mean of l(F)."""
        return float(self.layer.loss.phi(self.output(gamma)).mean())

    def slope(self, gamma: float) -> float:
        """The mean of l'(F) dF/dgamma."""
        return self.response(gamma).slope(self.t)

    def curvature(self, gamma: float) -> float:
        """The mean of l''(F) (dF/dgamma)^2 + l'(F) d^2F/dgamma^2."""
        return self.response(gamma).curvature(self.t)

    def gradient(self, gamma: float) -> Vector:
        """The means of r_i z at gamma w: one pass over the data a unit."""
        response = self.response(gamma)
        return self.network.pullback(response.pull * response.J).reshape(self.shape)


@dataclass
class SampledUnitLine(SampledLine):
    """The line of one unit; `cross` is sum_{j != i} (1 - |rho*|) c_j theta_j phi'(x^T w_j), shape (n,)."""

    cross: Vector = field(kw_only=True)

    def stein(self, gamma: float) -> tuple[float, float]:
        """(a, b) as if z were normal: a_i + (1 - |rho*|) sum_{j != i} b_ij c_j and b_ii, with means over the data."""
        response = self.response(gamma)
        a, b = response.coefficients()
        return float(a[0] + response.d2l * response.J[0] @ self.cross), float(b[0, 0])

    def margins(self, gamma: float) -> Vector:
        """X w at gamma, shape (n,)."""
        margins: Vector = gamma * self.t[0]
        return margins


class Forward:
    """The network at the rows of W with its margins and output, kept up to date while single units move.

    A move replaces what the unit contributed to the sums over the units: O(n), and a few rounding units of these sums.

    Attributes
    ----------
    W : array, shape (k, d)
    margins : array, shape (k, n)
        x^T w_i.
    output : array, shape (n,)
        -y F_x(W).
    """

    def __init__(self, network: OneHiddenLayer, rows: Matrix) -> None:
        self.network, self.W = network, rows.copy()
        self.margins = network.margins(rows)
        layer = network.layer
        self._outputs = network.sign * network.theta[:, None] * layer.activation.phi(self.margins)
        self._crosses = (network.theta * network.shadows(rows))[:, None] * layer.activation.dphi(self.margins)
        self.output, self._cross = self._outputs.sum(axis=0), self._crosses.sum(axis=0)

    def unit(self, i: int) -> UnitProblem[SampledUnitLine]:
        """The problem in the weight of unit i; later moves of this object do not change it."""
        start = self._line(i)

        def line(w: Vector) -> SampledUnitLine:
            return replace(start, t=self.network.margins(np.asarray(w, dtype=np.float64)[None]))

        return UnitProblem(self.network, i, line)

    def line(self) -> SampledLine:
        """The line of the whole present W: its margins are known, so that only `gradient` passes over the data."""
        return SampledLine(self.network, self.network.layer, self.margins.copy(), self.W.shape)

    def ray(self, i: int) -> SampledUnitLine:
        """The ray of unit i at its present weight: no pass over the data."""
        return unit_length(self._line(i))

    def _line(self, i: int) -> SampledUnitLine:
        i = self.network.checked_unit(i)
        layer, t, shape = self.network.layer.unit(i), self.margins[i : i + 1], self.W[i].shape
        rest, cross = self.output - self._outputs[i], self._cross - self._crosses[i]
        return SampledUnitLine(self.network, layer, t, shape, rest, cross=cross)

    def move(self, i: int, w: Vector, line: SampledUnitLine, gamma: float) -> None:
        """Set the weight of unit i to w, the point gamma of its line (or ray): no pass over the data.

        What the line knows at gamma is used again: after a length search that ended there nothing is evaluated.
        """
        self.W[i], self.margins[i] = w, line.margins(gamma)
        output = line.output(gamma) - line.rest
        cross = self.network.shadows(self.W[i : i + 1]) * line.response(gamma).J[0]
        self.output, self._cross = self.output + (output - self._outputs[i]), self._cross + (cross - self._crosses[i])
        self._outputs[i], self._crosses[i] = output, cross
