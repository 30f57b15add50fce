"""Strategies for losses and for problems in floats, for tests of methods and of programs that use them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory.cases.spectra import Quadratic, halfspaces, quadratics

if TYPE_CHECKING:
    from bntheory.losses import Loss
    from bntheory.problems import GaussianHalfspace, LeastSquares, SampledHalfspace


@cache
def losses() -> SearchStrategy[Loss]:
    """Every loss the package knows (`bntheory.losses.LOSSES`)."""
    from bntheory.losses import LOSSES

    return st.sampled_from([LOSSES[name] for name in sorted(LOSSES)])


@cache
def least_squares() -> SearchStrategy[LeastSquares]:
    """Least squares by S and u, d = 1 to 3, of any condition up to 1e12."""
    from bntheory.problems import LeastSquares

    return quadratics().map(lambda case: LeastSquares(*_floats(case)))


@cache
def gaussian_halfspaces() -> SearchStrategy[GaussianHalfspace]:
    """Learning halfspaces with Gaussian inputs and any loss."""
    from bntheory.problems import GaussianHalfspace

    pairs = st.tuples(halfspaces(), losses())
    return pairs.map(lambda drawn: GaussianHalfspace(*_floats(drawn[0]), loss=drawn[1]))


@cache
def sampled_halfspaces() -> SearchStrategy[SampledHalfspace]:
    """Learning halfspaces on 4 to 40 rows of 1 to 4 Gaussian features, with both labels present, and any loss."""
    from bntheory.problems import SampledHalfspace

    def problem(n: int, d: int, seed: int, loss: Loss) -> SampledHalfspace:
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((n, d))
        y = np.where(X[:, 0] + rng.standard_normal(n) > 0, 1.0, -1.0)
        y[:2] = 1.0, -1.0
        return SampledHalfspace(X, y, loss)

    return st.builds(problem, st.integers(4, 40), st.integers(1, 4), st.integers(0, 2**32 - 1), losses())


def _floats(case: Quadratic) -> tuple[np.ndarray, np.ndarray]:
    S = case.S.astype(np.float64)
    return (S + S.T) / 2, case.u.astype(np.float64)
