r"""E12 on softplus itself: runs of GDNP on a Gaussian halfspace, enclosed in balls from the first step to the last.

Setting. As in `gdnp_rate`, phi(t) = log(1 + e^t), so that phi' = 1/(1 + e^-t), |c1| <= 1 (C = 1) and zeta = L/4. The
directions are exact rationals (they do not depend on phi, E9); along v = w/|w|_S the margins are t ~ N(gamma m,
gamma^2 (1 - m^2)), m = u^T v, and psi(gamma) = a m + b gamma (1 - m^2) with a = E phi'(t), b = E phi''(t). Every
bisection step needs the sign of psi alone, which its ball tells. The sides are rational: an upper bound of the left
one, a lower bound of the right one, so that what holds of them holds of the run.

A few runs are the whole domain: each takes some ten Gaussian expectations.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from hypothesis import strategies as st

from bntheory import balls, decoupling
from bntheory.cases import Quadratic, exact_array
from bntheory.claims.rayleigh_step import Steps, contracted, stepped
from bntheory.methods.length import bisected


@dataclass(frozen=True, eq=False)
class SoftplusRun:
    """T_d direction steps from the start of the instance, then T_s bisection steps on [0, b]; u^T w < 0."""

    instance: Quadratic
    directions: int
    bisections: int
    b: Any


def softplus_run(case: SoftplusRun) -> tuple[Any, Any]:
    """|grad f|^2_{S^-1} and its bound, both rational, on the unfavourable side."""
    q = case.instance
    entries = tuple(tuple(map(Fraction, part)) for part in (*q.S, *q.inverse, q.best, q.w))
    counts = int(case.directions), int(case.bisections)
    return _enclosed(entries, (Fraction(q.mu), Fraction(q.L)), counts, Fraction(case.b))


@cache
def _enclosed(
    entries: tuple[Any, ...], spectrum: tuple[Fraction, Fraction], counts: tuple[int, int], b: Fraction
) -> tuple[Any, Any]:
    d, (mu, L), (directions, bisections) = len(entries[0]), spectrum, counts
    S, inverse, best, w_0 = map(exact_array, (entries[:d], entries[d : 2 * d], entries[-2], entries[-1]))
    start = Quadratic(S, inverse, best, w_0, mu, L)
    w = stepped(Steps(start, directions))
    along = _Length(start, w)
    if not along.sign(Fraction(0)) <= 0 <= along.sign(b):
        raise ArithmeticError(f"the slope does not change its sign on [0, {b}]")
    gamma, _ = bisected(along.sign, Fraction(0), b, bisections)
    found = balls.upper(along.squared_gradient(gamma))
    length = (L / 4 / mu) ** 2 * b**2 / 4**bisections
    return found, contracted(start, directions) + length


class _Length:
    """The length search along w, in balls."""

    def __init__(self, q: Quadratic, w: Any) -> None:
        norm = balls.ball(w @ (q.S @ w)).sqrt()
        self.q = q
        self.v = [balls.ball(entry) / norm for entry in w]
        self.m = balls.ball(q.u @ w) / norm

    def means(self, gamma: Fraction) -> tuple[Any, Any]:
        """a = E phi'(t) and b = E phi''(t)."""
        length = balls.ball(gamma)
        mean, std = length * self.m, abs(length) * (1 - self.m**2).sqrt()
        first = balls.gaussian_expectation(lambda t: 1 / (1 + (-t).exp()), mean, std, 1)
        second = balls.gaussian_expectation(lambda t: 1 / (2 + t.exp() + (-t).exp()), mean, std, 1)
        return first, second

    def sign(self, gamma: Fraction) -> Fraction:
        """A number of the sign of psi(gamma)."""
        a, b = self.means(gamma)
        psi = a * self.m + b * gamma.numerator / gamma.denominator * (1 - self.m**2)
        low, high = balls.lower(psi), balls.upper(psi)
        if low <= 0 <= high:
            raise ArithmeticError(f"the sign of the slope at {gamma} is not decided: take more bits")
        return low

    def squared_gradient(self, gamma: Fraction) -> Any:
        """|a u + b Cov w~|^2_{S^-1}."""
        a, b = self.means(gamma)
        w_tilde = exact_array([balls.ball(gamma) * entry for entry in self.v])
        S, inverse, u = (_in_balls(part) for part in (self.q.S, self.q.inverse, self.q.u))
        g = decoupling.stein_gradient(a, b * w_tilde, S, u)
        return g @ (inverse @ g)


def _in_balls(array: Any) -> Any:
    return exact_array([balls.ball(entry) for entry in array.flat]).reshape(array.shape)


def _run(mu: int, best: tuple[str, str], w: tuple[int, int], directions: int, bisections: int, b: int) -> SoftplusRun:
    """S = diag(mu/4, 1)."""
    eigenvalues = Fraction(mu, 4), Fraction(1)
    S, inverse = (
        exact_array([[values[0], Fraction(0)], [Fraction(0), values[1]]])
        for values in (eigenvalues, tuple(1 / value for value in eigenvalues))
    )
    found, first = (exact_array([Fraction(x) for x in entries]) for entries in (best, w))
    start = Quadratic(S, inverse, found, first, *eigenvalues)
    return SoftplusRun(start, directions, bisections, Fraction(b))


RUNS = st.sampled_from(
    [
        _run(1, ("0", "3/4"), (1, -2), 0, 4, 4),
        _run(1, ("1/4", "1/2"), (1, -3), 2, 8, 8),
        _run(2, ("1/2", "1/4"), (-2, 1), 1, 12, 8),
        _run(4, ("1/2", "1/2"), (-1, 0), 3, 10, 8),
    ]
)
