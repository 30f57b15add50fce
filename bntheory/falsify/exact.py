"""One case decided without floats.

The stages, in this order:

1. the case's floats as the Fractions that they are, integers kept;
2. integers as Fractions too, since the quotient of two integers is a float;
3. every number with 50 and with 100 digits;
4. so, but integers kept: exponents, sizes and indices.

A TypeError, AttributeError or IndexError in `sides` (an irrational root, the exponential of a Fraction, a Fraction as
an index) moves on to the next stage. So does a float out of stage 1, or an integer of NumPy, which wraps around
without a word; either of them out of any other, or a float inside 3 and 4, leaves the case undecided. So does a case
with integers of which 1 and 2 make different sides: 1 has taken a float or an integer of NumPy on the way.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np

from bntheory.claim import Case, Relation, Statement
from bntheory.falsify.digits import FloatEntered, digits, number, plain
from bntheory.falsify.exact_case import Convert, exact_case, shortened, shown
from bntheory.falsify.finding import Decision, Undecided
from bntheory.numbers import irrational_in

#: In digits, a gap counts above this part of the larger side.
EQUAL = Fraction(1, 10**40)
#: The gaps of two precisions must agree to this part of the gap.
_AGREE = Fraction(1, 10**6)
_PRECISIONS = ((50, 100), (100, 200))
_COUNTS = (50, 100, 200, 400)
_WRONG_KIND = (TypeError, AttributeError, IndexError)
_IRRATIONAL = ("is irrational", "has no exact value")

Pair = tuple[Any, Any]
Rational = int | Fraction
Sides = Callable[[Case], Any]


class _Misfit(Exception):
    """A stage does not apply: the error out of `sides`, or the float that came out."""

    def __init__(self, stage: str, error: Exception) -> None:
        super().__init__(stage, error)
        self.stage = stage
        self.error = error


def decide(statement: Statement, case: Case) -> Decision:
    """Decide whether the case violates the statement, exactly or to 50 digits.

    Parameters
    ----------
    statement : Statement
    case : Case
        A float stands for the rational number that it is.

    Returns
    -------
    Decision
        In digits, violated iff lhs - rhs (for ==, its size) exceeds 1e-40 of the larger side, and 100 digits agree.
        Sides that both shrink as digits are added, from 50 to 100 and again to 200, are the rounding of 0.

    Raises
    ------
    Undecided
        A number of the case or a side is not finite; `sides` raises, gives no two numbers, or lets a float or an
        integer of NumPy in; digits cancel beyond 100. The message names the statement.
    """
    try:
        with np.errstate(all="ignore", over="raise"):
            return _decide(statement, case)
    except Undecided as error:
        raise Undecided(f"{statement.id}: {error}") from error


def _decide(statement: Statement, case: Case) -> Decision:
    rational, integers = _rational_copy(case)
    stages: tuple[tuple[str, Convert], ...] = (("exact rationals", _keep), ("integers as Fractions", Fraction))
    misfits = []
    for stage, convert in stages if integers else stages[:1]:
        try:
            lhs, rhs = _rational_sides(stage, statement.sides, case, convert)
        except _Misfit as misfit:
            misfits.append(misfit)
        else:
            if integers and convert is _keep:
                _compare_with_fractions(statement, case, lhs, rhs)
            return Decision(_violated(statement.relation, lhs - rhs, 0), rational, lhs, rhs, "rational")
    if isinstance(misfits[-1].error, Undecided):
        raise misfits[-1].error
    return _decide_in_digits(statement, rational, integers, misfits)


def _compare_with_fractions(statement: Statement, case: Case, lhs: Rational, rhs: Rational) -> None:
    """Refuse the sides of stage 1 if stage 2 makes others of them, or stumbles over their arithmetic."""
    try:
        pair = _rational_sides("integers as Fractions", statement.sides, case, Fraction)
    except _Misfit:
        return
    except Undecided as error:
        if isinstance(error.__cause__, ArithmeticError):
            raise
        return  # integers are needed, and are asked for
    if pair != (lhs, rhs):
        raise Undecided(
            f"lhs = {shown(lhs)}, rhs = {shown(rhs)}, but with integers as Fractions lhs = {shown(pair[0])}, "
            f"rhs = {shown(pair[1])}, in the case {shown(case)}: the quotient of two integers is a float, and integers "
            "of NumPy wrap around; use Fractions, and arrays of dtype object"
        )


def _rational_copy(case: Case) -> tuple[Case, bool]:
    """The case with its floats as Fractions, and whether there are integers in it.

    A case whose own class refuses Fractions is left as it is: the stages then meet the refusal themselves.
    """
    kinds: set[type] = set()

    def note(value: Rational) -> Rational:
        kinds.add(type(value))
        return value

    try:
        return exact_case(case, note), int in kinds
    except Undecided:
        raise
    except (Exception, SystemExit):
        return case, True


def _keep(value: Rational) -> Rational:
    return value


def _rational_sides(stage: str, sides: Sides, case: Case, convert: Convert) -> tuple[Rational, Rational]:
    with irrational_in(None):  # also inside the digits of another decision
        pair = _call(stage, sides, case, convert)
    for name, side in zip(("lhs", "rhs"), pair, strict=True):
        if isinstance(side, float | np.floating):
            raise _Misfit(stage, FloatEntered(f"{name} is {side!r}"))
        if isinstance(side, np.integer):
            raise _Misfit(stage, _may_have_wrapped(name, side))
        if not _is_rational(side):
            raise Undecided(_not_two_numbers(pair))
    lhs, rhs = pair
    return lhs, rhs


def _is_rational(side: Any) -> bool:
    """A boolean is no number: what it was compared from may have been a float."""
    return isinstance(side, int | Fraction) and not isinstance(side, bool)


def _may_have_wrapped(name: str, side: Any) -> Undecided:
    return Undecided(
        f"{name} is {side!r}: integers of NumPy wrap around without a word; compute on arrays of dtype object"
    )


def _decide_in_digits(statement: Statement, case: Case, integers: bool, misfits: list[_Misfit]) -> Decision:
    stages = (("50 digits", False), ("50 digits, integers kept", True))
    for stage, keep in stages if integers else stages[:1]:
        try:
            return _settle(stage, statement, case, keep)
        except _Misfit as misfit:
            misfits.append(misfit)
    raise Undecided(_no_stage_fits(misfits, case))


def _settle(stage: str, statement: Statement, case: Case, keep: bool) -> Decision:
    """The decision at 50 and 100 digits; at 100 and 200 if those do not agree, or both sides may be 0 but are not."""

    @cache
    def at(count: int) -> Pair:
        return _sides_in_digits(stage, count, statement.sides, case, keep)

    for low, high in _PRECISIONS:
        coarse, fine = at(low), at(high)
        if _may_vanish(coarse, fine, high - low):
            counts = [count for count in _COUNTS if count <= 2 * high]
            if all(_vanishes({count: at(count)[side] for count in counts}) for side in (0, 1)):
                zero = plain(0 * fine[0])
                return Decision(False, case, zero, zero, "50 digits")
        elif _agree(coarse, fine):
            lhs, rhs = fine
            violated = _violated(statement.relation, lhs - rhs, _tolerance(fine))
            return Decision(violated, case, plain(lhs), plain(rhs), "50 digits")
    raise Undecided(
        f"{low} and {high} digits disagree on lhs - rhs in the case {shown(case)}: too much cancels; rewrite the sides"
    )


def _sides_in_digits(stage: str, count: int, sides: Sides, case: Case, keep: bool) -> Pair:
    with digits(count) as context:

        def convert(value: Rational) -> Any:
            return value if keep and isinstance(value, int) else number(context, value)

        pair = _call(stage, sides, case, convert)
        lhs, rhs = (_digits_of(context, name, side) for name, side in zip(("lhs", "rhs"), pair, strict=True))
        return lhs, rhs


def _digits_of(context: Any, name: str, side: Any) -> Any:
    if isinstance(side, float | np.floating):
        raise FloatEntered(f"{name} is {side!r}")
    if isinstance(side, np.integer):
        raise _may_have_wrapped(name, side)
    if isinstance(side, context.mpc | complex):
        raise Undecided(f"{name} is the complex number {side}; sides must be real")
    if _is_rational(side):
        return number(context, side)
    if not isinstance(side, context.mpf | context.constant):
        if hasattr(side, "_mpf_"):
            raise FloatEntered(f"{name} is {side!r}, of another mpmath context")
        raise Undecided(_not_two_numbers(side))
    if not context.isfinite(side):
        raise Undecided(f"{name} is {side}: sides must be finite numbers")
    return +side


def _call(stage: str, sides: Sides, case: Case, convert: Convert) -> Pair:
    """The two sides on the case's exact copy, of whatever kind they are."""
    try:
        pair = sides(exact_case(case, convert))
    except Undecided:
        raise
    except _WRONG_KIND as error:
        raise _Misfit(stage, error) from error
    except (Exception, SystemExit) as error:
        text = f"sides raise {_named(error)}, in the case {shown(case)}; mend them, or leave such cases out"
        raise Undecided(text) from error
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Undecided(_not_two_numbers(pair))
    lhs, rhs = (side[()] if isinstance(side, np.ndarray) and side.ndim == 0 else side for side in pair)
    return lhs, rhs


