"""From exact numbers to balls and back to rational bounds."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from bntheory.errors import MissingExtra


def require_flint() -> Any:
    """The module ``flint``.

    Raises
    ------
    MissingExtra
        python-flint is not installed.
    """
    try:
        import flint
    except ImportError as error:
        raise MissingExtra("python-flint", "certify", "ball arithmetic") from error
    return flint


def ball(x: Any) -> Any:
    """An enclosure of a number, as narrow as the working precision: ints, Fractions and floats, taken as they are."""
    flint = require_flint()
    if isinstance(x, flint.arb):
        return x
    exact = Fraction(x)
    return flint.arb(flint.fmpq(exact.numerator, exact.denominator))


def lower(x: Any) -> Fraction:
    """The lower end of a ball, exactly; ArithmeticError if it is not finite."""
    return _point(x, x.mid()) - _point(x, x.rad())


def upper(x: Any) -> Fraction:
    """The upper end of a ball, exactly; ArithmeticError if it is not finite."""
    return _point(x, x.mid()) + _point(x, x.rad())


def _point(x: Any, point: Any) -> Fraction:
    """A floating-point number m 2^e of any length."""
    if not x.is_finite():
        raise ArithmeticError(f"the enclosure {x} is not finite: take a narrower box, or more bits")
    mantissa, exponent = point.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
