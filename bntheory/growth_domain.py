"""Where the formulas of `bntheory.meanfield` are defined: what lies outside is refused.

Only plain numbers are looked at, and of Fractions only whether an activation is constant: symbols, digits and exact
cases outside the domain are for those who prove things.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import inf
from typing import Any

import numpy as np

from bntheory.errors import InvalidInput

_PLAIN = (int, float, np.integer, np.floating)
_CONSTANT = "must not be constant: no gradient passes"


def check_size(B: Any) -> None:
    """Raise InvalidInput unless 3 < B < infinity."""
    if isinstance(B, _PLAIN) and not 3 < B < inf:
        raise InvalidInput("B", B, "must be a finite number above 3", "give a batch of 4 or more")


def check_batch(B: int) -> None:
    """Raise InvalidInput unless B is an integer, at least 4."""
    if not isinstance(B, int | np.integer) or B < 4:
        raise InvalidInput("B", B, "must be a whole number, at least 4", "give one such as 8")


def check_spread(q: Any, p: Any) -> None:
    """Raise InvalidInput unless q = E[phi_a^2] is above p = E[phi_a phi_b], in floats by more than rounding."""
    if isinstance(q, _PLAIN) and isinstance(p, _PLAIN):
        constant = not float(q) - float(p) > 1e-13 * abs(float(q))
    else:
        constant = isinstance(q, Fraction) and isinstance(p, Fraction) and q == p
    if constant:
        remedy = "give one with E[phi_a^2] > E[phi_a phi_b]"
        raise InvalidInput("phi", f"one with E[phi_a^2] = {q}, E[phi_a phi_b] = {p}", _CONSTANT, remedy)


def check_normal_spread(mean: float, square: float) -> None:
    """Raise InvalidInput unless Var[phi(Z)] > 0."""
    check_spread(square, mean**2)


def check_coefficients(coefficients: Sequence[Any]) -> None:
    """Raise InvalidInput unless some coefficient besides the first is not 0."""
    if not any(not isinstance(c, (*_PLAIN, Fraction)) or c != 0 for c in list(coefficients)[1:]):
        raise InvalidInput("coefficients", list(coefficients), _CONSTANT, "give c_0, c_1, ... of a degree above 0")
