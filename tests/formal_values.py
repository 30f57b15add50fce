"""What formal scalars are at concrete vectors and numbers."""

from __future__ import annotations

from math import prod
from typing import Any


def value(scalar: Any, arrays: dict[str, Any], numbers: dict[str, Any]) -> Any:
    """The scalar where generators are `arrays` (operators matrices among them) and named scalars are `numbers`."""
    point = [_symbol(str(symbol), arrays, numbers) for symbol in scalar.element.field.symbols]
    return _at(scalar.element.numer, point) / _at(scalar.element.denom, point)


def _at(polynomial: Any, point: list[Any]) -> Any:
    return sum(
        int(coefficient) * prod(x**power for x, power in zip(point, powers, strict=True) if power)
        for powers, coefficient in polynomial.terms()
    )


def _symbol(name: str, arrays: dict[str, Any], numbers: dict[str, Any]) -> Any:
    if name in numbers:
        return numbers[name]
    left, (*operator, right) = (part.split() for part in name[1:-1].split(", "))
    arrays = {"1": 0 * next(iter(arrays.values())) + 1, **arrays}
    if left[0] not in arrays or right not in arrays or (operator and operator[0].partition("^")[0] not in arrays):
        return 0  # a generator of which the statement does not speak
    image = arrays[right]
    if operator:
        matrix, _, power = operator[0].partition("^")
        for _ in range(abs(int(power or 1))):
            image = arrays[matrix if not power.startswith("-") else f"{matrix}^-1"] @ image
    return arrays[left[0]] @ image
