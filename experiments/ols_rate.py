"""E5 and E6: the linear rates of GD and GDNP on least squares, from condition 2 to 1e6.

Setting: S diagonal (every method here is rotation-equivariant), so that the error along one eigenvector keeps
its relative accuracy. Two families:

- worst case: u along the top eigenvector, the error along the bottom one, 1e-4 of |w*|_S. GD's factor is (1 - mu/L)^2
  exactly, and GDNP's tends to it as the error tends to 0;
- generic: log-spaced spectrum, u and w0 Gaussian in whitened coordinates; and `RUNS` of them at each condition number
  with log-uniform spectra, as one ensemble: what is typical.

Main statements: no method with a bound exceeds it, on average or at any step of any run; GD is linear: "GD converges
only sub-linearly" (E6) is false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from bntheory import stems
from bntheory.decoupling import best_constant_factor, contraction_factor
from bntheory.ensemble import EnsembleTrace, LeastSquaresEnsemble
from bntheory.ensemble.instances import STARTS, generic, geometric, log_uniform
from bntheory.errors import InvalidInput, unknown
from bntheory.experiment import Criterion, Instance, MethodRun, Progress, Result, describe
from bntheory.methods import GDNP, ConjugateGradient, GradientDescent
from bntheory.problems import LeastSquares
from bntheory.protocols import Method
from bntheory.rates import choose_rate
from bntheory.trace import run
from bntheory.typing import Matrix, Vector

STEM = "ols_rate"
CONDITIONS = (1e6, 1e5, 1e4, 1e3, 100.0, 10.0, 2.0)
METHODS = ("gd", "gdnp", "gd-best", "cg")
DIMENSION = 20
#: Generic instances a condition number; the condition number whose traces are shown; the quantiles that are kept.
RUNS, SHOWN, QUANTILES = 10_000, 100.0, (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


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
    pairs = [(family, condition) for family in ("worst case", "generic") for condition in CONDITIONS]
    instances = []
    for count, (family, condition) in enumerate(pairs):
        progress(0.6 * count / len(pairs), f"{family}, condition {condition:g}")
        problem, w0 = single(family, condition, rng)
        mu, L = problem.metric.mu, problem.metric.L
        runs = {}
        for name in method:
            optimizer, bound = method_and_bound(name, mu, L)
            runs[name] = MethodRun(run(optimizer, problem, w0, steps=steps, tol=tol), bound)
        instances.append(Instance(f"{family}, condition {condition:g}", describe(problem.metric), runs))
    options = {"steps": steps, "tol": tol, "method": list(method)}
    arrays: dict[str, np.ndarray] = {"conditions": np.array(CONDITIONS), "levels": np.array(QUANTILES)}
    over = {}
    for name in [name for name in (*method, "halved") if name in ENSEMBLE]:
        progress(0.6 + 0.1 * len(over), f"{name}, {RUNS} generic instances a condition number")
        over[name], found = typical(name, steps, seed)
        arrays |= found
    found_criteria = (*criteria(instances, steps, tol), *ensemble_criteria(over))
    return Result(STEM, seed, options, found_criteria, tuple(instances), arrays, {"runs": RUNS, "shown": SHOWN})


def single(family: str, condition: float, rng: np.random.Generator) -> tuple[LeastSquares, Vector]:
    """One instance of a family and its start, log-spaced spectrum."""
    eigenvalues = geometric(condition, (1, DIMENSION), rng)
    u, w0 = STARTS[family.replace(" ", "-")](eigenvalues, rng)
    return LeastSquares(np.diag(eigenvalues[0]), u[0]), w0[0]


#: How an ensemble runs a method; "halved" is the false neighbour.
ENSEMBLE: dict[str, Callable[[LeastSquaresEnsemble, Matrix, int], EnsembleTrace]] = {
    "gd": lambda problems, w0, steps: problems.gradient_descent(w0, steps),
    "gdnp": lambda problems, w0, steps: problems.gdnp(w0, steps),
    "gd-best": lambda problems, w0, steps: problems.gradient_descent(w0, steps, 1 / (problems.L + problems.mu)),
    "halved": lambda problems, w0, steps: problems.gradient_descent(w0, steps, 1 / (4 * problems.L)),
}


def typical(name: str, steps: int, seed: int) -> tuple[float, dict[str, np.ndarray]]:
    """`RUNS` generic instances at each condition number, the same for every method.

    Returns
    -------
    over : float
        The largest D_{t+1}/D_t - bound of all steps and runs.
    arrays : dict
        "factors/NAME", shape (conditions, quantiles): of the factor a step. "traces/NAME", shape (quantiles, T + 1): of
        D_t/D_0 at condition `SHOWN`.
    """
    over, factors, arrays = -np.inf, [], {}
    for number, condition in enumerate(CONDITIONS):
        rng = np.random.default_rng([seed, number])
        eigenvalues = log_uniform(condition, (RUNS, DIMENSION), rng)
        u, w0 = generic(eigenvalues, rng)
        trace = ENSEMBLE[name](LeastSquaresEnsemble(eigenvalues, u), w0, steps)
        rates, (_, bound) = trace.rates(), method_and_bound(name, 1 / condition, 1.0)
        over = max(over, float(rates.worst.max()) - (bound or np.nan))
        factors.append(np.quantile(rates.factor, QUANTILES))
        if condition == SHOWN:
            relative = trace.suboptimality / trace.suboptimality[:, :1]
            arrays[f"traces/{name}"] = np.quantile(relative, QUANTILES, axis=0)
    return over, arrays | {f"factors/{name}": np.array(factors)}


def ensemble_criteria(over: Mapping[str, float]) -> Iterator[Criterion]:
    """No step of any run is beyond the bound; with half the step some are."""
    for name, most in over.items():
        if name == "halved":
            control = f"control, GD with half the step, {RUNS * len(CONDITIONS)} runs: a step's D_(t+1)/D_t - bound"
            yield Criterion(control, most, ">", 1e-13)
        else:  # a step multiplies relative errors of D by no more than d eps each
            text = f"{name}, every step of {RUNS * len(CONDITIONS)} generic runs: D_(t+1)/D_t - bound"
            yield Criterion(text, most, "<=", 1e-13)


def method_and_bound(name: str, mu: float, L: float) -> tuple[Method, float | None]:
    """A method and the factor a step on the suboptimality that its theorem gives."""
    if name == "gd-best":
        return GradientDescent(1 / (L + mu), name="gd-best"), best_constant_factor(mu, L)
    if name == "cg":
        return ConjugateGradient(), None
    return GDNP() if name == "gdnp" else GradientDescent(), contraction_factor(mu, L)


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
    problem, w0 = single("worst case", condition, np.random.default_rng(0))
    halved = GradientDescent(1 / (2 * problem.zeta))
    trace = run(halved, problem, w0, steps=steps, tol=tol)
    return relative_gap(MethodRun(trace, contraction_factor(problem.metric.mu, problem.metric.L)))


main = partial(stems.main, STEM)

if __name__ == "__main__":
    print(main())
