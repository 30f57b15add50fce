r"""E14: the critical points of a network with one hidden layer, here of two units.

Setting. z Gaussian with u = E[z] and S = E[z z^T] positive definite, Cov = S - u u^T; for odd phi and y in {-1, +1}
f(W) = E[l(sum_i theta_i phi(z^T w_i))]. By Stein's lemma grad_i f = a_i u + Cov sum_j b_ij w_j with
a_i = E[l' theta_i phi'_i] and b_ij = E[l'' theta_i theta_j phi'_i phi'_j] + (i = j) E[l' theta_i phi''_i], b symmetric;
nothing else is used of them: they are drawn freely.

Assumptions. theta fixed, phi odd, y in {-1, +1}.

Main statements, for every v with v^T S^-1 u = 0 (the parts off the line).
- det(b) v^T w_i = sum_j adj(b)_ij v^T S^-1 grad_j f: at a critical point with det b != 0 all units are on the line of
  S^-1 u. With det b = 0 they need not be, and neither does one unit alone: the others enter its gradient.
- b_ii v^T w_i = v^T S^-1 grad_i f if the other units are on the line: then b_ii != 0 suffices for unit i.
- Cov may be singular: it is enough that S is not. Where Cov has an inverse, it may stand for S^-1.

Source: Kohler et al. 2018, Section 5 and Lemma 4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from bntheory.claim import Claim, Statement, Truth
from bntheory.claims.network_gradient import GRADIENT_MUTANTS, Sides, TwoUnits, domain, gradient
from bntheory.claims.off_line import E14_MINIMA, E14_PRINTED


def _on_the_line(case: TwoUnits) -> TwoUnits:
    """w_2 = c S^-1 u."""
    c = Fraction(case.a[1])
    return replace(case, w_2=c * case.instance.best)


def _critical(case: TwoUnits) -> TwoUnits:
    """a = 0, b = p p^T and p_1 w_1 + p_2 w_2 = 0: a critical point with det b = 0."""
    p, q = case.a, case.instance
    return replace(case, instance=replace(q, w=p[1] * q.w), w_2=-p[0] * q.w, a=0 * p, b=p[:, None] * p)


def _off_line(case: TwoUnits, normal: Any) -> Any:
    """v made orthogonal to a normal, times its square so that nothing is divided."""
    return (normal @ normal) * case.v - (case.v @ normal) * normal


def _determinant(b: Any) -> Any:
    return b[0][0] * b[1][1] - b[0][1] ** 2


def _solved(b: Any, first: Any, second: Any) -> Any:
    """The first row of adj(b), times the right sides."""
    return b[1][1] * first - b[0][1] * second


def _parts(case: TwoUnits, v: Any) -> tuple[Any, Any, Any]:
    """v^T w_1 and v^T S^-1 grad_j f."""
    q = case.instance
    return v @ q.w, v @ (q.inverse @ gradient(case, 0)), v @ (q.inverse @ gradient(case, 1))


def _cramer(case: TwoUnits) -> tuple[Any, Any]:
    weight, first, second = _parts(case, _off_line(case, case.instance.best))
    return _determinant(case.b) * weight, _solved(case.b, first, second)


def _with(formula: Callable[[Any, Any, Any, Any], tuple[Any, Any]]) -> Sides:
    """A formula in b, v^T w_1 and the two v^T S^-1 grad_j f."""
    return lambda case: formula(case.b, *_parts(case, _off_line(case, case.instance.best)))


def _for(v: Callable[[TwoUnits], Any]) -> Sides:
    """Cramer's rule for other v."""

    def sides(case: TwoUnits) -> tuple[Any, Any]:
        weight, first, second = _parts(case, v(case))
        return _determinant(case.b) * weight, _solved(case.b, first, second)

    return sides


def _with_covariance(case: TwoUnits) -> tuple[Any, Any]:
    """Cov^-1 = S^-1 + S^-1 u u^T S^-1/(1 - |rho*|) in place of S^-1."""
    q, v = case.instance, _off_line(case, case.instance.best)
    along = (v @ q.best) / (1 - q.u @ q.best)
    weight, first, second = _parts(case, v)
    first, second = (part + along * (q.best @ gradient(case, j)) for j, part in enumerate((first, second)))
    return _determinant(case.b) * weight, _solved(case.b, first, second)


def _both_units(case: TwoUnits) -> tuple[Any, Any]:
    v = _off_line(case, case.instance.best)
    return case.b[0][0] * (v @ case.instance.w) + case.b[0][1] * (v @ case.w_2), _parts(case, v)[1]


_FOR_V = r"\quad\text{for }v^\top S^{-1}u=0"
E14_CORRECTED = Statement(
    id="E14.corrected",
    tex=r"\det(b)\,v^\top w_i = \sum_j\mathrm{adj}(b)_{ij}\,v^\top S^{-1}\nabla_jf,\quad"
    r"\nabla_if=a_iu+\mathrm{Cov}\sum_jb_{ij}w_j" + _FOR_V,
    truth=Truth.TRUE,
    sides=_cramer,
    relation="==",
    note="so at a critical point with det b != 0 every unit is on the line of S^-1 u: Cramer's rule for the parts off"
    " the line, b v^T W = v^T S^-1 grad f. Two units, i = 1; the same for k.",
    **domain(),
)


