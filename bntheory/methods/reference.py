"""SciPy's methods as references.

SciPy owns their loops and cannot be paused, so each is run for 100 iterations, then afresh for 200, 400, ..., and the
iterates not yet seen are yielded: the same ones, since the methods are deterministic, for at most twice the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice

import numpy as np
from scipy.optimize import OptimizeResult, minimize
from scipy.sparse.linalg import cg

from bntheory.protocols import Iterate, Problem, checked_start, value_and_gradient
from bntheory.typing import Vector


@dataclass(frozen=True)
class LBFGS:
    """scipy.optimize.minimize(method="L-BFGS-B") with its own line search, until it can go no further."""

    name: str = "lbfgs"

    def iterates(self, problem: Problem, w0: Vector) -> Iterator[Iterate]:
        """x_0 = w0 and SciPy's accepted points; two passes over the data per evaluation."""
        w0 = checked_start(w0, len(problem.u))
        options = {"ftol": 0.0, "gtol": 0.0}

        def first(limit: int) -> Iterator[Iterate]:
            return _accepted(problem, w0, "L-BFGS-B", options | {"maxiter": limit, "maxfun": 100 * limit})

        return _endless(first)


@dataclass(frozen=True)
class ConjugateGradient:
    """Conjugate gradients: linear (scipy.sparse.linalg.cg) for least squares, else SciPy's nonlinear method "CG"."""

    name: str = "cg"

    def iterates(self, problem: Problem, w0: Vector) -> Iterator[Iterate]:
        """x_0 = w0 and SciPy's accepted points; two passes over the data per evaluation."""
        w0 = checked_start(w0, len(problem.u))

        def first(limit: int) -> Iterator[Iterate]:
            if getattr(problem, "quadratic", False):
                return _linear(problem, w0, limit)
            return _accepted(problem, w0, "CG", {"gtol": 0.0, "maxiter": limit})

        return _endless(first)


def _endless(first: Callable[[int], Iterator[Iterate]]) -> Iterator[Iterate]:
    """The iterates of `first(limit)` for growing limits, each once; ends when a run ends short of its limit."""
    seen = 0
    for limit in (100 * 2**k for k in count()):
        for iterate in islice(first(limit), seen, None):
            seen += 1
            yield iterate
        if seen <= limit:  # w0 and fewer than `limit` steps
            return


def _accepted(problem: Problem, w0: Vector, method: str, options: dict[str, float]) -> Iterator[Iterate]:
    evaluations = 0
    tried: dict[bytes, tuple[float, Vector]] = {}
    accepted: list[Iterate] = []

    def objective(w: Vector) -> tuple[float, Vector]:
        nonlocal evaluations
        evaluations += 1
        value, gradient = value_and_gradient(problem, w)
        tried[w.tobytes()] = value, gradient
        return value, gradient

    def callback(intermediate_result: OptimizeResult) -> None:
        point = np.array(intermediate_result.x, dtype=np.float64)
        value, gradient = tried.get(point.tobytes()) or value_and_gradient(problem, point)
        accepted.append(Iterate(point, value, gradient, 2 * evaluations))
        tried.clear()

    yield Iterate(w0, *value_and_gradient(problem, w0), 2)
    minimize(objective, w0, jac=True, method=method, callback=callback, options=options)
    yield from accepted


def _linear(problem: Problem, w0: Vector, limit: int) -> Iterator[Iterate]:
    """SciPy's cg on S e = -(u + S w0), w = w0 + e, and afresh from where it ends while the residual still halves.

    cg watches a residual that it updates and that drifts from the true one by eps |S| max|e|, much where w0 is far.
    """
    points, remaining, end = [w0], limit, w0
    residual = -(problem.u + problem.S @ w0)
    # d * eps |u| is what rounding in S w leaves of the residual; without u, twice the digits of the start are enough
    eps = float(np.finfo(float).eps)
    floor = len(w0) * eps * max(float(np.linalg.norm(problem.u)), eps * float(np.linalg.norm(residual)))
    while remaining > 0:
        before = float(np.linalg.norm(residual))
        if before <= floor:
            break
        cg(
            problem.S,
            residual,
            atol=floor,
            rtol=0.0,
            maxiter=remaining,
            callback=lambda e, start=end: points.append(start + e),
        )
        remaining = limit + 1 - len(points)
        end = points[-1]
        residual = -(problem.u + problem.S @ end)
        if float(np.linalg.norm(residual)) > before / 2:
            break
    for number, point in enumerate(points, start=1):
        yield Iterate(point, *value_and_gradient(problem, point), 2 * number)
