r"""F1: the worst case of one step on the Rayleigh quotient of least squares, at every distance from the minimum.

Setting. As in `rayleigh_step`: mu <= S <= L, D = rho - rho*, one step of E5 from w to w+. q = 1 - mu/L, and
sin^2(theta) = D(w)/|rho*|: theta is the angle of w and S^-1 u in the inner product of S.

Assumptions. u^T w != 0.

Main statements.
- D(w+) <= |rho*| sin^2(alpha + beta), tan(alpha) = (q/2) sin(theta) cos(theta)/(1 - (q/2) sin^2(theta)),
  sin(beta) = (q/2) sin(theta)/sqrt(1 - q sin^2(theta) + (q^2/4) sin^2(theta)). Without trigonometric functions, with
  x = sin^2(theta): D(w+) <= (q^2/4) (sqrt((1-x)(1-qx)) + 1 - qx/2)^2/(1 - qx + q^2 x/4)^2 D(w).
- It is attained for every q and theta, in two dimensions.
- It is at most E5's q^2 D(w), and tends to it as theta -> 0.

Up to scale w+ is best - M r, in the inner product of S, with best and r = best - (part of best along w) of lengths
1 and sin(theta), 0 <= M = I - S/L <= q. So M r lies in the ball of which q r is a diameter, and alpha + beta is the
largest angle to best of what is in the ball around best - (q/2) r; in two dimensions all of its surface is reached.

Source: bntheory; sharpens Kohler et al. 2018, Theorem 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory import decoupling
from bntheory.cases import Quadratic, exact_array, quadratics, sample_quadratics, tight_quadratics
from bntheory.claim import Claim, Statement, Truth
from bntheory.claims.rayleigh_step import Steps, excess, stepped
from bntheory.numbers import sqrt


@cache
def extremal_quadratics() -> SearchStrategy[Quadratic]:
    """Instances of dimension 2 for which a step is as bad as can be."""
    parts = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 90))
    normals = st.tuples(st.integers(-3, 3), st.integers(-3, 3)).filter(any)
    return st.builds(_extremal, parts, normals, st.integers(1, 12).map(lambda n: Fraction(n, 4)), st.booleans())


def sample_extremal(rng: np.random.Generator, n: int) -> list[Quadratic]:
    """A sampler of `extremal_quadratics`."""
    parts = (rng.integers(1, 9, (n, 3)) * [1, 1, 10] ** rng.integers(0, 2, (n, 1))).tolist()
    normals = rng.integers(1, 4, (n, 2)).tolist()
    scales, mirrored = rng.integers(1, 9, n).tolist(), rng.integers(0, 2, n).tolist()
    drawn = zip(parts, normals, scales, mirrored, strict=True)
    return [_extremal(part, normal, Fraction(scale), bool(mirror)) for part, normal, scale, mirror in drawn]


def _extremal(parts: Any, normal: Any, L: Fraction, mirrored: bool) -> Quadratic:
    """Rational, for rational half angles 0 < p < t < 1 with mu/L = (p/(1 - p^2) (1 - t^2)/t)^2, t = tan(theta/2).

    In the plane of best = (1, 0) and w, in the inner product of S, M r is where the line through the origin touches the
    circle; it is an eigenvector, of the eigenvalue mu of S.
    """
    p, t = Fraction(parts[0], sum(parts)), Fraction(parts[0] + parts[1], sum(parts))
    s, k = 2 * t / (1 + t**2), (1 - t**2) / (1 + t**2)
    m, root = p / (1 - p**2) * (1 - t**2) / t, k * (1 + p**2) / (1 - p**2)
    q, x = 1 - m**2, s**2
    centre = 1 - q * x + q**2 * x / 4
    sine = q / 2 * s * (k * root + 1 - q * x / 2) / centre
    cosine = ((1 - q * x / 2) * root - q**2 / 4 * x * k) / centre
    y_1, y_2 = 1 - root * cosine, root * sine
    a, b = normal
    bottom = exact_array([Fraction(a * a - b * b, a * a + b * b), Fraction(2 * a * b, a * a + b * b)])
    top = exact_array([-bottom[1], bottom[0]]) * (-1 if mirrored else 1)
    best = y_1 / m * bottom - y_2 * top
    w = (k * y_1 - s * y_2) / m * bottom - (k * y_2 + s * y_1) * top
    S, inverse = (
        low * bottom[:, None] * bottom + high * top[:, None] * top
        for low, high in ((m**2 * L, L), (1 / (m**2 * L), 1 / L))
    )
    return Quadratic(S, inverse, best, w, m**2 * L, L)


def _mixed(rng: np.random.Generator, n: int) -> list[Quadratic]:
    worst, general = sample_quadratics(tight=True), sample_quadratics()
    return [*sample_extremal(rng, n // 4), *worst(rng, n // 4), *general(rng, n - 2 * (n // 4))]


def _after(q: Quadratic) -> Any:
    return excess(q, stepped(Steps(q, 1)))


def _cosine_squared(q: Quadratic) -> Any:
    """cos^2(theta) = rho(w)/rho*."""
    return -decoupling.rayleigh_quotient(q.w, q.S, q.u) / (q.u @ q.best)


def _share(case: Quadratic) -> Any:
    """sin^2(alpha + beta)/sin^2(theta)."""
    q = 1 - case.mu / case.L
    x = 1 - _cosine_squared(case)
    root = sqrt((1 - x) * (1 - q * x))
    return (q / 2 * (root + 1 - q * x / 2) / (1 - q * x + q**2 * x / 4)) ** 2


def _worst(case: Quadratic) -> tuple[Any, Any]:
    return _after(case), _share(case) * excess(case, case.w)


def _with(share: Callable[[Any, Any], Any]) -> Callable[[Quadratic], tuple[Any, Any]]:
    """Another share in q and x = sin^2(theta)."""

    def sides(case: Quadratic) -> tuple[Any, Any]:
        x = 1 - _cosine_squared(case)
        return _after(case), share(1 - case.mu / case.L, x) * excess(case, case.w)

    return sides


def _centre(q: Any, x: Any) -> Any:
    """The squared distance of the ball's centre from the origin."""
    return 1 - q * x + q**2 * x / 4


