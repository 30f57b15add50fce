"""A GDNP iteration reads the data twice: its time over that of its two matrix-vector products, Z w and Z^T r."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from benchmarks.timing import Ratio, ratio
from bntheory.methods import GDNP
from bntheory.problems import SampledHalfspace

SIZES = ((60_000, 784, 1.10), (32_561, 123, 1.4))
#: Iterations a round: enough for the first length search, which has no good start, not to matter.
ITERATIONS = 10


def measure(rounds: int = 9) -> Iterator[Ratio]:
    """One ratio for each size of Gaussian data with a noisy halfspace's labels."""
    for n, d, goal in SIZES:
        rng = np.random.default_rng(0)
        X = np.asfortranarray(rng.standard_normal((n, d)))
        y = np.sign(X @ rng.standard_normal(d) + np.sqrt(d) * rng.standard_normal(n))
        problem = SampledHalfspace(X, y)
        problem.metric, problem.u  # noqa: B018 (set up once, outside the iteration)
        iterates = GDNP().iterates(problem, -problem.u)
        w, r = -problem.u, np.ones(n)
        next(iterates)

        def iterate(iterates=iterates):
            list(islice(iterates, ITERATIONS))

        def products(X=X, w=w, r=r):
            for _ in range(ITERATIONS):
                X @ w
                X.T @ r

        yield ratio(f"GDNP iteration / its two products, {n} x {d}", goal, iterate, products, rounds)
