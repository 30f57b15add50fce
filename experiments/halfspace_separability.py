"""Is GD only sub-linear on halfspaces (E6)? On softplus it is linear, at a factor that collapses as |rho*| -> 1.

Setting: Gaussian inputs, d = 2, u along the second axis, S = diag(0.1, 1) for softplus and S = I for the sigmoid loss;
GD with step 1/zeta. |rho*| -> 1 is separability: z^T S^-1 u has mean |rho*| and variance |rho*| (1 - |rho*|).

Main statements:

- softplus: f is strictly convex and coercive, w~* = -2/(1 - |rho*|) S^-1 u, and GD is linear: f - min f has the
  asymptotic factor (1 - lambda/zeta)^2, lambda the least eigenvalue of the Hessian at w~*. With t = z^T w~* the
  eigenvalues are here mu E[phi''(t)] across u and E[phi''(t) t^2]/|w~*|_S^2 along it, both of the order of
  exp(-|rho*|/(2 (1 - |rho*|))). GDNP's factor (1 - mu/L)^2 on the directions does not depend on |rho*|;
- for the first 1/(1 - factor) iterations or so GD looks sub-linear: f ~ 1/t, as on separable data;
- sigmoid: GD is sub-linear for ever. With gamma = |w~|_S, p the density of z^T v and eta(n) = sum_k (-1)^(k-1) k^-n,
  f - inf f = -2 sum_n eta(n + 1) p^(n)(0) gamma^-(n+1), n = 1, 3, 5, ..., along v = -S^-1 u/|S^-1 u|_S. Its first term
  A/gamma^2 gives the gradient flow gamma' = -f'(gamma)/zeta the law gamma^4 ~ 8 A t/zeta: |w~| ~ t^(1/4), f - inf f ~
  t^(-1/2), |grad f| ~ t^(-3/4). The second one puts local exponents off by O(t^(-1/2)) at finite t (it is 0 at |rho*| =
  3/4): the flow of three terms predicts by how much. There is no finite length, and GDNP stops with a message.

`bound` of gd is its asymptotic factor; that of gdnp is (1 - mu/L)^2 on D, which f follows but for a constant
(halfspace_rate).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.polynomial.hermite_e import hermeval
from scipy.integrate import solve_ivp
from scipy.special import logsumexp

from bntheory import stems
from bntheory.decoupling import contraction_factor, direction_excess, rho_star
from bntheory.errors import InvalidInput
from bntheory.experiment import Criterion, Instance, MethodRun, Progress, Result, describe
from bntheory.loss_functions import normal_density
from bntheory.methods import GDNP, GradientDescent
from bntheory.problems import GaussianHalfspace
from bntheory.rates import choose_rate, fit_linear_rate, fit_power_rate
from bntheory.trace import Trace, run
from bntheory.typing import Matrix, Vector

STEM = "halfspace_separability"
CONDITION = 10.0
#: |rho*| of the softplus runs from a common start. At 0.9999 all slopes near the minimizer are below rounding.
FAR = (0.99, 0.95, 0.9, 0.8, 0.5, 0.9999)
#: |rho*| of the runs that measure GD's asymptotic factor, and their distance from w~* over |w~*|: curvature changes by
#: less than 1e-3 over it. At |rho*| = 0.98 GD's steps near w~* are below the spacing of doubles.
NEAR, NEAR_STEPS, ERROR = (0.5, 0.8, 0.9, 0.95, 0.96), 1000, 1e-4
SIGMOID = (0.5, 0.75)
GDNP_STEPS = 150
#: The sigmoid's power laws: limits of the exponents of f - inf f, |grad f| and 1/|w~|.
LIMITS = np.array([1 / 2, 3 / 4, 1 / 4])

#: What a part of the experiment finds: criteria, instances, arrays for the figure.
Part = tuple[list[Criterion], list[Instance], dict[str, Any]]


def measure(*, seed: int = 0, steps: int = 10_000, progress: Progress = stems.silent) -> Result:
    """Measure GD's and GDNP's rates on both losses.

    Parameters
    ----------
    seed : int
        Of the common start, Gaussian in whitened coordinates with |w0|_S = 1 and u^T w0 < 0.
    steps : int
        GD's iterations from there, at least 2000.
    """
    if steps < 2000:
        raise InvalidInput("steps", steps, "must be at least 2000, or no exponent has settled", "give 10000")
    w0 = np.random.default_rng(seed).standard_normal(2)
    w0 *= -np.sign(w0[1]) / np.linalg.norm(w0)
    parts = [near_part(progress), far_part(w0, steps, progress), sigmoid_part(w0, steps, progress)]
    criteria = [criterion for found, _, _ in parts for criterion in found]
    instances = [instance for _, found, _ in parts for instance in found]
    arrays = {key: np.asarray(value) for _, _, found in parts for key, value in found.items()}
    return Result(STEM, seed, {"steps": steps}, tuple(criteria), tuple(instances), arrays)


def softplus_problem(size: float) -> GaussianHalfspace:
    """S = diag(1/CONDITION, 1), u along the second axis, |rho*| = size."""
    return GaussianHalfspace(np.diag([1 / CONDITION, 1.0]), np.array([0.0, np.sqrt(size)]))


def softplus_minimizer(problem: GaussianHalfspace) -> Vector:
    """-2/(1 - |rho*|) S^-1 u: there phi'(t) times the density of t = z^T w~ is even, so that E[phi'(t) z] = 0."""
    best = problem.metric.solve(problem.u)
    return -2 / (1 - float(problem.u @ best)) * best


def log_curvatures(size: float) -> Vector:
    """log of the Hessian's eigenvalues over zeta at softplus's minimizer, across u and along it; |rho*| = size.

    A trapezoid sum of exp(log phi'' + log density), which does not underflow. The step resolves phi'', analytic for
    |Im t| < pi, and the density, of standard deviation at least 1 from |rho*| = 0.2 on; what is left is the rounding
    of 1 - |rho*|: eps/(1 - |rho*|)^2 in the logarithms.
    """
    gamma, step = 2 * np.sqrt(size) / (1 - size), 0.05
    mean, std = -gamma * np.sqrt(size), gamma * np.sqrt(1 - size)
    t = np.arange(mean - 12 * std, max(60.0, mean + 12 * std), step)
    log_d2phi = -np.abs(t) - 2 * np.log1p(np.exp(-np.abs(t)))
    log_terms = log_d2phi - 0.5 * ((t - mean) / std) ** 2 + np.log(step / (std * np.sqrt(2 * np.pi)))
    across = logsumexp(log_terms) - np.log(CONDITION)
    along = logsumexp(log_terms, b=(t / gamma) ** 2)
    logs: Vector = np.log(4.0) + np.array([across, along])  # zeta = L/4 = 1/4
    return logs


def log_slowness(size: float) -> float:
    """log(1 - factor) of GD on f - min f near softplus's minimizer: log(1 - (1 - x)^2), x = lambda/zeta."""
    least = float(log_curvatures(size).min())
    return least + float(np.log(2 - np.exp(least)))


