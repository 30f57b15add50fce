"""Strategies for exact numbers and arrays.

Integers are drawn and divided: that is fast, and shrinks to small ones. Strategies are made once and kept, since
Hypothesis spends more on a new strategy than on a draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory.errors import InvalidInput

#: Most draws are small, so that counterexamples are legible; a few span twelve decades.
_NUMERATOR, _DENOMINATOR, _DECADES = 12, 4, 6
_DENOMINATORS = st.integers(1, _DENOMINATOR)


@cache
def rationals(*, positive: bool = False, nonzero: bool = False) -> SearchStrategy[Fraction]:
    """Fractions: mostly n/d with |n| <= 12 and d <= 4, some of them times 10^k, |k| <= 6.

    Parameters
    ----------
    positive, nonzero : bool
        Only x > 0; only x != 0.
    """
    numerators = st.integers(1 if positive else -_NUMERATOR, _NUMERATOR)
    if nonzero:
        numerators = numerators.filter(bool)
    small = st.tuples(numerators, _DENOMINATORS).map(lambda pair: Fraction(*pair))
    wide = st.tuples(small, st.integers(-_DECADES, _DECADES)).map(lambda pair: pair[0] * Fraction(10) ** pair[1])
    return small | wide


@cache
def rational_vectors(m: int) -> SearchStrategy[Any]:
    """Object arrays of shape (m,), m >= 1: Fractions n/d with |n| <= 12 and one d <= 4."""
    if m < 1:
        raise InvalidInput("m", m, "must be at least 1", "give the number of entries")
    return st.tuples(integers(m, _NUMERATOR), _DENOMINATORS).map(
        lambda pair: exact_array([Fraction(n, pair[1]) for n in pair[0]])
    )


@cache
def integers(count: int, size: int) -> SearchStrategy[Sequence[int]]:
    """Tuples of integers between -size and size."""
    return st.tuples(*[st.integers(-size, size)] * count)


def exact_array(values: Any) -> Any:
    """An array of dtype object; nested lists give matrices."""
    return np.array(values, dtype=object)
