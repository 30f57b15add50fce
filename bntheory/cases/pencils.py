"""Pencils (B, A) with known eigenvalues, and starts from which the ascent of E4 contracts; exact.

A = Y^T Y and B = Y^T diag(eigenvalues) Y for an invertible Y = lower diag upper, so that the columns of Y^-1 are
A-orthonormal eigenvectors: the pencil's eigenvalues are fields of a case and need no computation. Those of B itself are
known where A and B are diagonal in one orthogonal basis (`commuting_pencils`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import isqrt
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory.cases.rationals import exact_array, integers, rationals

_DIMENSIONS = (2, 3)
#: Ones below the diagonal.
_BELOW = {d: np.tril(np.ones((d, d), dtype=int), -1) for d in _DIMENSIONS}


@dataclass(frozen=True, eq=False)
class Pencil:
    """B symmetric, A symmetric positive definite, its inverse, all (d, d), d >= 2, and a start w.

    lambda_1 > lambda_2 >= lambda_min are the largest, second largest and smallest eigenvalue of the pencil, those x for
    which det(B - x A) = 0; w^T B w > lambda_2 w^T A w.
    """

    B: Any
    A: Any
    inverse: Any
    w: Any
    lambda_1: Any
    lambda_2: Any
    lambda_min: Any


@dataclass(frozen=True, eq=False)
class CommutingPencil(Pencil):
    """A and B commute; b_1 > b_2 >= b_min are the extreme eigenvalues of B, and w^T B w > b_2 w^T A w too."""

    b_1: Any
    b_2: Any
    b_min: Any


@cache
def pencils(*, tight: bool = False) -> SearchStrategy[Pencil]:
    """Pencils of dimension 2 and 3; with `tight` the start is off the top eigenvector along the second one only."""
    return st.one_of(*(_pencils_of(d, tight) for d in _DIMENSIONS))


def sample_pencils(*, tight: bool = False) -> Callable[[np.random.Generator, int], list[Pencil]]:
    """A fast sampler ``sample(rng, n)`` of `pencils`, most of dimension 3: dyadic floats, without rounding."""

    def sample(rng: np.random.Generator, n: int) -> list[Pencil]:
        triangles, powers = rng.integers(-2, 3, (n, 2, 3, 3)), 2.0 ** rng.integers(-2, 3, (n, 3))
        others, off, extra = -np.sort(rng.integers(-6, 7, (n, 2))), rng.integers(-4, 5, (n, 2)), rng.integers(1, 5, n)
        sizes, places, gaps = 2 + (rng.random(n) < 15 / 16), rng.integers(0, 3, n), rng.integers(1, 7, n)
        if tight:
            off *= [1, 0]
        drawn = zip(sizes.tolist(), others.tolist(), gaps.tolist(), off.tolist(), extra.tolist(), strict=True)
        pencils_ = []
        for k, (d, values, gap, c, more) in enumerate(drawn):
            coordinates = _above_second(values[: d - 1], gap, c[: d - 1], more - 1)
            moved = (np.array(_moved(part, places[k] % d), dtype=float) for part in coordinates)
            below, above = triangles[k, :, :d, :d] * _BELOW[d]
            pencils_.append(_pencil(below, powers[k, :d], above.T, *moved))
        return pencils_

    return sample


@cache
def commuting_pencils() -> SearchStrategy[CommutingPencil]:
    """A and B diagonal in one orthogonal basis, of dimension 2 and 3, with a start above both second eigenvalues."""
    drawn = st.one_of(
        *(
            st.tuples(
                st.tuples(*[rationals(positive=True)] * d),
                st.tuples(*[rationals()] * d),
                integers(d, 6),
                integers(d, 2),
            )
            for d in _DIMENSIONS
        )
    )
    return drawn.filter(lambda parts: _is_above_both(*parts[:3])).map(lambda parts: _commuting(*parts))


def _pencils_of(d: int, tight: bool) -> SearchStrategy[Pencil]:
    below = integers(d * (d - 1) // 2, 3)
    eigenvalues = st.tuples(*[rationals()] * (d - 1)).map(lambda drawn: sorted(drawn, reverse=True))
    off = rationals().map(lambda c: [c] + [Fraction(0)] * (d - 2)) if tight else st.tuples(*[rationals()] * (d - 1))
    coordinates = st.builds(_above_second, eigenvalues, rationals(positive=True), off, st.integers(0, 3))
    diagonal = st.tuples(*[rationals(positive=True)] * d)
    return st.builds(_exact_pencil, below, diagonal, below, coordinates, st.integers(0, d - 1))


def _above_second(others: Sequence[Any], gap: Any, off: Sequence[Any], extra: int) -> tuple[list[Any], list[Any]]:
    """The eigenvalues lambda_1 = lambda_2 + gap, lambda_2, ..., and coordinates c with rho > lambda_2.

    rho > lambda_2 iff gap c_1^2 exceeds what the other coordinates take away.
    """
    taken = sum((others[0] - value) * c**2 for value, c in zip(others, off, strict=True))
    return [others[0] + gap, *others], [isqrt(int(taken // gap)) + 1 + extra, *off]


def _moved(items: list[Any], place: int) -> list[Any]:
    """The first item at another place: Y is no triangular matrix times one whose first row is the top one."""
    first, *rest = items
    return [*rest[:place], first, *rest[place:]]


def _exact_pencil(
    below: Sequence[int], diagonal: Sequence[Fraction], above: Sequence[int], coordinates: Any, place: int
) -> Pencil:
    values, c = (exact_array([Fraction(item) for item in _moved(part, place)]) for part in coordinates)
    d = len(diagonal)
    lower, upper = _strictly_lower(below, d), _strictly_lower(above, d).T
    return _pencil(lower, exact_array(diagonal), upper, values, c)


def _strictly_lower(entries: Sequence[int], d: int) -> Any:
    matrix = exact_array([[Fraction(0)] * d for _ in range(d)])
    matrix[np.tril_indices(d, -1)] = [Fraction(entry) for entry in entries]
    return matrix


def _pencil(lower: Any, diagonal: Any, upper: Any, values: Any, c: Any) -> Pencil:
    """Y = (I + lower) diag (I + upper), w = Y^-1 c; d <= 3, so that (I + N)^-1 = I - N + N^2 for triangular N."""
    one = np.eye(len(diagonal), dtype=int)
    Y = ((one + lower) * diagonal) @ (one + upper)
    X = ((one - upper + upper @ upper) / diagonal) @ (one - lower + lower @ lower)
    descending = sorted(values, reverse=True)
    first, second, last = descending[0], descending[1], descending[-1]
    return Pencil((Y.T * values) @ Y, Y.T @ Y, X @ X.T, X @ c, first, second, last)


def _is_above_both(a: Sequence[Fraction], b: Sequence[Fraction], c: Sequence[int]) -> bool:
    largest, second = sorted(b, reverse=True)[:2]
    first, runner_up = sorted((y / x for x, y in zip(a, b, strict=True)), reverse=True)[:2]
    form = sum((y - max(second, runner_up) * x) * k**2 for x, y, k in zip(a, b, c, strict=True))
    return largest > second and first > runner_up and form > 0


def _commuting(
    a: Sequence[Fraction], b: Sequence[Fraction], c: Sequence[int], normal: Sequence[int]
) -> CommutingPencil:
    d, n = len(a), exact_array(normal)
    Q = exact_array([[Fraction(int(i == j)) for j in range(d)] for i in range(d)])
    if any(normal):
        Q = Q - n[:, None] * n * Fraction(2, int(n @ n))
    A, B, inverse = ((Q * exact_array(values)) @ Q for values in (a, b, [1 / x for x in a]))
    ratios, own = sorted((y / x for x, y in zip(a, b, strict=True)), reverse=True), sorted(b, reverse=True)
    w = Q @ exact_array([Fraction(k) for k in c])
    return CommutingPencil(B, A, inverse, w, ratios[0], ratios[1], ratios[-1], own[0], own[1], own[-1])