def _violated(relation: Relation, gap: Any, tolerance: Any) -> bool:
    return bool(gap > tolerance or (relation == "==" and -gap > tolerance))


def _tolerance(pair: Pair) -> Any:
    return max(abs(pair[0]), abs(pair[1])) * EQUAL


def _may_vanish(coarse: Pair, fine: Pair, added: int) -> bool:
    """Whether each side is 0, or shrinks as a rounding error does."""
    return all(before == 0 or _shrinks(before, after, added) for before, after in zip(coarse, fine, strict=True))


def _vanishes(at: dict[int, Any]) -> bool:
    """Whether a side is 0 but for what is rounded: it shrinks with ever more digits, twice where it can.

    Rounding may hit 0 itself, from which nothing shrinks; what was 0 so far must stay 0.
    """
    *earlier, last = at.values()
    if not any(earlier):
        return not last
    steps = combinations(at.items(), 2)
    return all(before == 0 or _shrinks(before, after, high - low) for (low, before), (high, after) in steps)


def _shrinks(before: Any, after: Any, added: int) -> bool:
    """Whether it loses all but 10 of the digits that were added: rounding does."""
    return bool(abs(after) <= abs(before) * Fraction(1, 10 ** (added - 10)))


def _agree(coarse: Pair, fine: Pair) -> bool:
    """Whether two precisions see the same gap, or both none."""
    gaps = coarse[0] - coarse[1], fine[0] - fine[1]
    if all(abs(gap) <= _tolerance(pair) for gap, pair in zip(gaps, (coarse, fine), strict=True)):
        return True
    return bool(abs(gaps[0] - gaps[1]) <= _AGREE * abs(gaps[1]))


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _not_two_numbers(result: Any) -> str:
    return f"sides must return two numbers (lhs, rhs) and no arrays, got {shortened(repr(result))}"


def _no_stage_fits(misfits: list[_Misfit], case: Case) -> str:
    """The likeliest cause first: an irrational root merely sends the case on to the next stage."""
    stages: dict[str, str] = {}
    for misfit in misfits:
        stages.setdefault(_named(misfit.error), misfit.stage)
    causes = sorted(stages, key=lambda cause: any(mark in cause for mark in _IRRATIONAL))
    texts = "; ".join(f"{stages[cause]}: {cause}" for cause in causes)
    return f"no exact arithmetic goes through, in the case {shown(case)}; {texts}; take functions of bntheory.numbers"
