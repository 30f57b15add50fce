"""Vectors and symmetric operators of a space of unspecified dimension; see the package's docstring."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from bntheory.gram.field import Field, Scalar

Generator = tuple[str, ...]  # ("y",), or ("H", "y") for H y


class Space:
    """An inner product space of unspecified dimension.

    Parameters
    ----------
    scalars, vectors, operators : str
        Names, separated by blanks. The vector ``1`` is always there; <1, 1> is a scalar of its own, `dimension`.
    positive : str
        The scalars that are positive. Square roots and signs are decided by them alone.
    power : int
        How often an operator may stand in one inner product: <H a, H b> = <a, H^2 b> is of power 2. Products with
        two different operators are not in the space.
    """

    def __init__(
        self, scalars: str = "", vectors: str = "", operators: str = "", positive: str = "", power: int = 2
    ) -> None:
        self._order = {name: number for number, name in enumerate(["1", *vectors.split()])}
        words: list[Generator] = [(), *((h,) * k for h in operators.split() for k in range(1, power + 1))]
        pairs = [(a, (*word, b)) for word in words for a in self._order for b in self._order if self._ordered(a, b)]
        symbols = [f"<{a}, {' '.join(b)}>" for a, b in pairs]
        self.field = Field([*scalars.split(), *symbols], positive.split())
        self._products = {pair: self.field.scalars[name].element for pair, name in zip(pairs, symbols, strict=True)}

    def scalars(self, names: str) -> list[Scalar]:
        """Named scalars, in order."""
        return [self.field.scalars[name] for name in names.split()]

    def vectors(self, names: str) -> list[Vector]:
        """Generators, in order."""
        return [Vector(self, {(name,): self.field.functions.one}) for name in names.split()]

    def operator(self, name: str) -> Operator:
        """A symmetric operator."""
        return Operator(name)

    def let(self, left: str, right: str, value: Any) -> None:
        """Give the inner product of two generators a value, instead of an indeterminate."""
        self._products[self._pair((left,), (right,))] = self.field.element(value)

    @property
    def dimension(self) -> Scalar:
        """m = <1, 1>."""
        return Scalar(self.field, self.product(("1",), ("1",)))

    def product(self, a: Generator, b: Generator) -> Any:
        """<a, b> of two generators."""
        pair = self._pair(a, b)
        if pair not in self._products:
            raise TypeError(f"<{' '.join(a)}, {' '.join(b)}> is not in the space: raise its power of operators")
        return self._products[pair]

    def _pair(self, a: Generator, b: Generator) -> tuple[str, Generator]:
        """<H a, H b> as (a, (H, H, b)) with a before b: H is symmetric."""
        (*left, first), (*right, second) = a, b
        if not self._ordered(first, second):
            first, second = second, first
        return first, (*left, *right, second)

    def _ordered(self, a: str, b: str) -> bool:
        return self._order[a] <= self._order[b]


class Vector:
    """A linear combination of generators."""

    __array_ufunc__ = None

    def __init__(self, space: Space, parts: Mapping[Generator, Any]) -> None:
        self.space, self.parts = space, parts

    @property
    def shape(self) -> tuple[Scalar]:
        """(m,), m = <1, 1>."""
        return (self.space.dimension,)

    def _plus(self, parts: Mapping[Generator, Any], factor: int) -> Vector:
        total = dict(self.parts)
        for generator, coefficient in parts.items():
            total[generator] = total.get(generator, self.space.field.functions.zero) + factor * coefficient
        return Vector(self.space, total)

    def _parts_of(self, other: Any) -> Mapping[Generator, Any]:
        return other.parts if isinstance(other, Vector) else {("1",): self.space.field.element(other)}

    def __add__(self, other: Any) -> Any:
        return self._plus(self._parts_of(other), 1) if _is_entry(other) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self._plus(self._parts_of(other), -1) if _is_entry(other) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __neg__(self) -> Vector:
        return self._scaled(self.space.field.element(-1))

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Vector):
            return Product(self @ other)
        return self._scaled(self.space.field.element(other)) if _is_entry(other) else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self._scaled(1 / self.space.field.element(other)) if _is_entry(other) else NotImplemented

    def _scaled(self, factor: Any) -> Vector:
        return Vector(self.space, {generator: factor * c for generator, c in self.parts.items()})

    def __matmul__(self, other: Any) -> Any:
        if not isinstance(other, Vector):
            return NotImplemented
        space, total = self.space, self.space.field.functions.zero
        for a, left in self.parts.items():
            for b, right in other.parts.items():
                if left and right:
                    total += left * right * space.product(a, b)
        return Scalar(space.field, total)

    def sum(self, axis: int | None = None) -> Any:
        """<1, v>, the sum of the entries."""
        return self @ self.space.vectors("1")[0]


class Product:
    """An entrywise product of two vectors, of which only the sum <v, w> is known."""

    __array_ufunc__ = None

    def __init__(self, total: Scalar) -> None:
        self.total = total

    def __add__(self, other: Product) -> Product:
        return Product(self.total + other.total)

    def __mul__(self, factor: Any) -> Product:
        return Product(self.total * factor)

    __rmul__ = __mul__

    def sum(self, axis: int | None = None) -> Scalar:
        """<v, w>."""
        return self.total


class Operator:
    """A symmetric operator H; H @ v is a combination of the generators H a."""

    __array_ufunc__ = None

    def __init__(self, name: str) -> None:
        self.name = name

    def __matmul__(self, vector: Any) -> Any:
        if not isinstance(vector, Vector):
            return NotImplemented
        return Vector(vector.space, {(self.name, *generator): c for generator, c in vector.parts.items()})


def _is_entry(value: Any) -> bool:
    return isinstance(value, Vector | Scalar | int | Fraction)
