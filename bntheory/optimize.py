"""One call from a problem to its minimizer: `bntheory.minimize`."""

from __future__ import annotations

import numpy as np
from scipy.optimize import OptimizeResult

from bntheory.methods import get_method
from bntheory.protocols import Method, Problem
from bntheory.trace import run
from bntheory.typing import Vector


def minimize(
    problem: Problem,
    method: str | Method = "gdnp",
    w0: Vector | None = None,
    *,
    tol: float = 1e-8,
    steps: int = 10_000,
) -> OptimizeResult:
    """Minimize a problem by one of the theory's methods.

    Parameters
    ----------
    problem : Problem
    method : str or Method
        A name of `bntheory.methods.METHODS`, or a method object.
    w0 : array, shape (d,), optional
        The start; -u without it (E[y x], the direction of the class means), or the first unit vector if u = 0,
        where GDNP has nothing to do and refuses.
    tol : float
        Success means |grad f(x)|_{S^+} <= tol at an x that no known obstacle excludes.
    steps : int
        At most so many iterations.

    Returns
    -------
    scipy.optimize.OptimizeResult
        x, fun, jac, nit, success, status (0 success, 1 not converged, 2 diverged), message, and trace.

    Raises
    ------
    InvalidInput
        If an argument breaks a rule of the problem, the method or `run`.
    """
    if w0 is None:
        w0 = -problem.u if problem.u.any() else np.eye(len(problem.u))[0]
    trace = run(get_method(method), problem, w0, steps=steps, tol=tol, measure_suboptimality=False)
    return OptimizeResult(
        x=trace.w_tilde,
        fun=problem.value(trace.w_tilde),
        jac=problem.gradient(trace.w_tilde),
        nit=trace.iterations,
        success=trace.converged,
        status=0 if trace.converged else 2 if trace.diverged else 1,
        message=trace.message,
        trace=trace,
    )
