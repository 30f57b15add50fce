r"""E9 and F5: GDNP on Gaussian halfspaces, one step, and how its gradient splits.

Setting. z Gaussian with u = E[z], S = E[z z^T], Cov = S - u u^T; w~ = gamma w/|w|_S. By Stein's lemma grad f(w~) =
a u + b Cov w~ with the numbers a = E[phi'(z^T w~)], b = E[phi''(z^T w~)], of which nothing else is used here: they are
drawn freely. c1 = a - b u^T w~, so that grad f = c1 u + b S w~. D(w) = rho(w) - rho* as in `rayleigh_step`.
GDNP: w+ = w - s grad_w f, s = -|w|_S^3/(L gamma h).

Assumptions. |w|_S > 0; for E9 also gamma != 0, u^T w != 0 and c1 != 0 (else GDNP stops).

Main statements.
- E9 corrected: with h = c1 u^T w = a u^T w - b (gamma/|w|_S)(u^T w)^2 the step is the Rayleigh step of E5, whatever the
  loss and gamma. With the printed h = a u^T w - b (u^T w)^2 it is not, and D may grow.
- F5: |grad f(w~)|^2_{S^-1} = c1^2 D(w) + (d_gamma f)^2.

Source: Kohler et al. 2018, Algorithm 1 and Lemma 3; F5 is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from bntheory import decoupling
from bntheory.cases import Quadratic, exact_array, halfspaces, rational_vectors, rationals, sample_halfspaces
from bntheory.claim import Claim, Statement, Truth
from bntheory.claims.rayleigh_step import excess
from bntheory.numbers import sqrt


@dataclass(frozen=True, eq=False)
class Halfspace:
    """u, S and w of an instance, a length gamma, a = E[phi'], b = E[phi''], and a vector v to compare steps with."""

    instance: Quadratic
    gamma: Any
    a: Any
    b: Any
    v: Any


def is_regular(case: Halfspace) -> bool:
    """c1 != 0, told without a root."""
    q = case.instance
    return bool(case.a**2 * (q.w @ (q.S @ q.w)) != (case.b * case.gamma * (q.u @ q.w)) ** 2)


def _of_dimension(d: int) -> st.SearchStrategy[Halfspace]:
    number = rationals()
    parts = st.builds(Halfspace, halfspaces(d), rationals(nonzero=True), number, number, rational_vectors(d))
    return parts.filter(is_regular)


def _sample(rng: np.random.Generator, n: int) -> list[Halfspace]:
    drawn = [
        Halfspace(q, gamma, a, b, rng.standard_normal(len(q.w)))
        for q, (gamma, a, b) in zip(sample_halfspaces(rng, n), rng.standard_normal((n, 3)).tolist(), strict=True)
    ]
    return [case for case in drawn if is_regular(case)]


def _any_direction(d: int) -> st.SearchStrategy[Halfspace]:
    """Any gamma, a and b, and any w, also one with u^T w = 0: what F5 holds for."""
    number, vector = rationals(), rational_vectors(d)
    given = st.builds(Halfspace, halfspaces(d), number, number, number, vector)
    turned = given.filter(lambda case: any(case.v))
    return given | turned.map(lambda case: replace(case, instance=replace(case.instance, w=case.v)))


def _norm(q: Quadratic) -> Any:
    return sqrt(q.w @ (q.S @ q.w))


def direction_gradient(q: Quadratic, g: Any, scale: Any) -> Any:
    """grad_w f = scale (g - (w^T g)/|w|_S^2 S w), for g = grad f at w~ = scale w, scale = gamma/|w|_S."""
    Sw = q.S @ q.w
    return scale * (g - (q.w @ g) / (q.w @ Sw) * Sw)


def _gradient(case: Halfspace) -> Any:
    """grad f(w~) = a u + b (S - u u^T) w~."""
    q = case.instance
    return decoupling.stein_gradient(case.a, case.b * case.gamma / _norm(q) * q.w, q.S, q.u)


def criterion_value(case: Halfspace, criterion: decoupling.Criterion = "corrected") -> Any:
    product = case.instance.u @ case.instance.w
    return decoupling.gdnp_criterion(case.a, case.b, product, case.gamma / _norm(case.instance) * product, criterion)


def gdnp_step(case: Halfspace, h: Any) -> Any:
    """w - s grad_w f."""
    q, norm = case.instance, _norm(case.instance)
    along_w = direction_gradient(q, _gradient(case), case.gamma / norm)
    return q.w - decoupling.gdnp_step_size(norm, q.L, case.gamma, h) * along_w


def _rayleigh_step(q: Quadratic) -> Any:
    eta = decoupling.rayleigh_step_size(q.w, q.S, q.u, q.L)
    return q.w - eta * decoupling.rayleigh_gradient(q.w, q.S, q.u)


def _same_step(case: Halfspace) -> tuple[Any, Any]:
    return case.v @ gdnp_step(case, criterion_value(case)), case.v @ _rayleigh_step(case.instance)


def _printed(case: Halfspace) -> tuple[Any, Any]:
    """D(w+) against D(w) with the printed h; GDNP stops where that is 0."""
    q, h = case.instance, criterion_value(case, "printed")
    return excess(q, q.w if h == 0 else gdnp_step(case, h)), excess(q, q.w)


def _first_term_alone(case: Halfspace) -> tuple[Any, Any]:
    """h = a u^T w: both moves, times both h, so that none is divided by."""
    q, h = case.instance, criterion_value(case)
    moved, rayleigh = gdnp_step(case, h) - q.w, _rayleigh_step(q) - q.w
    return (case.v @ moved) * h, (case.v @ rayleigh) * case.a * (q.u @ q.w)


def _with(change: Callable[[Halfspace, Any], Any]) -> Callable[[Halfspace], tuple[Any, Any]]:
    """The step with another vector in its place: w + change(case, w+ - w), against the Rayleigh step."""

    def sides(case: Halfspace) -> tuple[Any, Any]:
        q = case.instance
        moved = q.w + change(case, gdnp_step(case, criterion_value(case)) - q.w)
        return case.v @ moved, case.v @ _rayleigh_step(q)

    return sides


_DOMAIN: dict[str, Any] = {"cases": _of_dimension(2) | _of_dimension(1) | _of_dimension(3), "sample": _sample}


def _witness() -> Halfspace:
    """A counterexample found by the search: S = I, u = (2/3, 1/3)."""
    identity = exact_array([[Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)]])
    best, w = exact_array([Fraction(2, 3), Fraction(1, 3)]), exact_array([Fraction(-3), Fraction(0)])
    instance = Quadratic(identity, identity, best, w, Fraction(1), Fraction(1))
    return Halfspace(instance, Fraction(1), Fraction(-6), Fraction(4), 0 * w)


