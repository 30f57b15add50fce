r"""E4: ascent on a generalized Rayleigh quotient.

Setting. B symmetric, A symmetric positive definite, of shape (d, d), d >= 2, rho(w) = w^T B w/w^T A w; the pencil's
eigenvalues lambda_1 > lambda_2 >= ... >= lambda_min, those x for which det(B - x A) = 0. Steps w+ = w + eta A^-1 grad
rho(w), eta = w^T A w/(2(rho(w) - lambda_min)); the error is (lambda_1 - rho)/(rho - lambda_2).

Assumptions. rho(w_0) > lambda_2.

Main statements.
- One step, t -> t + 1, multiplies the error by q^2 at most, q = 1 - (lambda_1 - lambda_2)/(lambda_1 - lambda_min).
- Equality at every step where the error is along the second eigenvector.
- w+ is, up to its length, A^-1(B - lambda_min A) w: the shifted power method.
- The printed exponent, 2t for the step t -> t + 1, is false from t = 2 on, whichever eigenvalues are meant; with those
  of B itself the exponent 2 is false too.

Source: Kohler et al. 2018, Section 3 (after Knyazev and Shorokhodov 1991).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from bntheory.cases import Quadratic, exact_array, quadratics, rational_vectors, sample_quadratics
from bntheory.cases.pencils import CommutingPencil, Pencil, commuting_pencils, pencils
from bntheory.claim import Claim, Statement, Truth
from bntheory.claims.pencil_errors import (
    Ascent,
    after,
    ascend,
    before,
    compared,
    domain,
    error,
    from_start,
    iterate,
    one_step,
    power,
    shifted_power,
)
from bntheory.pencil import (
    ascent_step,
    eigenvalue_ratio,
    pencil_factor,
    pencil_gradient,
    pencil_quotient,
    pencil_step_size,
)


def _with(factor: Callable[[Pencil, int], Any]) -> Callable[[Ascent], tuple[Any, Any]]:
    """Another factor of the step t -> t + 1."""
    return lambda case: (after(case), factor(case.pencil, case.t) * before(case))


def _moving(step: Callable[[Pencil, Any], Any]) -> Callable[[Ascent], tuple[Any, Any]]:
    """Another step at t."""

    def sides(case: Ascent) -> tuple[Any, Any]:
        moved = step(case.pencil, iterate(case.pencil, case.t))
        return error(case.pencil, moved), power(case.pencil, 2) * before(case)

    return sides


def _times(length: Any) -> Callable[[Ascent], tuple[Any, Any]]:
    """A step so many times as long."""
    return _moving(lambda pencil, w: w + length * (ascend(pencil, w) - w))


def _unshifted(pencil: Pencil, w: Any) -> Any:
    return ascent_step(w, pencil.B, pencil.A, pencil.inverse, 0 * pencil.lambda_min)


def _euclidean(pencil: Pencil, w: Any) -> Any:
    eta = pencil_step_size(w, pencil.B, pencil.A, pencil.lambda_min)
    return w + eta * pencil_gradient(w, pencil.B, pencil.A)


def _of_matrix(exponent: Callable[[int], int]) -> Callable[[Ascent], tuple[Any, Any]]:
    """The eigenvalues of B itself, in the errors too; the steps stay."""

    def sides(case: Ascent) -> tuple[Any, Any]:
        pencil, w = case.pencil, iterate(case.pencil, case.t)
        assert isinstance(pencil, CommutingPencil)
        errors = [
            eigenvalue_ratio(pencil_quotient(v, pencil.B, pencil.A), pencil.b_1, pencil.b_2)
            for v in (w, ascend(pencil, w))
        ]
        return errors[1], pencil_factor(pencil.b_1, pencil.b_2, pencil.b_min, exponent(case.t)) * errors[0]

    return sides


def _rank_one(inverse: Callable[[Quadratic], Any]) -> Callable[[Quadratic], tuple[Any, Any]]:
    """B = u u^T, A = S: lambda_1 = |rho*|, lambda_2 = lambda_min = 0, so that q = 0: one step ends at lambda_1."""

    def sides(q: Quadratic) -> tuple[Any, Any]:
        B = q.u[:, None] * q.u
        return pencil_quotient(ascent_step(q.w, B, q.S, inverse(q), 0 * q.mu), B, q.S), q.u @ q.best

    return sides


def _is_below_second(case: Ascent) -> bool:
    """lambda_min < rho(w) < lambda_2, and the error exists after the step too."""
    pencil = case.pencil
    rho = pencil_quotient(pencil.w, pencil.B, pencil.A) if any(pencil.w) else pencil.lambda_2
    if not pencil.lambda_min < rho < pencil.lambda_2:
        return False
    w = ascend(pencil, pencil.w)
    return bool(pencil_quotient(w, pencil.B, pencil.A) != pencil.lambda_2)


def _diagonal(*entries: Any) -> Any:
    return exact_array([[Fraction(x if i == j else 0) for j in range(len(entries))] for i, x in enumerate(entries)])


def _witness_of_matrix() -> Ascent:
    """A counterexample found by the search: rho tends to 1/6, the largest eigenvalue of the pencil, B's is 1/2."""
    B, A, inverse = (
        _diagonal(Fraction(-9, 2), Fraction(1, 2)),
        _diagonal(4, 3),
        _diagonal(Fraction(1, 4), Fraction(1, 3)),
    )
    first, second, w = Fraction(1, 6), Fraction(-9, 8), exact_array([Fraction(-2), Fraction(3)])
    largest, smallest = Fraction(1, 2), Fraction(-9, 2)
    return Ascent(CommutingPencil(B, A, inverse, w, first, second, second, largest, smallest, smallest), 1)


