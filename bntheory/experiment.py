"""What an experiment returns: criteria, and instances of methods side by side; and its report as JSON.

An experiment is a module of experiments/ whose name is its stem, with a function ``measure(*, seed, ..., progress) ->
Result``; one that takes long also takes `pieces`. `bntheory.stems` finds and performs them, `bntheory.storage` keeps
their results.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bntheory.errors import InvalidInput
from bntheory.linalg import Metric
from bntheory.statistics import Regime
from bntheory.trace import Trace

#: Called with the fraction done, in [0, 1], and what is being done.
Progress = Callable[[float, str], None]


#: Arrays under names.
Arrays: TypeAlias = Mapping[str, NDArray[Any]]
#: ``pieces(name, compute)`` gives compute()'s arrays, or those kept under the name from an interrupted run of the same
#: code. The name says everything that the arrays depend on besides the code.
Pieces: TypeAlias = Callable[[str, Callable[[], Arrays]], Arrays]


def not_kept(name: str, compute: Callable[[], Arrays]) -> Arrays:
    """Pieces that nobody keeps: computes them."""
    return compute()


def kept_trace(pieces: Pieces, name: str, compute: Callable[[], Trace]) -> Trace:
    """A trace as a piece; quantities that it was asked to observe are lost."""

    def arrays() -> Arrays:
        trace = vars(compute())
        return {field: np.asarray(value) for field, value in trace.items() if field != "observed"}

    found: dict[str, Any] = {
        field: value if value.ndim else value.item() for field, value in pieces(name, arrays).items()
    }
    return Trace(**found)


#: What a criterion may ask; each is False for nan.
RELATIONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@dataclass(frozen=True)
class Criterion:
    """One criterion of an experiment: ``measured relation limit``, stated before it was measured.

    Attributes
    ----------
    name : str
    measured : float
    relation : one of the keys of `RELATIONS`
    limit : float
    """

    name: str
    measured: float
    relation: str
    limit: float

    @property
    def met(self) -> bool:
        """Whether the relation holds; False for nan."""
        return bool(RELATIONS[self.relation](self.measured, self.limit))


@dataclass(frozen=True)
class MethodRun:
    """One method on one instance: its trace, and the theorem's factor a step where there is one."""

    trace: Trace
    bound: float | None = None

    def rate(self) -> dict[str, Any] | None:
        """{"factor", "ci95"} of the suboptimality a step, None where no rate can be fitted."""
        from bntheory.rates import fit_linear_rate

        try:
            fitted = fit_linear_rate(self.trace.suboptimality)
        except InvalidInput:
            return None
        return {"factor": fitted.factor, "ci95": list(fitted.ci95)}


@dataclass(frozen=True)
class Instance:
    """Methods side by side on one problem.

    Attributes
    ----------
    label : str
        What tells this instance from the others, for people.
    problem : mapping
        n, d, mu, L, condition, loss, classes (None where without meaning).
    runs : mapping of str to MethodRun
    """

    label: str
    problem: Mapping[str, Any]
    runs: Mapping[str, MethodRun]


@dataclass(frozen=True)
class Result:
    """What an experiment found; `instances[0]` is the one that the top level of the report shows (the worst case)."""

    stem: str
    seed: int
    options: Mapping[str, Any]
    criteria: tuple[Criterion, ...]
    instances: tuple[Instance, ...] = ()
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    regimes: tuple[Regime, ...] = ()


def describe(
    metric: Metric, *, n: int | None = None, loss: str | None = None, classes: Iterable[str] | None = None
) -> dict[str, Any]:
    """The report's entry for a problem with this metric; n is None for a population."""
    return {
        "n": n,
        "d": len(metric.S),
        "rank": metric.rank,
        "mu": metric.mu,
        "L": metric.L,
        "condition": metric.condition,
        "loss": loss,
        "classes": None if classes is None else list(classes),
    }


def document(result: Result, files: Iterable[Path] = ()) -> dict[str, Any]:
    """The result as the command line's JSON: numbers without meaning (nan, inf) are None."""
    instances = [
        {
            "label": instance.label,
            "problem": dict(instance.problem),
            "methods": {name: _method_entry(run) for name, run in instance.runs.items()},
        }
        for instance in result.instances
    ]
    top: dict[str, Any] = instances[0] if instances else {"problem": None, "methods": {}}
    report: dict[str, Any] = plain(
        {
            "stem": result.stem,
            "seed": result.seed,
            "options": dict(result.options),
            "problem": top["problem"],
            "methods": top["methods"],
            "instances": instances,
            "results": dict(result.results),
            "criteria": [asdict(c) | {"met": c.met} for c in result.criteria],
            "regimes": [regime_entry(regime) for regime in result.regimes],
            "provenance": dict(result.provenance),
            "files": [str(file) for file in files],
        }
    )
    return report


def regime_entry(regime: Regime) -> dict[str, Any]:
    """A regime as the command line's JSON."""
    effect = regime.effect
    return {
        "claim": regime.claim,
        "name": regime.name,
        "declared": regime.declared,
        "measured": regime.measured,
        "as_declared": regime.as_declared,
        "criterion": regime.criterion.text,
        "effect": effect.mean,
        "ci95": list(effect.ci95),
        "p": regime.p,
        "seeds": effect.seeds,
        "differences": list(effect.differences),
    }


def _method_entry(run: MethodRun) -> dict[str, Any]:
    trace = run.trace
    return {
        "converged": trace.converged,
        "diverged": trace.diverged,
        "message": trace.message,
        "iterations": trace.iterations,
        "value": trace.value[-1] if len(trace.value) else None,
        "suboptimality": trace.suboptimality.tolist() if np.isfinite(trace.suboptimality).any() else None,
        "grad_norm": trace.grad_norm.tolist(),
        "passes": trace.passes[-1] if len(trace.passes) else None,
        "rate": run.rate(),
        "bound": run.bound,
    }


def plain(value: Any) -> Any:
    """The value in JSON's own types; numbers without meaning (nan, inf) become None."""
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
