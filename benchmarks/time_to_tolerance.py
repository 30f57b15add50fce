"""From the data to a small gradient: scikit-learn's solvers over whitened GDNP, S and its spectrum included.

Each reads the data in the layout that its makers chose: scikit-learn rows, bntheory columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from benchmarks.problems import halfspace
from benchmarks.timing import Measurement, once, ratio
from bntheory import minimize
from bntheory.problems import SampledHalfspace

N, D, GOAL, TOL = 32_561, 123, 6.0, 1e-8
TOLERANCES = tuple(10.0 ** -np.arange(4, 15))


def measure(rounds: int = 5) -> Iterator[Measurement]:
    """lbfgs and newton-cholesky at condition 30 and 1000, without regularization and intercept.

    Where a solver does not reach |grad f|_{S^-1} <= 1e-8 at its smallest tolerance, both are asked for what it reaches.
    """
    for condition in (30.0, 1000.0):
        problem = halfspace(N, D, condition=condition)
        for solver in ("lbfgs", "newton-cholesky"):
            name = f"scikit-learn {solver} / whitened GDNP, condition {condition:g}"
            try:
                fit, reached = peer(problem, solver)
            except ModuleNotFoundError as error:
                yield once(name, ">=", GOAL, float("nan"), note=f"skipped: {error.name} is not installed")
                continue
            asked = max(TOL, reached)
            ours = partial(whitened, problem, asked)
            norm = problem.metric.dual_norm(problem.gradient(ours().x))
            note = f"|grad f|_S^-1: it reaches {reached:.1e}, whitened GDNP {norm:.1e}"
            if solver == "newton-cholesky":
                note += "; both need a handful of steps, and ours the products for S and its spectrum besides"
            yield ratio(f"{name}, to {asked:.1e}", ">=", GOAL, fit, ours, rounds, note=note)


def whitened(problem: SampledHalfspace, tol: float):
    """Whitened GDNP from the data on."""
    return minimize(SampledHalfspace(problem.X, problem.y), "gdnp-whitened", tol=tol)


def peer(problem: SampledHalfspace, solver: str) -> tuple[Callable[[], object], float]:
    """A fit with the largest of `TOLERANCES` that reaches `TOL`, or the smallest, and the norm that it reaches."""
    from sklearn.linear_model import LogisticRegression

    X = np.ascontiguousarray(problem.X)
    for tol in TOLERANCES:
        model = LogisticRegression(C=np.inf, fit_intercept=False, solver=solver, tol=tol, max_iter=100_000)
        model.fit(X, problem.y)
        reached = problem.metric.dual_norm(problem.gradient(model.coef_[0]))
        if reached <= TOL:
            break
    return lambda: model.fit(X, problem.y), reached
