"""E14 and E15: a tanh network with fixed output weights, optimized unit by unit with GDNP.

Setting: population networks on Gaussian inputs (softplus loss, two units), and a sample (digits, even against odd).

Main statements:

- per unit: while the other units are on the line of S^-1 u and held fixed, unit i is a halfspace problem, so that
  |grad_i f|^2_{S^-1} = c1^2 D(w_i) + (d_gamma f)^2 and D(w_i) <= q^(2t) D_0, q = 1 - mu/L;
- "every unit converges, hence the whole problem does" does not follow: after one pass over the units the whole gradient
  is not small, and the point on the line that further passes approach is a saddle, not a minimum;
- strict local minima off the line exist (E14): one is found by the code, with its Hessian's smallest eigenvalue.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from scipy.optimize import minimize

from bntheory import stems
from bntheory.data import Dataset, bundled
from bntheory.decoupling import contraction_factor, direction_excess, stein_coefficient
from bntheory.errors import InvalidInput
from bntheory.experiment import Criterion, Instance, MethodRun, Progress, Result, describe
from bntheory.linalg import Metric, symmetric_matrix
from bntheory.methods import GDNP, AlternatingGDNP, GradientDescent
from bntheory.problems import GaussianOneHiddenLayer, OneHiddenLayer
from bntheory.problems.hidden_units import UnitProblem
from bntheory.protocols import Iterate, Problem
from bntheory.trace import Trace, run
from bntheory.typing import Matrix, Vector

STEM = "mlp_rate"
DIMENSION, CONDITION, SIZE = 5, 10.0, 0.36
PASSES = 8
#: The off-line minimum is searched with S = I, u = 0.6 e_1, theta = (1, 1), from starts in this box.
OFF_LINE_BOX, STARTS = 3.0, 12


def measure(*, seed: int = 0, steps: int = 60, progress: Progress = stems.silent) -> Result:
    """Run the per-unit bound, the passes, the search for an off-line minimum, and the sample.

    Parameters
    ----------
    seed : int
    steps : int
        Direction steps T_d of each visit to a unit, at least 10.
    """
    if steps < 10:
        raise InvalidInput("steps", steps, "must be at least 10, for a rate to show", "try 60")
    digits = bundled("digits")  # first, so that an absent extra is known before any work
    rng = np.random.default_rng(seed)
    network = population(rng)
    W0 = rng.standard_normal((2, DIMENSION))
    progress(0.0, "one unit, the other on the line")
    instance, unit = one_unit(network, W0, steps)
    progress(0.2, "passes over the units of the population network")
    passes = visits(network, W0, steps, PASSES)
    progress(0.6, "off-line minimum")
    minimum = off_line_minimum(rng)
    progress(0.8, "digits")
    sampled = on_digits(digits, rng, steps)
    limit = limit_of_passes(network, passes)
    criteria = (*unit_criteria(instance, unit), *network_criteria(passes, limit, minimum))
    arrays = {
        "visit_grad": passes["grad"],
        "visit_value": passes["value"],
        "step_grad": passes["steps"],
        "digits_grad": sampled["grad"],
        "off_line_W": minimum["W"],
        "on_line_W": minimum["on_line_W"],
        "landscape": minimum["landscape"],
        "landscape_axis": minimum["axis"],
    }
    findings = {
        "unit": unit,
        "limit_of_passes": limit,
        "off_line_minimum": {
            key: minimum[key] for key in ("W", "value", "on_line_value", "smallest_eigenvalue", "quadrature_error")
        },
        "digits": sampled["message"],
    }
    return Result(STEM, seed, {"steps": steps}, criteria, (instance,), arrays, findings)


def population(rng: np.random.Generator) -> GaussianOneHiddenLayer:
    """S of log-spaced spectrum in a random basis, u Gaussian in whitened coordinates, |rho*| = 0.36, theta = (2, 1)."""
    S = symmetric_matrix(np.geomspace(1 / CONDITION, 1.0, DIMENSION), rng)
    metric = Metric(S)
    u = np.linalg.cholesky(S) @ rng.standard_normal(DIMENSION)
    return GaussianOneHiddenLayer(S, u * np.sqrt(SIZE) / metric.dual_norm(u), np.array([2.0, 1.0]))


def one_unit(network: GaussianOneHiddenLayer, W0: Matrix, steps: int) -> tuple[Instance, dict[str, float]]:
    """GDNP and GD on unit 0 with unit 1 held at -0.5 S^-1 u: the bound of E15 along the way."""
    metric, u = network.unit_metric, network.unit_u
    W = np.vstack([W0[0], -0.5 * metric.solve(u)])
    problem = network.unit(0, W)
    observe = {
        "D": lambda it: direction_excess(it.w_tilde, metric, u),
        "c1": lambda it: coefficient(problem, it),
        "slope": lambda it: float(it.w_tilde @ it.gradient) / metric.norm(it.w_tilde),
    }
    bound = contraction_factor(metric.mu, metric.L)
    runs = {
        name: run(method, problem, W0[0], steps=steps, observe=observe)
        for name, method in (("gd", GradientDescent()), ("gdnp", GDNP()))
    }
    trace = runs["gdnp"]
    D, c1, slope = (trace.observed[key] for key in ("D", "c1", "slope"))
    t = np.arange(len(D))
    parts = {
        "factor": bound,
        "split": float(np.max(np.abs(trace.grad_norm**2 / (c1**2 * D + slope**2) - 1))),
        "direction": float(np.max(D / (bound**t * D[0]))),
        "gradient": worst_ratio(trace, bound),
        "squared_bound": worst_ratio(trace, bound**2),
    }
    entry = describe(metric, loss=network.layer.loss.name)
    return Instance("one unit, the other on the line", entry, {n: MethodRun(r) for n, r in runs.items()}), parts


def worst_ratio(trace: Trace, factor: float) -> float:
    """max_t |grad_i f|^2 / (factor^t C^2 D_0 + (d_gamma f)^2), C = max |c1| along the run: at most 1 by E15."""
    D, c1, slope = (trace.observed[key] for key in ("D", "c1", "slope"))
    t = np.arange(len(D))
    return float(np.max(trace.grad_norm**2 / (factor**t * np.max(c1**2) * D[0] + slope**2)))


def coefficient(problem: UnitProblem[Any], iterate: Iterate) -> float:
    """c1 = a - b u^T w~ at an iterate."""
    norm = problem.metric.norm(iterate.w_tilde)
    a, b = problem.ray(iterate.w_tilde).stein(norm)
    return stein_coefficient(a, b, float(problem.u @ iterate.w_tilde))


def unit_criteria(instance: Instance, unit: dict[str, float]) -> Iterator[Criterion]:
    """The theorem for one unit, and the false neighbour that must miss."""
    # the gradient's error, about 1e-13 from the quadrature, over its size at the last step, about 1e-6
    yield Criterion("E15, one unit: |grad|^2 is c1^2 D + slope^2, relative error", unit["split"], "<=", 1e-6)
    yield Criterion("E15, one unit: D_t / (q^2t D_0)", unit["direction"], "<=", 1 + 1e-9)
    yield Criterion("E15, one unit: |grad|^2 over its bound", unit["gradient"], "<=", 1 + 1e-6)
    yield Criterion("E15, control: |grad|^2 over the bound with q^4t", unit["squared_bound"], ">", 1.0)


def network_criteria(passes: dict[str, Any], limit: dict[str, float], minimum: dict[str, Any]) -> Iterator[Criterion]:
    """What unit-wise convergence does not give, and the minimum that E14 excludes."""
    after = passes["grad"][1]
    yield Criterion("E15, after one pass: whole gradient over the last unit's", after.max() / after[1], ">", 100.0)
    yield Criterion("E15, limit of the passes: max|grad f|", limit["gradient"], "<=", 1e-10)
    yield Criterion("E15, limit of the passes: sin^2 of the units' angle to the line", limit["off_line"], "<=", 1e-10)
    yield Criterion("E15, limit of the passes: smallest Hessian eigenvalue (a saddle)", limit["eigenvalue"], "<", -1e-4)
    yield Criterion("E14, off-line minimum: smallest Hessian eigenvalue", minimum["smallest_eigenvalue"], ">", 1e-3)
    yield Criterion("E14, off-line minimum: max|grad f|", minimum["gradient"], "<=", 1e-10)
    yield Criterion("E14, off-line minimum: part of w_i off the line, over |w_i|", minimum["off_line"], ">", 0.05)
    on_line = minimum["on_line_eigenvalue"]
    yield Criterion("E14, control: smallest eigenvalue at the best point on the line", on_line, "<", 0.0)


def limit_of_passes(network: GaussianOneHiddenLayer, passes: dict[str, Any]) -> dict[str, float]:
    """The critical point that the passes approach, by Newton's method from their end, and how fast they approach it."""
    W = polished(network, passes["w_tilde"])
    metric, u = network.unit_metric, network.unit_u
    whole = passes["grad"][network.k - 1 :: network.k].max(axis=1)
    return {
        "gradient": float(np.abs(network.gradient(W)).max()),
        "eigenvalue": float(np.linalg.eigvalsh(network.hessian(W))[0]),
        "off_line": max(direction_excess(row, metric, u) for row in network.rows(W)) / SIZE,
        "factor_of_the_last_pass": float(whole[-1] / whole[-2]),
    }


