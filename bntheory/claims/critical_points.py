r"""E8: the gradient of a halfspace on Gaussian inputs, and where its critical points are.

Setting. z Gaussian with u = E[z] != 0 and S = E[z z^T] positive definite, Cov = S - u u^T, so that 0 < |rho*| =
u^T S^-1 u <= 1. f(w~) = E[phi(z^T w~)], a = E[phi'(z^T w~)], b = E[phi''(z^T w~)], of which nothing is used but that
they are numbers: they are drawn freely. c1 = a - b u^T w~, c2 = b. dist_S is the distance in |.|_S.

Assumptions. None on phi but that Stein's lemma holds for it (a bounded derivative suffices, a polynomial too).

Main statements.
- grad f = a u + b Cov w~ = c1 u + c2 S w~.
- c2^2 dist_S(w~, line of S^-1 u)^2 <= |grad f(w~)|^2_{S^-1}: where c2 != 0, a critical point is on the line, and an
  almost critical one near it. Where c2 = 0 nothing follows, and c2 may be 0 for a phi that is not convex.
- What is missing for equality is the part of the gradient along S^-1 u, (u^T S^-1 grad f)^2/|rho*|.
- Stein's lemma, on which the gradient rests, is decided for polynomials in `gaussian_gradient`.

Source: Kohler et al. 2018, Section 4.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bntheory import decoupling
from bntheory.cases import Quadratic
from bntheory.claim import Claim, Statement, Truth
from bntheory.claims.gaussian_gradient import GRADIENT_MUTANTS, Point, domain, gradient
from bntheory.claims.off_line import E8_PRINTED


def _off_line(q: Quadratic) -> Any:
    """w~ less its S-orthogonal projection on S^-1 u."""
    return q.w - (q.u @ q.w) / (q.u @ q.best) * q.best


def _distance(case: Point) -> tuple[Any, Any]:
    q, off, g = case.instance, _off_line(case.instance), gradient(case)
    return case.b**2 * (off @ (q.S @ off)), g @ (q.inverse @ g)


def _along(case: Point) -> Any:
    """(u^T S^-1 grad f)^2/|rho*|."""
    return (case.instance.best @ gradient(case)) ** 2 / (case.instance.u @ case.instance.best)


def _split(case: Point) -> tuple[Any, Any]:
    off_line, whole = _distance(case)
    return off_line + _along(case), whole


def _covariance_norms(case: Point) -> tuple[Any, Any]:
    """b^2 dist_Cov^2 against |grad f|^2 in the norm of Cov^-1 = S^-1 + S^-1 u u^T S^-1/(1 - |rho*|)."""
    q, off, g = case.instance, _off_line(case.instance), gradient(case)
    distance = off @ (q.S @ off) - (q.u @ off) ** 2
    return case.b**2 * distance, g @ (q.inverse @ g) + (q.best @ g) ** 2 / (1 - q.u @ q.best)


def _with(lhs: Callable[[Point], Any]) -> Callable[[Point], tuple[Any, Any]]:
    """Another left side."""
    return lambda case: (lhs(case), _distance(case)[1])


def _from_line(q: Quadratic, direction: Any) -> Any:
    """dist_S(w~, line of a direction)^2."""
    off = q.w - (direction @ (q.S @ q.w)) / (direction @ (q.S @ direction)) * direction
    return off @ (q.S @ off)


def _plain(case: Point) -> tuple[Any, Any]:
    q, g = case.instance, gradient(case)
    off = q.w - (q.best @ q.w) / (q.best @ q.best) * q.best
    return case.b**2 * (off @ off), g @ g


E8_CORRECTED = Statement(
    id="E8.corrected",
    tex=r"c_2^2\min_{g\in\mathbb R}\|\tilde w-gS^{-1}u\|_S^2 \le \|\nabla f(\tilde w)\|_{S^{-1}}^2,\quad"
    r"\nabla f(\tilde w)=c_1u+c_2S\tilde w,\ c_1=\mathrm E[\varphi']-\mathrm E[\varphi'']u^\top\tilde w,\ "
    r"c_2=\mathrm E[\varphi'']",
    truth=Truth.TRUE,
    sides=_distance,
    relation="<=",
    note="so a critical point with c2 != 0 is on the line of S^-1 u: S^-1 grad f = c1 S^-1 u + c2 w~, whose part"
    " S-orthogonal to the line is that of c2 w~. Where E[phi'] != 0 (phi' > 0, say), c2 != 0 at a critical point, since"
    " E[phi'] u = -c2 Cov w~. Cov may be singular, S may not.",
    **domain(),
)


def _e8(name: str, truth: Truth, tex: str, sides: Callable[[Any], tuple[Any, Any]], note: str, **changes: Any) -> Any:
    return E8_CORRECTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **changes)


_OFF, _GRADIENT = r"\mathrm{dist}_S(\tilde w,\mathbb RS^{-1}u)^2", r"\|\nabla f\|_{S^{-1}}^2"
E8_MUTANTS: tuple[Statement, ...] = (
    *GRADIENT_MUTANTS,
    _e8(
        "split",
        Truth.WEAKER,
        rf"c_2^2\,{_OFF} + (u^\top S^{{-1}}\nabla f)^2/|\rho^*| = {_GRADIENT}",
        _split,
        "beside the bound, what it leaves out: the part of the gradient along S^-1 u",
        relation="==",
    ),
    _e8(
        "covariance-norms",
        Truth.WEAKER,
        r"c_2^2\,\mathrm{dist}_{\mathrm{Cov}}(\tilde w,\mathbb RS^{-1}u)^2 \le \|\nabla f\|_{\mathrm{Cov}^{-1}}^2",
        _covariance_norms,
        "the distance is the same, and the norm of the gradient larger (for |rho*| < 1)",
        **domain(spread=True),
    ),
    _e8(
        "unsquared",
        Truth.FALSE,
        rf"|c_2|\,{_OFF} \le {_GRADIENT}",
        _with(lambda case: abs(case.b) * _from_line(case.instance, case.instance.best)),
        "c2 scales the gradient, so its square that square",
    ),
    _e8(
        "without-c2",
        Truth.FALSE,
        rf"{_OFF} \le {_GRADIENT}",
        _with(lambda case: _from_line(case.instance, case.instance.best)),
        "c2 != 0 dropped: where E[phi''] = 0 the gradient does not see w~",
    ),
    _e8(
        "c1-for-c2",
        Truth.FALSE,
        rf"c_1^2\,{_OFF} \le {_GRADIENT}",
        _with(
            lambda case: (
                decoupling.stein_coefficient(case.a, case.b, case.instance.u @ case.instance.w) ** 2
                * _from_line(case.instance, case.instance.best)
            )
        ),
        "c1 belongs to u",
    ),
    _e8(
        "whole-weight",
        Truth.FALSE,
        rf"c_2^2\|\tilde w\|_S^2 \le {_GRADIENT}",
        _with(lambda case: case.b**2 * (case.instance.w @ (case.instance.S @ case.instance.w))),
        "along the line the gradient may vanish at any length",
    ),
    _e8(
        "line-of-u",
        Truth.FALSE,
        rf"c_2^2\,\mathrm{{dist}}_S(\tilde w,\mathbb Ru)^2 \le {_GRADIENT}",
        _with(lambda case: case.b**2 * _from_line(case.instance, case.instance.u)),
        "the line is that of S^-1 u",
    ),
    _e8(
        "plain-norms",
        Truth.FALSE,
        r"c_2^2\,\mathrm{dist}(\tilde w,\mathbb RS^{-1}u)^2 \le \|\nabla f\|^2",
        _plain,
        "in plain norms the constant is mu^2",
    ),
    _e8(
        "twice",
        Truth.FALSE,
        rf"2c_2^2\,{_OFF} \le {_GRADIENT}",
        _with(lambda case: 2 * _distance(case)[0]),
        "the constant is sharp: equality where the gradient has no part along S^-1 u",
    ),
)

E8 = Claim(
    id="E8",
    title="Gradient and critical points on Gaussian inputs",
    source="Kohler et al. 2018, Section 4.1",
    assumes=("z Gaussian with u != 0, S positive definite", "Stein's lemma for phi and phi'"),
    printed=E8_PRINTED,
    corrected=E8_CORRECTED,
    mutants=E8_MUTANTS,
    proof="critical_points",
    figure="smoothness",
    note="The gradient c1 u + c2 S w~ is right; 'so every bounded critical point is on the line, whatever phi' is not:"
    " where c1 and c2 both vanish, w~ may be anywhere, and an oscillating phi > 0 with bounded derivatives has such"
    " points off the line. They are on it where c2 != 0, for which phi' > 0 suffices: at a critical point E[phi'] u ="
    " -c2 Cov w~. Sigmoid loss has none at all for u != 0.",
)

CLAIMS = (E8,)
