r"""E8 and E14 as printed: critical points that are not on the line of S^-1 u, each proved to exist in a small box.

Setting. S = I in the plane, so that the line is that of u, and z ~ N(u, I - u u^T). A case names an objective and a
box, and speaks of the critical points that the box is *proved* to hold (ball arithmetic, `bntheory.balls`); of a box
without such a proof it says nothing, and both sides are 0. The left side is the square of the distance from the line,
at least, of every point of the box.

- E8: phi(t) = c + alpha sin t + beta sin 2t with c > |alpha| + |beta|, so phi > 0 with all derivatives bounded.
  With m = u^T w, s^2 = w^T Cov w, E[sin(k t)] = e^(-k^2 s^2/2) sin(k m); a = E phi', b = E phi'' and two derivatives
  more give gradient a u + b Cov w and Hessian.
- E14: two tanh units, softplus loss, odd activation and y in {-1, +1} (`bntheory.problems.network_enclosure`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from bntheory import balls
from bntheory.cases import exact_array
from bntheory.claim import Statement, Truth
from bntheory.numbers import cos, exp, sin
from bntheory.problems.network_enclosure import enclosure


@dataclass(frozen=True, eq=False)
class HalfspacePoint:
    """The box |w - center| <= 2^-bits, shape (2,), for phi' = alpha cos t + 2 beta cos 2t and |u| < 1."""

    u: Any
    alpha: Any
    beta: Any
    center: Any
    bits: int


@dataclass(frozen=True, eq=False)
class NetworkPoint:
    """The box |W - center| <= 2^-bits, rows w_1, w_2 one after the other; z = (p, 0) + (root xi_1, xi_2)."""

    theta: Any
    p: Any
    root: Any
    center: Any
    bits: int


def trigonometric_moments(alpha: Any, beta: Any, m: Any, variance: Any) -> list[Any]:
    """E of the first four derivatives of alpha sin t + beta sin 2t, t ~ N(m, variance)."""
    slow, fast = alpha * exp(-variance / 2), beta * exp(-2 * variance)
    return [
        slow * cos(m) + 2 * fast * cos(2 * m),
        -slow * sin(m) - 4 * fast * sin(2 * m),
        -slow * cos(m) - 8 * fast * cos(2 * m),
        slow * sin(m) + 16 * fast * sin(2 * m),
    ]


def halfspace_gradient(u: Sequence[Any], alpha: Any, beta: Any, w: Sequence[Any]) -> list[Any]:
    """a u + b Cov w, of floats or balls."""
    m, pushed, variance = _law(u, w)
    a, b, _, _ = trigonometric_moments(alpha, beta, m, variance)
    return [a * u[i] + b * pushed[i] for i in (0, 1)]


def halfspace_hessian(u: Sequence[Any], alpha: Any, beta: Any, w: Sequence[Any]) -> list[list[Any]]:
    """u (b u + c Cov w)^T + b Cov + Cov w (c u + e Cov w)^T, by d/d(s^2) E[h] = E[h'']/2."""
    m, pushed, variance = _law(u, w)
    _, b, c, e = trigonometric_moments(alpha, beta, m, variance)
    return [
        [
            u[i] * (b * u[j] + c * pushed[j]) + b * (int(i == j) - u[i] * u[j]) + pushed[i] * (c * u[j] + e * pushed[j])
            for j in (0, 1)
        ]
        for i in (0, 1)
    ]


def _law(u: Sequence[Any], w: Sequence[Any]) -> tuple[Any, list[Any], Any]:
    """u^T w, Cov w and w^T Cov w for Cov = I - u u^T."""
    m = u[0] * w[0] + u[1] * w[1]
    pushed = [w[0] - m * u[0], w[1] - m * u[1]]
    return m, pushed, w[0] * pushed[0] + w[1] * pushed[1]


@cache
def _has_critical_point(u: tuple[Any, ...], alpha: Any, beta: Any, center: tuple[Any, ...], radius: Any) -> bool:
    mean, slow, fast = [balls.ball(x) for x in u], balls.ball(alpha), balls.ball(beta)
    return balls.isolates_a_zero(
        lambda w: halfspace_gradient(mean, slow, fast, w),
        lambda w: halfspace_hessian(mean, slow, fast, w),
        center,
        radius,
    )


@cache
def _network_has_critical_point(theta: tuple[Any, ...], law: Any, center: tuple[Any, ...], radius: Any) -> bool:
    p, root = law
    return balls.isolates_a_zero(
        lambda W: enclosure(theta, (p, 0), (root, 1), W).gradient,
        lambda W: enclosure(theta, (p, 0), (root, 1), W).hessian,
        center,
        radius,
    )


@cache
def _network_is_convex(theta: tuple[Any, ...], law: Any, center: tuple[Any, ...], radius: Any) -> bool:
    """Whether the Hessian is proved positive definite on the whole box."""
    p, root = law
    return balls.is_positive_definite(enclosure(theta, (p, 0), (root, 1), balls.box(center, radius)).hessian)


def _rational(values: Any) -> tuple[Fraction, ...]:
    return tuple(Fraction(value) for value in values)


def _radius(bits: Any) -> Fraction:
    return Fraction(1, 2 ** int(bits))


def _squared_distance(u: Sequence[Fraction], w: Sequence[Fraction], radius: Fraction) -> Fraction:
    """The square of the distance from the line of u, at least, of the points in the box about w."""
    reach = radius * Fraction(33, 32)  # the box is a little larger than its radius: balls round that up
    across = abs(u[0] * w[1] - u[1] * w[0]) - reach * (abs(u[0]) + abs(u[1]))
    return max(across, Fraction(0)) ** 2 / (u[0] ** 2 + u[1] ** 2)