def visits(network: GaussianOneHiddenLayer, W0: Matrix, steps: int, passes: int) -> dict[str, Any]:
    """|grad_i f|_{S^-1} of each unit after every step and after every visit of the alternating method."""
    count = passes * network.k
    method = AlternatingGDNP(steps)
    iterates = list(islice(method.iterates(network, W0.ravel()), count * (steps + 1)))
    grads = np.array([unit_norms(network.unit_metric, iterate.gradient, network.k) for iterate in iterates])
    ends = slice(steps, None, steps + 1)
    values = np.array([iterate.value for iterate in iterates])
    return {
        "steps": grads[: 2 * (steps + 1) * network.k],
        "grad": grads[ends],
        "value": values[ends],
        "w_tilde": iterates[-1].w_tilde,
    }


def unit_norms(metric: Metric, gradient: Vector, k: int) -> list[float]:
    """|grad_i f|_{S^+} of each unit."""
    return [metric.dual_norm(row) for row in gradient.reshape(k, -1)]


def off_line_minimum(rng: np.random.Generator) -> dict[str, Any]:
    """A strict local minimum off the line, found from random starts: S = I, u = 0.6 e_1, theta = (1, 1).

    Beside it the best point on the line w_i = c_i e_1, and the value as the off-line parts grow in opposite directions.
    """
    network = GaussianOneHiddenLayer(np.eye(2), np.array([0.6, 0.0]), np.array([1.0, 1.0]))
    starts = rng.uniform(-1, 1, (STARTS, 4)) * OFF_LINE_BOX / 2
    candidates = (boxed_minimum(network, start) for start in starts)
    best = polished(network, next(W for W in candidates if W is not None and np.abs(W[[1, 3]]).max() > 1e-2))
    on_line = minimize(lambda c: on_line_value(network, c), [-1.0, -1.0], jac=True, method="BFGS").x
    on_line_W = polished(network, np.array([on_line[0], 0.0, on_line[1], 0.0]))
    rows = best.reshape(2, 2)
    axis = np.linspace(-2.0 * abs(rows[0, 1]), 2.0 * abs(rows[0, 1]), 41)
    landscape = [network.value(np.array([rows[0, 0], a, rows[1, 0], -a])) for a in axis]
    return {
        "W": rows,
        "value": network.value(best),
        "gradient": float(np.abs(network.gradient(best)).max()),
        "smallest_eigenvalue": float(np.linalg.eigvalsh(network.hessian(best))[0]),
        "off_line": float(np.min(np.abs(rows[:, 1]) / np.linalg.norm(rows, axis=1))),
        "quadrature_error": network.quadrature_error(best),
        "on_line_W": on_line_W.reshape(2, 2),
        "on_line_value": network.value(on_line_W),
        "on_line_eigenvalue": float(np.linalg.eigvalsh(network.hessian(on_line_W))[0]),
        "axis": axis,
        "landscape": np.array(landscape),
    }


