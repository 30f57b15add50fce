r"""E7: learning halfspaces, and what z = -y x has to do with x.

Setting. n equally likely pairs (x_i, y_i), X of shape (n, d) with the rows x_i; z_i = -y_i x_i; S = E[x x^T] = X^T X/n,
u = E[-y x] = -X^T y/n. A halfspace is learned by f(w~) = E[phi(-y x^T w~)] = E[phi(z^T w~)].

Assumptions. y in {-1, +1}. That z is normal, phi smooth with bounded derivative, f zeta-smooth, and that a bounded
minimizer exists along each ray are assumptions of the source for what follows, not statements.

Main statements.
- E[z] = u and E[z z^T] = S, so that E2's u and S serve halfspaces too; both at once: the mean of (z^T w + c)^2 is
  w^T S w + 2 c u^T w + c^2 for every w and every number c. Cov(z) = S - u u^T.
- The last assumption says something: for phi the normal distribution function N and t = z^T w ~ N(m, s^2), m != 0,
  E[phi(gamma t)] = N(gamma m/sqrt(1 + gamma^2 s^2)) has no critical length at all.

Source: Kohler et al. 2018, Section 4.2, Assumptions 1 to 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory.cases import Quadratic, exact_array, halfspaces, rational_vectors, rationals, sample_halfspaces
from bntheory.claim import Claim, Statement, Truth
from bntheory.numbers import exp, sqrt


@dataclass(frozen=True, eq=False)
class Labelled:
    """Inputs X (n, d) with labels y (n,), a weight w (d,) and a number c."""

    X: Any
    y: Any
    w: Any
    c: Any


@cache
def _of_shape(n: int, d: int, labels: tuple[int, ...]) -> SearchStrategy[Labelled]:
    inputs = rational_vectors(n * d).map(lambda entries: entries.reshape(n, d))
    y = st.tuples(*[st.sampled_from([Fraction(label) for label in labels])] * n).map(exact_array)
    return st.builds(Labelled, inputs, y, rational_vectors(d), rationals())


def _domain(labels: tuple[int, ...] = (1, -1)) -> dict[str, Any]:
    """n = 1 to 4 and d = 1 to 3; samples with n to 6."""

    def sample(rng: np.random.Generator, count: int) -> list[Labelled]:
        return [
            Labelled(
                10.0 ** rng.uniform(-2, 2) * rng.standard_normal((n, d)),
                rng.choice(labels, n).astype(float),
                rng.standard_normal(d),
                float(rng.standard_normal()),
            )
            for n, d in rng.integers(1, (7, 4), (count, 2))
        ]

    shapes = [(2, 1), (1, 1), (2, 2), (3, 2), (4, 3)]
    return {"cases": st.one_of(*(_of_shape(n, d, labels) for n, d in shapes)), "sample": sample}


def _mean_square(case: Labelled) -> Any:
    """E[(z^T w + c)^2]."""
    shifted = -(case.y * (case.X @ case.w)) + case.c
    return shifted @ shifted / case.X.shape[0]


def _u(case: Labelled) -> Any:
    """E[-y x]."""
    return -(case.X.T @ case.y) / case.X.shape[0]


def _second_moment(case: Labelled) -> Any:
    """w^T S w."""
    return case.w @ (case.X.T @ (case.X @ case.w)) / case.X.shape[0]


def _moments(case: Labelled) -> tuple[Any, Any]:
    return _mean_square(case), _second_moment(case) + 2 * case.c * (_u(case) @ case.w) + case.c**2


def _with(rhs: Callable[[Any, Any, Any], Any]) -> Callable[[Labelled], tuple[Any, Any]]:
    """E[(z^T w + c)^2] against a formula in w^T S w, u^T w and c."""
    return lambda case: (_mean_square(case), rhs(_second_moment(case), _u(case) @ case.w, case.c))


def _variance(rhs: Callable[[Any, Any], Any]) -> Callable[[Labelled], tuple[Any, Any]]:
    """var[z^T w] against a formula in w^T S w and u^T w."""

    def sides(case: Labelled) -> tuple[Any, Any]:
        t = -(case.y * (case.X @ case.w))
        centred = t - t.sum() / case.X.shape[0]
        return centred @ centred / case.X.shape[0], rhs(_second_moment(case), _u(case) @ case.w)

    return sides


@dataclass(frozen=True, eq=False)
class Bracket:
    """A Gaussian halfspace with a direction w, u^T w != 0, and a bracket [-end, end] of lengths."""

    instance: Quadratic
    end: Any


def _smallest_slope(case: Bracket) -> tuple[Any, Any]:
    """min |d/dgamma E[phi(gamma t)]| over the bracket against 0, phi = sqrt(2 pi) N, t ~ N(m, s^2): at its ends."""
    q = case.instance
    m = q.u @ q.w
    squared = 1 + case.end**2 * (q.w @ (q.S @ q.w) - m**2)
    return abs(m) * exp(-(case.end**2) * m**2 / (2 * squared)) / (squared * sqrt(squared)), 0


def _sample_brackets(rng: np.random.Generator, n: int) -> list[Bracket]:
    ends = 10.0 ** rng.uniform(-2, 2, n)
    return [Bracket(q, end) for q, end in zip(sample_halfspaces(rng, n), ends.tolist(), strict=True)]


PRINTED = Statement(
    id="E7.printed",
    tex=r"f_{\mathrm{LH}}(\tilde w)=\mathrm E[\varphi(z^\top\tilde w)],\ z=-yx:\quad"
    r"\mathrm E[(z^\top w+c)^2] = w^\top Sw+2c\,u^\top w+c^2,\quad S=\mathrm E[xx^\top],\ u=\mathrm E[-yx]",
    truth=Truth.TRUE,
    sides=_moments,
    relation="==",
    note="for every w and c, so that E[z] = u and E[zz^T] = S, as y^2 = 1.",
    **_domain(),
)


def _e7(name: str, truth: Truth, tex: str, sides: Callable[[Any], tuple[Any, Any]], note: str, **changes: Any) -> Any:
    return PRINTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **changes)


_SQUARE = r"\mathrm E[(z^\top w+c)^2] = "
MUTANTS = (
    _e7(
        "labels-0-1",
        Truth.FALSE,
        PRINTED.tex + r",\ y\in\{0,1\}",
        _moments,
        "E[zz^T] = E[y^2 xx^T] drops the inputs with y = 0",
        **_domain((0, 1)),
    ),
    _e7(
        "labels-of-any-size",
        Truth.FALSE,
        PRINTED.tex + r",\ y\in\{-2,2\}",
        _moments,
        "E[zz^T] = 4S",
        **_domain((-2, 2)),
    ),
    _e7(
        "sign-of-u",
        Truth.FALSE,
        _SQUARE + r"w^\top Sw-2c\,u^\top w+c^2",
        _with(lambda second, mean, c: second - 2 * c * mean + c**2),
        "u = E[yx] is the mean of -z",
    ),
    _e7(
        "mean-zero",
        Truth.FALSE,
        _SQUARE + r"w^\top Sw+c^2",
        _with(lambda second, mean, c: second + c**2),
        "E[x] = 0 does not make E[z] = 0: u would be 0, and nothing could be learned",
    ),
    _e7(
        "covariance-for-s",
        Truth.FALSE,
        _SQUARE + r"w^\top\mathrm{Cov}(z)w+2c\,u^\top w+c^2",
        _with(lambda second, mean, c: second - mean**2 + 2 * c * mean + c**2),
        "S is the second moment",
    ),
    _e7(
        "s-for-covariance",
        Truth.FALSE,
        r"\mathrm{var}[z^\top w] = w^\top Sw",
        _variance(lambda second, mean: second),
        "unlike that of x, the variance of z is S - uu^T: z is not centred",
    ),
    _e7(
        "covariance",
        Truth.WEAKER,
        r"\mathrm{var}[z^\top w] = w^\top(S-uu^\top)w",
        _variance(lambda second, mean: second - mean**2),
        "a consequence: Cov(z) = S - uu^T",
    ),
    _e7(
        "bounded-minimizer",
        Truth.FALSE,
        r"\min_{|\gamma|\le R}|\partial_\gamma f(\gamma w)| \le 0,\quad \varphi=\sqrt{2\pi}\,N,\ u^\top w\ne0",
        _smallest_slope,
        "a smooth phi with bounded derivative need not have a minimizer along a ray: for the normal distribution"
        " function N, f(gamma w) = N(gamma m/sqrt(1 + gamma^2 s^2)) is strictly monotone, whatever the bracket; its"
        " slope falls with |gamma|. So the source must assume a minimizer.",
        relation="<=",
        cases=st.builds(Bracket, halfspaces(1) | halfspaces(2), rationals(positive=True) | st.just(Fraction(0))),
        sample=_sample_brackets,
    ),
)

E7 = Claim(
    id="E7",
    title="Assumptions for learning halfspaces",
    source="Kohler et al. 2018, Section 4.2",
    assumes=("y in {-1, +1}",),
    printed=PRINTED,
    corrected=None,
    mutants=MUTANTS,
    proof="halfspaces",
    figure=None,
    note="True for labels -1 and +1: E[z] = u and E[zz^T] = S as in least squares. What else it says are assumptions on"
    " phi and z; that a bounded minimizer exists along each ray does not follow from the others (sigmoid losses).",
)
CLAIMS = (E7,)
