r"""F4: on Gaussian inputs GDNP's directions know neither the loss nor the lengths.

Setting. As in `gdnp_step`: at step t GDNP has a length gamma_t and meets the loss through a_t = E[phi'(z^T w~_t)] and
b_t = E[phi''(z^T w~_t)] alone, drawn freely here, and afresh at every step.

Assumptions. z Gaussian, u^T w_0 != 0, and at every step gamma_t != 0 and c1 != 0 (else GDNP stops).

Main statements.
- With the corrected h, w_{t+1} = w_t - (1/L) (S w_t - (|w_t|_S^2/u^T w_t) u), whatever a_t, b_t and gamma_t.
- So any two runs from one start have the same directions, and T_d direction steps at any lengths with one bisection of
  T_s steps at the end give what GDNP gives with a bisection at each step: T_d + T_s evaluations of the loss instead of
  T_d T_s. By E12 |grad f|_{S^-1} <= eps for T_d and T_s of the order of log(1/eps) both: O(log(1/eps)) in all.

Source: bntheory; sharpens Kohler et al. 2018, Theorem 2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory import decoupling
from bntheory.cases import Quadratic, halfspaces, rational_vectors, rationals, sample_halfspaces
from bntheory.claim import Claim, Statement, Truth
from bntheory.claims.gdnp_step import Halfspace, criterion_value, gdnp_step, is_regular
from bntheory.claims.rayleigh_step import Steps, stepped


@dataclass(frozen=True, eq=False)
class Meeting:
    """What one step meets of a loss: a length gamma, and E[phi'], E[phi''] there."""

    gamma: Any
    a: Any
    b: Any


@dataclass(frozen=True, eq=False)
class TwoRuns:
    """u, S and w_0 of an instance, what two runs meet at their steps, and a vector v to compare directions with."""

    instance: Quadratic
    first: tuple[Meeting, ...]
    second: tuple[Meeting, ...]
    v: Any

    @property
    def count(self) -> int:
        """How many steps are made."""
        return len(self.first)


def _met(q: Quadratic, meeting: Meeting) -> Halfspace:
    return Halfspace(q, meeting.gamma, meeting.a, meeting.b, q.w)


def _direction(q: Quadratic, meetings: Sequence[Meeting]) -> Any:
    """w_T of GDNP."""
    for meeting in meetings:
        case = _met(q, meeting)
        q = replace(q, w=gdnp_step(case, criterion_value(case)))
    return q.w


def loss_free_direction(q: Quadratic, count: int) -> Any:
    """w_T by the recursion, in which no loss stands."""
    w = q.w
    for _ in range(count):
        Sw = q.S @ w
        w = w - (Sw - (w @ Sw) / (q.u @ w) * q.u) / q.L
    return w


def _closed(case: TwoRuns) -> tuple[Any, Any]:
    return case.v @ _direction(case.instance, case.first), case.v @ loss_free_direction(case.instance, case.count)


def _same(case: TwoRuns) -> tuple[Any, Any]:
    return case.v @ _direction(case.instance, case.first), case.v @ _direction(case.instance, case.second)


def _same_by(step: Callable[[Halfspace], Any]) -> Callable[[TwoRuns], tuple[Any, Any]]:
    """Both runs by another step."""

    def after(q: Quadratic, meetings: Sequence[Meeting]) -> Any:
        for meeting in meetings:
            q = replace(q, w=step(_met(q, meeting)))
        return q.w

    return lambda case: (case.v @ after(case.instance, case.first), case.v @ after(case.instance, case.second))


def _keeps_going(case: TwoRuns) -> bool:
    """c1 != 0 at every step of both runs."""
    reached = [replace(case.instance, w=loss_free_direction(case.instance, t)) for t in range(case.count)]
    runs = zip(reached * 2, case.first + case.second, strict=True)
    return all(is_regular(_met(q, meeting)) for q, meeting in runs)


@cache
def _cases(d: int) -> SearchStrategy[TwoRuns]:
    number = rationals()
    meeting = st.builds(Meeting, rationals(nonzero=True), number, number)

    def of_length(count: int) -> SearchStrategy[TwoRuns]:
        run = st.tuples(*[meeting] * count)
        return st.builds(TwoRuns, halfspaces(d), run, run, rational_vectors(d))

    return (of_length(1) | of_length(2)).filter(_keeps_going)


def _sample(rng: np.random.Generator, n: int) -> list[TwoRuns]:
    """In floats, for which c1 != 0 almost surely; eight cases share an instance, which costs most."""
    instances, found = sample_halfspaces(rng, -(-n // 8)), []
    for k in range(n):
        q = instances[k // 8]
        first, second = ([Meeting(*row) for row in rng.standard_normal((1 + k % 2, 3)).tolist()] for _ in range(2))
        found.append(TwoRuns(q, tuple(first), tuple(second), rng.standard_normal(len(q.w))))
    return found


PRINTED = Statement(
    id="F4.printed",
    tex=r"w_{t+1} = w_t-\frac1L\left(Sw_t-\frac{\|w_t\|_S^2}{u^\top w_t}u\right)"
    r"\ \text{whatever }\varphi\text{ and }\gamma_t",
    truth=Truth.TRUE,
    cases=_cases(2) | _cases(1) | _cases(3),
    sample=_sample,
    sides=_closed,
    relation="==",
    note="c1 and gamma_t cancel between grad_w f and the step size.",
)


def _mutant(name: str, truth: Truth, tex: str, sides: Callable[[TwoRuns], Any], note: str) -> Statement:
    return PRINTED.neighbour(f"mutant.{name}", truth, tex, sides, note)


def _depends(name: str, tex: str, step: Callable[[Halfspace], Any], note: str) -> Statement:
    return _mutant(name, Truth.FALSE, r"w_t(\varphi,\gamma)=w_t(\psi,\delta)\text{: }" + tex, _same_by(step), note)


def _by_printed_h(case: Halfspace) -> Any:
    h = criterion_value(case, "printed")
    return case.instance.w if h == 0 else gdnp_step(case, h)


def _by_mean_alone(case: Halfspace) -> Any:
    """h = E[phi'] u^T w."""
    h = case.a * (case.instance.u @ case.instance.w)
    return case.instance.w if h == 0 else gdnp_step(case, h)


def _by_other_length(case: Halfspace) -> Any:
    """s = -|w|_S^3/(L h)."""
    q = case.instance
    return q.w + case.gamma * (gdnp_step(case, criterion_value(case)) - q.w)


def _by_plain_gradient(case: Halfspace) -> Any:
    q = case.instance
    return q.w - decoupling.stein_gradient(case.a, case.b * q.w, q.S, q.u) / q.L


def _with_covariance(case: TwoRuns) -> tuple[Any, Any]:
    q = case.instance
    w = q.w
    for _ in range(case.count):
        covariance_w = q.S @ w - (q.u @ w) * q.u
        w = w - (covariance_w - (w @ covariance_w) / (q.u @ w) * q.u) / q.L
    return _closed(case)[0], case.v @ w


F4 = Claim(
    id="F4",
    title="GDNP's directions are free of the loss",
    source="bntheory; sharpens Kohler et al. 2018, Theorem 2",
    assumes=("z Gaussian", "u^T w_0 != 0", "gamma_t != 0 and c1 != 0 at every step"),
    printed=PRINTED,
    corrected=None,
    mutants=(
        _mutant(
            "two-runs",
            Truth.EQUIVALENT,
            r"w_t(\varphi,\gamma)=w_t(\psi,\delta)",
            _same,
            "in other words: runs with two losses and other lengths at every step have the same directions",
        ),
        _mutant(
            "rayleigh-steps",
            Truth.EQUIVALENT,
            r"w_{t+1}=w_t-\frac{\|w_t\|_S^2}{2L|\rho(w_t)|}\nabla\rho(w_t)",
            lambda case: (_closed(case)[0], case.v @ stepped(Steps(case.instance, case.count))),
            "E5's steps, written as a gradient of the quotient",
        ),
        _depends("printed-h", "h as printed", _by_printed_h, "gamma/|w|_S is missing in it (E9)"),
        _depends("mean-alone", r"h=\mathrm E[\varphi']u^\top w", _by_mean_alone, "c1, not E[phi'], must cancel"),
        _depends("length", r"s=-\|w\|_S^3/(Lh)", _by_other_length, "gamma must cancel"),
        _depends(
            "plain-gradient",
            r"\tilde w_{t+1}=\tilde w_t-\frac1L\nabla f(\tilde w_t)",
            _by_plain_gradient,
            "E[phi'] and E[phi''] weigh u against Cov w~: plain gradient descent turns as the loss will",
        ),
        _mutant(
            "covariance",
            Truth.EQUIVALENT,
            PRINTED.tex.replace("S", r"{\mathrm{Cov}}"),
            _with_covariance,
            "Cov w - (|w|_Cov^2/u^T w) u = S w - (|w|_S^2/u^T w) u: what u u^T adds, cancels",
        ),
        _mutant(
            "half",
            Truth.FALSE,
            r"w_{t+1} = w_t-\frac1{2L}\left(Sw_t-\ldots\right)",
            lambda case: (
                _closed(case)[0],
                case.v @ loss_free_direction(replace(case.instance, L=2 * case.instance.L), case.count),
            ),
            "1/L; the 2 of E5's step is that of grad rho",
        ),
    ),
    proof="gdnp_directions",
    figure="halfspace_rate",
    note="True: the step is E5's. Hence one length search after the last step suffices: T_d + T_s evaluations, both of"
    " the order of log(1/eps) by E12.",
)
CLAIMS = (F4,)
