"""Sums and products of SymPy's reduced fractions of polynomials, by gcds of parts: Knuth, TAOCP 2, 4.5.1.

SymPy takes the gcd of the whole numerator and denominator, which is most of what a proof costs.
"""

from __future__ import annotations

from typing import Any


def plus(a: Any, b: Any) -> Any:
    """a + b of two reduced fractions, with gcds of the denominators and of what they leave."""
    common, left, right = a.denom.cofactors(b.denom)
    numerator = a.numer * right + b.numer * left
    if not numerator:
        return a.field.zero
    _, numerator, common = numerator.cofactors(common)
    return a.raw_new(*_positive(numerator, left * right * common))


def times(a: Any, b: Any) -> Any:
    """a b of two reduced fractions, with gcds across."""
    if not a or not b:
        return a.field.zero
    _, up, down = a.numer.cofactors(b.denom)
    _, across, under = b.numer.cofactors(a.denom)
    return a.raw_new(*_positive(up * across, down * under))


def inverse(a: Any) -> Any:
    """1/a; ZeroDivisionError for 0."""
    if not a:
        raise ZeroDivisionError("division by a scalar that is 0")
    return a.raw_new(*_positive(a.denom, a.numer))


def _positive(numerator: Any, denominator: Any) -> tuple[Any, Any]:
    """The same fraction with a positive leading coefficient below, as SymPy's canonical form has it."""
    return (numerator, denominator) if denominator.LC > 0 else (-numerator, -denominator)
