"""E5 and E6: the linear rates of GD and GDNP on least squares, from condition 2 to 1e6.

Setting: S diagonal (every method here is rotation-equivariant), so that the error along one eigenvector keeps
its relative accuracy. Two families:

- worst case: u along the top eigenvector, the error along the bottom one, 1e-4 of |w*|_S. GD's factor is (1 - mu/L)^2
  exactly, and GDNP's tends to it as the error tends to 0;
- generic: log-spaced spectrum, u and w0 Gaussian in whitened coordinates.

Main statements: no method with a bound exceeds it; GD is linear: "GD converges only sub-linearly" (E6) is false.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from bntheory import stems
from bntheory.decoupling import best_constant_factor, contraction_factor
from bntheory.errors import InvalidInput, unknown
from bntheory.experiment import Criterion, Instance, MethodRun, Progress, Result, describe
from bntheory.methods import GDNP, ConjugateGradient, GradientDescent
from bntheory.problems import LeastSquares
from bntheory.protocols import Method
from bntheory.rates import choose_rate
from bntheory.trace import run
from bntheory.typing import Vector

STEM = "ols_rate"
CONDITIONS = (1e6, 1e5, 1e4, 1e3, 100.0, 10.0, 2.0)
METHODS = ("gd", "gdnp", "gd-best", "cg")
DIMENSION = 20
#: The error at the start of the worst case, as a fraction of |w*|_S: small enough for GDNP's factor to be within 1 % of
#: its supremum at condition 1e6 (it falls short by 2e-8 there, of 2e-6).
ERROR = 1e-4


def measure(
    *,
    seed: int = 0,
    steps: int = 300,
    tol: float = 1e-9,
    method: Sequence[str] = METHODS,
    progress: Progress = stems.silent,
) -> Result:
    """Run every method on both families at every condition number.

    The default tol leaves every recorded suboptimality above 1e-19 |rho*|, thirteen digits above the rounding of w~.
    """
    for name in method:
        if name not in METHODS:
            raise unknown("method", name, METHODS)
    rng = np.random.default_rng(seed)
    families = [("worst case", condition, worst_case(condition)) for condition in CONDITIONS]
    families += [("generic", condition, generic(condition, rng)) for condition in CONDITIONS]
    instances = []
    for count, (family, condition, (problem, w0)) in enumerate(families):
        progress(count / len(families), f"{family}, condition {condition:g}")
        mu, L = problem.metric.mu, problem.metric.L
        runs = {}
        for name in method:
            optimizer, bound = method_and_bound(name, mu, L)
            runs[name] = MethodRun(run(optimizer, problem, w0, steps=steps, tol=tol), bound)
        instances.append(Instance(f"{family}, condition {condition:g}", describe(problem.metric), runs))
    options = {"steps": steps, "tol": tol, "method": list(method)}
    return Result(STEM, seed, options, tuple(criteria(instances, steps, tol)), tuple(instances))


def worst_case(condition: float) -> tuple[LeastSquares, Vector]:
    """u along the top eigenvector, w0 - w* along the bottom one, |w*|_S = 1, |w0 - w*|_S = ERROR; L = 1."""
    eigenvalues = np.geomspace(1 / condition, 1.0, DIMENSION)
    u, w0 = np.zeros(DIMENSION), np.zeros(DIMENSION)
    u[-1], w0[-1] = 1.0, -1.0
    w0[0] = ERROR / np.sqrt(eigenvalues[0])
    return LeastSquares(np.diag(eigenvalues), u), w0


def generic(condition: float, rng: np.random.Generator) -> tuple[LeastSquares, Vector]:
    """u and w0 Gaussian in whitened coordinates, |u|_{S^-1} = 1, |w0|_S = 1."""
    root = np.sqrt(np.geomspace(1 / condition, 1.0, DIMENSION))
    u, w0 = rng.standard_normal((2, DIMENSION))
    return LeastSquares(np.diag(root**2), root * u / np.linalg.norm(u)), w0 / root / np.linalg.norm(w0)


def method_and_bound(name: str, mu: float, L: float) -> tuple[Method, float | None]:
    """A method and the factor a step on the suboptimality that its theorem gives."""
    if name == "gd-best":
        return GradientDescent(1 / (L + mu), name="gd-best"), best_constant_factor(mu, L)
    if name == "cg":
        return ConjugateGradient(), None
    return GradientDescent() if name == "gd" else GDNP(), contraction_factor(mu, L)


def criteria(instances: Sequence[Instance], steps: int, tol: float) -> Iterator[Criterion]:
    """What the experiment must show, among it the false neighbour that must miss; nan, so missed, without a rate."""
    worst = instances[: len(CONDITIONS)]
    if "gd" in worst[0].runs:
        gd = np.max([relative_gap(instance.runs["gd"]) for instance in worst])
        yield Criterion("GD, worst case: |(1 - factor)/(1 - bound) - 1|", float(gd), "<=", 1e-3)
        kinds = [kind_of_rate(instance.runs["gd"]) for instance in worst]
        yield Criterion("GD, worst case: instances found linear (E6)", kinds.count("linear"), ">=", len(worst))
        halved = np.min([halved_step(condition, steps, tol) for condition in CONDITIONS])
        yield Criterion("control, GD with half the step misses GD's criterion", float(halved), ">=", 1e-3)
    if "gd-best" in worst[0].runs:
        best = np.max([relative_gap(instance.runs["gd-best"]) for instance in worst])
        yield Criterion("GD, best step, worst case: |(1 - factor)/(1 - bound) - 1|", float(best), "<=", 1e-3)
    for name in [name for name, made in worst[0].runs.items() if made.bound is not None]:
        over = np.max([over_bound(instance.runs[name]) for instance in instances])
        # values are accurate to about 1e-13 relative (see measure), and so is the factor of a step
        yield Criterion(f"{name}, every spectrum: factor - bound", float(over), "<=", 1e-13)
    if "gdnp" in worst[0].runs:
        close = np.max([relative_gap(instance.runs["gdnp"]) for instance in worst])
        yield Criterion("GDNP, worst case: |(1 - factor)/(1 - bound) - 1|", float(close), "<=", 0.02)


def kind_of_rate(run: MethodRun) -> str:
    """linear, sublinear or undecided; undecided too where the trace is too short for any rate."""
    try:
        return choose_rate(run.trace.suboptimality).kind
    except InvalidInput:
        return "undecided"


def over_bound(run: MethodRun) -> float:
    """factor - bound; nan where no rate can be fitted."""
    rate = run.rate()
    return rate["factor"] - run.bound if rate and run.bound is not None else float("nan")


def relative_gap(run: MethodRun) -> float:
    """|(1 - factor)/(1 - bound) - 1|; nan where no rate can be fitted."""
    rate = run.rate()
    return abs((1 - rate["factor"]) / (1 - run.bound) - 1) if rate and run.bound is not None else float("nan")


def halved_step(condition: float, steps: int, tol: float) -> float:
    """The relative gap of GD with step 1/(4L) instead of 1/(2L) on the worst case."""
    problem, w0 = worst_case(condition)
    halved = GradientDescent(1 / (2 * problem.zeta))
    trace = run(halved, problem, w0, steps=steps, tol=tol)
    return relative_gap(MethodRun(trace, contraction_factor(problem.metric.mu, problem.metric.L)))


main = partial(stems.main, STEM)

if __name__ == "__main__":
    print(main())