def _halfspace_sides(case: HalfspacePoint) -> tuple[Any, Any]:
    u, center, radius = _rational(case.u), _rational(case.center), _radius(case.bits)
    known = _has_critical_point(u, Fraction(case.alpha), Fraction(case.beta), center, radius)
    return known * _squared_distance(u, center, radius), 0


def _network_sides(case: NetworkPoint, *, minimum: bool = False) -> tuple[Any, Any]:
    theta, center, law, radius = _rational(case.theta), _rational(case.center), _law_of(case), _radius(case.bits)
    known = _network_has_critical_point(theta, law, center, radius)
    if minimum:
        known = known and _network_is_convex(theta, law, center, radius)
    off = max(_squared_distance((Fraction(1), Fraction(0)), row, radius) for row in (center[:2], center[2:]))
    return known * off, 0


def _law_of(case: NetworkPoint) -> tuple[Fraction, ...]:
    return _rational((case.p, case.root))


@cache
def _halfspace_points() -> st.SearchStrategy[HalfspacePoint]:
    """Boxes about what Newton's method finds from a start on a grid."""
    mean = st.sampled_from(
        [(Fraction(1, 2), Fraction(0)), (Fraction(1, 4), Fraction(1, 2)), (Fraction(2, 3), Fraction(0))]
    )
    size = st.integers(-3, 3).filter(bool)
    return st.builds(_located, mean, size, size, st.tuples(st.integers(-2, 2), st.integers(-2, 2)), st.integers(4, 6))


def _located(u: Any, alpha: int, beta: int, start: tuple[int, int], bits: int) -> HalfspacePoint:
    from scipy.optimize import root

    mean = [float(x) for x in u]
    found = root(
        lambda w: np.array(halfspace_gradient(mean, alpha, beta, w)),
        np.array(start) / 2 + 0.1,
        jac=lambda w: np.array(halfspace_hessian(mean, alpha, beta, w)),
    )
    center = [Fraction(round(1000 * float(x)), 1000) for x in np.clip(found.x, -12, 12)]
    return HalfspacePoint(exact_array(u), Fraction(alpha), Fraction(beta), exact_array(center), bits)


@cache
def _network_points() -> st.SearchStrategy[NetworkPoint]:
    """Boxes about minimizers of networks with |W| <= 2, found by L-BFGS from one of a few starts."""
    return st.builds(_minimizer, st.sampled_from([(3, 4, 5), (5, 12, 13)]), st.integers(0, 9))


@cache
def _minimizer(triple: tuple[int, int, int], seed: int) -> NetworkPoint:
    from scipy.optimize import minimize

    from bntheory.problems import GaussianOneHiddenLayer

    p, root = Fraction(triple[0], triple[2]), Fraction(triple[1], triple[2])
    network = GaussianOneHiddenLayer(np.eye(2), np.array([float(p), 0.0]), np.ones(2))
    start = np.random.default_rng(seed).uniform(-1.5, 1.5, 4)
    near = minimize(network.value_and_gradient, start, jac=True, method="L-BFGS-B", bounds=[(-2, 2)] * 4).x
    newton = np.clip(near - np.linalg.solve(network.hessian(near), network.gradient(near)), -2, 2)
    center = [Fraction(round(10_000 * float(x)), 10_000) for x in newton]
    return NetworkPoint(exact_array([Fraction(1)] * 2), p, root, exact_array(center), 12)


E8_PRINTED = Statement(
    id="E8.printed",
    tex=r"\nabla f_{LH}(\tilde w)=0 \implies \tilde w = g^*S^{-1}u,\ \text{whatever}\ \varphi",
    truth=Truth.FALSE,
    cases=_halfspace_points(),
    sides=_halfspace_sides,
    relation="<=",
    witness=HalfspacePoint(
        exact_array([Fraction(1, 2), Fraction(0)]),
        Fraction(1),
        Fraction(-1),
        exact_array([Fraction(0), Fraction(2, 3)]),
        5,
    ),
    note="for an oscillating phi > 0 with bounded derivatives c1 = c2 = 0 may happen off the line: if alpha = -beta, at"
    " u^T w = 0, w^T w = (2/3) log 2. Sides: a lower bound on the squared distance from the line of a critical point;"
    " that the box holds one is proved in the ball arithmetic of python-flint.",
)
_OFF_LINE = NetworkPoint(
    exact_array([Fraction(1), Fraction(1)]),
    Fraction(3, 5),
    Fraction(4, 5),
    exact_array([Fraction(part, 10_000) for part in (-12507, 1706, -12507, -1706)]),
    12,
)
E14_PRINTED = Statement(
    id="E14.printed",
    tex=r"\nabla_{\tilde w^{(i)}}f_{NN}=0\ \forall i \implies \tilde w^{(i)} = c^{(i)}S^{-1}u\ \forall i",
    truth=Truth.FALSE,
    cases=_network_points(),
    sides=_network_sides,
    relation="<=",
    witness=_OFF_LINE,
    note="two tanh units lean to both sides of the line and gain by it. Sides: a lower bound on the squared distance"
    " from the line of a critical point; that the box holds one is proved in the ball arithmetic of python-flint.",
)
E14_MINIMA = E14_PRINTED.neighbour(
    "mutant.minima",
    Truth.FALSE,
    r"\tilde W\ \text{a strict local minimizer} \implies \tilde w^{(i)} = c^{(i)}S^{-1}u\ \forall i",
    lambda case: _network_sides(case, minimum=True),
    "it is not a saddle: the Hessian is proved positive definite on the whole box",
    witness=_OFF_LINE,
)
