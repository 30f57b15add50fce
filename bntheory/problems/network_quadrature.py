"""Expectations over the margins of a few hidden units on Gaussian inputs: E[l(F)], and a, b of `hidden_units`.

The margins t = W z are normal with mean W u and covariance K = W Cov W^T of rank r <= min(k, d), so that every
expectation is an r-dimensional integral. It is taken by a tensor product of equispaced rules along the eigenvectors of
K, cut to a ball, with spacings that follow the margins' standard deviations. The nodes are doubled until the value, a
and b have settled; the last change gives the error estimate. (Two rules of equal size, half a spacing apart, would be a
cheaper check; but along the diagonals of the lattice they err alike, and the poles of phi(z^T w_i) lie obliquely.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, inf, prod

import numpy as np

from bntheory.problems.hidden_units import Layer, Response
from bntheory.quadrature import REACH, equispaced
from bntheory.typing import Matrix, Vector

TOLERANCE = 1e-13
"""The doubling ends at this error, relative to max(1, the largest moment)."""

MOST_NODES = 2**21
"""No lattice has more nodes before the cut to the ball; the arrays of one evaluation then take some 0.3 GB."""


_PAIR = np.array([-1.0, 1.0]), np.array([0.5, 0.5])


@dataclass(frozen=True)
class Quadrature:
    """A rule for margins t = mean + factor xi, xi standard normal in R^r, and what it gave.

    Attributes
    ----------
    xi : array, shape (r, N)
    weights : array, shape (N,)
    response : Response
        Of all units, at the nodes.
    value : float
        E[l(F)].
    a, b : array, shape (k,), (k, k)
    error : float
        Twice the largest change of value, a and b from the rule with half the nodes to this one: an estimate, no proof.
    """

    xi: Matrix
    weights: Vector
    response: Response
    value: float
    a: Vector
    b: Matrix
    error: float = inf

    def change(self, other: Quadrature) -> float:
        """The largest difference of value, a and b."""
        return float(max(abs(self.value - other.value), np.abs(self.a - other.a).max(), np.abs(self.b - other.b).max()))

    @property
    def size(self) -> float:
        """max(1, |value|, |a|, |b|)."""
        return float(max(1.0, abs(self.value), np.abs(self.a).max(), np.abs(self.b).max()))


def normal_lattice(halves: list[int]) -> tuple[Matrix, Vector]:
    """Nodes xi, shape (r, N), and weights, xi standard normal in R^r.

    An axis has 2 half + 1 equispaced nodes, cut to the ball of radius `REACH`; for half = 1 it has +-1 instead, exact
    for cubic polynomials in its xi_m.
    """
    axes, weights = zip(*(equispaced(half) if half > 1 else _PAIR for half in halves), strict=True)
    inside = sum(axis**2 for axis in np.ix_(*axes)) <= REACH**2
    spread = np.broadcast_arrays(*np.ix_(*axes))
    return np.stack([axis[inside] for axis in spread]), np.asarray(prod(np.ix_(*weights)))[inside]


def first_counts(layer: Layer, factor: Matrix) -> tuple[Vector, Vector]:
    """Nodes along each axis to begin with, for margins mean + factor xi, and by how much a doubling grows each.

    phi is analytic in a strip, l(theta_i phi) in a narrower one for large theta_i; along axis m they shrink by the
    largest |factor_im|. An axis that no margin depends on has two nodes for good: nothing there is more than quadratic.
    """
    activation, loss = (min(function.strip, np.pi) for function in (layer.activation, layer.loss))
    poles = 1 / activation + np.abs(layer.theta) / loss
    reach = (poles[:, None] * np.abs(factor)).max(axis=0)
    live = reach > 1e-8  # below, the second order is 1e-16
    share = 1 / max(int(live.sum()), 1)
    counts = np.where(live, 28 + 20 * reach, 2.0)
    excess = max(2 * prod(counts.tolist()) / MOST_NODES, 1.0)
    return np.where(live, counts / excess**share, counts), np.where(live, 2**share, 1.0)


def settled(layer: Layer, mean: Vector, factor: Matrix) -> Quadrature:
    """The rule for margins mean + factor xi, doubled until its error is `TOLERANCE` * size or it has `MOST_NODES`."""
    rotation = np.linalg.svd(factor, full_matrices=False)[2]
    counts, growth = first_counts(layer, factor @ rotation.T)
    before = None
    while True:
        along, weights = normal_lattice([ceil(count / 2) for count in counts])
        xi = rotation.T @ along
        t = mean[:, None] + factor @ xi
        output, response = layer.response(t, 1.0, 0.0, weights)
        value = float(weights @ layer.loss.phi(output))
        now = Quadrature(xi, weights, response, value, *response.coefficients())
        if before is not None:
            now = replace(now, error=2 * now.change(before))
            if now.error <= TOLERANCE * now.size or 2 * prod(counts.tolist()) > MOST_NODES:
                return now
        before, counts = now, counts * growth
