r"""F2: the best constant in the step on the Rayleigh quotient of least squares.

Setting. As in `rayleigh_step`: mu <= S <= L, rho(w) = -(u^T w)^2/(w^T S w), D = rho - rho*. Steps w+ = w - eta grad
rho(w), eta = c w^T S w/(2 |rho(w)|) with a constant c: E5's is 1/L, here it is 2/(L + mu). kappa = (L - mu)/(L + mu).

Assumptions. u^T w_0 != 0.

Main statements.
- D(w_t) <= kappa^(2t) D(w_0) for c = 2/(L + mu), whatever S.
- The factor is sharp: with u along the top eigenvector and w_0 off it along the bottom one,
  D(w_t) >= (kappa^2/(1 + 4 delta))^t D(w_0), delta = |off|_S^2/|best|_S^2.
- No other constant is better where mu < L: for every c >= 0 one of two instances, that one and its mirror image (u
  along the bottom eigenvector, the error along the top one, the same delta), has
  D(w_1) >= kappa^2/(1 + 4 delta) D(w_0).

Source: bntheory; sharpens Kohler et al. 2018, Theorem 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from bntheory.cases import Quadratic, rationals, sample_quadratics, tight_quadratics
from bntheory.claim import Claim, Statement, Truth
from bntheory.claims.rayleigh_step import Steps, domain, excess, stepped
from bntheory.decoupling import best_constant_factor, contraction_factor


def best_length(q: Quadratic) -> Any:
    """2/(L + mu), in steps of E5."""
    return 2 * q.L / (q.L + q.mu)


def _after(case: Steps) -> Any:
    return excess(case.instance, stepped(case, best_length(case.instance)))


def _bound(case: Steps) -> Any:
    """kappa^(2t) D(w_0)."""
    q = case.instance
    return best_constant_factor(q.mu, q.L) ** case.count * excess(q, q.w)


def _contraction(case: Steps) -> tuple[Any, Any]:
    return _after(case), _bound(case)


def _off(q: Quadratic) -> Any:
    """delta = |w - best|_S^2/|best|_S^2."""
    off = q.w - q.best
    return off @ (q.S @ off) / (q.u @ q.best)


def _sharpness(case: Steps) -> tuple[Any, Any]:
    return _bound(case) / (1 + 4 * _off(case.instance)) ** case.count, _after(case)


@dataclass(frozen=True, eq=False)
class Constant:
    """An instance with u along the top eigenvector and the error along the bottom one, and a constant c L >= 0."""

    instance: Quadratic
    length: Any


def mirrored(q: Quadratic) -> Quadratic:
    """u along the bottom eigenvector, the error along the top one, with the same delta."""
    off = q.w - q.best
    return replace(q, best=off, w=off + _off(q) * q.best)


def _ratio(q: Quadratic, length: Any) -> Any:
    """D(w_1)/D(w_0)."""
    return excess(q, stepped(Steps(q, 1), length)) / excess(q, q.w)


def _best(factor: Callable[[Any, Any], Any] = best_constant_factor) -> Callable[[Constant], tuple[Any, Any]]:
    """No constant does better than this factor on both instances."""

    def sides(case: Constant) -> tuple[Any, Any]:
        q, length = case.instance, case.length
        worst = max(_ratio(q, length), _ratio(mirrored(q), length))
        return factor(q.mu, q.L) / (1 + 4 * _off(q)), worst

    return sides


def _sample_constants(rng: np.random.Generator, n: int) -> list[Constant]:
    """Half of them near 2/(L + mu), where the two instances are equally bad."""
    lengths = np.where(rng.random(n) < 1 / 2, rng.integers(0, 64, n) / 16, -1.0)
    near = 1 + rng.integers(-8, 9, n) / 1024
    drawn = zip(sample_quadratics(tight=True)(rng, n), lengths.tolist(), near.tolist(), strict=True)
    return [Constant(q, x if x >= 0 else float(best_length(q)) * scale) for q, x, scale in drawn if q.mu < q.L]


_CONSTANTS: dict[str, Any] = {
    "cases": st.builds(Constant, tight_quadratics().filter(lambda q: q.mu < q.L), rationals().map(abs)),
    "sample": _sample_constants,
}


def _with(rhs: Callable[[Any, Any, int], Any], length: Callable[[Quadratic], Any] = best_length) -> Callable[..., Any]:
    """Another factor in mu, L and t, or steps of another length."""

    def sides(case: Steps) -> tuple[Any, Any]:
        q = case.instance
        return excess(q, stepped(case, length(q))), rhs(q.mu, q.L, case.count) * excess(q, q.w)

    return sides


F2_PRINTED = Statement(
    id="F2.printed",
    tex=r"\rho(w_t)-\rho^*\le\left(\frac{L-\mu}{L+\mu}\right)^{2t}(\rho(w_0)-\rho^*),\quad"
    r"\eta_t=\frac{w_t^\top Sw_t}{(L+\mu)|\rho(w_t)|}",
    truth=Truth.TRUE,
    sides=_contraction,
    relation="<=",
    note="any S, any dimension: up to scale a gradient step of length 2/(L + mu) on f/2 from the optimally scaled w~.",
    **domain(),
)


def _f2(name: str, truth: Truth, tex: str, sides: Callable[[Any], Any], note: str, **changes: Any) -> Statement:
    return F2_PRINTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **changes)


_D = r"D(w_t)\le "
_KAPPA = r"\left(\frac{L-\mu}{L+\mu}\right)"
F2_SHARP = _f2(
    "sharp",
    Truth.WEAKER,
    r"D(w_t)\ge\left(" + _KAPPA + r"^2\frac1{1+4\delta}\right)^tD(w_0),\ \delta=\frac{\|w_0-S^{-1}u\|_S^2}"
    r"{\|S^{-1}u\|_S^2}",
    _sharpness,
    "beside the bound: u along the top eigenvector, w_0 = S^-1 u plus a little of the bottom one",
    **domain(tight=True),
)
F2_OPTIMAL = _f2(
    "optimal",
    Truth.WEAKER,
    r"\max_{i=1,2}\frac{D_i(w_1)}{D_i(w_0)}\ge" + _KAPPA + r"^2\frac1{1+4\delta}\text{ for }"
    r"\eta=\frac{c\,w^\top Sw}{2|\rho|},\ c\ge0",
    _best(),
    "beside the bound: an error along the bottom eigenvector wants c = 1/mu, one along the top eigenvector 1/L; between"
    " them 2/(L + mu) is the best. As delta tends to 0, no constant has a smaller factor.",
    **_CONSTANTS,
)
F2_MUTANTS = (
    F2_SHARP,
    F2_OPTIMAL,
    _f2(
        "better-than-e5",
        Truth.WEAKER,
        _D + r"(1-\mu/L)^{2t}D(w_0)",
        _with(lambda mu, L, t: contraction_factor(mu, L) ** t),
        "kappa <= 1 - mu/L: never worse than E5's bound",
    ),
    _f2(
        "written-out",
        Truth.EQUIVALENT,
        _D + r"\left(1-\frac{2\mu}{L+\mu}\right)^{2t}D(w_0)",
        _with(lambda mu, L, t: (1 - 2 * mu / (L + mu)) ** (2 * t)),
        "the same number",
    ),
    _f2(
        "swapped",
        Truth.EQUIVALENT,
        _D + r"\left(\frac{\mu-L}{\mu+L}\right)^{2t}D(w_0)",
        _with(lambda mu, L, t: best_constant_factor(L, mu) ** t),
        "the square does not see which is which",
    ),
    _f2(
        "exponent-4t",
        Truth.FALSE,
        _D + _KAPPA + r"^{4t}D(w_0)",
        _with(lambda mu, L, t: best_constant_factor(mu, L) ** (2 * t)),
        "the tight family approaches kappa^(2t)",
    ),
    _f2(
        "smaller-factor",
        Truth.FALSE,
        _D + r"0.99" + _KAPPA + r"^{2t}D(w_0)",
        _with(lambda mu, L, t: best_constant_factor(mu, L) ** t * 99 / 100),
        "the supremum is approached",
    ),
    _f2(
        "step-of-e5",
        Truth.FALSE,
        _D + _KAPPA + r"^{2t}D(w_0),\ \eta_t=\frac{w_t^\top Sw_t}{2L|\rho(w_t)|}",
        _with(lambda mu, L, t: best_constant_factor(mu, L) ** t, lambda q: 1),
        "1/L is too short for the bottom eigenvector",
    ),
    _f2(
        "half-the-step",
        Truth.FALSE,
        _D + _KAPPA + r"^{2t}D(w_0),\ \eta_t=\frac{w_t^\top Sw_t}{2(L+\mu)|\rho(w_t)|}",
        _with(lambda mu, L, t: best_constant_factor(mu, L) ** t, lambda q: q.L / (q.L + q.mu)),
        "the 2 of f's Hessian 2S is in grad rho already",
    ),
    _f2(
        "mean-of-the-lengths",
        Truth.FALSE,
        _D + _KAPPA + r"^{2t}D(w_0),\ c=\tfrac12(1/L+1/\mu)",
        _with(lambda mu, L, t: best_constant_factor(mu, L) ** t, lambda q: (1 + q.L / q.mu) / 2),
        "1/c is the mean of L and mu, not c that of 1/L and 1/mu",
    ),
    _f2(
        "optimal-is-slower",
        Truth.FALSE,
        r"\max_{i=1,2}\frac{D_i(w_1)}{D_i(w_0)}\ge(1-\mu/L)^2\frac1{1+4\delta}",
        _best(contraction_factor),
        "E5's constant is not the best one",
        **_CONSTANTS,
    ),
)

F2 = Claim(
    id="F2",
    title="The best constant step on least squares",
    source="bntheory; sharpens Kohler et al. 2018, Theorem 1",
    assumes=("S symmetric positive definite with extreme eigenvalues mu, L", "u^T w_0 != 0"),
    printed=F2_PRINTED,
    corrected=None,
    mutants=F2_MUTANTS,
    proof="constant_step",
    figure="ols_rate",
    note="True. I - 2S/(L + mu) has norm kappa = (L - mu)/(L + mu), and optimal rescaling after the step can only help."
    " For d >= 2 no fixed constant has a smaller factor.",
)
CLAIMS = (F2,)
