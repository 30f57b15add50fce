r"""E2 and E3: ordinary least squares in length and direction, and the Rayleigh quotient that is left.

Setting. Targets y of shape (n,), a direction w and its outputs p = X w on the n rows of X, all that the loss sees of
X: u^T w = -<y,p>/n with u = E[-y x], |w|_S^2 = <p,p>/n with S = E[x x^T]; E is the mean over the rows. The predictor is
w~ = gamma w/|w|_S. For E3: rho(w) = -(u^T w)^2/(w^T S w).

Assumptions. |w|_S > 0.

Main statements.
- E2: E[(y - x^T w~)^2] = E[y^2] + 2 gamma u^T w/|w|_S + gamma^2. The print leaves the constant E[y^2] out: minimizers
  are the same, minima differ.
- E3: 2 gamma u^T w/|w|_S + gamma^2 = rho(w) + (gamma - gamma*)^2, gamma* = -u^T w/|w|_S: eliminating the optimal
  length leaves rho.

Source: Kohler et al. 2018, Section 3.1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory import decoupling
from bntheory.cases import Quadratic, quadratics, rational_vectors, rationals, sample_quadratics
from bntheory.claim import Claim, Statement, Truth
from bntheory.numbers import sqrt


@dataclass(frozen=True, eq=False)
class Fit:
    """Targets y and the outputs p of a direction on the same rows, shape (n,), p != 0, and a length gamma."""

    y: Any
    p: Any
    gamma: Any


@dataclass(frozen=True, eq=False)
class Length:
    """An instance with its start as the direction, and a length gamma."""

    instance: Quadratic
    gamma: Any


def _fits() -> SearchStrategy[Fit]:
    def of_size(n: int) -> SearchStrategy[Fit]:
        outputs = rational_vectors(n).filter(any)
        return st.builds(Fit, rational_vectors(n), outputs, rationals())

    return st.one_of(*(of_size(n) for n in (1, 2, 4, 3)))


def _sample_fits(rng: np.random.Generator, n: int) -> list[Fit]:
    sizes = rng.integers(1, 9, n)
    drawn = (10.0 ** rng.uniform(-2, 2) * rng.standard_normal((2, k)) for k in sizes)
    return [Fit(y, p, rng.standard_normal()) for y, p in drawn]


def _lengths(d: int) -> SearchStrategy[Length]:
    """Any w that is not 0, also one with u^T w = 0."""
    directions = rational_vectors(d).filter(any)
    turned = st.tuples(quadratics(d), directions).map(lambda drawn: replace(drawn[0], w=drawn[1]))
    return st.builds(Length, turned, rationals())


def _sample_lengths(rng: np.random.Generator, n: int) -> list[Length]:
    return [Length(instance, float(rng.standard_normal())) for instance in sample_quadratics()(rng, n)]


def _loss(case: Fit) -> Any:
    """E[(y - x^T w~)^2]."""
    residual = case.y - case.gamma / sqrt(case.p @ case.p / case.p.shape[0]) * case.p
    return residual @ residual / case.y.shape[0]


def _decoupled(case: Fit) -> tuple[Any, Any]:
    n = case.y.shape[0]
    product, norm = -(case.y @ case.p) / n, sqrt(case.p @ case.p / n)
    return _loss(case), case.y @ case.y / n + 2 * case.gamma * product / norm + case.gamma**2


def _fit(rhs: Callable[[Any, Any, Any, Any], Any]) -> Callable[[Fit], tuple[Any, Any]]:
    """The loss against a formula in u^T w, |w|_S, gamma and E[y^2]."""

    def sides(case: Fit) -> tuple[Any, Any]:
        n = case.y.shape[0]
        return _loss(case), rhs(-(case.y @ case.p) / n, sqrt(case.p @ case.p / n), case.gamma, case.y @ case.y / n)

    return sides


E2_PRINTED = Statement(
    id="E2.printed",
    tex=r"\mathrm E[(y-x^\top\tilde w)^2] = \mathrm{const} + 2u^\top\tilde w+\tilde w^\top S\tilde w"
    r" = \mathrm{const} + 2\gamma\frac{u^\top w}{\|w\|_S}+\gamma^2",
    truth=Truth.TRUE,
    cases=_fits(),
    sample=_sample_fits,
    sides=_decoupled,
    relation="==",
    note='"written" read as up to the constant E[y^2], which does not depend on w~.',
)


def _e2(name: str, tex: str, rhs: Callable[[Any, Any, Any, Any], Any], note: str, **changes: Any) -> Statement:
    truth = changes.pop("truth", Truth.FALSE)
    return E2_PRINTED.neighbour(
        f"mutant.{name}", truth, r"\mathrm E[(y-x^\top\tilde w)^2]" + tex, _fit(rhs), note, **changes
    )


E2 = Claim(
    id="E2",
    title="Least squares in length and direction",
    source="Kohler et al. 2018, Section 3.1",
    assumes=("|w|_S > 0", "u = E[-y x], S = E[x x^T]", "equality up to the constant E[y^2]"),
    printed=E2_PRINTED,
    corrected=None,
    mutants=(
        _e2(
            "no-constant",
            r" = 2\gamma u^\top w/\|w\|_S+\gamma^2",
            lambda product, norm, gamma, constant: 2 * gamma * product / norm + gamma**2,
            "the minima differ by E[y^2]",
        ),
        _e2(
            "sign",
            r" = \mathrm E[y^2] - 2\gamma u^\top w/\|w\|_S+\gamma^2",
            lambda product, norm, gamma, constant: constant - 2 * gamma * product / norm + gamma**2,
            "u = E[-y x] carries the sign already",
        ),
        _e2(
            "once",
            r" = \mathrm E[y^2] + \gamma u^\top w/\|w\|_S+\gamma^2",
            lambda product, norm, gamma, constant: constant + gamma * product / norm + gamma**2,
            "the cross term of a square comes twice",
        ),
        _e2(
            "unnormalized",
            r" = \mathrm E[y^2] + 2\gamma u^\top w+\gamma^2",
            lambda product, norm, gamma, constant: constant + 2 * gamma * product + gamma**2,
            "the direction is divided by its S-norm",
        ),
        _e2(
            "norm-squared",
            r" = \mathrm E[y^2] + 2\gamma u^\top w/\|w\|_S^2+\gamma^2",
            lambda product, norm, gamma, constant: constant + 2 * gamma * product / norm**2 + gamma**2,
            "by the norm, not by its square",
        ),
        _e2(
            "cauchy-schwarz",
            r" \le (\sqrt{\mathrm E[y^2]} + |\gamma|)^2",
            lambda product, norm, gamma, constant: constant + gamma**2 + 2 * abs(gamma) * sqrt(constant),
            "|u^T w| <= sqrt(E[y^2]) |w|_S bounds the cross term",
            truth=Truth.WEAKER,
            relation="<=",
        ),
    ),
    proof="least_squares",
    figure=None,
    note="True up to the constant E[y^2]: the minimizers are those of the print, the minimum differs by it.",
)


def _value(case: Length) -> Any:
    q = case.instance
    return 2 * case.gamma * (q.u @ q.w) / sqrt(q.w @ (q.S @ q.w)) + case.gamma**2


def _eliminated(case: Length) -> tuple[Any, Any]:
    q = case.instance
    best = -(q.u @ q.w) / sqrt(q.w @ (q.S @ q.w))
    return _value(case), decoupling.rayleigh_quotient(q.w, q.S, q.u) + (case.gamma - best) ** 2


def _at_best(quotient: Callable[[Quadratic], Any]) -> Callable[[Length], tuple[Any, Any]]:
    """The value at gamma* against another quotient."""

    def sides(case: Length) -> tuple[Any, Any]:
        q = case.instance
        best = -(q.u @ q.w) / sqrt(q.w @ (q.S @ q.w))
        return _value(Length(q, best)), quotient(q)

    return sides


def _dominance(case: Length) -> tuple[Any, Any]:
    q = case.instance
    gradient, quotient = (f(q.w, q.S, q.u) for f in (decoupling.rayleigh_gradient, decoupling.rayleigh_quotient))
    return (q.w @ (q.S @ q.w)) * (gradient @ (q.inverse @ gradient)), 4 * -quotient * (quotient + q.u @ q.best)


E3_PRINTED = Statement(
    id="E3.printed",
    tex=r"2\gamma\frac{u^\top w}{\|w\|_S}+\gamma^2 = \rho(w) + (\gamma-\gamma^*)^2,\quad"
    r"\rho(w) = -\frac{w^\top uu^\top w}{w^\top Sw}",
    truth=Truth.TRUE,
    cases=st.one_of(*(_lengths(d) for d in (1, 2, 3))),
    sample=_sample_lengths,
    sides=_eliminated,
    relation="==",
    note="the minimum over gamma is rho(w), at gamma* = -u^T w/|w|_S: B = uu^T, A = S.",
)


def _e3(name: str, tex: str, quotient: Callable[[Quadratic], Any], note: str) -> Statement:
    text = r"\min_\gamma 2\gamma\frac{u^\top w}{\|w\|_S}+\gamma^2 = " + tex
    return E3_PRINTED.neighbour(f"mutant.{name}", Truth.FALSE, text, _at_best(quotient), note)


E3 = Claim(
    id="E3",
    title="Least squares as a generalized Rayleigh quotient",
    source="Kohler et al. 2018, Section 3.1",
    assumes=("S symmetric positive definite", "w != 0"),
    printed=E3_PRINTED,
    corrected=None,
    mutants=(
        _e3(
            "sign", r"\frac{w^\top uu^\top w}{w^\top Sw}", lambda q: (q.u @ q.w) ** 2 / (q.w @ (q.S @ q.w)), "the sign"
        ),
        _e3("unsquared", r"-\frac{u^\top w}{w^\top Sw}", lambda q: -(q.u @ q.w) / (q.w @ (q.S @ q.w)), "B = uu^T"),
        _e3("identity", r"-\frac{w^\top uu^\top w}{w^\top w}", lambda q: -((q.u @ q.w) ** 2) / (q.w @ q.w), "A = S"),
        _e3(
            "inverse",
            r"-\frac{w^\top uu^\top w}{w^\top S^{-1}w}",
            lambda q: -((q.u @ q.w) ** 2) / (q.w @ (q.inverse @ q.w)),
            "A = S, not its inverse",
        ),
        _e3(
            "twice",
            r"-2\frac{w^\top uu^\top w}{w^\top Sw}",
            lambda q: -2 * (q.u @ q.w) ** 2 / (q.w @ (q.S @ q.w)),
            "the square of gamma* is added again",
        ),
        E3_PRINTED.neighbour(
            "mutant.gradient-dominance",
            Truth.WEAKER,
            r"\|w\|_S^2\,\|\nabla\rho(w)\|_{S^{-1}}^2 = 4|\rho(w)|\,(\rho(w)-\rho^*)",
            _dominance,
            "a consequence used for the rates: the gradient measures the excess exactly",
        ),
    ),
    proof="least_squares",
    figure="rayleigh_landscape",
    note="True: complete the square in gamma.",
)
CLAIMS = (E2, E3)
