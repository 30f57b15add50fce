"""E9 to E12, F4 and F5: GDNP on halfspaces with Gaussian inputs, its direction part and its length part apart.

Setting: S diagonal (every method here is rotation-equivariant), d = 10, L = 1; three losses whose phi' is the logistic
function, the normal distribution function, and (1 + t/sqrt(1 + t^2))/2. In the worst case u lies along the top
eigenvector and the error along the bottom one, D_0 = 1e-6 |rho*|; in generic instances the spectrum is log-spaced, u
and w0 are Gaussian in whitened coordinates. Every method starts at the best length of the same direction.

Main statements (q = 1 - mu/L, D = rho - rho*):

- E9, F4  with h = c1 u^T w the directions are those of least squares (E5), whatever the loss;
- E5, E11 D(w_t) <= q^(2t) D_0, sharp on the worst case;
- E10     (d_gamma f)^2 <= (zeta/mu)^2 4^(-T_s) |b - a|^2; the printed 2^(-T_s) zeta |b - a|/mu^2 is crossed;
- F5, E12 |grad f|^2_{S^-1} = c1^2 D + (d_gamma f)^2, and each part keeps its own bound;
- E9      with the printed h, D can rise and stay: an instance is searched for.

Of f itself: at the best length f = F(rho) with F' = gamma c1/(2 sqrt|rho|) > 0, so f - min f <= M q^(2t) D_0 with M =
max F' on [rho*, rho_0]: the factor q^2 a step (`bound` of gdnp) but for a constant. Where F is concave, |rho| below 0.7
or so, one step on f may contract by less. GD's factor is only asymptotic: halfspace_separability measures it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count, islice
from typing import Any, NamedTuple

import numpy as np

from bntheory import decoupling, stems
from bntheory.decoupling import contraction_factor, direction_excess, stein_coefficient
from bntheory.errors import InvalidInput
from bntheory.experiment import Criterion, Instance, MethodRun, Progress, Result, describe
from bntheory.losses import get_loss
from bntheory.methods import GDNP, get_method
from bntheory.methods.length import newton_length
from bntheory.problems import GaussianHalfspace, LeastSquares
from bntheory.protocols import Iterate, Method, Problem
from bntheory.trace import Trace, run
from bntheory.typing import Matrix, Vector

STEM = "halfspace_rate"
COMPARED = ("gd", "gdnp")
LOSSES = ("softplus", "gaussian-hinge", "sqrt-hinge")
DIMENSION = 10
#: (condition, |rho*|). At |rho*| = 0.9 each of the three F is convex near rho*, so that q^2 bounds every step on f too.
WORST = (100.0, 0.9)
GENERIC = ((10.0, 0.3), (100.0, 0.9), (1000.0, 0.6))
#: sin of the angle between the worst case's start and the optimum, in the S-metric.
ERROR = 1e-3
#: T_s of the literal runs. F5 is measured on the first five, whole: their length parts keep |grad f| above 1e-4, and
#: with it the relative rounding of |grad f|^2, some 1e-15/|grad f|, below 1e-10. The parts of the fifth are shown.
BISECTIONS, SHOWN = (1, 2, 4, 6, 8, 12, 16, 24, 32), 4
#: Most random instances in the search for one on which the printed h fails, and GDNP's steps on each.
TRIES, PRINTED_STEPS = 2000, 100
#: What a part of the experiment finds: criteria, and arrays for the figure.
Part = tuple[list[Criterion], dict[str, Any]]


class Start(NamedTuple):
    """A problem but for its loss, and the direction w0, |w0|_S = 1, that methods start from."""

    label: str
    eigenvalues: Vector
    u: Vector
    w0: Vector

    def problem(self, loss: str) -> GaussianHalfspace:
        """The halfspace problem with this loss."""
        return GaussianHalfspace(np.diag(self.eigenvalues), self.u, loss)

    @property
    def factor(self) -> float:
        """q^2, the theorem's factor a step on D."""
        return contraction_factor(self.eigenvalues[0], self.eigenvalues[-1])