def _witness_of_pencil() -> Ascent:
    """A counterexample found by the search: an error along the second eigenvector, at the fourth step."""
    one, w = _diagonal(1, 1, 1), exact_array([Fraction(1), Fraction(-5), Fraction(0)])
    return Ascent(Pencil(_diagonal(1, 0, -6), one, one, w, Fraction(1), Fraction(0), Fraction(-6)), 3)


_ASCENTS = domain()["cases"]
_COMMUTING: dict[str, Any] = {"cases": st.builds(Ascent, commuting_pencils(), st.integers(0, 3)), "sample": None}
_POSITIVE: dict[str, Any] = {
    "cases": _ASCENTS.filter(lambda case: case.pencil.lambda_min > 0),
    "sample": lambda rng, n: [case for case in domain()["sample"](rng, 8 * n) if case.pencil.lambda_min > 0],
}
_BELOW: dict[str, Any] = {
    "cases": st.builds(
        lambda pencil, v: Ascent(replace(pencil, w=v[: len(pencil.w)]), 0), pencils(), rational_vectors(3)
    ).filter(_is_below_second),
    "sample": None,
}
_RANK_ONE: dict[str, Any] = {"cases": quadratics(2) | quadratics(3), "sample": sample_quadratics()}

_ERROR = r"\frac{\lambda_1-\rho(w_{t+1})}{\rho(w_{t+1})-\lambda_2} \le "
_BEFORE = r"\frac{\lambda_1-\rho(w_t)}{\rho(w_t)-\lambda_2}"
_Q = r"\left(1-\frac{\lambda_1-\lambda_2}{\lambda_1-\lambda_{\min}}\right)"

E4_PRINTED = Statement(
    id="E4.printed",
    tex=_ERROR + _Q + r"^{2t}" + _BEFORE + r",\quad\lambda_i\text{ eigenvalues of }B",
    truth=Truth.FALSE,
    sides=_of_matrix(lambda t: 2 * t),
    relation="<=",
    witness=_witness_of_matrix(),
    note="The article names no step: read with those for which the corrected bound holds, and with rho(w_0) above the"
    " second eigenvalue of the pencil and of B. The exponent is 2, and rho tends to the pencil's lambda_1.",
    **_COMMUTING,
)
E4_CORRECTED = E4_PRINTED.neighbour(
    "corrected",
    Truth.TRUE,
    _ERROR + _Q + r"^2" + _BEFORE + r",\quad w_{t+1}=w_t+\frac{w_t^\top Aw_t}{2(\rho(w_t)-\lambda_{\min})}"
    r"A^{-1}\nabla\rho(w_t),\ \det(B-\lambda_iA)=0,\ \rho(w_0)>\lambda_2",
    one_step,
    "every coordinate c_i of w in the pencil's eigenvectors is multiplied by lambda_i - lambda_min.",
    **domain(),
)
E4_OF_PENCIL = E4_CORRECTED.neighbour(
    "reading.pencil",
    Truth.FALSE,
    _ERROR + _Q + r"^{2t}" + _BEFORE + r",\quad\det(B-\lambda_iA)=0",
    _with(lambda pencil, t: power(pencil, 2 * t)),
    "the paper's eigenvalues. Where the error is along the second eigenvector each step multiplies it by q^2 exactly,"
    " so that from t = 2 on q^(2t) claims too much.",
    witness=_witness_of_pencil(),
    sample=None,
)


def _e4(name: str, truth: Truth, tex: str, sides: Callable[[Any], Any], note: str, **changes: Any) -> Statement:
    return E4_CORRECTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **changes)


