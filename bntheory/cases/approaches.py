"""Least squares near the minimum, where the rate of an instance is an eigenvalue that is known exactly.

The eigenvalue is that of S compressed to the directions e with u^T e = 0, in the inner product of S. It is rational
where S and S^2 are diagonal in a rational basis of these; so the basis is chosen, and u made orthogonal to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory.cases.rationals import exact_array, integers
from bntheory.cases.spectra import Quadratic, Spectrum, sample_quadratics, spd_matrices
from bntheory.jets import variable


@dataclass(frozen=True, eq=False)
class Approach:
    """An instance, its w at the minimum, and a direction e with <e, S best> = 0.

    nu and nu_max are the extreme eigenvalues of the compression of S to such directions.
    """

    instance: Quadratic
    e: Any
    nu: Any
    nu_max: Any

    @property
    def start(self) -> Any:
        """best + t e."""
        return self.instance.w + self.e * variable(2)


#: So many directions a sampled instance.
_MIXTURES = 4


@cache
def approaches(*, slowest: bool = False) -> SearchStrategy[Approach]:
    """Instances of dimension 2 and 3 whose compression has rational eigenvectors; `slowest`: e is one of nu."""
    mixture = st.just((1, 0)) if slowest else integers(2, 4)
    drawn = st.tuples(spd_matrices(2) | spd_matrices(3), st.integers(0, 2), integers(3, 4), st.tuples(mixture))
    return drawn.map(lambda parts: _approaches(*parts)[0])


def sample_approaches(*, slowest: bool = False) -> Callable[[np.random.Generator, int], list[Approach]]:
    """A fast sampler of `approaches`, most of dimension 3."""
    spectra = sample_quadratics(tight=True)

    def sample(rng: np.random.Generator, n: int) -> list[Approach]:
        few = n if slowest else -(-n // _MIXTURES)
        kinds, entries = rng.integers(0, 9, few).tolist(), rng.integers(-4, 5, (few, 3)).tolist()
        mixtures = rng.integers(1, 5, (few, _MIXTURES, 2)).tolist()
        drawn = enumerate(zip(spectra(rng, few), kinds, entries, mixtures, strict=True))
        return [
            case
            for k, (q, kind, start, parts) in drawn
            for case in _approaches(_spectrum_of(q, flat=k % 16 == 0), kind, start, [(1, 0)] if slowest else parts)
        ]

    return sample


def _spectrum_of(q: Quadratic, *, flat: bool) -> Spectrum:
    """S of a tight instance; one of dimension 2 gets a third axis unless it is to stay `flat`."""
    S, inverse, bottom, top = q.S, q.inverse, q.w - q.best, q.best
    if len(top) == 2 and not flat:
        middle = (q.mu + q.L) / 2
        S, inverse = (_block(matrix, corner) for matrix, corner in ((S, middle), (inverse, 1 / middle)))
        bottom, top = (exact_array([*vector, Fraction(0)]) for vector in (bottom, top))
    return Spectrum(S, inverse, q.mu, q.L, bottom, top)


def _block(matrix: Any, corner: Any) -> Any:
    (a, b), (c, d) = matrix
    zero = Fraction(0)
    return exact_array([[a, b, zero], [c, d, zero], [zero, zero, corner]])


def _compressed(S: Any, e: Any) -> Any:
    """<e, S^2 e>/<e, S e>."""
    image = S @ e
    return (image @ image) / (e @ image)


def _approaches(spectrum: Spectrum, kind: int, entries: Any, mixtures: Any) -> list[Approach]:
    """u is orthogonal to a basis of e's in which S and S^2 are diagonal; the first is any, or an eigenvector of S."""
    S, inverse, d = spectrum.S, spectrum.inverse, len(spectrum.S)
    given = exact_array([Fraction(entry) for entry in entries[:d]])
    first = {0: spectrum.bottom, 1: spectrum.top}.get(kind, given if any(given) else spectrum.bottom)
    second = first
    if d == 3:
        image, axes = S @ first, exact_array([[Fraction(int(i == j)) for j in range(3)] for i in range(3)])
        second = next(e for e in (_cross(image, v) for v in (S @ image, given, *axes)) if any(e))
    u = _cross(first, second) if d == 3 else exact_array([-first[1], first[0]])
    slow, fast = sorted((first / max(abs(first)), second / max(abs(second))), key=lambda e: _compressed(S, e))
    best, nu, nu_max = inverse @ u, _compressed(S, slow), _compressed(S, fast)
    q = Quadratic(S, inverse, best, best, spectrum.mu, spectrum.L)
    mixed = (a * slow + b * fast for a, b in mixtures)
    return [Approach(q, e if any(e) else slow, nu, nu_max) for e in mixed]


def _cross(a: Any, b: Any) -> Any:
    return a[[1, 2, 0]] * b[[2, 0, 1]] - a[[2, 0, 1]] * b[[1, 2, 0]]