def measure(
    *,
    seed: int = 0,
    loss: str | None = None,
    method: Sequence[str] = COMPARED,
    steps: int = 300,
    tol: float = 1e-9,
    progress: Progress = stems.silent,
) -> Result:
    """Run the methods on every instance and loss, and take GDNP apart.

    `seed` is that of the generic instances and of the search for a failure of the printed h; `loss`, convex and
    increasing, stands for all three; |grad f|_{S^-1} <= `tol` stops a method, while directions are compared to the end.
    """
    losses = [checked_loss(name) for name in ([loss] if loss else LOSSES)]
    methods = {name: get_method(name) for name in method}
    rng = np.random.default_rng(seed)
    starts = [worst_case(*WORST), *(generic(np.geomspace(1 / c, 1.0, DIMENSION), size, rng) for c, size in GENERIC)]
    instances = []
    for number, (start, name) in enumerate((start, name) for start in starts for name in losses):
        progress(0.5 * number / len(starts) / len(losses), f"{start.label}, {name}")
        instances.append(compare(start, name, methods, steps, tol))
    progress(0.5, "directions of every loss")
    parts = [direction_part(starts, losses, steps)]
    progress(0.7, "length searches by bisection")
    parts.append(length_part(starts[1], losses[0], min(steps, 100)))
    progress(0.8, "search for an instance on which the printed h fails")
    parts.append(printed_part(rng, losses))
    options = {"loss": loss, "method": list(method), "steps": steps, "tol": tol}
    criteria = tuple(criterion for found, _ in parts for criterion in found)
    arrays = {key: np.asarray(value) for _, found in parts for key, value in found.items()}
    results = {"starts": [s.label for s in starts], "losses": losses, "shown_bisections": BISECTIONS[SHOWN]}
    return Result(STEM, seed, options, criteria, tuple(instances), arrays, results)


def checked_loss(name: str) -> str:
    """The name of a loss that has a minimizer on Gaussian inputs, on the line of S^-1 u (E8)."""
    found = get_loss(name)
    if found.convex and found.increasing:
        return found.name
    raise InvalidInput("loss", name, "must be convex and increasing", f"choose one of {', '.join(LOSSES)}")


def worst_case(condition: float, size: float) -> Start:
    """u along the top eigenvector, w0 off it by sin = ERROR towards the bottom one; |rho*| = size, L = 1."""
    u, w0 = np.zeros((2, DIMENSION))
    u[-1], w0[-1], w0[0] = np.sqrt(size), -np.sqrt(1 - ERROR**2), ERROR * np.sqrt(condition)
    label = f"worst case, condition {condition:g}, |rho*| {size:g}"
    return Start(label, np.geomspace(1 / condition, 1.0, DIMENSION), u, w0)


def generic(eigenvalues: Vector, size: float, rng: np.random.Generator, *, downhill: bool = True) -> Start:
    """u and w0 Gaussian in whitened coordinates, |u|^2_{S^-1} = |rho*| = size; `downhill` turns w0 to u^T w0 < 0."""
    root = np.sqrt(eigenvalues)
    u, w0 = rng.standard_normal((2, len(root)))
    w0 /= np.linalg.norm(w0) * (np.sign(-u @ w0) if downhill else 1.0)
    label = f"generic, condition {eigenvalues[-1] / eigenvalues[0]:.4g}, |rho*| {size:.4g}"
    return Start(label, eigenvalues, np.sqrt(size) * root * u / np.linalg.norm(u), w0 / root)


def compare(start: Start, loss: str, methods: Mapping[str, Method], steps: int, tol: float) -> Instance:
    """Every method from the best length of w0."""
    problem, runs = start.problem(loss), {}
    w0 = best_length(problem, start.w0) * start.w0
    for name, method in methods.items():
        trace = run(method, problem, w0, steps=steps, tol=tol, observe=observed(problem))
        runs[name] = MethodRun(trace, start.factor if name == "gdnp" else None)
    return Instance(f"{start.label}, {loss}", describe(problem.metric, loss=loss), runs)


def best_length(problem: GaussianHalfspace, w: Vector) -> float:
    """argmin of gamma -> f(gamma w/|w|_S)."""
    return newton_length(problem.ray(w), 1.0).gamma


def observed(problem: GaussianHalfspace) -> Mapping[str, Callable[[Iterate], float]]:
    """D, c1^2 and (d_gamma f)^2 of an iterate."""
    metric, u = problem.metric, problem.u
    return {
        "excess": lambda iterate: direction_excess(iterate.w_tilde, metric, u),
        "c1_squared": lambda iterate: stein_coefficient(*problem.stein(iterate.w_tilde), u @ iterate.w_tilde) ** 2,
        "slope_squared": lambda iterate: (iterate.w_tilde @ iterate.gradient / metric.norm(iterate.w_tilde)) ** 2,
    }


