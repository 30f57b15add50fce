"""Running a method: stopping and recording, outside the method."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from bntheory.arrays import real_array
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
        |grad f(w~_T)|_{S^+} <= tol, and the problem knows no obstacle (bounded loss, separable classes). Where only
        some rows of a sample are separated (`SampleMinimum.escaping`) the infimum is approached and not attained.
    diverged : bool
        An iterate left the floating-point range, or the value rose by more than its initial size.
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
        """T, the number of steps taken; 0 too where the method found no first iterate and the arrays are empty."""
        return max(len(self.value) - 1, 0)


def run(
    method: Method,
    problem: Problem,
    w0: Vector,
    *,
    steps: int = 1000,
    tol: float = 0.0,
    observe: Mapping[str, Callable[[Iterate], float]] | None = None,
    measure_suboptimality: bool = True,
    watch: Callable[[int], None] | None = None,
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
    watch : function, optional
        Called with t after each iterate has been recorded (for progress).

    Returns
    -------
    Trace

    Raises
    ------
    InvalidInput
        If the method is none, steps < 1 or tol < 0, or the method rejects w0. Divergence and infinite lengths do not
        raise: they end the run, with `converged` False and the reason as `message`.
    """
    if not hasattr(method, "iterates"):
        raise InvalidInput("method", method, "must be a Method", "give one such as bntheory.GDNP()")
    if not isinstance(steps, (int, np.integer)) or steps < 1:
        raise InvalidInput("steps", steps, "must be a whole number, at least 1", "give one such as 1000")
    if not tol >= 0:
        raise InvalidInput("tol", tol, "must be at least 0", "give a number such as 1e-6")
    metric = metric_of(problem)
    observe = observe or {}
    rows: list[tuple[float, ...]] = []
    w_tilde = real_array("w0", w0)

    def record(iterate: Iterate) -> float:
        nonlocal w_tilde
        w_tilde = iterate.w_tilde
        grad_norm = metric.dual_norm(iterate.gradient)
        excess = suboptimality(problem, w_tilde, iterate.value) if measure_suboptimality else float("nan")
        extra = (float(function(iterate)) for function in observe.values())
        rows.append((iterate.value, excess, grad_norm, iterate.passes, *extra))
        if watch is not None:
            watch(len(rows) - 1)
        return grad_norm

    # overflow is how divergence announces itself, and is reported as such
    with np.errstate(over="ignore", invalid="ignore"):
        ending = _advance(method.iterates(problem, w0), record, method.name, steps, tol)
        blocked = obstacle(problem, w_tilde) if rows else None
    columns = np.array(rows, dtype=np.float64).reshape(len(rows), 4 + len(observe)).T
    if blocked is not None:
        ending = _Ending(blocked, outcome=ending.outcome if ending.outcome == "diverged" else "stopped")
    elif ending.outcome == "stopped" and _blew_up(columns[0]):
        change = f"from {columns[0][0]:.6g} to {columns[0][-1]:.6g} in {len(rows) - 1} iterations"
        ending = _Ending(f"diverged: the value rose {change}", outcome="diverged")
    return Trace(
        method=method.name,
        value=columns[0],
        suboptimality=columns[1],
        grad_norm=columns[2],
        passes=columns[3],
        w_tilde=w_tilde,
        converged=ending.outcome == "converged",
        diverged=ending.outcome == "diverged",
        message=ending.message,
        observed=dict(zip(observe, columns[4:], strict=True)),
    )


def _blew_up(value: Vector) -> bool:
    """Whether the last value exceeds the first by more than its size, or is nan: rounding and bounded losses do not."""
    return len(value) > 1 and not value[-1] - value[0] <= max(abs(value[0]), 1e-8)


@dataclass(frozen=True)
class _Ending:
    """Why a run ended; "endless" is a direction without a minimizer of finite length."""

    message: str
    outcome: Literal["converged", "stopped", "diverged", "endless"]


def _advance(
    iterates: Iterator[Iterate], record: Callable[[Iterate], float], name: str, steps: int, tol: float
) -> _Ending:
    """Record iterates until one has |grad f|_{S^+} <= tol, `steps` steps are done, or the method ends by itself."""
    grad_norm, t = float("nan"), 0
    try:
        for t, iterate in enumerate(iterates):
            grad_norm = record(iterate)
            if grad_norm <= tol:
                return _Ending(f"|grad f|_S+ = {grad_norm:.3g} <= tol = {tol:g}", "converged")
            if t == steps:
                return _Ending(f"stopped after {steps} iterations", "stopped")
    except Diverged as error:
        return _Ending(str(error), "diverged")
    except NoFiniteLength as error:
        return _Ending(str(error), "endless")
    return _Ending(f"{name} can go no further: |grad f|_S+ = {grad_norm:.3g} at iteration {t}", "stopped")