def near_part(progress: Progress) -> Part:
    """GD's asymptotic factor, measured on |grad f|^2, which shares it with f - min f but not the cancellation."""
    rates, kinds, predicted = [], [], np.exp([log_slowness(size) for size in NEAR])
    for number, size in enumerate(NEAR):
        progress(0.1 * number / len(NEAR), f"softplus, |rho*| {size:g}: GD near the minimizer")
        problem = softplus_problem(size)
        best, slowest = softplus_minimizer(problem), np.eye(2)[np.argmin(log_curvatures(size))]
        w0 = best + ERROR * np.linalg.norm(best) * slowest
        squared = run(GradientDescent(), problem, w0, steps=NEAR_STEPS).grad_norm ** 2
        rates.append(fit_linear_rate(squared))
        kinds.append(choose_rate(squared).kind)
    slowness = np.array([[1 - rate.factor, 1 - rate.ci95[1], 1 - rate.ci95[0]] for rate in rates])
    least_squares = 1 - contraction_factor(1 / CONDITION, 1.0)
    collapse = slowness[-1, 0] / slowness[0, 0]
    naive = _gap(least_squares / predicted, 1, np.min)
    criteria = [
        Criterion("GD near w~*: |(1 - factor)/predicted - 1|", _gap(slowness[:, 0] / predicted, 1), "<=", 2e-3),
        Criterion("control: the same with least squares' factor as prediction", naive, ">", 2e-3),
        Criterion("GD near w~*: runs not classified as linear", len(kinds) - kinds.count("linear"), "<=", 0),
        Criterion(f"GD: 1 - factor at |rho*| = {NEAR[-1]:g} over that at {NEAR[0]:g}", collapse, "<", 1e-6),
    ]
    curve = 1 - np.geomspace(0.5, 1e-4, 60)
    arrays = {"near": NEAR, "near_slowness": slowness, "near_predicted": predicted, "curve": curve}
    return criteria, [], arrays | {"curve_log_slowness": [log_slowness(size) for size in curve]}