E9_PRINTED = Statement(
    id="E9.printed",
    tex=r"\rho(w_{t+1})-\rho^* \le \rho(w_t)-\rho^*,\quad w_{t+1}=w_t-s_t\nabla_wf,\ s_t=-\frac{\|w_t\|_S^3}"
    r"{L\gamma_th},\ h=\mathrm E[\varphi'](u^\top w_t)-\mathrm E[\varphi''](u^\top w_t)^2",
    truth=Truth.FALSE,
    sides=_printed,
    relation="<=",
    witness=_witness(),
    note="read for what it is meant to give, a descent of the direction. It is not homogeneous in w: gamma/|w|_S is"
    " missing in the second term. Every pair a, b is that of some smooth phi with bounded derivative, and gamma"
    " may be any at the first step, before the length is searched.",
    **_DOMAIN,
)
E9_CORRECTED = E9_PRINTED.neighbour(
    "corrected",
    Truth.TRUE,
    r"w_{t+1} = w_t-\frac{\|w_t\|_S^2}{2L|\rho(w_t)|}\nabla\rho(w_t)\ \text{for}\ "
    r"h=\mathrm E[\varphi'](u^\top w_t)-\mathrm E[\varphi'']\frac{\gamma_t}{\|w_t\|_S}(u^\top w_t)^2",
    _same_step,
    "the Rayleigh step, whatever a, b and gamma: directions do not depend on the loss, nor on the length.",
    relation="==",
)


def _e9(name: str, tex: str, change: Callable[[Halfspace, Any], Any], note: str) -> Statement:
    return E9_CORRECTED.neighbour(f"mutant.{name}", Truth.FALSE, tex, _with(change), note)


