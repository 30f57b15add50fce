"""Numbers of 50 digits and more that no float can enter.

They are mpmath's, in a context of their own whose `mpf` refuses arithmetic with floats, with numbers of mpmath's
global context, and conversion to a float: each would quietly leave 16 digits. Integers and Fractions may mix in
(but Python 3.11 raises a Fraction to such a power through a float, which is refused).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from threading import local
from typing import Any

import numpy as np

from bntheory.falsify.finding import Undecided
from bntheory.numbers import irrational_in

_ARITHMETIC = ("add", "sub", "mul", "truediv", "pow", "mod")
_COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
_OF_THREAD = local()


class FloatEntered(Undecided):
    """A float came into an exact computation, or out of it."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"a float came out of the exact stage: {what}; write constants as integers or Fractions, take functions "
            "from bntheory.numbers"
        )


@contextmanager
def digits(count: int) -> Iterator[Any]:
    """The context, at a working precision of `count` decimal digits; constants such as sqrt(2) are taken in it."""
    context = _context()
    before = context.prec
    context.dps = count
    try:
        with irrational_in(context):
            yield context
    finally:
        context.prec = before


def number(context: Any, value: int | Fraction) -> Any:
    """The integer or Fraction as a number of the context, correctly rounded to its working precision."""
    from mpmath import libmp

    return context.make_mpf(libmp.from_rational(int(value.numerator), int(value.denominator), context.prec, "n"))


def plain(value: Any) -> Any:
    """The same number with mpmath's ordinary arithmetic, 50 digits wide."""
    from mpmath import libmp

    return _plain_context().make_mpf(libmp.mpf_pos(value._mpf_, libmp.dps_to_prec(50), "n"))


@cache
def _plain_context() -> Any:
    import mpmath

    context = mpmath.MPContext()
    context.dps = 50
    return context


def _context() -> Any:
    """The context of this thread: the precision is a state of it."""
    if not hasattr(_OF_THREAD, "context"):
        _OF_THREAD.context = _new_context()
    return _OF_THREAD.context


def _new_context() -> Any:
    import mpmath

    context = mpmath.MPContext()
    context.dps = 50
    # mpmath's own log1p multiplies by the float 0.5.
    context.log1p = lambda x: _log1p(context, x)
    _guard(context, context.mpf)
    _guard(context, context.constant)
    return context


def _guard(context: Any, kind: Any) -> None:
    for name in _ARITHMETIC:
        setattr(kind, f"__{name}__", _guarded(context, getattr(kind, f"__{name}__"), _admit_to_arithmetic))
        setattr(kind, f"__r{name}__", _guarded(context, getattr(kind, f"__r{name}__"), _admit_to_arithmetic))
    for name in _COMPARISONS:
        setattr(kind, f"__{name}__", _guarded(context, getattr(kind, f"__{name}__"), _admit_to_comparison))
    kind.__float__ = _refuse_float
    kind.__floor__ = lambda self: int(context.floor(self))
    kind.__ceil__ = lambda self: int(context.ceil(self))


def _guarded(context: Any, original: Any, admit: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The operation `original` of the context's numbers, on what `admit` makes of its other operand."""
    mpf = context.mpf

    def operation(self: Any, other: Any) -> Any:
        if type(other) is not mpf and type(other) is not int:
            other = admit(context, other)
            if other is NotImplemented:
                return NotImplemented
        return original(self, other)

    return operation


def _admit_to_arithmetic(context: Any, other: Any) -> Any:
    if isinstance(other, float | complex | np.inexact):
        raise FloatEntered(f"{other!r} met a number of {context.dps} digits")
    return _admit(context, other)


def _admit_to_comparison(context: Any, other: Any) -> Any:
    return other if isinstance(other, float | np.floating) else _admit(context, other)


def _admit(context: Any, other: Any) -> Any:
    if isinstance(other, int | np.integer | np.bool_):
        return int(other)
    if isinstance(other, Fraction):
        return number(context, other)
    if isinstance(other, context.mpf | context.mpc):
        return other
    if isinstance(other, context.constant):
        return +other
    if hasattr(other, "_mpf_"):
        raise FloatEntered(f"{other!r}, of another mpmath context, met a number of {context.dps} digits")
    return NotImplemented


def _refuse_float(self: Any) -> float:
    raise FloatEntered(f"{type(self).context.nstr(self, 6)} was converted to a float, as by a function of math")


def _log1p(context: Any, x: Any) -> Any:
    """log(1 + x), with as many further digits as 1 + x cancels."""
    if not x:
        return x
    lost = max(0, -context.mag(x))
    if lost > context.prec:  # the next term, x^3/3, is below the last digit
        return x - x * x / 2
    with context.workprec(context.prec + 10 + lost):
        value = context.log(1 + x)
    return +value
