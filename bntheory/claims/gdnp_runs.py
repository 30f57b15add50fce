"""Runs of GDNP on Gaussian halfspaces: direction steps, then one bisection for the length (E12, F4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, partial
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory.cases import Quadratic, exact_array, quadratics, rationals, sample_quadratics, tight_quadratics
from bntheory.cases.brackets import AT_B, INSIDE, Family, Search, sample_searches, searches
from bntheory.cases.directions import shrunk
from bntheory.claims.rayleigh_step import Steps, stepped


@dataclass(frozen=True, eq=False)
class Run:
    """A search from the start w_0 of its instance, how many direction steps come before it, and c = c1/|w|_S."""

    search: Search
    directions: int
    c: Any


def reached(search: Search, directions: int) -> Search:
    """The search along w_{T_d}."""
    q = search.instance
    return replace(search, instance=replace(q, w=stepped(Steps(q, directions))))


@cache
def domain(family: Family) -> dict[str, Any]:
    """Halfspaces with quadratic phi; any c1 and any f as well; or, "sharp", those with S = mu I and the root at b."""
    return {"cases": _runs(family), "sample": partial(_sample, family=family)}


def _halfspace_run(search: Search, directions: int) -> Run:
    """c of phi(t) = lam t^2/2 + p t, whose slope along w vanishes at the root."""
    q = reached(search, directions).instance
    return Run(search, directions, -search.lam * search.root / (q.u @ q.w))


def _on(search: Search, instance: Quadratic | None) -> Search:
    return replace(search, instance=shrunk(instance or search.instance))


def _round(q: Quadratic) -> Quadratic:
    """S = mu I."""
    identity = exact_array([[Fraction(int(i == j)) for j in range(len(q.w))] for i in range(len(q.w))])
    w = q.w if q.best @ q.w != 0 else q.w + q.best
    return replace(q, S=q.mu * identity, inverse=identity / q.mu, w=w, L=q.mu)


@cache
def _runs(family: Family) -> SearchStrategy[Run]:
    instances = quadratics(2).map(_round) if family == "sharp" else st.none() | tight_quadratics()
    place = searches("halfspace", AT_B) if family == "sharp" else searches(family)
    found = st.tuples(place, instances).map(lambda drawn: _on(*drawn)).filter(lambda search: search.root != 0)
    halfspace = st.builds(_halfspace_run, found, st.integers(0, 2))
    return halfspace if family == "halfspace" else halfspace | st.builds(Run, found, st.integers(0, 2), rationals())


def _sample(rng: np.random.Generator, n: int, family: Family = "any") -> list[Run]:
    few = -(-n // 8)
    tight = sample_quadratics(tight=True)(rng, few)
    kind: Family = "halfspace" if family == "sharp" else family
    found = []
    for k, search in enumerate(sample_searches(rng, n, kind, AT_B if family == "sharp" else INSIDE)):
        if search.root == 0:
            continue
        instance = _round(tight[k % few]) if family == "sharp" else tight[k % few] if k % 3 == 0 else None
        moved = _on(search, instance)
        free = family != "halfspace" and k % 2
        found.append(Run(moved, k % 3, Fraction(k % 13 - 6, 3)) if free else _halfspace_run(moved, k % 3))
    return found
