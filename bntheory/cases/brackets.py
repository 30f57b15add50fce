"""Brackets for the length search along one direction, exact, with the families on which its bound is attained."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any, Literal, TypeAlias

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory.cases.rationals import exact_array, rationals
from bntheory.cases.spectra import Quadratic, quadratics, sample_quadratics, tight_quadratics

#: Which f: quadratic ones of a halfspace, H = lam S; any quadratic; those on which the bound is attained.
Family: TypeAlias = Literal["halfspace", "any", "sharp"]
#: Where the root lies in the bracket, in twelfths of its width: in it, at its right end, anywhere.
INSIDE, AT_B, ANYWHERE = (0, 12), (12, 12), (-12, 24)
#: So many searches of a sample share an instance, which costs most.
_ON_EACH = 8


@dataclass(frozen=True, eq=False)
class Search:
    """A bisection on [a, b] of `count` steps for the length of w, of the function with Hessian H = sphere I + lam S.

    `instance` has S and the direction w; `root` is the zero of the slope gamma -> d_gamma f(gamma w/|w|_S).
    """

    instance: Quadratic
    sphere: Any
    lam: Any
    root: Any
    a: Any
    b: Any
    count: int


def bracketed(instance: Quadratic, hessian: tuple[Any, Any], root: Any, width: Any, place: int, count: int) -> Search:
    """The bracket of that width whose root lies at place/12 of it; `hessian` is (sphere, lam)."""
    a = root - width * Fraction(place, 12)
    return Search(instance, *hessian, root, a, a + width, count)


@cache
def searches(family: Family, places: tuple[int, int] = INSIDE) -> SearchStrategy[Search]:
    """Searches of the family, with the root at one of the places; "sharp" ones have it at b."""
    some, none = rationals(positive=True), st.just(Fraction(0))
    halfspace, sphere, both = st.tuples(none, some), st.tuples(some, none), st.tuples(some, some)
    bottom = tight_quadratics().map(along_bottom)
    if family == "sharp":
        return _searches(bottom, sphere, AT_B) | _searches(quadratics(1), both, AT_B)
    if family == "halfspace":
        tight = _searches(quadratics(1), halfspace, places) | _searches(
            quadratics(1), halfspace, (places[1], places[1])
        )
        return tight | _searches(quadratics() | bottom, halfspace, places)
    return _searches(quadratics(), both, places) | searches("halfspace", places) | searches("sharp")


def _searches(instances: SearchStrategy[Quadratic], hessians: Any, places: tuple[int, int]) -> SearchStrategy[Search]:
    width, counts = rationals(positive=True), st.integers(1, 4)
    return st.builds(bracketed, instances, hessians, rationals(), width, st.integers(*places), counts)


def sample_searches(
    rng: np.random.Generator, n: int, family: Family = "any", places: tuple[int, int] = INSIDE
) -> list[Search]:
    """A fast sampler of `searches`, exact too; a third, or all with "sharp", have w at the bottom or d = 1."""
    few = -(-n // _ON_EACH)
    general = sample_quadratics()(rng, 0 if family == "sharp" else few - few // 3)
    tight = [along_bottom(q) for q in sample_quadratics(tight=True)(rng, few - len(general))]
    instances = [*tight, *general]
    rows, where = rng.integers(1, 13, (n, 5)).tolist(), rng.integers(places[0], places[1] + 1, n).tolist()
    found = []
    for k, (sphere, lam, root, width, count) in enumerate(rows):
        is_tight, is_bottom = k % few < len(tight), k // few % 2
        instance = _interval(Fraction(sphere, 3)) if is_tight and not is_bottom else instances[k % few]
        hessian = (
            Fraction(sphere if family != "halfspace" else 0),
            Fraction(0 if is_tight and is_bottom and family != "halfspace" else lam, 4),
        )
        place = places[1] if is_tight else where[k]
        found.append(bracketed(instance, hessian, Fraction(root - 6, 2), Fraction(width, 3), place, 1 + count % 3))
    return found


def along_bottom(tight: Quadratic) -> Quadratic:
    """The instance of a tight one's S with u and w along its bottom eigenvector."""
    bottom = tight.w - tight.best
    return replace(tight, best=bottom, w=bottom)


def _interval(s: Fraction) -> Quadratic:
    """S = s in one dimension."""
    one = exact_array([Fraction(1)])
    return Quadratic(s * one[:, None], one[:, None] / s, one, one, s, s)
