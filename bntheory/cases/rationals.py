"""Strategies for exact numbers and arrays.

Small numbers and vectors are drawn from tables that begin with the simplest: one draw of Hypothesis for a number or a
vector, where integers one by one cost as many, and a failing case still shrinks to a small one. Strategies are made
once and kept, since Hypothesis spends more on a new strategy than on a draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory.errors import InvalidInput

#: Most draws are small, so that counterexamples are legible; a few span twelve decades.
_NUMERATOR, _DENOMINATOR, _DECADES = 12, 4, 6
_DENOMINATORS = st.sampled_from(range(1, _DENOMINATOR + 1))
#: Vectors of integers are drawn from a table of at most so many.
_TABLE = 20_000


@cache
def rationals(*, positive: bool = False, nonzero: bool = False) -> SearchStrategy[Fraction]:
    """Fractions: mostly n/d with |n| <= 12 and d <= 4, some of them times 10^k, |k| <= 6.

    Parameters
    ----------
    positive, nonzero : bool
        Only x > 0; only x != 0.
    """
    numerators = range(1 if positive else -_NUMERATOR, _NUMERATOR + 1)
    quotients = {Fraction(n, d) for n in numerators for d in range(1, _DENOMINATOR + 1) if n or not nonzero}
    small = st.sampled_from(sorted(quotients, key=_size_of_quotient))
    powers = st.sampled_from(sorted((Fraction(10) ** k for k in range(-_DECADES, _DECADES + 1)), key=_size_of_quotient))
    return small | st.tuples(small, powers).map(lambda pair: pair[0] * pair[1])


def _size_of_quotient(x: Fraction) -> tuple[int, int, bool]:
    return x.denominator + abs(x.numerator), x.denominator, x < 0


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
    entries = range(-size, size + 1)
    if len(entries) ** count > _TABLE:
        return st.tuples(*[st.sampled_from(sorted(entries, key=_size_of_vector))] * count)
    return st.sampled_from(sorted(product(entries, repeat=count), key=_size_of_vector))


def _size_of_vector(entries: int | Sequence[int]) -> Any:
    parts = (entries,) if isinstance(entries, int) else entries
    return max(map(abs, parts), default=0), sum(map(abs, parts)), [-part for part in parts]


def exact_array(values: Any) -> Any:
    """An array of dtype object; nested lists give matrices."""
    return np.array(values, dtype=object)
