"""Taylor series in one variable t, truncated: derivatives of a formula by running it, in any number system.

A `Jet` c_0 + c_1 t + ... + c_n t^n (mod t^(n+1)) is added, multiplied, divided and rooted like a number. Its
coefficients are whatever the formula computes with: floats, Fractions, mpmath numbers, arrays of them, or formal
vectors (`bntheory.gram`). Along the path x + v t, with ``t = variable(2)``, a formula f gives

    f(x + v t) = f(x) + t df(x)[v] + (t^2/2) d2f(x)[v, v] + O(t^3),

exactly, with no step size. Source: Griewank and Walther 2008, "Evaluating Derivatives", Table 13.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import factorial
from typing import Any

from bntheory import numbers


class Jet:
    """c_0 + c_1 t + ... + c_n t^n modulo t^(n+1).

    `*` multiplies entry by entry where coefficients are arrays, `@` is the inner product, as in NumPy.
    """

    __array_ufunc__ = None  # array * jet asks the jet, not NumPy

    def __init__(self, coefficients: Sequence[Any]) -> None:
        self.coefficients = tuple(coefficients)

    @property
    def shape(self) -> Any:
        """The shape of the coefficients."""
        return self.coefficients[0].shape

    def derivative(self, order: int) -> Any:
        """d^order/dt^order at t = 0, which is order! c_order."""
        return factorial(order) * self.coefficients[order]

    def sum(self, axis: int | None = None) -> Jet:
        """The sum of the entries of each coefficient."""
        return Jet([c.sum(axis=axis) for c in self.coefficients])

    def __bool__(self) -> bool:
        raise TypeError("a Taylor series is neither true nor false")

    def __eq__(self, other: object) -> bool:
        raise TypeError("Taylor series are not compared: take coefficients")

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: Any) -> Jet:
        if isinstance(other, Jet):
            return Jet([a + b for a, b in zip(self.coefficients, other.coefficients, strict=True)])
        first, *rest = self.coefficients
        return Jet([first + other, *(c + 0 * other for c in rest)])  # of one shape: numbers become vectors

    __radd__ = __add__

    def __neg__(self) -> Jet:
        return Jet([-c for c in self.coefficients])

    def __sub__(self, other: Any) -> Jet:
        if isinstance(other, Jet):
            return Jet([a - b for a, b in zip(self.coefficients, other.coefficients, strict=True)])
        negative = -other
        return self.__add__(negative)

    def __rsub__(self, other: Any) -> Jet:
        return (-self).__add__(other)

    def __mul__(self, other: Any) -> Jet:
        if isinstance(other, Jet):
            return _product(self, other, lambda a, b: a * b)
        return Jet([c * other for c in self.coefficients])

    def __rmul__(self, other: Any) -> Jet:
        return Jet([other * c for c in self.coefficients])

    def __matmul__(self, other: Any) -> Jet:
        if isinstance(other, Jet):
            return _product(self, other, lambda a, b: a @ b)
        return Jet([c @ other for c in self.coefficients])

    def __rmatmul__(self, other: Any) -> Jet:
        return Jet([other @ c for c in self.coefficients])

    def __truediv__(self, other: Any) -> Jet:
        if not isinstance(other, Jet):
            return Jet([c / other for c in self.coefficients])
        quotient: list[Any] = []
        for c in self.coefficients:
            known = zip(quotient, reversed(other.coefficients[1 : len(quotient) + 1]), strict=True)
            quotient.append(_minus(c, [a * b for a, b in known]) / other.coefficients[0])
        return Jet(quotient)

    def __rtruediv__(self, other: Any) -> Jet:
        return Jet([other, *(0 * c for c in self.coefficients[1:])]) / self

    def __pow__(self, exponent: int) -> Jet:
        """A power; exponent >= 1."""
        power = self
        for _ in range(exponent - 1):
            power = power * self
        return power

    def __abs__(self) -> Jet:
        """The absolute value near t = 0; c_0 must not be 0."""
        return self if self.coefficients[0] > 0 else -self

    def sqrt(self) -> Jet:
        """The square root with the root of c_0 in front; c_0 must not be 0."""
        root = [numbers.sqrt(self.coefficients[0])]
        for c in self.coefficients[1:]:
            inner = [a * b for a, b in zip(root[1:], reversed(root[1:]), strict=True)]
            root.append(_minus(c, inner) / (2 * root[0]))
        return Jet(root)


def variable(order: int) -> Jet:
    """The variable t itself, to be truncated after t^order: ``x + v * variable(2)`` is a path through x."""
    return Jet([int(k == 1) for k in range(order + 1)])


def _product(left: Jet, right: Jet, multiply: Callable[[Any, Any], Any]) -> Jet:
    a, b = left.coefficients, right.coefficients
    return Jet([_total([multiply(a[i], b[k - i]) for i in range(k + 1)]) for k in range(len(a))])


def _total(terms: Sequence[Any]) -> Any:
    first, *rest = terms
    for term in rest:
        first = first + term
    return first


def _minus(c: Any, terms: Sequence[Any]) -> Any:
    return c - _total(terms) if terms else c