def _of_angles(q: Any, x: Any, sign: int = 1) -> Any:
    """sin^2(alpha + beta)/x by the tangents of both angles, or sin^2(alpha - beta)/x."""
    alpha, beta = q / 2 * sqrt(1 - x) / (1 - q * x / 2), q / 2 / sqrt(1 - q * x)  # over sin(theta)
    tangent = (alpha + sign * beta) / (1 - sign * x * alpha * beta)
    return tangent**2 / (1 + x * tangent**2)


def _no_cosine(q: Any, x: Any) -> Any:
    return (q / 2 * (sqrt(1 - q * x) + 1 - q * x / 2) / _centre(q, x)) ** 2


def _from_below(case: Quadratic) -> tuple[Any, Any]:
    """q^2 (1 - x/2)^2 <= the share: the bound is E5's in the limit."""
    x = 1 - _cosine_squared(case)
    return ((1 - case.mu / case.L) * (1 - x / 2)) ** 2, _share(case)


def _from_above(case: Quadratic) -> tuple[Any, Any]:
    return _share(case), (1 - case.mu / case.L) ** 2


F1_PRINTED = Statement(
    id="F1.printed",
    tex=r"\rho(w_+)-\rho^*\le|\rho^*|\sin^2\left(\operatorname{atan2}\left(\tfrac q2\sin\theta\cos\theta,"
    r"1-\tfrac q2\sin^2\theta\right)+\arcsin\frac{\frac q2\sin\theta}{\sqrt{1-q\sin^2\theta+\frac{q^2}4\sin^2\theta}}"
    r"\right),\quad q=1-\frac\mu L,\ \sin^2\theta=\frac{\rho(w)-\rho^*}{|\rho^*|}",
    truth=Truth.TRUE,
    cases=quadratics() | tight_quadratics() | extremal_quadratics(),
    sides=_worst,
    relation="<=",
    sample=_mixed,
    note="the sine of the sum of the two angles, written out: one square root is left.",
)


def _f1(name: str, truth: Truth, tex: str, sides: Callable[[Any], Any], note: str, **changes: Any) -> Statement:
    return F1_PRINTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **changes)


