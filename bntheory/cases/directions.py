"""Points of GDNP on Gaussian halfspaces: a start, a number of direction steps, a length, and moments of phi there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isqrt
from typing import Any, TypeAlias

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory.cases.rationals import rationals
from bntheory.cases.spectra import Quadratic, halfspaces, sample_halfspaces, sample_quadratics, tight_quadratics

#: So many cases of a sample share an instance, which costs most.
_ON_EACH = 8
#: Steps of a sample's cases; without any, bounds are equalities, and each costs an exact decision.
_COUNTS = (1, 2, 1, 2, 0, 1, 2)


@dataclass(frozen=True, eq=False)
class Direction:
    """u, S, w_0 of an instance; t = count; ratio = gamma_t/|w_t|_S; a = E[phi'], b = E[phi''] at w~_t = ratio w_t.

    `bound` is one on |c1| or on |phi'|, as the statement has it.
    """

    instance: Quadratic
    count: int
    ratio: Any
    a: Any
    b: Any
    bound: Any


@dataclass(frozen=True, eq=False)
class Softened:
    """As `Direction`, with phi'(t) = N(t/tau), tau > 0, N the normal distribution function."""

    instance: Quadratic
    count: int
    ratio: Any
    tau: Any


#: What the square of a case's bound must be at least; None where no bound is spoken of.
Least: TypeAlias = Callable[[Direction], Any] | None


def directions(least: Least, *, mean: bool = True, tight: bool = False) -> SearchStrategy[Direction]:
    """Any halfspace, or only `tight` ones, t = 0 to 2, any length but 0; without a `mean`, a = 0."""
    near = tight_quadratics().map(shrunk)
    instances = near if tight else halfspaces(2) | halfspaces() | near
    a = rationals() if mean else st.just(Fraction(0))
    parts = instances, st.integers(0, 2), rationals(nonzero=True), a, rationals(), st.integers(0, 2)
    return st.tuples(*parts).map(lambda drawn: _bounded(least, Direction(*drawn)))


def sample_directions(
    rng: np.random.Generator, n: int, least: Least, *, mean: bool = True, tight: bool = False
) -> list[Direction]:
    """A fast sampler of `directions`, exact too."""
    few = -(-n // _ON_EACH)
    near = [shrunk(q) for q in sample_quadratics(tight=True)(rng, few if tight else few // 2)]
    instances = [*near, *sample_halfspaces(rng, few - len(near))]
    found = []
    for k, (ratio, a, b) in enumerate(rng.integers(-9, 10, (n, 3)).tolist()):
        moments = Fraction(a * mean), Fraction(b, 2)
        case = Direction(instances[k % few], _COUNTS[k % 7], Fraction(2 * ratio + 1, 3), *moments, k % 2)
        found.append(_bounded(least, case))
    return found


def softened() -> SearchStrategy[Softened]:
    """Any halfspace, t = 0 to 2, any length but 0, any tau > 0."""
    return st.builds(Softened, halfspaces(), st.integers(0, 2), rationals(nonzero=True), rationals(positive=True))


def sample_softened(rng: np.random.Generator, n: int) -> list[Softened]:
    """A fast sampler of `softened`, exact too."""
    few = -(-n // _ON_EACH)
    instances, draws = sample_halfspaces(rng, few), rng.integers(-9, 10, (n, 2)).tolist()
    return [
        Softened(instances[k % few], _COUNTS[k % 7], Fraction(2 * ratio + 1, 3), Fraction(10 + tau, 9))
        for k, (ratio, tau) in enumerate(draws)
    ]


def shrunk(tight: Quadratic) -> Quadratic:
    """u^T S^-1 u < 1, by an integer that divides best and w."""
    n = Fraction(isqrt(int(tight.u @ tight.best)) + 1)
    return replace(tight, best=tight.best / n, w=tight.w / n)


def _bounded(least: Least, case: Direction) -> Direction:
    """With the least multiple of 1/12 that is a bound, and so many twelfths more as `bound` says."""
    if least is None:
        return replace(case, bound=Fraction(0))
    square = Fraction(least(case))
    return replace(case, bound=Fraction(isqrt(int(144 * square)) + int(square > 0) + case.bound, 12))
