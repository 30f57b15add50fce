"""Symmetric positive definite matrices with known extreme eigenvalues, exact and of any condition.

S = Q diag(eigenvalues) Q with Q a product of rational Householder reflections, so that mu and L are fields of a case
and need no eigenvalue computation. A random instance of a rate is slack; `tight_quadratics` are the families on which
the rates of the theory are attained or approached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import isqrt
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory.cases.rationals import exact_array, integers, rationals

_DIMENSIONS = (1, 2, 3)


@dataclass(frozen=True, eq=False)
class Spectrum:
    """S of shape (d, d) with smallest and largest eigenvalue mu and L; `bottom` and `top` are eigenvectors of these."""

    S: Any
    mu: Any
    L: Any
    bottom: Any
    top: Any


@dataclass(frozen=True, eq=False)
class Quadratic:
    """S (d, d) with extreme eigenvalues mu <= L, u of shape (d,), u != 0, and a start w with u^T w != 0."""

    S: Any
    u: Any
    w: Any
    mu: Any
    L: Any


@cache
def spd_matrices(d: int | None = None) -> SearchStrategy[Spectrum]:
    """Rational SPD matrices, d = 1 to 3 by default, with any spectrum.

    For prescribed extreme eigenvalues see `spd_matrices_with`.
    """
    if d is None:
        return st.one_of(*(spd_matrices(size) for size in _DIMENSIONS))
    eigenvalues = st.tuples(*[rationals(positive=True)] * d)
    return st.tuples(eigenvalues, _normals(d)).map(lambda drawn: _spectrum(*drawn))


def spd_matrices_with(mu: Any, L: Any, d: int = 3) -> SearchStrategy[Spectrum]:
    """Rational SPD matrices of shape (d, d), d >= 2, with extreme eigenvalues mu <= L, others between them."""
    mu, L = Fraction(mu), Fraction(L)
    between = st.tuples(*[st.integers(0, 12)] * (d - 2)).map(lambda parts: [mu + (L - mu) * n / 12 for n in parts])
    return st.tuples(between, _normals(d)).map(lambda drawn: _spectrum((mu, *drawn[0], L), drawn[1]))


@cache
def quadratics(d: int | None = None) -> SearchStrategy[Quadratic]:
    """Any S, u and start: least squares, or the direction problem of a halfspace."""
    if d is None:
        return st.one_of(*(quadratics(size) for size in _DIMENSIONS))
    vectors = st.tuples(integers(d, 6).filter(any), integers(d, 6))
    return st.tuples(spd_matrices(d), vectors).map(lambda drawn: _quadratic(drawn[0], *map(exact_array, drawn[1])))


@cache
def tight_quadratics(d: int | None = None) -> SearchStrategy[Quadratic]:
    """u along the top eigenvector, the start off S^-1 u by a little of the bottom one: the rates' worst cases.

    d = 2 or 3 by default. The smaller the excess, the closer one step comes to the factor (1 - mu/L)^2.
    """
    if d is None:
        return tight_quadratics(2) | tight_quadratics(3)
    excess = st.integers(0, 6).map(lambda k: Fraction(1, 10**k))
    return st.tuples(spd_matrices(d), excess).map(lambda drawn: _tight(*drawn))


@cache
def halfspaces(d: int | None = None) -> SearchStrategy[Quadratic]:
    """u and S of a Gaussian halfspace: u^T S^-1 u < 1, so that Cov(z) = S - u u^T is positive definite."""
    return quadratics(d).map(_inside)


def _normals(d: int) -> SearchStrategy[Any]:
    return st.tuples(integers(d, 3), integers(d, 3))


def _spectrum(eigenvalues: Sequence[Fraction], normals: Sequence[Sequence[int]]) -> Spectrum:
    d = len(eigenvalues)
    Q = exact_array([[Fraction(int(i == j)) for j in range(d)] for i in range(d)])
    for normal in normals:
        n = exact_array(normal)
        if any(normal):
            Q = Q - (Q @ n)[:, None] * n * Fraction(2, int(n @ n))
    values = exact_array(eigenvalues)
    low, high = (list(eigenvalues).index(extreme) for extreme in (min(eigenvalues), max(eigenvalues)))
    return Spectrum((Q * values) @ Q.T, eigenvalues[low], eigenvalues[high], Q[:, low], Q[:, high])


def _quadratic(spectrum: Spectrum, u: Any, w: Any) -> Quadratic:
    if u @ w == 0:
        w = w + u
    return Quadratic(spectrum.S, u, w, spectrum.mu, spectrum.L)


def _tight(spectrum: Spectrum, excess: Fraction) -> Quadratic:
    start = spectrum.top + excess * spectrum.bottom
    return Quadratic(spectrum.S, spectrum.L * spectrum.top, start, spectrum.mu, spectrum.L)


def _inside(case: Quadratic) -> Quadratic:
    """The same with u shortened: u^T S^-1 u <= |u|^2/mu, so dividing u by an integer above its root is enough."""
    size = (case.u @ case.u) / case.mu
    return Quadratic(case.S, case.u / Fraction(isqrt(int(size)) + 1), case.w, case.mu, case.L)
