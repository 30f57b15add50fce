"""u = E[z] and S = E[z z^T] of Gaussian inputs, exact, with any vector beside them: for E8, E14 and E15.

Unlike `halfspaces`, which are starts of methods, they include the weight 0, weights orthogonal to u, and a singular
covariance S - u u^T.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory.cases.rationals import exact_array, rational_vectors, rationals
from bntheory.cases.spectra import Quadratic, halfspaces, sample_halfspaces


@cache
def gaussian_inputs(d: int, *, spread: bool = False) -> SearchStrategy[Quadratic]:
    """u and S with 0 < |rho*| <= 1, and any vector in place of the start; `spread`: |rho*| < 1, so that Cov > 0."""
    inputs = halfspaces(d)
    if d == 2 and not spread:
        inputs |= rationals(positive=True).map(_singular)
    return st.builds(lambda instance, w: replace(instance, w=w), inputs, rational_vectors(d))


def _singular(s: Fraction) -> Quadratic:
    """S = s^2 I and |u| = s, so that Cov is singular."""
    S, best = s**2 * exact_array([[1, 0], [0, 1]]), exact_array([Fraction(3, 5), Fraction(4, 5)]) / s
    return Quadratic(S, S / s**4, best, best, s**2, s**2)


def sample_gaussian_inputs(rng: np.random.Generator, n: int) -> list[Quadratic]:
    """The same fast, exact too, d = 2 or 3: each u and S eight times, with other vectors in place of the start."""
    instances = sample_halfspaces(rng, 1 + n // 8)
    starts = rng.integers(-9, 10, (n, 3))
    return [
        replace(q, w=exact_array([Fraction(int(entry), 4) for entry in start[: len(q.w)]]))
        for q, start in zip([q for q in instances for _ in range(8)], starts, strict=False)
    ]
