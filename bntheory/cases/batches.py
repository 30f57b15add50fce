"""Batches of one feature for Batch Normalization, and what a unit of a network does with one.

With eps = 0 the standard deviation of a rational batch is rational for m = 2 and for the batches of m = 4 built from
Pythagorean quadruples (never for m = 3); with eps > 0, eps is chosen so that sqrt(sigma_B^2 + eps) is rational. Such
cases are decided in exact rationals. Others, of every size, stand beside them, and are decided to 50 digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory.cases.rationals import exact_array, integers, rational_vectors, rationals
from bntheory.errors import InvalidInput, check_choice

Epsilon = Literal["zero", "positive", "any"]
Sampler: TypeAlias = Callable[[np.random.Generator, int], Sequence["Unit"]]
_SIZES = (2, 4, 3, 5, 6)


@dataclass(frozen=True, eq=False)
class Unit:
    """A unit z = gamma y^ + beta below a loss L, seen from its batch y.

    y : pre-activations, shape (m,), not constant where eps = 0
    g : gradient of L at z, shape (m,)
    gamma, beta, eps : numbers, eps >= 0
    H : Hessian of L at z, symmetric, shape (m, m); None where a statement does not speak of it
    v : a direction, shape (m,); None likewise
    """

    y: Any
    g: Any
    gamma: Any
    beta: Any
    eps: Any
    H: Any = None
    v: Any = None


@cache
def batches(m: int | None = None) -> SearchStrategy[Any]:
    """Batches of shape (m,) that are not constant: with rational standard deviation, and of any other kind.

    Parameters
    ----------
    m : int, optional
        The size, at least 2; by default 2 to 6.
    """
    if m is not None and m < 2:
        raise InvalidInput("m", m, "must be at least 2: one number is a constant batch", "give a size such as 4")
    if m is None:
        return st.one_of(*(batches(size) for size in _SIZES))
    anything = rational_vectors(m).filter(lambda y: any(v != y[0] for v in y))
    return _rooted(m) | anything if m in (2, 4) else anything


@cache
def units(
    eps: Epsilon = "any", m: int | None = None, *, hessian: bool = False, direction: bool = False
) -> SearchStrategy[Unit]:
    """Units of batch size m, by default 1 to 6, with H and v where asked for.

    Parameters
    ----------
    eps : {"zero", "positive", "any"}
        eps = 0, which needs a batch that is not constant; eps > 0, where constant ones are drawn too; either.
    """
    check_choice("eps", eps, get_args(Epsilon))
    if m is None:
        sizes = _SIZES if eps == "zero" else (*_SIZES, 1)
        return st.one_of(*(units(eps, size, hessian=hessian, direction=direction) for size in sizes))
    choices = st.integers(int(eps == "positive" or m == 1), 0 if eps == "zero" else 2)
    parts = st.tuples(
        batches(m) if eps == "zero" else batches(m) | _constant(m) if m > 1 else _constant(m),
        rational_vectors(m),
        rationals(),
        rationals(),
        st.tuples(choices, rationals(positive=True)),
        integers(m * (m + 1) // 2, 4) if hessian else st.none(),
        rational_vectors(m) if direction else st.none(),
    )
    return parts.map(lambda drawn: _unit(*drawn))


def sample_units(
    eps: Epsilon = "any", m: int | None = None, *, hessian: bool = False, direction: bool = False
) -> Sampler:
    """A fast sampler ``sample(rng, n)`` of the same units in floats, m rows, by default up to 8, over six decades."""

    def unit(rng: np.random.Generator) -> Unit:
        positive = eps == "positive" or (eps == "any" and rng.random() < 0.5)
        size = int(rng.integers(1 if positive else 2, 9)) if m is None else m
        spread = 0.0 if positive and rng.random() < 0.05 else 1.0
        scales = 10.0 ** rng.uniform(-3, 3, 4)
        half = rng.standard_normal((size, size)) if hessian else None
        return Unit(
            y=spread * scales[0] * rng.standard_normal(size) + rng.standard_normal(),
            g=scales[1] * rng.standard_normal(size),
            gamma=rng.standard_normal() if rng.random() < 0.95 else 0.0,
            beta=rng.standard_normal(),
            eps=scales[3] if positive else 0.0,
            H=None if half is None else scales[2] * (half + half.T),
            v=rng.standard_normal(size) if direction else None,
        )

    return lambda rng, n: [unit(rng) for _ in range(n)]


def symmetric(m: int, lower: Sequence[Any]) -> Any:
    """The symmetric matrix (m, m) whose lower triangle is given row by row."""
    H = np.empty((m, m), dtype=object)
    rows, columns = np.tril_indices(m)
    H[rows, columns] = H[columns, rows] = exact_array(lower)
    return H


def _unit(y: Any, g: Any, gamma: Any, beta: Any, eps: tuple[int, Fraction], lower: Any, v: Any) -> Unit:
    choice, positive = eps
    if choice == 0 and all(entry == y[0] for entry in y):
        choice = 1
    H = None if lower is None else symmetric(len(y), [Fraction(entry) for entry in lower])
    return Unit(y, g, gamma, beta, _epsilon(y, choice, positive), H, v)


def _epsilon(y: Any, choice: int, positive: Fraction) -> Fraction:
    """0, any positive number, or one with a rational sqrt(sigma^2 + eps)."""
    if choice < 2:
        return choice * positive
    centred = y - y.sum() / len(y)
    variance: Fraction = (centred @ centred) / len(y)
    root = int(variance) + 1 + positive  # its square is above the variance, whatever that is
    return root**2 - variance


@cache
def _constant(m: int) -> SearchStrategy[Any]:
    return rationals().map(lambda value: exact_array([value] * m))


@cache
def _rooted(m: int) -> SearchStrategy[Any]:
    """Batches of size 2 and 4 with rational standard deviation, which is |scale| times an integer."""
    scale_and_offset = rationals(nonzero=True), rationals()
    if m == 2:
        return st.tuples(*scale_and_offset).map(lambda pair: exact_array([pair[1] + pair[0], pair[1] - pair[0]]))
    return st.tuples(*scale_and_offset, integers(4, 2).filter(any)).map(lambda drawn: _of_quadruple(*drawn))


def _of_quadruple(scale: Fraction, offset: Fraction, t: Sequence[int]) -> Any:
    """Deviations of variance a^2 + b^2 + c^2, a square not 0 (Euler's parametrization of quadruples)."""
    a = t[0] ** 2 + t[1] ** 2 - t[2] ** 2 - t[3] ** 2
    b, c = 2 * (t[0] * t[3] + t[1] * t[2]), 2 * (t[1] * t[3] - t[0] * t[2])
    return offset + scale * exact_array([a + b + c, -a + b - c, a - b - c, -a - b + c])
