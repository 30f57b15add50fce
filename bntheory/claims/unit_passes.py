r"""One pass of the length search over two hidden units, for E15: exact, in one dimension.

Setting. d = 1 and S = 1, so that every weight is on the line of S^-1 u, D = 0, mu = 1 and gamma = w~; z ~ N(m, 1 - m^2)
with u = m != 0; phi(t) = t + t^3, odd, and l(s) = (1 + s)^2/2, so that l(-yF) = (y - F)^2/2. With A = sum theta_i w_i,
B = sum theta_i w_i^3 and F = A z + B z^3, f = E[l(F)] is a polynomial in the moments of z. Unit 1 and then unit 2 makes
T bisection steps on its slope over the bracket [-R, R], the other unit held fixed; zeta_i bounds |d^2 f/dw_i^2| there.

phi' is not bounded. But the violations are strict, and the expectations change as little as is wanted if phi is made
to flatten far out; and the right sides tend to 0 like 2^(-T), whatever zeta, while the left one does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from bntheory.gaussian import normal_moments
from bntheory.methods.length import bisected


@dataclass(frozen=True, eq=False)
class Pass:
    """m in [-1, 1] not 0, theta_i != 0, the weight w_2 that unit 1 starts beside, R > 0, T; a sign change for each."""

    m: Any
    theta_1: Any
    theta_2: Any
    w_2: Any
    R: Any
    T: int

    @cached_property
    def moments(self) -> tuple[Any, ...]:
        """E[z^n], n = 0..6."""
        return normal_moments(self.m, 1 - self.m**2, 6)

    @property
    def theta(self) -> tuple[Any, Any]:
        """Both output weights."""
        return self.theta_1, self.theta_2


class Visit(NamedTuple):
    """What comes of unit i: its weight, its slope there at that moment, and zeta_i."""

    weight: Any
    slope: Any
    zeta: Any


def slope(case: Pass, weights: Sequence[Any], i: int) -> Any:
    """df/dw_i = E[(1 + F) theta_i z phi'(z w_i)]."""
    _, m1, m2, m3, m4, _, m6 = case.moments
    A, B = (sum(theta * w**k for theta, w in zip(case.theta, weights, strict=True)) for k in (1, 3))
    return case.theta[i] * (m1 + A * m2 + B * m4 + 3 * weights[i] ** 2 * (m3 + A * m4 + B * m6))


def curvature_bound(case: Pass, weights: Sequence[Any], i: int) -> Any:
    """A bound of |d^2 f/dw_i^2| for |w_i| <= R, term by term."""
    _, _, m2, m3, m4, _, m6 = case.moments
    R, theta, other = case.R, abs(case.theta[i]), abs(case.theta[1 - i])
    A, B = (theta * R**k + other * abs(weights[1 - i]) ** k for k in (1, 3))
    squares = theta**2 * (m2 + 6 * R**2 * m4 + 9 * R**4 * m6)
    return squares + 6 * theta * R * (abs(m3) + A * m4 + B * m6)


def _with_own(weights: Sequence[Any], i: int, w: Any) -> list[Any]:
    return [w if j == i else other for j, other in enumerate(weights)]


def _changes(case: Pass, weights: Sequence[Any], i: int) -> bool:
    """Whether the slope of unit i changes its sign from - to + on the bracket."""
    left, right = (slope(case, _with_own(weights, i, end), i) for end in (-case.R, case.R))
    return bool(left <= 0 <= right)


def visit(case: Pass, weights: Sequence[Any], i: int) -> Visit:
    """T bisection steps of unit i, which end at the left end of the last bracket."""
    a, _ = bisected(lambda weight: slope(case, _with_own(weights, i, weight), i), -case.R, case.R, case.T)
    return Visit(a, slope(case, _with_own(weights, i, a), i), curvature_bound(case, weights, i))


def one_pass(case: Pass) -> tuple[Visit, Visit]:
    """Unit 1 beside w_2, then unit 2 beside what unit 1 has found."""
    first = visit(case, [0 * case.w_2, case.w_2], 0)
    return first, visit(case, [first.weight, case.w_2], 1)


def _has_brackets(case: Pass) -> bool:
    if not _changes(case, [0 * case.w_2, case.w_2], 0):
        return False
    first = visit(case, [0 * case.w_2, case.w_2], 0)
    return _changes(case, [first.weight, case.w_2], 1)


@cache
def _drawn() -> st.SearchStrategy[Pass]:
    quarter = st.integers(-12, 12).map(lambda k: Fraction(k, 4))
    part = st.tuples(st.integers(-8, 8).filter(bool), st.integers(1, 4)).map(lambda pair: Fraction(*pair))
    mean = st.integers(-4, 4).filter(bool).map(lambda k: Fraction(k, 4))
    end = st.tuples(st.integers(1, 4), st.integers(1, 4)).map(lambda pair: Fraction(*pair))
    return st.builds(Pass, mean, part, part, quarter, end, st.integers(1, 12)).filter(_has_brackets)


def _sample(rng: np.random.Generator, n: int) -> list[Pass]:
    means, starts, ends = rng.uniform(-1, 1, n), rng.standard_normal(n), 2.0 ** rng.uniform(-2, 2, n)
    numbers = zip(means.tolist(), starts.tolist(), ends.tolist(), rng.integers(1, 13, n).tolist(), strict=True)
    thetas = rng.uniform(-3, 3, (n, 2)).tolist()
    drawn = [Pass(m, one, two, w_2, R, T) for (m, w_2, R, T), (one, two) in zip(numbers, thetas, strict=True)]
    return [case for case in drawn if _has_brackets(case)]


def passes() -> dict[str, Any]:
    """Cases with T <= 12, and samples of them in floats."""
    return {"cases": _drawn(), "sample": _sample}


def printed_term(case: Pass, one: Visit) -> Any:
    """2^(-T) zeta |b - a|/mu^2, mu = 1."""
    return one.zeta * 2 * case.R / 2**case.T


def corrected_term(case: Pass, one: Visit) -> Any:
    """(zeta/mu)^2 4^(-T) |b - a|^2, mu = 1."""
    return (one.zeta * 2 * case.R / 2**case.T) ** 2


def larger_term(case: Pass, one: Visit) -> Any:
    """The larger of both, so that what is refuted with it is not E10's term."""
    return max(printed_term(case, one), corrected_term(case, one))


def after_the_pass(term: Callable[[Pass, Visit], Any]) -> Callable[[Pass], tuple[Any, Any]]:
    """The sum of both |grad_i f|^2 at the end of a pass, against the sum of both bounds."""

    def sides(case: Pass) -> tuple[Any, Any]:
        visits = one_pass(case)
        weights = [one.weight for one in visits]
        return sum(slope(case, weights, i) ** 2 for i in (0, 1)), sum(term(case, one) for one in visits)

    return sides


def at_its_moment(term: Callable[[Pass, Visit], Any]) -> Callable[[Pass], tuple[Any, Any]]:
    """|grad_1 f|^2 when unit 1 was just optimized, against its bound."""

    def sides(case: Pass) -> tuple[Any, Any]:
        first = visit(case, [0 * case.w_2, case.w_2], 0)
        return first.slope**2, term(case, first)

    return sides


#: z ~ N(3/4, 7/16), theta = (1/2, -1/2): the squared gradients at the end sum to 1/19, the larger terms to 1/71.
WITNESS = Pass(Fraction(3, 4), Fraction(1, 2), Fraction(-1, 2), Fraction(0), Fraction(3, 4), 12)