def boxed_minimum(network: GaussianOneHiddenLayer, start: Vector) -> Vector | None:
    """Where L-BFGS-B ends inside the box, None if at its border (some runs leave for infinite length)."""
    box = [(-OFF_LINE_BOX, OFF_LINE_BOX)] * len(start)
    W: Vector = minimize(network.value_and_gradient, start, jac=True, method="L-BFGS-B", bounds=box).x
    return W if np.abs(W).max() < OFF_LINE_BOX else None


def on_line_value(network: GaussianOneHiddenLayer, c: Vector) -> tuple[float, Vector]:
    """f and its gradient in c at w_i = c_i e_1."""
    value, gradient = network.value_and_gradient(np.array([c[0], 0.0, c[1], 0.0]))
    return value, gradient[[0, 2]]


def polished(network: GaussianOneHiddenLayer, W: Vector) -> Vector:
    """Newton's method from a point that an optimizer has left near a critical point, of whatever kind."""
    for _ in range(8):
        W = W - np.linalg.solve(network.hessian(W), network.gradient(W))
    return W


def on_digits(data: Dataset, rng: np.random.Generator, steps: int) -> dict[str, Any]:
    """|grad_i f|_{S^+} along the alternating method for three units on digits, even against odd."""
    network = OneHiddenLayer(data.X, data.y, np.array([4.0, 4.0, -4.0]))
    metric = network.unit_metric
    W0 = (metric.whitening @ rng.standard_normal((metric.rank, 3))).T
    method = AlternatingGDNP(steps)
    problem: Problem = network
    trace = run(
        method,
        problem,
        W0.ravel(),
        steps=6 * (steps + 1) - 1,
        observe={str(i): lambda it, i=i: unit_norms(metric, it.gradient, 3)[i] for i in range(3)},
    )
    return {"grad": np.array([trace.observed[str(i)] for i in range(3)]).T, "message": trace.message}


main = partial(stems.main, STEM)

if __name__ == "__main__":
    print(main())