def direction_part(starts: Sequence[Start], losses: Sequence[str], steps: int) -> Part:
    """E9, E5 and E11 on the directions alone, over all the steps; the squared loss stands first."""
    excess, apart, over = [], [], []
    for start in starts:
        squared = LeastSquares(np.diag(start.eigenvalues), start.u)
        problems: list[Problem] = [squared, *map(start.problem, losses)]
        paths = np.array([directions(problem, start.w0, steps) for problem in problems])
        apart.append(np.sqrt((np.ptp(paths, axis=0) ** 2 @ start.eigenvalues).max()))
        D = np.array([[direction_excess(v, squared.metric, start.u) for v in path] for path in paths])
        bound = np.power(start.factor, np.arange(steps + 1)) * D[:, :1]
        # One step's rounding moves v by about 10 eps in the S-norm; the contraction q sums it to 10 eps L/mu.
        rounding = 10 * np.finfo(float).eps * squared.metric.condition
        over.append((np.sqrt(D) - np.sqrt(bound))[:, 1:].max() / rounding)
        excess.append(D)
    last = min(steps, 300)  # before D meets rounding
    sharp = (excess[0][:, last] / excess[0][:, 0]).min() / starts[0].factor ** last
    criteria = [
        Criterion("directions of all losses: distance in the S-norm, every t", max(apart), "<=", 1e-12),
        Criterion("sqrt D(w_t) - q^t sqrt D_0, in units of its rounding", max(over), "<=", 1.0),
        Criterion(f"worst case: D(w_t)/(q^(2t) D_0) at t = {last}", sharp, ">=", 0.999),
    ]
    return criteria, {"excess": excess}


def directions(problem: Problem, w0: Vector, steps: int) -> Matrix:
    """w~_t/|w~_t|_S of GDNP, signed so that u^T v < 0, shape (steps + 1, d)."""
    path = [iterate.w_tilde for iterate in islice(GDNP().iterates(problem, w0), steps + 1)]
    return np.array([-np.sign(problem.u @ w) * w / np.sqrt(w @ problem.S @ w) for w in path])


def length_part(start: Start, loss: str, steps: int) -> Part:
    """E10, E12 and F5 on the literal algorithm; z is scaled up tenfold until the printed E10 is crossed.

    In these other units S and zeta grow by 100: the run and the corrected bound stay, the printed bound falls by 100.
    """
    traces, table = literal(start, loss, steps)
    scale, scaled = 1.0, table
    while not (scaled[0] > scaled[2]).any() and scale < 1e6:
        scale *= 10
        units = Start("", scale**2 * start.eigenvalues, scale * start.u, start.w0 / scale)
        _, scaled = literal(units, loss, steps)
    bounds = [direction_bound(trace, start.factor) for trace in traces]
    total = [(t.grad_norm**2 / (a + b)).max() for t, a, b in zip(traces, bounds, table[1], strict=True)]
    within = max((rows[0] / rows[1]).max() for rows in (table, scaled))
    measured, shown = traces[: SHOWN + 1], traces[SHOWN]
    without = min(split_error(trace, share=0.0) for trace in measured)
    criteria = [
        Criterion("E10 corrected: (d_gamma f)^2 over its bound", within, "<=", 1.0),
        Criterion(f"E10 printed is crossed where z is {scale:g} z", (scaled[0] / scaled[2]).max(), ">", 1.0),
        # 1e-10: at t = 0 the direction part may be its own bound, up to rounding
        Criterion("E12 corrected: |grad f|^2_{S^-1} over its bound, every t and T_s", max(total), "<=", 1 + 1e-10),
        Criterion("F5: relative error of the split, whole runs", max(map(split_error, measured)), "<=", 1e-10),
        Criterion("control: the split without (d_gamma f)^2", without, ">", 1e-10),
    ]
    split = [shown.observed["c1_squared"] * shown.observed["excess"], shown.observed["slope_squared"], bounds[SHOWN]]
    return criteria, {"bisections": BISECTIONS, "length": [*table, *scaled], "scale": scale, "split": split}


def literal(start: Start, loss: str, steps: int) -> tuple[list[Trace], Matrix]:
    """GDNP with T_s bisection steps on one bracket; for each T_s: max_t (d_gamma f)^2, corrected E10, printed E10."""
    problem, mu = start.problem(loss), start.eigenvalues[0]
    # the best length grows with |rho|: half the first and twice the last hold all others
    bracket = best_length(problem, start.w0) / 2, 2 * best_length(problem, -problem.metric.solve(start.u))
    traces = [run(GDNP(k, bracket), problem, start.w0, steps=steps, observe=observed(problem)) for k in BISECTIONS]
    width, halvings = bracket[1] - bracket[0], np.array(BISECTIONS, dtype=np.float64)
    largest = np.array([trace.observed["slope_squared"].max() for trace in traces])
    corrected = (problem.zeta / mu * width) ** 2 * 4**-halvings
    return traces, np.stack([largest, corrected, problem.zeta / mu**2 * width * 2**-halvings])


