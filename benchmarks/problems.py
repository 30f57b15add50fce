"""The data that benchmarks share: Gaussian rows with a given spectrum, labels of a noisy halfspace."""

from __future__ import annotations

import numpy as np

from bntheory.problems import SampledHalfspace


def halfspace(n: int, d: int, *, condition: float = 1.0, seed: int = 0) -> SampledHalfspace:
    """n rows of dimension d, column-major (BLAS reads them faster in both products), with S, u computed."""
    rng = np.random.default_rng(seed)
    X = np.asfortranarray(rng.standard_normal((n, d)) * np.geomspace(1.0, condition**-0.5, d))
    margins = X @ rng.standard_normal(d)
    y = np.sign(margins + margins.std() * rng.standard_normal(n))
    problem = SampledHalfspace(X, y)
    problem.metric, problem.u  # noqa: B018 (set up once, outside of every timed call)
    return problem
