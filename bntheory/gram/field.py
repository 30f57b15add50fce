"""Scalars: elements of one field of rational functions, with signs that follow from declared positive ones.

"Is zero" is a decision on the canonical form of SymPy's sparse field of fractions over the integers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import prod
from random import Random
from typing import Any

from bntheory import numbers
from bntheory.gram.quotients import inverse, plus, times


class UndecidedSign(ArithmeticError):
    """A sign or a square root does not follow from the scalars declared positive."""


class Field:
    """Quotients of polynomials in named indeterminates with integer coefficients.

    Parameters
    ----------
    names, positive : sequence of str
        The indeterminates, and those among them that are positive.
    """

    def __init__(self, names: Sequence[str], positive: Sequence[str]) -> None:
        from sympy import ZZ, Symbol
        from sympy.polys.fields import field

        self.functions, *generators = field([Symbol(name) for name in names], ZZ)
        self.scalars = {name: Scalar(self, g) for name, g in zip(names, generators, strict=True)}
        self._positive = [name in positive for name in names]
        self.angles: dict[Any, Any] = {}

    def element(self, value: Any) -> Any:
        """A number as an element of the field; TypeError for floats, which are not exact."""
        if isinstance(value, Scalar):
            if value.field is not self:
                raise TypeError("scalars of two spaces do not mix")
            return value.element
        if isinstance(value, int | Fraction):
            ground = self.functions.ground_new
            return ground(value.numerator) / ground(value.denominator) if value.denominator > 1 else ground(int(value))
        raise TypeError(f"{type(value).__name__} is not an exact number; give an int or a Fraction")

    def points(self) -> list[list[int]]:
        """A few integer points at which the positive indeterminates are positive."""
        generator = Random(0)
        return [[generator.randint(1 if positive else -9, 9) for positive in self._positive] for _ in range(16)]

    def in_positive(self, polynomial: Any) -> bool:
        """Whether only positive indeterminates occur in a polynomial."""
        return all(
            positive or degree <= 0 for positive, degree in zip(self._positive, polynomial.degrees(), strict=True)
        )


class Scalar:
    """An element of a field of rational functions."""

    __array_ufunc__ = None

    def __init__(self, field: Field, element: Any) -> None:
        self.field, self.element = field, element

    def _with(self, other: Any, compute: Callable[[Any, Any], Any]) -> Any:
        if isinstance(other, Scalar | int | Fraction):
            return Scalar(self.field, compute(self.element, self.field.element(other)))
        return NotImplemented

    def __add__(self, other: Any) -> Any:
        return self._with(other, plus)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: plus(a, -b))

    def __rsub__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: plus(b, -a))

    def __mul__(self, other: Any) -> Any:
        return self._with(other, times)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: times(a, inverse(b)))

    def __rtruediv__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: times(b, inverse(a)))

    def __neg__(self) -> Scalar:
        return Scalar(self.field, -self.element)

    def __abs__(self) -> Scalar:
        return self if self.sign(squares=True) >= 0 else -self

    def __pow__(self, exponent: int) -> Scalar:
        return Scalar(self.field, self.element**exponent)

    @property
    def is_zero(self) -> bool:
        """Whether it is 0 identically: a decision on the canonical form."""
        return bool(self.element == 0)

    def __eq__(self, other: object) -> bool:
        """True if identically so, False if the difference has a sign; else `UndecidedSign`: it depends on the point."""
        if not isinstance(other, Scalar | int | Fraction):
            return NotImplemented
        difference = self._difference(other)
        return difference.is_zero or difference.sign() == 0

    def __bool__(self) -> bool:
        return self != 0

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a formal scalar is no array")

    def __hash__(self) -> int:
        return hash(self.element)

    def _difference(self, other: Any) -> Scalar:
        return Scalar(self.field, self.element - self.field.element(other))

    def __gt__(self, other: Any) -> bool:
        return self._difference(other).sign() > 0

    def __lt__(self, other: Any) -> bool:
        return self._difference(other).sign() < 0

    def __ge__(self, other: Any) -> bool:
        return self._difference(other).sign(squares=True) >= 0

    def __le__(self, other: Any) -> bool:
        return self._difference(other).sign(squares=True) <= 0

    def exceeds_zero_somewhere(self) -> bool:
        """Whether it is positive at one of a few integer points: fast, and then no certificate of <= 0 exists."""
        parts = self.element.numer, self.element.denom
        return any(_at(parts[0], point) * _at(parts[1], point) > 0 for point in self.field.points())

    def sign(self, *, squares: bool = False) -> int:
        """-1, 0 or 1, where it follows factor by factor from the positive scalars; else `UndecidedSign`.

        With `squares`, factors to an even power count as positive though they may vanish: the answer then is a weak
        one, 1 for >= 0 and -1 for <= 0.
        """
        return self._sign_of(self.element.numer, squares) * self._sign_of(self.element.denom, squares)

    def _sign_of(self, polynomial: Any, squares: bool) -> int:
        if len({c > 0 for c in polynomial.coeffs()}) == 1 and self.field.in_positive(polynomial):
            return 1 if polynomial.LC > 0 else -1  # seen without the factors, which take time
        coefficient, factors = polynomial.factor_list()
        sign = int(coefficient > 0) - int(coefficient < 0)
        for factor, power in factors:
            signs = {c > 0 for c in factor.coeffs()}
            if squares and power % 2 == 0:
                continue
            if len(signs) > 1 or not self.field.in_positive(factor):
                raise UndecidedSign(f"the sign of {factor.as_expr()} is open; declare what is positive")
            sign = sign if signs == {True} or power % 2 == 0 else -sign
        return sign

    def sqrt(self) -> Scalar:
        """The nonnegative root, where it is a quotient of positive polynomials and squares; else `UndecidedSign`."""
        return Scalar(self.field, self._root_of(self.element.numer) / self._root_of(self.element.denom))

    def _root_of(self, polynomial: Any) -> Any:
        coefficient, factors = polynomial.factor_list()
        try:
            root = self.field.element(numbers.sqrt(int(coefficient)))
        except (TypeError, ValueError) as error:
            raise UndecidedSign(f"{polynomial.as_expr()} is not a square") from error
        for factor, power in factors:
            positive = self.field.in_positive(factor) and all(c > 0 for c in factor.coeffs())
            if power % 2 or not (positive or power % 4 == 0):  # the root of f^4 is f^2 whatever the sign of f
                raise UndecidedSign(f"the root of {(factor**power).as_expr()} is open; declare what is positive")
            root *= self.field.functions(factor) ** (power // 2)
        return root

    def acos(self) -> Scalar:
        """The angle that was given to this cosine (`Space.let_angle`); else `UndecidedSign`."""
        if self.element not in self.field.angles:
            raise UndecidedSign(f"the angle with cosine {self!r} is open; give it a value")
        return Scalar(self.field, self.field.angles[self.element])

    def __repr__(self) -> str:
        return str(self.element.as_expr())


def _at(polynomial: Any, point: Sequence[int]) -> int:
    """The value of a polynomial with integer coefficients at an integer point; SymPy's own way takes far longer."""
    return sum(
        int(coefficient) * prod(x**power for x, power in zip(point, powers, strict=True) if power)
        for powers, coefficient in polynomial.terms()
    )
