"""Running a method: stopping and recording, outside the method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from bntheory.errors import Diverged, InvalidInput, NoFiniteLength
from bntheory.protocols import Iterate, Method, Problem, metric_of, obstacle, suboptimality
from bntheory.typing import Vector


@dataclass(frozen=True)
class Trace:
    """What a run recorded; arrays have length T + 1, entry t belonging to iterate t.

    Attributes
    ----------
    method : str
    value : array
        f(w~_t).
    suboptimality : array
        f(w~_t) - inf f, nan where the problem knows no infimum.
    grad_norm : array
        |grad f(w~_t)|_{S^+}.
    passes : array
        Products with the data up to iterate t.
    w_tilde : array, shape (d,)
        The last iterate.
    converged : bool
        |grad f(w~_T)|_{S^+} <= tol, and no obstacle to a minimizer is known.
    diverged : bool
        An iterate left the floating-point range, or the value ended above where it started.
    message : str
        Why the run ended.
    observed : mapping of str to array
        What `observe` asked for.
    """

    method: str
    value: Vector
    suboptimality: Vector
    grad_norm: Vector
    passes: Vector
    w_tilde: Vector
    converged: bool
    diverged: bool
    message: str
    observed: Mapping[str, Vector] = field(default_factory=dict)

    @property
    def iterations(self) -> int:
        """T, the number of steps taken."""
        return len(self.value) - 1


def run(
    method: Method,
    problem: Problem,
    w0: Vector,
    *,
    steps: int = 1000,
    tol: float = 0.0,
    observe: Mapping[str, Callable[[Iterate], float]] | None = None,
    measure_suboptimality: bool = True,
) -> Trace:
    """Run a method from w0 and record it.

    Parameters
    ----------
    method : Method
    problem : Problem
    w0 : array, shape (d,)
    steps : int
        At most so many iterations, at least 1.
    tol : float
        Stop at the first iterate with |grad f|_{S^+} <= tol; with 0, only an exact stationary point stops the run.
    observe : mapping of str to function, optional
        Further quantities of each iterate to record, by name.
    measure_suboptimality : bool
        Whether to record f - inf f, which on data costs a Newton solve for inf f, once a problem; nan without it.

    Returns
    -------
    Trace

    Raises
    ------
    InvalidInput
        If steps < 1 or tol < 0, or the method rejects w0. Divergence and infinite lengths do not raise: they end the
        run, with `converged` False and the reason as `message`.
    """
    if not isinstance(steps, (int, np.integer)) or steps < 1:
        raise InvalidInput("steps", steps, "must be a whole number, at least 1", "give one such as 1000")
    if not tol >= 0:
        raise InvalidInput("tol", tol, "must be at least 0", "give a number such as 1e-6")
    metric = metric_of(problem)
    observe = observe or {}
    rows: list[tuple[float, ...]] = []
    w_tilde = np.asarray(w0, dtype=np.float64)
    message, converged, failed, endless = f"stopped after {steps} iterations", False, False, False
    iterates = method.iterates(problem, w0)
    # overflow is how divergence announces itself, and is reported as such
    with np.errstate(over="ignore", invalid="ignore"):
        try:
            for t, iterate in enumerate(iterates):
                w_tilde = iterate.w_tilde
                grad_norm = metric.dual_norm(iterate.gradient)
                excess = suboptimality(problem, w_tilde, iterate.value) if measure_suboptimality else float("nan")
                extra = (float(function(iterate)) for function in observe.values())
                rows.append((iterate.value, excess, grad_norm, iterate.passes, *extra))
                if grad_norm <= tol:
                    converged, message = True, f"|grad f|_S+ = {grad_norm:.3g} <= tol = {tol:g}"
                    break
                if t == steps:
                    break
            else:
                message = f"{method.name} can go no further: |grad f|_S+ = {grad_norm:.3g} at iteration {len(rows) - 1}"
        except Diverged as error:
            message, failed = str(error), True
        except NoFiniteLength as error:
            message, endless = str(error), True
    blocked = obstacle(problem, w_tilde) if rows else None
    if blocked is not None:
        message, converged = blocked, False
    columns = np.array(rows, dtype=np.float64).reshape(len(rows), 4 + len(observe)).T
    value = columns[0]
    rose = len(value) > 1 and not value[-1] <= value[0] and not (converged or endless)
    if rose and not failed:
        message = (
            f"diverged: the value rose from {value[0]:.6g} to {value[-1]:.6g} in {len(value) - 1} iterations"
        )
    return Trace(
        method=method.name,
        value=value,
        suboptimality=columns[1],
        grad_norm=columns[2],
        passes=columns[3],
        w_tilde=w_tilde,
        converged=converged,
        diverged=failed or rose,
        message=message,
        observed=dict(zip(observe, columns[4:], strict=True)),
    )
