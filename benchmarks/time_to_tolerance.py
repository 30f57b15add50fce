"""From the data to |grad f|_{S^-1} <= 1e-8: scikit-learn's solvers over whitened GDNP, S and its spectrum included."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.problems import halfspace
from benchmarks.timing import Measurement, once, ratio
from bntheory import minimize
from bntheory.problems import SampledHalfspace

N, D, GOAL, TOL = 32_561, 123, 6.0, 1e-8


def measure(rounds: int = 5) -> Iterator[Measurement]:
    """lbfgs and newton-cholesky at condition 30 and 1000, without regularization and intercept."""
    for condition in (30.0, 1000.0):
        problem = halfspace(N, D, condition=condition)

        def whitened(problem: SampledHalfspace = problem) -> SampledHalfspace:
            return minimize(SampledHalfspace(problem.X, problem.y), "gdnp-whitened", tol=TOL)

        for solver in ("lbfgs", "newton-cholesky"):
            name = f"scikit-learn {solver} / whitened GDNP to {TOL:g}, condition {condition:g}"
            try:
                fit, reached = peer(problem, solver)
            except ModuleNotFoundError as error:
                yield once(name, ">=", GOAL, float("nan"), note=f"skipped: {error.name} is not installed")
                continue
            note = f"it reaches {reached:.1e}, whitened GDNP {gradient_norm(problem, whitened().x):.1e}"
            yield ratio(name, ">=", GOAL, fit, whitened, rounds, note=note)


def peer(problem: SampledHalfspace, solver: str) -> tuple[Callable[[], object], float]:
    """A fit with the largest tolerance that reaches `TOL`, and the norm that it reaches."""
    from sklearn.linear_model import LogisticRegression

    for tol in 10.0 ** -np.arange(4, 15):
        model = LogisticRegression(C=np.inf, fit_intercept=False, solver=solver, tol=tol, max_iter=100_000)
        model.fit(problem.X, problem.y)
        reached = gradient_norm(problem, model.coef_[0])
        if reached <= TOL:
            break
    return lambda: model.fit(problem.X, problem.y), reached


def gradient_norm(problem: SampledHalfspace, w: np.ndarray) -> float:
    """|grad f(w)|_{S^-1}."""
    return problem.metric.dual_norm(problem.gradient(w))
