"""Certificates: a statement holds on stated instances, by exact rationals or by ball arithmetic (python-flint's Arb).

Where `sides` come out rational, rationals decide. Where a root or an exponential is irrational, the same `sides` run on
balls (`bntheory.balls`), and lhs <= rhs is certified if no point of the balls violates it. An equality of irrational
sides cannot be certified so: balls only show that the sides are close. Nor can a statement that needs integers as such.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from bntheory import balls
from bntheory.claim import Case, Statement
from bntheory.falsify import Undecided, decide
from bntheory.falsify.exact_case import exact_case, shown
from bntheory.falsify.witness import ratio

#: Bits of a ball's midpoint.
PRECISION = 128

Arithmetic = Literal["exact rationals", "ball arithmetic"]


class NotCertified(ArithmeticError):
    """A stated instance violates the statement, or neither rationals nor balls decide it."""


@dataclass(frozen=True)
class Certificate:
    """A statement held on every one of some instances.

    Attributes
    ----------
    instances : int
    arithmetic : str
        "exact rationals", or "ball arithmetic" where one of the instances needed it.
    worst : float or None
        The largest ratio of the two sides, 1 where it is tight; None where every instance gives 0 against 0.
    """

    instances: int
    arithmetic: Arithmetic
    worst: float | None


def certify(statement: Statement, instances: Iterable[Case]) -> Certificate:
    """Decide a statement on instances, rigorously.

    Raises
    ------
    NotCertified
        One of them violates it or is not decided, or there are none.
    MissingExtra
        An instance needs ball arithmetic and python-flint is not installed.
    """
    cases = list(instances)
    if not cases:
        raise NotCertified(f"{statement.id}: no instances are stated")
    decided = [_decided(statement, case) for case in cases]
    ratios = [worst for _, worst in decided if worst is not None]
    inexact = any(arithmetic == "ball arithmetic" for arithmetic, _ in decided)
    return Certificate(len(cases), "ball arithmetic" if inexact else "exact rationals", max(ratios) if ratios else None)


def _decided(statement: Statement, case: Case) -> tuple[Arithmetic, float | None]:
    """The arithmetic that certifies one case, and the ratio of its sides."""
    try:
        decision = decide(statement, case)
    except Undecided as error:
        raise NotCertified(str(error)) from error
    if decision.violated:
        raise NotCertified(f"{statement.id} is violated at {shown(case)}")
    if decision.arithmetic != "rational":
        _certify_in_balls(statement, case)
    arithmetic: Arithmetic = "exact rationals" if decision.arithmetic == "rational" else "ball arithmetic"
    return arithmetic, ratio(decision, statement.relation)


def _certify_in_balls(statement: Statement, case: Case) -> None:
    flint = balls.require_flint()
    before, flint.ctx.prec = flint.ctx.prec, PRECISION
    try:
        lhs, rhs = _sides_in_balls(statement, case)
        excess = balls.ball(lhs) - balls.ball(rhs)
        holds = statement.relation == "<=" and excess <= 0
    except (TypeError, ValueError, ArithmeticError) as error:
        raise NotCertified(f"{statement.id}: no balls at {shown(case)}: {error}") from error
    finally:
        flint.ctx.prec = before
    if not holds:
        raise NotCertified(f"{statement.id}: lhs - rhs = {excess} at {shown(case)} is not proved to be at most 0")


def _sides_in_balls(statement: Statement, case: Case) -> Any:
    """Both sides where every number of the case is a ball, integers too: the quotient of two integers is a float."""
    return statement.sides(exact_case(case, balls.ball))
