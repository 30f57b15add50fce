"""Rigorous enclosures of gradient and Hessian of a small network on Gaussian inputs: tanh units, softplus loss.

f(W) = E[l(F)], F = sum_i theta_i tanh(t_i), t_i = w_i^T z, z = u + root xi, xi standard normal in the plane, root
diagonal; grad_i f = E[l'(F) theta_i tanh'(t_i) z]. The expectations are sums over a lattice of spacings h_a cut to a
rectangle, in balls, with two bounds added to the radius:

- aliasing: on |Im xi_a| <= eta_a let |Im t_i| <= y < pi/4 and |Im F| <= pi/2; there |tanh| <= 1, |tanh'| <= 1/cos^2 y,
  |l'| <= 1, |l''| <= 1/2. By Poisson's formula, with the contours moved by eta, the whole lattice errs by at most
  G E(1 + |z|^2) (prod_a (1 + 2 e^(eta_a^2/2) r_a/(1 - r_a)) - 1), r_a = e^(-2 pi eta_a/h_a), where G bounds what stands
  before z or z z^T and |z|^2 is taken on the moved contours;
- the cut: beyond the rectangle 1 + |z|^2 <= 1 + 2|u|^2 + 2 sum_a root_a^2 xi_a^2, and sums of x^j e^(-x^2/2), j = 0, 2,
  are at most the integrals from the last node on, since they decrease there.

Source: Trefethen and Weideman 2014, "The exponentially convergent trapezoidal rule", Theorem 5.1, for one variable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bntheory.balls import ball, require_flint

#: e^-DECAY is the aliasing of one axis, and REACH standard deviations are summed: both leave about 1e-10.
DECAY, REACH = 24, 7
#: |Im t_i| on the moved contours; below pi/4.
STRIP = 0.6
#: The contours are not moved further than this, since e^(eta^2/2) enters.
FARTHEST = 1.0


class Axis(NamedTuple):
    """One axis of the lattice: nodes with their weights h e^(-x^2/2)/sqrt(2 pi), eta, and bounds of the rest's sums."""

    nodes: list[Any]
    weights: list[Any]
    eta: Any
    tails: tuple[Any, Any]

    @property
    def sums(self) -> tuple[Any, Any]:
        """Bounds of the sums of the weights, and of the weights times x^2, over the whole lattice."""
        mass = sum(self.weights, self.tails[0])
        return mass, sum((w * x * x for w, x in zip(self.weights, self.nodes, strict=True)), self.tails[1])


@dataclass(frozen=True)
class Enclosure:
    """Balls: gradient (k d,) and Hessian (k d, k d), in the order of the flattened W."""

    gradient: list[Any]
    hessian: list[list[Any]]


def enclosure(theta: Sequence[Any], u: Sequence[Any], root: Sequence[Any], W: Sequence[Any]) -> Enclosure:
    """Gradient and Hessian at every point of a box of weights.

    Parameters
    ----------
    theta : k numbers
        With sum |theta_i| tan(0.6) <= pi/2, so that l is holomorphic where it is needed.
    u, root : 2 numbers each
        Mean, and the positive standard deviations of the independent coordinates of z.
    W : 2 k balls or numbers
        The rows w_i one after the other.

    Raises
    ------
    ArithmeticError
        sum |theta_i| is too large.
    """
    theta, u, root, flat = ([ball(x) for x in part] for part in (theta, u, root, W))
    rows = [flat[i : i + 2] for i in range(0, len(flat), 2)]
    if not sum(abs(t) for t in theta) * ball(STRIP).tan() <= require_flint().arb.pi() / 2:
        raise ArithmeticError("sum |theta_i| is too large for this strip: |Im F| <= pi/2 is needed")
    axes = [_axis(eta) for eta in _etas(rows, root)]
    error = _error(theta, u, root, axes)
    sums = _sums(theta, u, root, rows, axes)
    return Enclosure([x + error for x in sums.gradient], [[x + error for x in row] for row in sums.hessian])


def _etas(rows: list[list[Any]], root: list[Any]) -> list[float]:
    """How far the contours of both axes may be moved: sum_a |w_ia| root_a eta_a <= STRIP for every unit."""
    reach = [max(float((row[a] * root[a]).abs_upper()) for row in rows) * 1.000001 for a in (0, 1)]
    first = min(FARTHEST, STRIP / 2 / max(reach[0], 1e-9))
    second = min(FARTHEST, (STRIP - reach[0] * first) / max(reach[1], 1e-9))
    return [min(FARTHEST, (STRIP - reach[1] * second) / max(reach[0], 1e-9)), second]


def _axis(eta: float) -> Axis:
    flint = require_flint()
    pi = flint.arb.pi()
    h = 2 * pi * ball(eta) / DECAY
    last = int(REACH / float(h)) + 1
    nodes = [h * n for n in range(-last, last + 1)]
    weights = [h * (-x * x / 2).exp() / (2 * pi).sqrt() for x in nodes]
    end = nodes[-1]
    beyond = (end / ball(2).sqrt()).erfc()  # of both sides
    return Axis(nodes, weights, ball(eta), (beyond, 2 * end * (-end * end / 2).exp() / (2 * pi).sqrt() + beyond))


