"""Ensembles as one array call over loops of single runs, timed on a few runs and scaled to all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from benchmarks.timing import Measurement, ratio
from bntheory.ensemble import GaussianEnsemble, LeastSquaresEnsemble
from bntheory.ensemble.instances import generic, log_uniform
from bntheory.linalg import symmetric_matrix
from bntheory.methods import GDNP

#: Runs of a loop that are timed.
LOOPED = 20


def measure(rounds: int = 7) -> Iterator[Measurement]:
    """Least squares (GD and GDNP), and Gaussian halfspaces (GDNP)."""
    yield least_squares(rounds)
    yield from population(rounds)


def least_squares(rounds: int, runs: int = 10_000, d: int = 50, steps: int = 100) -> Measurement:
    """Both methods on all runs, against plain NumPy loops with dense S, as one writes them first."""
    rng = np.random.default_rng(0)
    eigenvalues = log_uniform(30.0, (runs, d), rng)
    u, w0 = generic(eigenvalues, rng)
    ensemble = LeastSquaresEnsemble(eigenvalues, u)
    dense = [(symmetric_matrix(eigenvalues[k], rng), u[k], w0[k], eigenvalues[k].max()) for k in range(LOOPED)]

    def loop() -> None:
        for S, vector, start, L in dense:
            best = -np.linalg.solve(S, vector)
            for exact in (False, True):
                w, D = start, []
                for t in range(steps + 1):
                    w = w if t == 0 else w - (S @ w + vector) / L
                    if exact:
                        w = -(vector @ w) / (w @ S @ w) * w
                    D.append((w - best) @ S @ (w - best))

    def together() -> None:
        ensemble.gradient_descent(w0, steps)
        ensemble.gdnp(w0, steps)

    name = f"naive loop / ensemble, least squares, {runs} runs, d = {d}, T = {steps}"
    return ratio(name, ">=", 100.0, loop, together, rounds, scale=runs / LOOPED, note=f"loop: {LOOPED} runs timed")


def population(rounds: int, runs: int = 1000, d: int = 30, steps: int = 100) -> Iterator[Measurement]:
    """GDNP on Gaussian inputs: against the source's algorithm, 45 bisection steps a length.

    The second row is against `GDNP()`, this package's fast search; its goal of 100 is not PERFORMANCE's."""
    rng = np.random.default_rng(0)
    eigenvalues = log_uniform(30.0, (runs, d), rng)
    u, w0 = generic(eigenvalues, rng, size=0.7)
    ensemble = GaussianEnsemble(eigenvalues, u)
    literal, fast = GDNP(bisection_steps=45, bracket=(-20.0, 20.0)), GDNP()
    for method, name, looped, goal in ((literal, "the source's GDNP", 2, 2500.0), (fast, "GDNP()", 10, 100.0)):

        def loop(method: GDNP = method, looped: int = looped) -> None:
            for k in range(looped):
                list(islice(method.iterates(ensemble.member(k), w0[k]), steps + 1))

        title = f"per-run loop of {name} / population ensemble, {runs} x {steps}, d = {d}"
        yield ratio(
            title, ">=", goal, loop, lambda: ensemble.gdnp(w0, steps), rounds, scale=runs / looped,
            note=f"loop: {looped} runs timed",
        )  # fmt: skip