E4_SHARP = _e4(
    "sharp",
    Truth.WEAKER,
    _ERROR.replace(r" \le ", " = ") + _Q + r"^2" + _BEFORE + r"\ \text{for }w_0=c_1x_1+c_2x_2",
    one_step,
    "beside the bound: an error along the second eigenvector attains it at every step",
    relation="==",
    **domain(tight=True),
)
E4_MUTANTS = (
    E4_SHARP,
    _e4(
        "from-start",
        Truth.WEAKER,
        r"\frac{\lambda_1-\rho(w_t)}{\rho(w_t)-\lambda_2}\le q^{2t}\frac{\lambda_1-\rho(w_0)}{\rho(w_0)-\lambda_2}",
        from_start,
        "2t is the exponent with w_0 on the right: one step t times",
    ),
    _e4(
        "shifted-power",
        Truth.WEAKER,
        r"(\rho(w_t)-\lambda_{\min})w_{t+1}=A^{-1}(B-\lambda_{\min}A)w_t",
        shifted_power,
        "why it holds: the step is the shifted power method",
        relation="==",
        **compared(),
    ),
    _e4(
        "whitened-rank-one",
        Truth.WEAKER,
        r"B=uu^\top:\ \rho(w_1)=\lambda_1",
        _rank_one(lambda q: q.inverse),
        "q = 0: with the A-gradient one step ends at A^-1 u",
        relation="==",
        **_RANK_ONE,
    ),
    _e4("exponent-1", Truth.WEAKER, r"q^1", _with(lambda p, t: power(p, 1)), "q <= 1: a larger factor"),
    _e4(
        "e5-is-a-special-case",
        Truth.FALSE,
        r"B=uu^\top,\ A=S:\ \rho(w_1)=\lambda_1\text{ for the step of E5}",
        _rank_one(lambda q: np.eye(len(q.w), dtype=int) / q.L),
        "E5 takes the Euclidean gradient over L for the A-gradient; its factor is (1 - mu/L)^2, not 0",
        relation="==",
        **_RANK_ONE,
    ),
    _e4(
        "eigenvalues-of-b",
        Truth.FALSE,
        r"\lambda_i\text{ of }B:\ q^2",
        _of_matrix(lambda t: 2),
        "the exponent is right, but rho tends to the pencil's lambda_1",
        **_COMMUTING,
    ),
    _e4("exponent-3", Truth.FALSE, r"q^3", _with(lambda p, t: power(p, 3)), "the tight family has q^2"),
    _e4("smaller-factor", Truth.FALSE, r"0.99\,q^2", _with(lambda p, t: power(p, 2) * 99 / 100), "q^2 is attained"),
    _e4(
        "bottom-gap",
        Truth.FALSE,
        r"\left(1-\frac{\lambda_2-\lambda_{\min}}{\lambda_1-\lambda_{\min}}\right)^2",
        _with(lambda p, t: pencil_factor(p.lambda_1, p.lambda_1 - p.lambda_2 + p.lambda_min, p.lambda_min)),
        "a small gap at the top is slow, not one at the bottom",
    ),
    _e4(
        "euclidean", Truth.FALSE, r"q^2\text{ with }\nabla\rho", _moving(_euclidean), "the metric of the gradient is A"
    ),
    _e4(
        "no-shift",
        Truth.FALSE,
        r"q^2\text{ with }\eta=\frac{w^\top Aw}{2\rho(w)},\ \lambda_{\min}>0",
        _moving(_unshifted),
        "without lambda_min the power method has lambda_2/lambda_1 in place of q",
        **_POSITIVE,
    ),
    _e4("half-the-step", Truth.FALSE, r"q^2\text{ with }\eta/2", _times(Fraction(1, 2)), "too short"),
    _e4("twice-the-step", Truth.FALSE, r"q^2\text{ with }2\eta", _times(2), "the bottom coordinate comes back"),
    _e4(
        "below-second",
        Truth.FALSE,
        r"q^2\text{ from }\rho(w_0)<\lambda_2",
        one_step,
        "below lambda_2 the error is negative, and turns positive on the way",
        **_BELOW,
    ),
)

E4 = Claim(
    id="E4",
    title="Gradient descent on a generalized Rayleigh quotient",
    source="Kohler et al. 2018, Section 3 (after Knyazev and Shorokhodov 1991)",
    assumes=("A symmetric positive definite, B symmetric", "lambda_1 > lambda_2, rho(w_0) > lambda_2"),
    printed=E4_PRINTED,
    corrected=E4_CORRECTED,
    mutants=E4_MUTANTS,
    proof="pencil_step",
    figure="rayleigh_pencil",
    note="False: the exponent of one step is 2, or 2t with w_0 on the right; the eigenvalues are the pencil's, the"
    " gradient is the A-gradient. For B = u u^T the factor is 0, which the Euclidean steps of E5 do not have: E5 is no"
    " special case.",
    readings=(E4_OF_PENCIL,),
)

CLAIMS = (E4,)
