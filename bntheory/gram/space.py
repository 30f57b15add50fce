"""Vectors and symmetric operators of a space of unspecified dimension; see the package's docstring."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from bntheory.gram.field import Field, Scalar
from bntheory.gram.quotients import inverse, plus, times


class Generator(NamedTuple):
    """H^power name; an operator to the power 0 has no name."""

    operator: str
    power: int
    name: str

    def __str__(self) -> str:
        shown = {0: "", 1: f"{self.operator} "}.get(self.power, f"{self.operator}^{self.power} ")
        return shown + self.name


class Space:
    """An inner product space of unspecified dimension.

    Parameters
    ----------
    scalars, vectors, operators : str
        Names, separated by blanks. The vector ``1`` is always there; <1, 1> is a scalar of its own, `dimension`.
    positive : str
        The scalars that are positive. Square roots and signs are decided by them alone.
    powers : range
        Which powers of an operator stand in an inner product: <H a, H b> = <a, H^2 b>, and H^-1 with ``range(-1, 3)``.
        Products with two different operators are not in the space.
    """

    def __init__(
        self,
        scalars: str = "",
        vectors: str = "",
        operators: str = "",
        positive: str = "",
        powers: range = range(3),
    ) -> None:
        names = [*scalars.split(), "1", *vectors.split(), *operators.split()]
        if len(set(names)) < len(names):
            raise ValueError(f"two things of one name among {' '.join(names)}")
        self._order = {name: number for number, name in enumerate(["1", *vectors.split()])}
        words = [("", 0), *((operator, power) for operator in operators.split() for power in powers if power)]
        pairs = [(a, Generator(*word, b)) for word in words for a in self._order for b in self._order]
        pairs = [(a, b) for a, b in pairs if self._ordered(a, b.name)]
        symbols = [f"<{a}, {b}>" for a, b in pairs]
        self.field = Field([*scalars.split(), *symbols], positive.split())
        self._products = {pair: self.field.scalars[name].element for pair, name in zip(pairs, symbols, strict=True)}

    def scalars(self, names: str) -> list[Scalar]:
        """Named scalars, in order."""
        return [self.field.scalars[name] for name in names.split()]

    def vectors(self, names: str) -> list[Vector]:
        """Generators, in order."""
        return [Vector(self, {Generator("", 0, name): self.field.functions.one}) for name in names.split()]

    def operator(self, name: str) -> Operator:
        """A symmetric operator."""
        return Operator(name)

    def let(self, left: str, right: str, value: Any, *, operator: str = "", power: int = 0) -> None:
        """Give the inner product of two generators, <left, operator^power right>, a value."""
        pair = self._pair(Generator("", 0, left), Generator(operator, power, right))
        if pair not in self._products:
            raise TypeError(f"<{left}, {Generator(operator, power, right)}> is not in the space")
        self._products[pair] = self.field.element(value)

    def let_angle(self, cosine: Any, angle: Any) -> None:
        """Give arccos(cosine) a value: a symbol of its own, of which nothing else is known."""
        self.field.angles[self.field.element(cosine)] = self.field.element(angle)

    @property
    def dimension(self) -> Scalar:
        """m = <1, 1>."""
        one = Generator("", 0, "1")
        return Scalar(self.field, self.product(one, one))

    def product(self, a: Generator, b: Generator) -> Any:
        """<a, b> of two generators."""
        pair = self._pair(a, b)
        if pair not in self._products:
            raise TypeError(f"<{a}, {b}> is not in the space: give it more powers of operators")
        return self._products[pair]

    def _pair(self, a: Generator, b: Generator) -> tuple[str, Generator]:
        """<H^i a, H^j b> as (a, H^(i+j) b) with a before b: H is symmetric."""
        if a.operator and b.operator and a.operator != b.operator:
            raise TypeError(f"<{a}, {b}> is not in the space: two operators")
        power = a.power + b.power
        first, second = (a.name, b.name) if self._ordered(a.name, b.name) else (b.name, a.name)
        return first, Generator(a.operator or b.operator if power else "", power, second)

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

    def __eq__(self, other: object) -> bool:
        raise TypeError("formal vectors are not compared: take inner products")

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise TypeError("a formal vector is neither true nor false")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a formal vector is no array: use @, +, -, * and sum")

    def _plus(self, parts: Mapping[Generator, Any], factor: int) -> Vector:
        total = dict(self.parts)
        for generator, coefficient in parts.items():
            total[generator] = plus(total.get(generator, self.space.field.functions.zero), factor * coefficient)
        return Vector(self.space, total)

    def _parts_of(self, other: Any) -> Mapping[Generator, Any]:
        if not isinstance(other, Vector):
            return {Generator("", 0, "1"): self.space.field.element(other)}
        if other.space is not self.space:
            raise TypeError("vectors of two spaces do not mix")
        return other.parts

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
        return self._scaled(inverse(self.space.field.element(other))) if _is_entry(other) else NotImplemented

    def _scaled(self, factor: Any) -> Vector:
        return Vector(self.space, {generator: times(factor, c) for generator, c in self.parts.items()})

    def __matmul__(self, other: Any) -> Any:
        if not isinstance(other, Vector):
            return NotImplemented
        space, by_denominator = self.space, dict[Any, Any]()
        for a, left in self.parts.items():
            for b, right in self._parts_of(other).items():
                if left and right:
                    value = space.product(a, b)
                    denominator = left.denom * right.denom * value.denom
                    numerator = left.numer * right.numer * value.numer
                    by_denominator[denominator] = by_denominator.get(denominator, 0) + numerator
        functions = space.field.functions  # cancelling is what costs: once for each denominator
        return Scalar(space.field, sum((functions.new(n, d) for d, n in by_denominator.items()), functions.zero))

    def sum(self, axis: int | None = None) -> Any:
        """<1, v>, the sum of the entries."""
        return self @ self.space.vectors("1")[0]


class Product:
    """An entrywise product of two vectors, of which only the sum <v, w> is known."""

    __array_ufunc__ = None

    def __init__(self, total: Scalar) -> None:
        self.total = total

    def __add__(self, other: Any) -> Any:
        return Product(self.total + other.total) if isinstance(other, Product) else NotImplemented

    def __bool__(self) -> bool:
        raise TypeError("an entrywise product exists only to be summed")

    def __mul__(self, factor: Any) -> Any:
        return Product(self.total * factor) if isinstance(factor, Scalar | int | Fraction) else NotImplemented

    __rmul__ = __mul__

    def sum(self, axis: int | None = None) -> Scalar:
        """<v, w>."""
        return self.total


class Operator:
    """A symmetric operator H to some power; H @ v is a combination of the generators H a."""

    __array_ufunc__ = None

    def __init__(self, name: str, power: int = 1) -> None:
        self.name, self.power = name, power

    @property
    def inverse(self) -> Operator:
        """H^-1, which cancels H."""
        return Operator(self.name, -self.power)

    def __matmul__(self, vector: Any) -> Any:
        if not isinstance(vector, Vector):
            return NotImplemented
        return Vector(vector.space, {self._image(generator): c for generator, c in vector.parts.items()})

    def _image(self, generator: Generator) -> Generator:
        if generator.operator not in ("", self.name):
            raise TypeError(f"{self.name} ({generator}) is not in the space: two operators")
        power = generator.power + self.power
        return Generator(self.name if power else "", power, generator.name)


def _is_entry(value: Any) -> bool:
    return isinstance(value, Vector | Scalar | int | Fraction)
