"""Square root and the elementary functions for every number system a formula is evaluated in.

The file knows no mathematics of batch normalization. `sqrt`, `exp`, `log`, `log1p`, `erf`, `tanh`, `sin`, `cos` and
`acos` (and `pi_like`, which gives the constant of the same kind) take

* floats and float arrays: NumPy's and SciPy's functions, with NumPy's own warnings and rounding;
* `fractions.Fraction` and integers: the exact value where it is rational and known, otherwise TypeError, so
  that an exact computation never turns into a float unnoticed. An integer counts as exact: sqrt(4) == 2,
  sqrt(2) raises, and sqrt(2.0) is a float;
* `mpmath.mpf`: evaluated in the number's own context, hence at its working precision;
* SymPy expressions: SymPy's functions;
* arrays of dtype object or of an integer dtype: element by element, as above;
* any other object with a method of that name, such as a truncated Taylor series: what the method returns.

Within ``irrational_in(context)`` an exact number without an exact value, such as sqrt(2), is evaluated in that mpmath
context instead of refused: so are constants of a formula that is decided to so many digits.

SymPy is imported only when a SymPy expression is passed, mpmath never.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from math import isqrt
from typing import Any, TypeVar

import numpy as np
import scipy.special

T = TypeVar("T")

_FLOATING = {
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "log1p": np.log1p,
    "erf": scipy.special.erf,
    "tanh": np.tanh,
    "sin": np.sin,
    "cos": np.cos,
    "acos": np.arccos,
}
# name: (argument, value). By Lindemann-Weierstrass all of them but erf are transcendental at every other rational
# argument in their domain; for erf no other rational value is known.
_RATIONAL_POINT = {
    "exp": (0, 1),
    "log": (1, 0),
    "log1p": (0, 0),
    "erf": (0, 0),
    "tanh": (0, 0),
    "sin": (0, 0),
    "cos": (0, 1),
    "acos": (1, 0),
}


_CONTEXT: ContextVar[Any] = ContextVar("mpmath context for irrational values", default=None)


@contextmanager
def irrational_in(context: Any) -> Iterator[None]:
    """Let exact arguments whose value is irrational be evaluated in an mpmath context, in this thread."""
    token = _CONTEXT.set(context)
    try:
        yield
    finally:
        _CONTEXT.reset(token)


def sqrt(x: T) -> T:
    """Square root, exact on squares of rationals.

    Parameters
    ----------
    x : float, Fraction, int, mpf, SymPy expression, or array of them
        Any shape; the result has the shape and, integer arrays aside, the kind of `x`.

    Raises
    ------
    TypeError
        The root of a Fraction or integer is irrational, or `x` is of an unsupported type.
    ValueError
        A Fraction, integer or mpf is negative. (A negative float gives nan and NumPy's warning.)
    """
    return _evaluate("sqrt", x)


def exp(x: T) -> T:
    """Exponential e^x; for a Fraction or integer only exp(0) = 1, otherwise TypeError."""
    return _evaluate("exp", x)


def log(x: T) -> T:
    """Natural logarithm; for a Fraction or integer only log(1) = 0, otherwise TypeError."""
    return _evaluate("log", x)


def log1p(x: T) -> T:
    """log(1 + x), accurate near 0; for a Fraction or integer only log1p(0) = 0, otherwise TypeError."""
    return _evaluate("log1p", x)


def erf(x: T) -> T:
    """2/sqrt(pi) int_0^x e^(-t^2) dt; for a Fraction or integer only erf(0) = 0, otherwise TypeError."""
    return _evaluate("erf", x)


def tanh(x: T) -> T:
    """Hyperbolic tangent; for a Fraction or integer only tanh(0) = 0, otherwise TypeError."""
    return _evaluate("tanh", x)


def sin(x: T) -> T:
    """Sine; for a Fraction or integer only sin(0) = 0, otherwise TypeError."""
    return _evaluate("sin", x)


def cos(x: T) -> T:
    """Cosine; for a Fraction or integer only cos(0) = 1, otherwise TypeError."""
    return _evaluate("cos", x)


def acos(x: T) -> T:
    """The angle between 0 and pi with cosine x; for a Fraction or integer only acos(1) = 0, otherwise TypeError."""
    return _evaluate("acos", x)


def pi_like(x: Any) -> Any:
    """pi in the number system of `x`: a float for floats and float arrays, 3.14159... of an mpf's working precision.

    Raises
    ------
    TypeError
        `x` is a Fraction or an integer, and no context for irrational values is set.
    """
    if isinstance(x, np.ndarray) and x.dtype.kind in "iuO":
        return pi_like(x.flat[0])
    if isinstance(x, float | np.floating | np.ndarray):
        return float(np.pi)
    if any((cls.__module__ or "").startswith("sympy.") for cls in type(x).__mro__):
        import sympy

        return sympy.pi
    if hasattr(x, "pi"):
        return x.pi()
    context = x.context if type(x).__module__ == "mpmath.ctx_mp_python" else _CONTEXT.get()
    if context is None:
        raise TypeError(f"pi has no exact value like {x!r}; give a float, an mpf or a SymPy number")
    return +context.pi


def _evaluate(name: str, x: T) -> T:
    result: T
    if isinstance(x, np.ndarray) and x.dtype.kind in "biuO":
        result = np.frompyfunc(lambda element: _evaluate(name, element), 1, 1)(x)
    elif isinstance(x, float | np.floating) or (isinstance(x, np.ndarray) and x.dtype.kind == "f"):
        result = _FLOATING[name](x)
    else:
        result = _exactly(name, x)
    return result


def _exactly(name: str, x: Any) -> Any:
    if isinstance(x, int | np.integer | Fraction):
        return _of_rational(name, x)
    if type(x).__module__ == "mpmath.ctx_mp_python":
        return _mpmath(name, x)
    # The bases are searched too: the class of an applied undefined function has no module of its own.
    if any((cls.__module__ or "").startswith("sympy.") for cls in type(x).__mro__):
        return _symbolic(name, x)
    if hasattr(x, name):
        return getattr(x, name)()
    raise TypeError(f"{name} is not defined for {type(x).__name__}")


def _of_rational(name: str, x: Any) -> Any:
    context = _CONTEXT.get()
    try:
        value = _exact_sqrt(x) if name == "sqrt" else _at_rational_point(name, x)
    except TypeError:
        if context is None:
            raise
        return _mpmath(name, context.mpf(int(x.numerator)) / int(x.denominator))
    return Fraction(value) if isinstance(x, Fraction) else int(value)


def _exact_sqrt(x: Any) -> Fraction:
    numerator, denominator = int(x.numerator), int(x.denominator)
    if numerator < 0:
        raise ValueError(f"sqrt({x}) is not real")
    root = Fraction(isqrt(numerator), isqrt(denominator))
    # In lowest terms a fraction is a square iff numerator and denominator are.
    if root * root != Fraction(numerator, denominator):
        raise TypeError(f"sqrt({x}) is irrational: no exact value; give a float, an mpf or a SymPy number")
    return root


def _at_rational_point(name: str, x: Any) -> int:
    argument, value = _RATIONAL_POINT[name]
    if x != argument:
        raise TypeError(f"{name}({x}) has no exact value; give a float, an mpf or a SymPy number")
    return value


def _mpmath(name: str, x: Any) -> Any:
    value = getattr(x.context, name)(x)
    if not isinstance(value, x.context.mpf):  # mpmath leaves the real line without a word
        raise ValueError(f"{name}({x}) is not real")
    return value


def _symbolic(name: str, x: Any) -> Any:
    import sympy

    if not isinstance(x, sympy.Expr):
        raise TypeError(f"{name} is not defined for {type(x).__name__}")
    return sympy.log(1 + x) if name == "log1p" else getattr(sympy, name)(x)
