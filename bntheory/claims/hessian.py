r"""F6: the whole Hessian below a Batch Normalization layer.

Setting. As in `bntheory.claims.hessian_bound`; v any direction.

Assumptions. sigma^2 + eps > 0; gamma and beta constant; L twice differentiable at z.

Main statement, for every eps:
d2L^ = (gamma^2/s^2) Q H Q - (gamma/(m s^2)) [ (Qg) y^^T + y^ (Qg)^T + <g,y^> Q ].

Source: ours; along the gradient it is Santurkar, Tsipras, Ilyas and Madry 2018, Theorem 4.2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from bntheory.cases import Unit, rational_vectors, sample_units, units
from bntheory.claim import Claim, Statement, Truth
from bntheory.claims.hessian_terms import Formula, along_any, second_derivative, terms


@dataclass(frozen=True, eq=False)
class Directions:
    """A unit with its direction v, and another direction w of the same shape."""

    unit: Unit
    w: Any


def _sample(rng: np.random.Generator, n: int) -> list[Directions]:
    drawn = sample_units("any", hessian=True, direction=True)(rng, n)
    return [Directions(unit, rng.standard_normal(len(unit.y))) for unit in drawn]


_CASES = units("any", hessian=True, direction=True).flatmap(
    lambda unit: st.builds(Directions, st.just(unit), rational_vectors(len(unit.y)))
)


def _bilinear(case: Directions) -> Any:
    """w^T d2L^ v, by polarization."""
    v, w = case.unit.v, case.w
    return (second_derivative(case.unit, v + w) - second_derivative(case.unit, v - w)) / 4


def _whole(case: Directions) -> tuple[Any, Any]:
    n, other = terms(case.unit, case.unit.v), terms(case.unit, case.w)
    curved = n.gamma**2 / n.s**2 * (other.Qv @ (n.H @ n.Qv))
    crossed = (n.Qg @ case.w) * (n.x_hat @ n.v) + (n.x_hat @ case.w) * (n.Qg @ n.v)
    return _bilinear(case), curved - n.gamma / (n.m * n.s**2) * (crossed + n.correlation * (case.w @ n.Qv))


def _one_sided(case: Directions) -> tuple[Any, Any]:
    n, other = terms(case.unit, case.unit.v), terms(case.unit, case.w)
    curved = n.gamma**2 / n.s**2 * (other.Qv @ (n.H @ n.Qv))
    crossed = 2 * (n.Qg @ case.w) * (n.x_hat @ n.v)
    return _bilinear(case), curved - n.gamma / (n.m * n.s**2) * (crossed + n.correlation * (case.w @ n.Qv))


def _along_v(rhs: Formula) -> Callable[[Directions], tuple[Any, Any]]:
    """v^T d2L^ v against a formula."""
    sides = along_any(rhs)
    return lambda case: sides(case.unit)


PRINTED = Statement(
    id="F6.printed",
    tex=r"\nabla^2\hat L = \frac{\gamma^2}{s^2}QHQ - \frac{\gamma}{m s^2}"
    r"\left[(Qg)\hat y^\top + \hat y(Qg)^\top + \langle g,\hat y\rangle Q\right]",
    truth=Truth.TRUE,
    sides=_whole,
    relation="==",
    note="as bilinear forms, w^T . v for every v and w; every eps.",
    cases=_CASES,
    sample=_sample,
)


def _false(name: str, tex: str, rhs: Formula, note: str) -> Statement:
    return PRINTED.neighbour(f"mutant.{name}", Truth.FALSE, tex, _along_v(rhs), note)


_CURVED = r"\nabla^2\hat L = \frac{\gamma^2}{s^2}QHQ - \frac{\gamma}{m s^2}"
MUTANTS = (
    PRINTED.neighbour(
        "mutant.one-sided",
        Truth.FALSE,
        _CURVED + r"[2(Qg)\hat y^\top + \langle g,\hat y\rangle Q]",
        _one_sided,
        "the same quadratic form, but no symmetric matrix",
    ),
    _false(
        "one-cross-term",
        _CURVED + r"[(Qg)\hat y^\top + \langle g,\hat y\rangle Q]",
        lambda n: (
            n.gamma**2 / n.s**2 * (n.Qv @ (n.H @ n.Qv))
            - n.gamma / (n.m * n.s**2) * ((n.Qg @ n.v) * (n.x_hat @ n.v) + n.correlation * (n.v @ n.Qv))
        ),
        "a Hessian is symmetric: the term comes with its transpose",
    ),
    _false(
        "no-cross-terms",
        _CURVED + r"\langle g,\hat y\rangle Q",
        lambda n: n.gamma**2 / n.s**2 * (n.Qv @ (n.H @ n.Qv)) - n.gamma / (n.m * n.s**2) * n.correlation * (n.v @ n.Qv),
        "they vanish only for v orthogonal to y^ or to Qg",
    ),
    _false(
        "plus",
        r"\nabla^2\hat L = \frac{\gamma^2}{s^2}QHQ + \frac{\gamma}{m s^2}[\ldots]",
        lambda n: (
            n.gamma**2 / n.s**2 * (n.Qv @ (n.H @ n.Qv))
            + n.gamma / (n.m * n.s**2) * (2 * (n.Qg @ n.v) * (n.x_hat @ n.v) + n.correlation * (n.v @ n.Qv))
        ),
        "the sign",
    ),
    _false(
        "identity-for-q",
        _CURVED + r"[(Qg)\hat y^\top + \hat y(Qg)^\top + \langle g,\hat y\rangle I]",
        lambda n: (
            n.gamma**2 / n.s**2 * (n.Qv @ (n.H @ n.Qv))
            - n.gamma / (n.m * n.s**2) * (2 * (n.Qg @ n.v) * (n.x_hat @ n.v) + n.correlation * (n.v @ n.v))
        ),
        "L^ does not change along 1",
    ),
    _false(
        "unprojected",
        r"\nabla^2\hat L = \frac{\gamma^2}{s^2}H - \frac{\gamma}{m s^2}[\ldots]",
        lambda n: (
            n.gamma**2 / n.s**2 * (n.v @ (n.H @ n.v))
            - n.gamma / (n.m * n.s**2) * (2 * (n.Qg @ n.v) * (n.x_hat @ n.v) + n.correlation * (n.v @ n.Qv))
        ),
        "H is met between two Jacobians (gamma/s) Q",
    ),
    _false(
        "gamma-squared-twice",
        r"\nabla^2\hat L = \frac{\gamma^2}{s^2}(QHQ - \frac1m[\ldots])",
        lambda n: (
            n.gamma**2
            / n.s**2
            * (n.Qv @ (n.H @ n.Qv) - (2 * (n.Qg @ n.v) * (n.x_hat @ n.v) + n.correlation * (n.v @ n.Qv)) / n.m)
        ),
        "the layer's own second derivative is linear in gamma",
    ),
)

F6 = Claim(
    id="F6",
    title="The whole Hessian of a unit",
    source="bntheory; extends Santurkar et al. 2018, Theorem 4.2",
    assumes=("sigma^2 + eps > 0", "gamma, beta constant", "g, H at z = gamma y^ + beta"),
    printed=PRINTED,
    corrected=None,
    mutants=MUTANTS,
    proof="hessian_bound",
    figure=None,
    note="True for every eps: differentiate (gamma/s) Q g once more. C4 is this form along one direction.",
)
CLAIMS = (F6,)
