"""Symmetric positive definite matrices with known extreme eigenvalues, exact and of any condition.

S = Q diag(eigenvalues) Q with Q a product of rational Householder reflections, so that mu and L are fields of a case
and need no eigenvalue computation. A random instance of a rate is slack; `tight_quadratics` are the families on which
the rates of the theory are attained or approached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from math import isqrt, lcm
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory.cases.rationals import exact_array, integers, rationals
from bntheory.errors import InvalidInput

_DIMENSIONS = (1, 2, 3)


@dataclass(frozen=True, eq=False)
class Spectrum:
    """S of shape (d, d) with smallest and largest eigenvalue mu and L; `bottom` and `top` are eigenvectors of these."""

    S: Any
    inverse: Any
    mu: Any
    L: Any
    bottom: Any
    top: Any


@dataclass(frozen=True, eq=False)
class Quadratic:
    """S (d, d) with extreme eigenvalues mu <= L and its inverse; u = S best; a start w with u^T w != 0.

    best = S^-1 u, of shape (d,), not 0, is the direction of the minimum: rho* = -u^T best.
    """

    S: Any
    inverse: Any
    best: Any
    w: Any
    mu: Any
    L: Any

    @property
    def u(self) -> Any:
        """S best."""
        return self.S @ self.best


@cache
def spd_matrices(d: int | None = None) -> SearchStrategy[Spectrum]:
    """Rational SPD matrices, d = 1 to 3 by default, with any spectrum.

    For prescribed extreme eigenvalues see `spd_matrices_with`.
    """
    if d is None:
        return st.one_of(*(spd_matrices(size) for size in _DIMENSIONS))
    _refuse_fewer(1, d)
    eigenvalues = st.tuples(*[rationals(positive=True)] * d)
    return st.tuples(eigenvalues, _normals(d)).map(lambda drawn: _spectrum(*drawn))


def spd_matrices_with(mu: Any, L: Any, d: int = 3) -> SearchStrategy[Spectrum]:
    """Rational SPD matrices of shape (d, d), d >= 2, with extreme eigenvalues mu <= L, others between them."""
    mu, L = Fraction(mu), Fraction(L)
    if not 0 < mu <= L:
        raise InvalidInput("mu, L", f"{mu}, {L}", "must satisfy 0 < mu <= L", "give two such as 1 and 10")
    _refuse_fewer(2, d)
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
    _refuse_fewer(2, d)
    excess = st.integers(0, 6).map(lambda k: Fraction(1, 10**k))
    return st.tuples(spd_matrices(d), excess).map(lambda drawn: _tight(*drawn))


@cache
def halfspaces(d: int | None = None) -> SearchStrategy[Quadratic]:
    """u and S of a Gaussian halfspace: 0 < u^T S^-1 u < 1, so that Cov(z) = S - u u^T is positive definite.

    For d = 2 some have a rational |w|_S, so that formulas with that norm are decided in rationals.
    """
    anything = quadratics(d).map(_inside)
    if d == 2:
        rooted = st.tuples(quadratics(2), st.sampled_from([(3, 4), (4, 3), (1, 0), (0, 1), (5, 12)]))
        return rooted.map(lambda drawn: _with_rational_norm(*drawn)).filter(lambda q: q.u @ q.w != 0) | anything
    return anything


def sample_quadratics(*, tight: bool = False) -> Callable[[np.random.Generator, int], list[Quadratic]]:
    """A fast sampler ``sample(rng, n)`` of `quadratics` or `tight_quadratics`, exact too, d = 2 or 3."""

    def spectrum(rng: np.random.Generator) -> Spectrum:
        d = int(rng.integers(2, 4))
        scale = Fraction(10) ** int(rng.integers(-3, 4))
        eigenvalues = [scale * int(part) for part in rng.integers(1, 60, d)]
        return _spectrum(eigenvalues, rng.integers(-3, 4, (2, d)).tolist())

    def one(rng: np.random.Generator, S: Spectrum) -> Quadratic:
        if tight:
            return _tight(S, Fraction(1, 10 ** int(rng.integers(0, 6))))
        best, w = (exact_array([Fraction(int(part)) for part in row]) for row in rng.integers(-9, 10, (2, len(S.top))))
        return _quadratic(S, best if any(best) else S.top, w)

    def sample(rng: np.random.Generator, n: int) -> list[Quadratic]:
        spectra = [spectrum(rng) for _ in range(-(-n // 2))]  # making S is most of a case: it serves two
        return [one(rng, spectra[k % len(spectra)]) for k in range(n)]

    return sample


def _refuse_fewer(least: int, d: int) -> None:
    if d < least:
        raise InvalidInput("d", d, f"must be at least {least}", "give a dimension such as 3")


def sample_halfspaces(rng: np.random.Generator, n: int) -> list[Quadratic]:
    """A fast sampler of `halfspaces`, exact too, d = 2 or 3."""
    return [_inside(case) for case in sample_quadratics()(rng, n)]


def _normals(d: int) -> SearchStrategy[Any]:
    return st.tuples(integers(d, 3), integers(d, 3))


def _spectrum(eigenvalues: Sequence[Any], normals: Sequence[Sequence[int]]) -> Spectrum:
    """S = Q diag(eigenvalues) Q^T, Q the product of the reflections by two integer normals (0 for none).

    Q is an integer matrix over an integer, so that few Fractions are made.
    """
    d = len(eigenvalues)
    Q, scale = exact_array(np.eye(d, dtype=int)), 1
    for normal in normals:
        n = exact_array(normal)
        length = int(n @ n)
        if length:
            Q, scale = length * Q - 2 * (Q @ n)[:, None] * n, length * scale
    values = [Fraction(value) for value in eigenvalues]
    low, high = values.index(min(values)), values.index(max(values))
    bottom, top = (_over(Q[:, k], scale) for k in (low, high))
    inverse = _conjugated(Q, [1 / value for value in values], scale)
    return Spectrum(_conjugated(Q, values, scale), inverse, values[low], values[high], bottom, top)


def _conjugated(Q: Any, values: Sequence[Fraction], scale: int) -> Any:
    """Q diag(values) Q^T / scale^2, exactly."""
    common = lcm(*(value.denominator for value in values))
    numerators = exact_array([value.numerator * (common // value.denominator) for value in values])
    return _over((Q * numerators) @ Q.T, common * scale**2)


def _over(integers: Any, denominator: int) -> Any:
    return exact_array([Fraction(int(entry), denominator) for entry in integers.flat]).reshape(integers.shape)


def _quadratic(spectrum: Spectrum, best: Any, w: Any) -> Quadratic:
    if (spectrum.S @ best) @ w == 0:
        w = w + best
    return Quadratic(spectrum.S, spectrum.inverse, best, w, spectrum.mu, spectrum.L)


def _tight(spectrum: Spectrum, excess: Fraction) -> Quadratic:
    start = spectrum.top + excess * spectrum.bottom
    return Quadratic(spectrum.S, spectrum.inverse, spectrum.top, start, spectrum.mu, spectrum.L)


def _with_rational_norm(case: Quadratic, p: tuple[int, int]) -> Quadratic:
    """S^2 for S, and w = S^-1 p with |w|_{S^2} = |p|, an integer."""
    w = case.inverse @ exact_array([Fraction(entry) for entry in p])
    S, inverse = case.S @ case.S, case.inverse @ case.inverse
    return _inside(Quadratic(S, inverse, case.inverse @ case.best, w, case.mu**2, case.L**2))


def _inside(case: Quadratic) -> Quadratic:
    """The same with best divided by an integer above the root of u^T S^-1 u."""
    return replace(case, best=case.best / Fraction(isqrt(int(case.u @ case.best)) + 1))
