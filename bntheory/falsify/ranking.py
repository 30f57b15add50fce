"""How a case ranks in floats: how near it comes to violating its statement. Nothing is decided here."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from bntheory.claim import Case, Relation, Statement

#: Relative gaps from here on are decided exactly.
_CLEAR = 1e-9
_NEAR = {"<=": -_CLEAR, "==": _CLEAR}
#: Where a case stands in the climb that says nothing.
IDLE = -2.0


@dataclass(frozen=True)
class Rank:
    """The relative gap (lhs - rhs)/max(|lhs|, |rhs|) of a case, its size for ==; None for 0 against 0.

    `climb` orders cases for a search that climbs: it is the gap where both sides have one sign. Elsewhere the
    relative gap is flat (lhs < 0 = rhs gives -1 everywhere), so the smaller absolute gap counts as the higher.
    """

    gap: float | None
    climb: float

    def is_near(self, relation: Relation) -> bool:
        """Whether it violates the relation, or so nearly that only an exact decision tells."""
        return (0.0 if self.gap is None else self.gap) >= _NEAR[relation]

    @property
    def is_clear(self) -> bool:
        """Whether floats see a violation beyond their rounding."""
        return self.gap is not None and self.gap > _CLEAR


#: The copies of dataclasses by their id.
Seen: TypeAlias = dict[int, Any]


class Floats(NamedTuple):
    """A case in floats, and whether nothing in it can be changed, so that it serves again and again without a copy."""

    case: Case
    frozen: bool


def rank(statement: Statement, case: Case | Floats) -> Rank | None:
    """The rank of a case; None where floats fail: an error, an overflow, or anything but two finite numbers."""
    try:
        lhs, rhs = _float_sides(statement, case)
        difference, larger = float(lhs) - float(rhs), max(abs(float(lhs)), abs(float(rhs)))
    except (Exception, SystemExit):
        return None
    if not math.isfinite(difference):
        return None
    if larger == 0:
        return Rank(None, IDLE)
    gap = difference / larger
    if statement.relation == "==":
        return Rank(abs(gap), abs(gap))
    return Rank(gap, gap if gap > -1 else -1 + difference / (1 - difference))


def _float_sides(statement: Statement, case: Case | Floats) -> Any:
    """The sides on the case in floats: with its integers kept and, where that is refused, without."""
    if isinstance(case, Floats):
        case, frozen = case
        with suppress(TypeError, ValueError):  # ValueError: sides change their arrays, which are read-only here
            if frozen:
                return statement.sides(case)
    try:
        return statement.sides(_in_floats(case, int, {}))
    except TypeError:
        return statement.sides(_in_floats(case, float, {}))


def in_floats(case: Case, seen: Seen | None = None) -> Floats:
    """The case with Fractions and numerical arrays in floats, integers kept; as it is where that fails.

    `seen` keeps the copies of the dataclasses that cases share, while those live.
    """
    try:
        floats = _in_floats(case, int, {} if seen is None else seen)
    except Exception:
        return Floats(case, frozen=False)
    return Floats(floats, _freeze(floats))


def _freeze(value: Any) -> bool:
    """Make arrays read-only; whether that makes the whole value unchangeable."""
    if isinstance(value, np.ndarray):
        value.setflags(write=False)
        return bool(value.dtype != object)
    if isinstance(value, tuple):
        frozen = [_freeze(item) for item in value]
        return all(frozen)
    if is_dataclass(value) and not isinstance(value, type):
        frozen = [_freeze(getattr(value, name)) for name in _names(type(value))]
        return bool(type(value).__dataclass_params__.frozen and all(frozen))  # type: ignore[attr-defined]
    return value is None or isinstance(value, float | int | str)


def _in_floats(value: Any, integer: type, seen: Seen) -> Any:
    """The case with Fractions and numerical arrays in floats, integers passed through `integer`."""
    if value is None or isinstance(value, float | bool | str):
        return value
    if isinstance(value, Fraction | np.floating):
        return float(value)
    if isinstance(value, int | np.integer):
        return integer(value)
    if isinstance(value, np.ndarray):
        return _array_in_floats(value, integer, seen)
    return _container_in_floats(value, integer, seen)


def _array_in_floats(array: np.ndarray[Any, Any], integer: type, seen: Seen) -> np.ndarray[Any, Any]:
    if array.dtype.kind in "bUS":
        return array.copy()
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError):
        mixed = np.empty(array.size, dtype=object)
        mixed[:] = [_in_floats(element, integer, seen) for element in array.ravel()]
        return mixed.reshape(array.shape)


def _container_in_floats(value: Any, integer: type, seen: Seen) -> Any:
    if isinstance(value, tuple):
        items = [_in_floats(item, integer, seen) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, list):
        return [_in_floats(item, integer, seen) for item in value]
    if isinstance(value, dict):
        return {key: _in_floats(item, integer, seen) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        if id(value) not in seen:
            floats = {name: _in_floats(getattr(value, name), integer, seen) for name in _names(type(value))}
            seen[id(value)] = replace(value, **floats)
        return seen[id(value)]
    return value


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.init)
