"""From the target as it stands in a file to y: two classes to -1 and +1, or real numbers.

Classes are sorted, as numbers if all are numbers and else as strings; the second is +1.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np

from bntheory.data.messages import counted, listed, shown
from bntheory.data.table import Table, as_number
from bntheory.errors import InvalidInput
from bntheory.typing import Vector

MISSING = frozenset({"", "nan"})
"""Cells of a class column, in lower case, that stand for no class."""

Label = TypeVar("Label", str, float)


def signs(table: Table) -> tuple[Vector, tuple[str, str]]:
    """Labels in {-1, +1} and the names of the two classes, the second being +1.

    Numbers are compared by value ("1" and "1.0" are one class).

    Raises
    ------
    InvalidInput
        If a label is missing or not finite, or there are not exactly two classes.
    """
    values = _numbers(table)
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(values):
        names = [str(cell) for cell in table.target]
        _require(table, [name.lower() not in MISSING for name in names], "names no class")
        return _signs(table, names)
    _require(table, [math.isfinite(value) for value in numbers], "names no class")
    return _signs(table, numbers)


def signs_in_place(file: str, y: Vector) -> tuple[str, str]:
    """As `signs`, of finite labels y that are numbers already; y becomes -1 and +1."""
    classes = np.unique(y)
    names = _two_classes(file, classes.tolist())
    np.copyto(y, np.where(y == classes[1], 1.0, -1.0))
    return names


def reals(table: Table) -> Vector:
    """Real targets of a regression.

    Raises
    ------
    InvalidInput
        If a target is not a finite number, or all are equal (then u = 0 and there is nothing to fit).
    """
    y = numbers(table)
    require_variation(table.file, y)
    return y


def numbers(table: Table) -> Vector:
    """The target as real numbers; InvalidInput if one is not a finite number."""
    values = _numbers(table)
    _require(table, [v is not None and math.isfinite(v) for v in values], "must be a finite number")
    return np.array(values, dtype=np.float64)


def require_variation(file: str, y: Vector) -> None:
    """InvalidInput if all targets are equal."""
    if y.min() == y.max():
        raise InvalidInput(f"target of {file}", y[0], "is the same in every row", "name a target that varies")


def _numbers(table: Table) -> list[float | None]:
    return [as_number(cell) if isinstance(cell, str) else float(cell) for cell in table.target]


def _require(table: Table, valid: list[bool], rule: str) -> None:
    if not all(valid):
        i = valid.index(False)
        remedy = "correct it or leave out the row"
        raise InvalidInput(table.target_at(i), shown(table.target[i]), rule, remedy)


def _signs(table: Table, labels: list[Label]) -> tuple[Vector, tuple[str, str]]:
    classes = sorted(set(labels))
    names = _two_classes(table.file, classes)
    y: Vector = np.array([1.0 if label == classes[1] else -1.0 for label in labels])
    return y, names


def _two_classes(file: str, classes: list[Label]) -> tuple[str, str]:
    names = [_class_name(label) for label in classes]
    if len(names) != 2:
        found = f"{counted(len(names), 'class', 'classes')} ({listed(names)})"
        rule = "must hold exactly two classes"
        raise InvalidInput(f"target of {file}", found, rule, "keep the rows of two classes, or name another target")
    return names[0], names[1]


def _class_name(label: str | float) -> str:
    """Whole numbers without a decimal point, other numbers in the shortest form that reads back the same."""
    if isinstance(label, float) and label.is_integer() and abs(label) < 2**53:
        return str(int(label))
    return str(label)