def compare(problem: GaussianHalfspace, w0: Vector, steps: int, bounds: tuple[float | None, float | None]) -> Instance:
    """GD with |w~_t| and GDNP with D(w_t), from w0; GD stops where |grad f| <= 1e-10, GDNP after GDNP_STEPS."""
    size, loss = -rho_star(problem.metric, problem.u), problem.loss.name
    norm = {"norm": lambda iterate: float(np.linalg.norm(iterate.w_tilde))}
    excess = {"excess": lambda iterate: direction_excess(iterate.w_tilde, problem.metric, problem.u)}
    gd = run(GradientDescent(), problem, w0, steps=steps, tol=1e-10, observe=norm)
    gdnp = run(GDNP(), problem, w0, steps=GDNP_STEPS, observe=excess)
    runs = {"gd": MethodRun(gd, bounds[0]), "gdnp": MethodRun(gdnp, bounds[1])}
    return Instance(f"{loss}, |rho*| {size:g}", describe(problem.metric, loss=loss) | {"rho_star": -size}, runs)


def far_part(w0: Vector, steps: int, progress: Progress) -> Part:
    """Both methods from a common start: GDNP's factor, and GD's linear phase where it is within reach."""
    instances, slowness = [], [log_slowness(size) for size in FAR]
    bound = contraction_factor(1 / CONDITION, 1.0)
    for number, size in enumerate(FAR):
        progress(0.1 + 0.4 * number / len(FAR), f"softplus, |rho*| {size:g}: GD and GDNP")
        bounds = (float(-np.expm1(slowness[number])), bound)
        instances.append(compare(softplus_problem(size), w0 * np.sqrt([CONDITION, 1.0]), steps, bounds))
    gdnp = [instance.runs["gdnp"].trace for instance in instances]
    factors = np.array([direction_factor(trace) for trace in gdnp])
    choices = [choose_rate(instance.runs["gd"].trace.suboptimality) for instance in instances]
    reached = [choice.kind for choice, slow in zip(choices, slowness, strict=True) if steps * np.exp(slow) >= 10]
    early = [choice for choice, size in zip(choices, FAR, strict=True) if size >= 0.99]
    share = reached.count("linear") / len(reached) if reached else float("nan")
    mistaken = sum(choice.kind != "sublinear" for choice in early)
    apart = _gap((1 - factors) / (1 - bound), 1, np.nanmax)
    criteria = [
        Criterion("GDNP, every |rho*|: |(1 - factor of D)/(1 - bound) - 1|", apart, "<=", 1e-3),
        Criterion("GD, steps * (1 - factor) >= 10: share of runs classified as linear", share, ">=", 1),
        Criterion("GD, |rho*| >= 0.99: runs that do not look sub-linear yet", mistaken, "<=", 0),
        Criterion("GD, |rho*| >= 0.99: |exponent - 1| so far", _gap([c.power.exponent for c in early], 1), "<=", 0.05),
    ]
    return criteria, instances, {"far": FAR, "far_gdnp_factor": factors}


def direction_factor(trace: Trace) -> float:
    """The factor of D(w_t) a step, nan for a run that ended early."""
    complete = trace.iterations == GDNP_STEPS
    return fit_linear_rate(trace.observed["excess"]).factor if complete else float("nan")