E9 = Claim(
    id="E9",
    title="GDNP: stopping criterion and step size",
    source="Kohler et al. 2018, Algorithm 1",
    assumes=("z Gaussian", "u^T w != 0, gamma != 0", "c1 = E[phi'] - E[phi''] u^T w~ != 0"),
    printed=E9_PRINTED,
    corrected=E9_CORRECTED,
    mutants=(
        E9_CORRECTED.neighbour(
            "mutant.cov-for-s",
            Truth.FALSE,
            r"h=\mathrm E[\varphi'](u^\top w_t)",
            _first_term_alone,
            "with Cov in place of S the coefficient of u is a; h needs that of S",
        ),
        _e9("step-size", r"s_t=-\|w_t\|_S^2/(L\gamma_th)", lambda case, move: move / _norm(case.instance), "the cube"),
        _e9("sign", r"s_t=+\|w_t\|_S^3/(L\gamma_th)", lambda case, move: -move, "the sign"),
        _e9("twice", r"s_t=-\|w_t\|_S^3/(2L\gamma_th)", lambda case, move: move / 2, "the constant"),
        _e9("length", r"s_t=-\|w_t\|_S^3/(Lh)", lambda case, move: case.gamma * move, "gamma in grad_w f must cancel"),
    ),
    proof="gdnp_step",
    figure="halfspace_rate",
    note="False with the printed h: D may grow. With h = c1 u^T w the step is the Rayleigh step of E5, whatever the"
    " loss and the length; so the directions of GDNP on Gaussian inputs do not depend on them.",
)


def _split(case: Halfspace) -> tuple[Any, Any]:
    q, g = case.instance, _gradient(case)
    c1 = decoupling.stein_coefficient(case.a, case.b, case.gamma / _norm(q) * (q.u @ q.w))
    return g @ (q.inverse @ g), c1**2 * excess(q, q.w) + (g @ q.w) ** 2 / (q.w @ (q.S @ q.w))


def _f5(rhs: Callable[[Any, Any, Any, Halfspace], Any]) -> Callable[[Halfspace], tuple[Any, Any]]:
    """The gradient against a formula in c1, D(w) and (d_gamma f)^2."""

    def sides(case: Halfspace) -> tuple[Any, Any]:
        q, g = case.instance, _gradient(case)
        c1 = decoupling.stein_coefficient(case.a, case.b, case.gamma / _norm(q) * (q.u @ q.w))
        length = (g @ q.w) ** 2 / (q.w @ (q.S @ q.w))
        return g @ (q.inverse @ g), rhs(c1, excess(q, q.w), length, case)

    return sides


F5_PRINTED = Statement(
    id="F5.printed",
    tex=r"\|\nabla f(\tilde w)\|_{S^{-1}}^2 = c_1(\tilde w)^2D(w) + (\partial_\gamma f)^2",
    truth=Truth.TRUE,
    sides=_split,
    relation="==",
    note="exactly, for every Gaussian halfspace: the two parts are S^-1-orthogonal.",
    cases=_any_direction(2) | _any_direction(1) | _any_direction(3),
    sample=_sample,
)


def _false(name: str, tex: str, rhs: Callable[[Any, Any, Any, Halfspace], Any], note: str) -> Statement:
    text = r"\|\nabla f(\tilde w)\|_{S^{-1}}^2 = " + tex
    return F5_PRINTED.neighbour(f"mutant.{name}", Truth.FALSE, text, _f5(rhs), note)


F5 = Claim(
    id="F5",
    title="The gradient of a Gaussian halfspace splits",
    source="bntheory; sharpens Kohler et al. 2018, Lemma 3",
    assumes=("z Gaussian", "|w|_S > 0", "c1 = E[phi'] - E[phi''] u^T w~, D = rho - rho*"),
    printed=F5_PRINTED,
    corrected=None,
    mutants=(
        _false("no-length", r"c_1^2D(w)", lambda c1, D, length, case: c1**2 * D, "the length has its own part"),
        _false("no-direction", r"(\partial_\gamma f)^2", lambda c1, D, length, case: length, "so has the direction"),
        _false("unsquared", r"c_1D(w)+\ldots", lambda c1, D, length, case: c1 * D + length, "c1 squared"),
        _false("mean", r"a^2D(w)+\ldots", lambda c1, D, length, case: case.a**2 * D + length, "c1, not E[phi']"),
        _false("minus", r"c_1^2D(w)-\ldots", lambda c1, D, length, case: c1**2 * D - length, "Pythagoras"),
    ),
    proof="gdnp_step",
    figure="halfspace_rate",
    note="True: with v = w/|w|_S, grad f = c1 (u - (u^T v) S v) + (d_gamma f) S v, and the two vectors are"
    " S^-1-orthogonal with squared S^-1-norms D(w) and 1. The printed bounds of E11 and E12 are about its two parts.",
)
CLAIMS = (E9, F5)
