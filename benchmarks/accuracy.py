"""Fast is not less accurate: iterates against the source's bisection, expectations against 40-digit integration."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from benchmarks.problems import halfspace
from benchmarks.timing import Measurement, once
from bntheory.ensemble import GaussianEnsemble
from bntheory.ensemble.instances import generic, log_uniform
from bntheory.gaussian import loss_moments
from bntheory.methods import GDNP

STEPS = 30


def measure(rounds: int = 1) -> Iterator[Measurement]:
    """Two goals; `rounds` is not used."""
    problem = halfspace(3000, 20, condition=30.0)
    yield once(
        "fast iterates / 60-bisection iterates on data: distance in the S-norm", "<=", 1e-13, apart(problem, -problem.u)
    )
    rng = np.random.default_rng(0)
    eigenvalues = log_uniform(30.0, (1, 8), rng)
    u, w0 = generic(eigenvalues, rng, size=0.7)
    member = GaussianEnsemble(eigenvalues, u).member(0)
    yield once("the same on Gaussian inputs", "<=", 1e-13, apart(member, w0[0]))
    yield once("E softplus, E softplus', E softplus'': error", "<=", 1e-12, expectation_error())


def apart(problem, w0: np.ndarray) -> float:
    """max_t |w~_t - literal w~_t|_S / |w~_t|_S."""
    paths = [
        [iterate.w_tilde for iterate in islice(method.iterates(problem, w0), STEPS)]
        for method in (GDNP(), GDNP(bisection_steps=60, bracket=(-30.0, 30.0)))
    ]
    norm = problem.metric.norm
    return max(norm(a - b) / norm(a) for a, b in zip(*paths, strict=True))


def expectation_error() -> float:
    """Against mpmath's quadrature with 40 digits, means 0 to 5 and deviations .1 to 20."""
    import mpmath

    functions = (
        lambda t: mpmath.log1p(mpmath.exp(t)),
        lambda t: 1 / (1 + mpmath.exp(-t)),
        lambda t: 1 / (2 + mpmath.exp(t) + mpmath.exp(-t)),
    )
    worst = 0.0
    with mpmath.workdps(40):
        for mean, std in ((0.0, 0.1), (0.7, 1.0), (-3.0, 4.0), (5.0, 20.0)):
            ends = [mean + std * x for x in range(-14, 15, 2)]
            for function, found in zip(functions, loss_moments("softplus", mean, std), strict=True):
                worst = max(worst, abs(float(found - expectation(function, mean, std, sorted([*ends, 0.0])))))
    return worst


def expectation(function, mean: float, std: float, ends: list[float]):
    """E function(t), t ~ N(mean, std^2), in mpmath's present precision."""
    import mpmath

    return mpmath.quad(lambda t: function(t) * mpmath.npdf(t, mean, std), ends)