_D = r"D(w_+)\le|\rho^*|"
F1_SHARP = _f1(
    "sharp",
    Truth.WEAKER,
    r"D(w_+)=|\rho^*|\sin^2(\alpha+\beta)\text{ for some }S,u,w\text{ of dimension }2",
    _worst,
    "beside the bound: for every q and theta there is an instance that attains it",
    relation="==",
    cases=extremal_quadratics(),
    sample=sample_extremal,
)
F1_BELOW = _f1(
    "below-e5", Truth.WEAKER, r"\sin^2(\alpha+\beta)\le q^2\sin^2\theta", _from_above, "sharper than E5's bound"
)
F1_LIMIT = _f1(
    "limit",
    Truth.WEAKER,
    r"\sin^2(\alpha+\beta)\ge q^2\left(1-\tfrac12\sin^2\theta\right)^2\sin^2\theta",
    _from_below,
    "beside the bound: as theta tends to 0 it tends to E5's",
)
F1_MUTANTS = (
    F1_SHARP,
    F1_BELOW,
    F1_LIMIT,
    _f1(
        "tangents",
        Truth.EQUIVALENT,
        _D + r"\frac{\tan^2(\alpha+\beta)}{1+\tan^2(\alpha+\beta)}",
        _with(_of_angles),
        "by the addition theorem of the tangent",
    ),
    _f1(
        "no-cosine",
        Truth.WEAKER,
        r"\cos\theta\text{ left out of }\alpha\text{: }" + _D + r"\sin^2(\alpha+\beta)",
        _with(_no_cosine),
        "a larger angle",
    ),
    _f1(
        "difference",
        Truth.FALSE,
        _D + r"\sin^2(\alpha-\beta)",
        _with(lambda q, x: _of_angles(q, x, -1)),
        "the nearer side of the ball",
    ),
    _f1(
        "centre-alone",
        Truth.FALSE,
        _D + r"\sin^2\alpha",
        _with(lambda q, x: q**2 / 4 * (1 - x) / _centre(q, x)),
        "the ball has a radius",
    ),
    _f1(
        "radius-alone",
        Truth.FALSE,
        _D + r"\sin^2\beta",
        _with(lambda q, x: q**2 / 4 / _centre(q, x)),
        "its centre is not along S^-1 u",
    ),
    _f1(
        "sum-of-squares",
        Truth.FALSE,
        _D + r"(\sin^2\alpha+\sin^2\beta)",
        _with(lambda q, x: q**2 / 4 * (2 - x) / _centre(q, x)),
        "the angles add up, not their squared sines",
    ),
    _f1(
        "with-cosine-squared",
        Truth.FALSE,
        _D + r"q^2\sin^2\theta\cos^2\theta",
        _with(lambda q, x: q**2 * (1 - x)),
        "too small away from theta = 0",
    ),
    _f1(
        "twice-mu",
        Truth.FALSE,
        r"q=1-2\mu/L",
        lambda case: _worst(replace(case, mu=2 * case.mu)),
        "q is the largest eigenvalue of I - S/L",
    ),
    _f1(
        "smaller",
        Truth.FALSE,
        r"D(w_+)\le0.99\,|\rho^*|\sin^2(\alpha+\beta)",
        lambda case: (_after(case), _share(case) * excess(case, case.w) * 99 / 100),
        "it is attained",
    ),
)

F1 = Claim(
    id="F1",
    title="The worst case of a step at every distance",
    source="bntheory; sharpens Kohler et al. 2018, Theorem 1",
    assumes=(
        "S symmetric positive definite with extreme eigenvalues mu, L",
        "u^T w != 0; w_+ one step of E5, D = rho - rho*",
    ),
    printed=F1_PRINTED,
    corrected=None,
    mutants=F1_MUTANTS,
    proof="worst_case",
    figure="ols_rate",
    note="True, and attained for all mu/L and theta in two dimensions. With best and the part of it off w of lengths 1"
    " and sin(theta) in the inner product of S, the step subtracts M r from best, 0 <= M <= q: a point of the ball of"
    " which q r is a diameter. The bound is the largest angle to best of what is then left.",
)
CLAIMS = (F1,)
