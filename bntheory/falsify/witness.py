"""How tight a decided case is, and which of two counterexamples is the smaller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from bntheory.claim import Case, Relation
from bntheory.falsify.finding import Decision


def ratio(decision: Decision, relation: Relation) -> float | None:
    """1 + (lhs - rhs)/max(|lhs|, |rhs|), with |lhs - rhs| for ==; None for 0 against 0."""
    larger = max(abs(decision.lhs), abs(decision.rhs))
    if larger == 0:
        return None
    gap = decision.lhs - decision.rhs
    quotient = Fraction(gap) / Fraction(larger) if decision.arithmetic == "rational" else gap / larger
    return 1 + float(abs(quotient) if relation == "==" else quotient)


def smaller(first: Decision | None, second: Decision) -> Decision:
    """The smaller of two counterexamples: one decided in rationals first, then by `size`; the second of equals."""
    return second if first is None or _rank(second) <= _rank(first) else first


def _rank(decision: Decision) -> tuple[bool, tuple[int, Any]]:
    return decision.arithmetic != "rational", size(decision.case)


def size(case: Case) -> tuple[int, Any]:
    """Digits of all numerators and denominators of an exact case, then the sum of their absolute values."""
    parts = [abs(part) for number in _numbers(case) for part in (number.numerator, number.denominator)]
    return sum(_digits(part) for part in parts), sum(parts)


def _digits(part: int) -> int:
    """Decimal digits of an integer >= 0, counted without writing it out where it is long."""
    return len(str(part)) if part < 10**50 else round(part.bit_length() * 0.30103)


def _numbers(case: Case) -> Iterator[int | Fraction]:
    if isinstance(case, bool):
        return
    if isinstance(case, int | Fraction):
        yield case
    for item in _items(case):
        yield from _numbers(item)


def _items(case: Case) -> list[Any]:
    if isinstance(case, tuple | list):
        return list(case)
    if isinstance(case, dict):
        return list(case.values())
    if isinstance(case, np.ndarray):
        return list(case.ravel()) if case.dtype == object else []
    if is_dataclass(case):
        return [getattr(case, field.name) for field in fields(case) if field.init]
    return []