def _e14(name: str, truth: Truth, tex: str, sides: Sides, note: str, **changes: Any) -> Statement:
    return E14_CORRECTED.neighbour(f"mutant.{name}", truth, tex + _FOR_V, sides, note, **changes)


_DET, _CRAMER = r"\det(b)\,v^\top w_1", r"b_{22}v^\top S^{-1}\nabla_1f-b_{12}v^\top S^{-1}\nabla_2f"
_ALONE = r"b_{11}v^\top w_1 = v^\top S^{-1}\nabla_1f"
E14_MUTANTS: tuple[Statement, ...] = (
    *GRADIENT_MUTANTS,
    _e14(
        "alone",
        Truth.FALSE,
        _ALONE,
        _with(lambda b, w, g, h: (b[0][0] * w, g)),
        "per unit, with the others anywhere: b_12 w_2 is left out",
    ),
    _e14(
        "others-on-the-line",
        Truth.WEAKER,
        _ALONE + r",\ w_2=cS^{-1}u",
        _with(lambda b, w, g, h: (b[0][0] * w, g)),
        "per unit, with the others on the line: then it is on the line if b_11 != 0",
        **domain(_on_the_line),
    ),
    _e14(
        "singular",
        Truth.FALSE,
        r"\nabla f=0 \Rightarrow v^\top w_1=0,\ \det b=0",
        _with(lambda b, w, g, h: (w**2, g**2 + h**2)),
        "det b = 0 allowed: weights that cancel in every sum_j b_ij w_j may point anywhere",
        relation="<=",
        **domain(_critical) | {"sample": None},  # in floats the gradient would not vanish
    ),
    _e14(
        "no-determinant",
        Truth.FALSE,
        rf"v^\top w_1 = {_CRAMER}",
        _with(lambda b, w, g, h: (w, _solved(b, g, h))),
        "the adjugate is det(b) times the inverse",
    ),
    _e14(
        "permanent",
        Truth.FALSE,
        rf"(b_{{11}}b_{{22}}+b_{{12}}^2)v^\top w_1 = {_CRAMER}",
        _with(lambda b, w, g, h: ((b[0][0] * b[1][1] + b[0][1] ** 2) * w, _solved(b, g, h))),
        "the determinant has a minus",
    ),
    _e14(
        "adjugate-sign",
        Truth.FALSE,
        rf"{_DET} = b_{{22}}v^\top S^{{-1}}\nabla_1f+b_{{12}}v^\top S^{{-1}}\nabla_2f",
        _with(lambda b, w, g, h: (_determinant(b) * w, b[1][1] * g + b[0][1] * h)),
        "so has the adjugate",
    ),
    _e14(
        "adjugate-diagonal",
        Truth.FALSE,
        rf"{_DET} = b_{{11}}v^\top S^{{-1}}\nabla_1f-b_{{12}}v^\top S^{{-1}}\nabla_2f",
        _with(lambda b, w, g, h: (_determinant(b) * w, b[0][0] * g - b[0][1] * h)),
        "its diagonal is that of b, exchanged",
    ),
    E14_CORRECTED.neighbour(
        "mutant.orthogonal-to-u",
        Truth.FALSE,
        rf"{_DET} = {_CRAMER}\quad\text{{for }}v^\top u=0",
        _for(lambda case: _off_line(case, case.instance.u)),
        "the line is that of S^-1 u, not of u",
    ),
    E14_CORRECTED.neighbour(
        "mutant.any-v",
        Truth.FALSE,
        rf"{_DET} = {_CRAMER}\quad\text{{for every }}v",
        _for(lambda case: case.v),
        "along the line a_i counts too",
    ),
    _e14(
        "covariance",
        Truth.EQUIVALENT,
        rf"{_DET} = b_{{22}}v^\top\mathrm{{Cov}}^{{-1}}\nabla_1f-b_{{12}}v^\top\mathrm{{Cov}}^{{-1}}\nabla_2f",
        _with_covariance,
        "Cov^-1 differs from S^-1 by a multiple of S^-1 u u^T S^-1, to which v is blind (for |rho*| < 1)",
        **domain(spread=True),
    ),
    _e14(
        "before-cramer",
        Truth.WEAKER,
        r"b_{11}v^\top w_1+b_{12}v^\top w_2 = v^\top S^{-1}\nabla_1f",
        _both_units,
        "the premise: holds for singular b too",
    ),
)

E14 = Claim(
    id="E14",
    title="Critical points of a one-hidden-layer network",
    source="Kohler et al. 2018, Section 5 and Lemma 4",
    assumes=("z Gaussian, S positive definite", "theta fixed, phi odd, y in {-1, +1}"),
    printed=E14_PRINTED,
    corrected=E14_CORRECTED,
    mutants=(E14_MINIMA, *E14_MUTANTS),
    proof="hidden_units",
    figure="mlp_rate",
    note="False, per unit and jointly: the other units enter each gradient, and two tanh units with softplus loss have"
    " a strict local minimum off the line (proved in a box by ball arithmetic). Jointly all are on the line where"
    " det b != 0; one is if all others are and b_ii != 0. Cov need not be invertible, S must.",
)

CLAIMS = (E14,)