def direction_bound(trace: Trace, factor: float) -> Vector:
    """q^(2t) C^2 D_0 for every t, C = max |c1| along the run (E11)."""
    scale: float = trace.observed["c1_squared"].max() * trace.observed["excess"][0]
    return scale * np.power(factor, np.arange(len(trace.value)))


def split_error(trace: Trace, share: float = 1.0) -> float:
    """max_t | |grad f|^2_{S^-1} - c1^2 D - share (d_gamma f)^2 | / |grad f|^2_{S^-1} (F5)."""
    seen, whole = trace.observed, trace.grad_norm**2
    parts = seen["c1_squared"] * seen["excess"] + share * seen["slope_squared"]
    return float((np.abs(whole - parts) / whole).max())


def printed_part(rng: np.random.Generator, losses: Sequence[str]) -> Part:
    """E9 as printed: random problems until D rises and never falls below 0.9 D_0; then the corrected h on the same.

    d = 2 or 3, eigenvalues from 0.01 to 1, |rho*| from 0.05 to 0.95, w0 on either side. The printed h depends on |w|_S,
    which `GDNP` keeps at 1 and the source lets grow from 1: both must fail on the same problem.
    """
    for tries in count(1):
        eigenvalues = np.sort(10 ** rng.uniform(-2.0, 0.0, rng.integers(2, 4)))
        start = generic(eigenvalues, rng.uniform(0.05, 0.95), rng, downhill=False)
        problem = start.problem(str(rng.choice(losses)))
        rescaled = (iterate.w_tilde for iterate in GDNP(criterion="printed").iterates(problem, start.w0))
        printed = excess_path(problem, rescaled, until=0.9)
        unscaled = excess_path(problem, unscaled_weights(problem, start.w0, "printed"), until=0.9)
        least, most = (min(end(D / D[0]) for D in (printed, unscaled)) for end in (np.min, np.max))
        if (least >= 0.9 and most >= 1.01) or tries == TRIES:
            break
    corrected = excess_path(problem, unscaled_weights(problem, start.w0, "corrected"))
    steps = np.diff(np.log(corrected[: np.count_nonzero(corrected > 1e-20)]))  # below, D is rounding
    found = f"printed h, found in try {tries}, {start.label}, {problem.loss.name}"
    criteria = [
        Criterion(f"{found}: max D(w_t)/D_0", most, ">=", 1.01),
        Criterion(f"{found}: min D(w_t)/D_0", least, ">=", 0.9),
        Criterion("corrected h, same instance: largest D(w_{t+1})/D(w_t)", np.exp(steps.max()), "<", 1.0),
    ]
    arrays = {"printed": printed, "printed_unscaled": unscaled, "corrected": corrected}
    return criteria, arrays | {"found_eigenvalues": start.eigenvalues, "found_u": start.u, "found_w0": start.w0}


def unscaled_weights(problem: GaussianHalfspace, w: Vector, criterion: decoupling.Criterion) -> Iterator[Vector]:
    """w_t of E9 to the letter: |w_t|_S is left to grow."""
    metric, u = problem.metric, problem.u
    while True:
        yield w
        norm = metric.norm(w)
        v, ray = w / norm, problem.ray(w)
        gamma = newton_length(ray, 1.0).gamma
        h = decoupling.gdnp_criterion(*ray.stein(gamma), float(u @ w), gamma * float(u @ v), criterion)
        gradient = decoupling.direction_gradient(ray.gradient(gamma), v, metric.S @ v, gamma) / norm
        w = w - decoupling.gdnp_step_size(norm, metric.L, gamma, h) * gradient


def excess_path(problem: GaussianHalfspace, weights: Iterator[Vector], until: float = 0.0) -> Vector:
    """D(w_t) over PRINTED_STEPS iterations, or until D < until * D_0."""
    path: list[float] = []
    for w in islice(weights, PRINTED_STEPS + 1):
        path.append(direction_excess(w, problem.metric, problem.u))
        if path[-1] < until * path[0]:
            break
    return np.array(path)


main = partial(stems.main, STEM)

if __name__ == "__main__":
    print(main())