def _largest_entry(theta: list[Any]) -> Any:
    """A bound G, on the moved contours, of what stands before z in the gradient and before z z^T in the Hessian."""
    flint = require_flint()
    largest = flint.arb(max(t.abs_upper() for t in theta))
    secant = 1 / ball(STRIP).cos() ** 2
    return flint.arb(max(largest * secant, 2 * largest * secant + largest**2 * secant**2 / 2))


def _error(theta: list[Any], u: list[Any], root: list[Any], axes: list[Axis]) -> Any:
    """The ball about 0 that holds the aliasing and what is cut off, of every entry."""
    flint = require_flint()
    bounded = _largest_entry(theta)
    r = ball(-DECAY).exp()
    aliased = [1 + 2 * (axis.eta**2 / 2).exp() * r / (1 - r) for axis in axes]
    mean = 1 + sum(m * m for m in u) + sum(s * s * (1 + axis.eta**2) for s, axis in zip(root, axes, strict=True))
    constant = 1 + 2 * sum(m * m for m in u)
    (mass, second), (other_mass, other_second) = (axis.sums for axis in axes)
    (tail, tail_second), (other_tail, other_tail_second) = (axis.tails for axis in axes)
    cut = constant * (tail * other_mass + mass * other_tail)
    cut += 2 * root[0] ** 2 * (tail_second * other_mass + second * other_tail)
    cut += 2 * root[1] ** 2 * (tail * other_second + mass * other_tail_second)
    total = bounded * (mean * (aliased[0] * aliased[1] - 1) + cut)
    return flint.arb(0, total.abs_upper())


def _sums(theta: list[Any], u: list[Any], root: list[Any], rows: list[list[Any]], axes: list[Axis]) -> Enclosure:
    """The lattice sums themselves."""
    k = len(theta)
    zero = ball(0)
    gradient = [[zero, zero] for _ in theta]
    hessian = [[[zero, zero, zero] for _ in theta] for _ in theta]
    z = [[u[a] + root[a] * x for x in axis.nodes] for a, axis in enumerate(axes)]
    inner = [[row[1] * value for value in z[1]] for row in rows]
    for z_0, weight_0 in zip(z[0], axes[0].weights, strict=True):
        outer = [row[0] * z_0 for row in rows]
        first, second = _line(theta, outer, inner, z[1], axes[1].weights)
        for i in range(k):
            constant, linear = (weight_0 * moment for moment in first[i])
            gradient[i] = [gradient[i][0] + constant * z_0, gradient[i][1] + linear]
            for j in range(i + 1):
                constant, linear, square = (weight_0 * moment for moment in second[i][j])
                parts = (constant * z_0 * z_0, linear * z_0, square)
                hessian[i][j] = [total + part for total, part in zip(hessian[i][j], parts, strict=True)]
    return Enclosure([entry for row in gradient for entry in row], _full(hessian))


def _line(theta: list[Any], outer: list[Any], inner: list[list[Any]], z: list[Any], weights: list[Any]) -> Any:
    """Sums along the second axis of l' theta_i tanh'(t_i) and of its derivatives in t_j, times 1, z, z^2."""
    k, zero = len(theta), ball(0)
    first = [[zero, zero] for _ in theta]
    second = [[[zero, zero, zero] for _ in theta] for _ in theta]
    for n, (z_1, weight) in enumerate(zip(z, weights, strict=True)):
        tanh = [(outer[i] + inner[i][n]).tanh() for i in range(k)]
        slopes = [theta[i] * (1 - tanh[i] * tanh[i]) for i in range(k)]
        logistic = 1 / (1 + (-sum((theta[i] * tanh[i] for i in range(k)), zero)).exp())
        weighted = weight * logistic
        curvature = weighted * (1 - logistic)
        for i in range(k):
            value = weighted * slopes[i]
            first[i][0] += value
            first[i][1] += value * z_1
            for j in range(i + 1):
                entry = curvature * slopes[i] * slopes[j]
                if i == j:
                    entry -= 2 * value * tanh[i]
                sums = second[i][j]
                sums[0] += entry
                entry *= z_1
                sums[1] += entry
                sums[2] += entry * z_1
    return first, second


def _full(hessian: list[list[list[Any]]]) -> list[list[Any]]:
    """The symmetric matrix of 2 x 2 blocks [[xx, xy], [xy, yy]]."""
    k = len(hessian)

    def entry(row: int, column: int) -> Any:
        i, j = max(row // 2, column // 2), min(row // 2, column // 2)
        return hessian[i][j][row % 2 + column % 2]

    return [[entry(row, column) for column in range(2 * k)] for row in range(2 * k)]