def sigmoid_part(w0: Vector, steps: int, progress: Progress) -> Part:
    """GD's power laws against the infimum, and against the flow of f's expansion; GDNP's message."""
    instances, fitted, predicted, local, late_local, wrong = [], [], [], [], [], []
    start, t = steps // 10, np.unique(np.geomspace(10, steps / 2, 40).astype(int))
    late = np.geomspace(start, 1e8, 200)
    for number, size in enumerate(SIGMOID):
        progress(0.5 + 0.5 * number / len(SIGMOID), f"sigmoid, |rho*| {size:g}: GD")
        problem = GaussianHalfspace(np.eye(2), np.array([0.0, np.sqrt(size)]), "sigmoid")
        instances.append(compare(problem, w0, steps, (None, None)))
        gd = instances[-1].runs["gd"].trace
        laws = np.array([gd.suboptimality, gd.grad_norm, 1 / gd.observed["norm"]])
        flow = np.concatenate([laws[:, :start], sigmoid_flow(problem, gd, np.arange(start, steps + 1.0))], axis=1)
        fits = [fit_power_rate(law) for law in laws]
        fitted.append([fit.exponent for fit in fits])
        predicted.append([fit_power_rate(x, window=fit.window).exponent for x, fit in zip(flow, fits, strict=True)])
        local.append(-np.log2(laws[:, 2 * t] / laws[:, t]))
        late_local.append(-np.gradient(np.log(sigmoid_flow(problem, gd, late)), np.log(late), axis=1))
        wrong += [fit_power_rate(gd.value - base).exponent for base in (0.0, gd.value[-1])]
    kinds = [choose_rate(instance.runs["gd"].trace.suboptimality).kind for instance in instances]
    iterates = sum(len(instance.runs["gdnp"].trace.value) for instance in instances)
    criteria = [
        Criterion("sigmoid, GD: runs not classified as sub-linear", len(kinds) - kinds.count("sublinear"), "<=", 0),
        Criterion("sigmoid, GD: |exponent - limit| of f - inf f, |grad f|, 1/|w~|", _gap(fitted, LIMITS), "<=", 0.01),
        Criterion("sigmoid, GD: |exponent - that of the flow|", _gap(fitted, predicted), "<=", 1e-3),
        Criterion("control: infimum 0 or smallest value seen: |exponent - 1/2|", _gap(wrong, 0.5, np.min), ">", 0.01),
        Criterion("sigmoid, GDNP: iterates before it stops", iterates, "<=", 0),
    ]
    arrays = {"fitted": fitted, "predicted": predicted, "local_t": np.sqrt(2) * t, "local": local, "wrong": wrong}
    return criteria, instances, arrays | {"late_t": late, "late_local": late_local}


def sigmoid_flow(problem: GaussianHalfspace, gd: Trace, t: Vector) -> Matrix:
    """f - inf f, |grad f| and 1/gamma at times t of the gradient flow of f's first three terms, shape (3, len(t)).

    It starts at GD's |w~| at the first of the times, a whole number. What it leaves out is of relative size gamma^-6.
    """
    size = -rho_star(problem.metric, problem.u)
    kappa, std = np.sqrt(size / (1 - size)), np.sqrt(1 - size)
    etas = {1: np.pi**2 / 12, 3: 7 * np.pi**4 / 720, 5: 31 * np.pi**6 / 30240}  # eta(n + 1)
    # p^(n)(0) = -He_n(kappa) N'(kappa)/std^(n+1) for odd n
    hermite = {n: hermeval(kappa, np.eye(n + 1)[n]) * normal_density(kappa) / std ** (n + 1) for n in etas}
    powers = {n + 1: 2 * etas[n] * hermite[n] for n in etas}

    def descent(gamma: Vector) -> Vector:
        slope: Vector = np.sum([k * c * gamma ** -(k + 1.0) for k, c in powers.items()], axis=0)
        return slope

    log_t, first = np.log(t), gd.observed["norm"][[int(t[0])]]
    flow = solve_ivp(
        lambda s, gamma: np.exp(s) * descent(gamma) / problem.zeta,
        log_t[[0, -1]],
        first,
        t_eval=log_t,
        rtol=1e-10,
        atol=1e-10,
    )
    gamma: Vector = flow.y[0]
    return np.array([np.sum([c * gamma ** -float(k) for k, c in powers.items()], axis=0), descent(gamma), 1 / gamma])


def _gap(found: Any, expected: Any, worst: Any = np.max) -> float:
    return float(worst(np.abs(np.asarray(found) - np.asarray(expected))))


main = partial(stems.main, STEM)

if __name__ == "__main__":
    print(main())
