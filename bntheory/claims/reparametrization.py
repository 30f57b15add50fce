r"""E1: Batch Normalization of a unit as the reparametrization w~ = gamma w/|w|_S.

Setting. n equally likely inputs x_i, the rows of X; a unit's outputs p = X w, not constant; S = E[x x^T] = X^T X/n and
|w|_S^2 = w^T S w. The layer maps p to BN(p) = gamma (p - E[p])/var[p]^(1/2) + beta, entry by entry, so that what is
shown of it holds for f = E[phi(BN(p))], whatever phi.

Assumptions. eps = 0; E[x] = 0, as throughout section E of the source; w^T S w > 0.

Main statements.
- BN(X w) = X w~ + beta, w~ = gamma w/|w|_S; in particular var[x^T w] = w^T S w, and f_BN(w, gamma) = f(w~) for
  beta = 0.
- Without E[x] = 0: var[x^T w] = w^T Cov w, Cov = S - E[x] E[x]^T, and BN(X w) = gamma (X - E[x]) w/|w|_Cov + beta.
- BN(c X w) = BN(X w) for c > 0.

Source: Kohler et al. 2018, Section 2.
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

from bntheory import transform
from bntheory.cases import exact_array, integers, rational_vectors, rationals
from bntheory.claim import Claim, Statement, Truth
from bntheory.numbers import sqrt


@dataclass(frozen=True, eq=False)
class Outputs:
    """Inputs X (n, d), a weight w (d,) with X w not constant, gamma, beta, a factor c > 0; v (n,) to compare along."""

    X: Any
    w: Any
    gamma: Any
    beta: Any
    c: Any
    v: Any


def _varies(case: Outputs) -> bool:
    p = case.X @ case.w
    return any(entry != p[0] for entry in p)


@cache
def _of_shape(n: int, d: int, centred: bool) -> SearchStrategy[Outputs]:
    entries = st.tuples(integers(n * d, 6), st.integers(1, 3))
    drawn = st.tuples(entries.map(lambda drawn: exact_array([Fraction(k, drawn[1]) for k in drawn[0]]).reshape(n, d)))
    inputs = drawn.map(lambda parts: _with_mean_zero(parts[0]) if centred else parts[0])
    weight, factor = rational_vectors(d), rationals(positive=True)
    return st.builds(Outputs, inputs, weight, rationals(), rationals(), factor, rational_vectors(n)).filter(_varies)


def _with_mean_zero(X: Any) -> Any:
    """The last row made minus the sum of the others."""
    return np.concatenate([X[:-1], -X[:-1].sum(axis=0)[None]])


def _domain(*, centred: bool) -> dict[str, Any]:
    """n = 2, where |w|_S is rational for centred inputs, to 4, and d = 1 to 3; samples with n to 6."""

    def sample(rng: np.random.Generator, n: int) -> list[Outputs]:
        found = []
        for rows, d in rng.integers((2, 1), (7, 4), (n, 2)):
            X = rng.integers(-99, 100, (rows, d)) * 2.0 ** rng.integers(-6, 7, d)  # their sums are exact
            gamma, beta, scale = rng.standard_normal(3).tolist()
            w, v = rng.standard_normal(d), rng.standard_normal(rows)
            found.append(Outputs(_with_mean_zero(X) if centred else X, w, gamma, beta, 4.0**scale, v))
        return [case for case in found if np.ptp(case.X @ case.w) > 1e-3]

    shapes = [(2, 1), (2, 2), (3, 1), (4, 3), (3, 2)]
    return {"cases": st.one_of(*(_of_shape(n, d, centred) for n, d in shapes)), "sample": sample}


def _squared_norm(case: Outputs) -> Any:
    """w^T S w."""
    return case.w @ (case.X.T @ (case.X @ case.w)) / case.X.shape[0]


def _normalized(case: Outputs, w: Any) -> Any:
    """BN(X w) along v."""
    return case.v @ transform.forward(case.X @ w, case.gamma, case.beta, 0)


def _reparametrized(case: Outputs) -> tuple[Any, Any]:
    w_tilde = case.gamma / sqrt(_squared_norm(case)) * case.w
    return _normalized(case, case.w), case.v @ (case.X @ w_tilde) + case.beta * case.v.sum()


def _variance(squared_norm: Callable[[Outputs], Any]) -> Callable[[Outputs], tuple[Any, Any]]:
    """var[x^T w] against a quadratic form."""
    return lambda case: (transform.moments(case.X @ case.w).variance, squared_norm(case))


def _covariance_form(case: Outputs) -> Any:
    """w^T (S - E[x] E[x]^T) w."""
    return _squared_norm(case) - (case.X.sum(axis=0) @ case.w / case.X.shape[0]) ** 2


def _centred_too(case: Outputs) -> tuple[Any, Any]:
    mean = case.X.sum(axis=0) @ case.w / case.X.shape[0]
    factor = case.gamma / sqrt(_covariance_form(case))
    along = case.v @ (case.X @ case.w) - mean * case.v.sum()
    return _normalized(case, case.w), factor * along + case.beta * case.v.sum()


def _with(weight: Callable[[Outputs, Any], Any], beta: Any = 1) -> Callable[[Outputs], tuple[Any, Any]]:
    """BN(X w) against X times another weight, a formula in w^T S w, plus `beta` times beta."""

    def sides(case: Outputs) -> tuple[Any, Any]:
        w_tilde = weight(case, _squared_norm(case))
        return _normalized(case, case.w), case.v @ (case.X @ w_tilde) + beta * case.beta * case.v.sum()

    return sides


PRINTED = Statement(
    id="E1.printed",
    tex=r"\gamma\frac{x^\top w-\mathrm E[x^\top w]}{\mathrm{var}[x^\top w]^{1/2}}+\beta = x^\top\tilde w+\beta,\quad"
    r"\tilde w=\gamma\frac{w}{\|w\|_S}\quad(\mathrm E[x]=0)",
    truth=Truth.TRUE,
    sides=_reparametrized,
    relation="==",
    note="at every input, hence for E[phi(.)] with any phi; along every v.",
    **_domain(centred=True),
)


def _e1(
    name: str, truth: Truth, tex: str, sides: Callable[[Outputs], tuple[Any, Any]], note: str, **changes: Any
) -> Statement:
    return PRINTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **changes)


_BN = r"\mathrm{BN}(x^\top w) = "
_ANY_MEAN = _domain(centred=False)
MUTANTS = (
    _e1(
        "variance",
        Truth.WEAKER,
        r"\mathrm{var}[x^\top w] = w^\top Sw\quad(\mathrm E[x]=0)",
        _variance(_squared_norm),
        "the premise: the mean of x^T w is 0",
    ),
    _e1(
        "any-mean",
        Truth.FALSE,
        r"\mathrm{var}[x^\top w] = w^\top Sw",
        _variance(_squared_norm),
        "w^T S w is the mean square; it exceeds the variance by the squared mean",
        **_ANY_MEAN,
    ),
    _e1(
        "covariance",
        Truth.WEAKER,
        r"\mathrm{var}[x^\top w] = w^\top(S-\mathrm E[x]\mathrm E[x]^\top)w",
        _variance(_covariance_form),
        "beside the print: what the variance is for any E[x]",
        **_ANY_MEAN,
    ),
    _e1(
        "centred-by-the-layer",
        Truth.WEAKER,
        _BN + r"\gamma\frac{(x-\mathrm E[x])^\top w}{\|w\|_{\mathrm{Cov}}}+\beta",
        _centred_too,
        "beside the print: for any E[x] the same with x - E[x] and Cov in place of x and S",
        **_ANY_MEAN,
    ),
    _e1(
        "scale-invariance",
        Truth.WEAKER,
        r"\mathrm{BN}(c\,x^\top w) = \mathrm{BN}(x^\top w),\ c>0",
        lambda case: (_normalized(case, case.c * case.w), _normalized(case, case.w)),
        "a consequence: cw has the w~ of w",
    ),
    _e1(
        "negative-scale",
        Truth.FALSE,
        r"\mathrm{BN}(c\,x^\top w) = \mathrm{BN}(x^\top w),\ c<0",
        lambda case: (_normalized(case, -case.c * case.w), _normalized(case, case.w)),
        "-w has -w~",
    ),
    _e1(
        "no-root",
        Truth.FALSE,
        _BN + r"x^\top\gamma w/(w^\top Sw)+\beta",
        _with(lambda case, squared: case.gamma / squared * case.w),
        "by the norm, not by its square",
    ),
    _e1(
        "unbiased",
        Truth.FALSE,
        _BN + r"x^\top\gamma w/(\tfrac n{n-1}w^\top Sw)^{1/2}+\beta",
        _with(lambda case, squared: case.gamma / sqrt(transform.unbiased(squared, case.X.shape[0])) * case.w),
        "the variance of the layer has the divisor n",
    ),
    _e1(
        "plain-norm",
        Truth.FALSE,
        _BN + r"x^\top\gamma w/\|w\|_2+\beta",
        _with(lambda case, squared: case.gamma / sqrt(case.w @ case.w) * case.w),
        "the norm is that of S: weight normalization is another layer",
    ),
    _e1(
        "unnormalized",
        Truth.FALSE,
        _BN + r"x^\top\gamma w+\beta",
        _with(lambda case, squared: case.gamma * case.w),
        "the layer forgets the length of w",
    ),
    _e1(
        "no-beta",
        Truth.FALSE,
        _BN + r"x^\top\tilde w",
        _with(lambda case, squared: case.gamma / sqrt(squared) * case.w, beta=0),
        "beta is dropped on both sides, or on none",
    ),
    _e1(
        "minus-beta",
        Truth.FALSE,
        _BN + r"x^\top\tilde w-\beta",
        _with(lambda case, squared: case.gamma / sqrt(squared) * case.w, beta=-1),
        "the sign",
    ),
)

E1 = Claim(
    id="E1",
    title="BN as the reparametrization gamma w/|w|_S",
    source="Kohler et al. 2018, Section 2",
    assumes=("E[x] = 0", "eps = 0", "x^T w is not constant"),
    printed=PRINTED,
    corrected=None,
    mutants=MUTANTS,
    proof="reparametrization",
    figure=None,
    note="True iff E[x^T w] = 0, which section E assumes; otherwise Cov = S - E[x]E[x]^T takes the place of S, and x -"
    " E[x] that of x.",
)
CLAIMS = (E1,)
