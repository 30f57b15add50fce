"""E3 in the plane: the Rayleigh quotient is what is left of f_OLS once every direction has its best length.

Setting: one S in R^2 with condition 16 and L = 1, one u with |rho*| = 1 and one start, chosen so that the picture is
legible; nothing in them is random. f_OLS is taken less its constant E[y^2]. GD (step 1/(2L)) and GDNP start from the
same w~_0, which has the best length of its direction. The seed draws the lengths at which scale invariance is checked.

Main statements: min over gamma of f_OLS(gamma v) is rho(v), on a grid of all directions; rho is constant along rays;
the best lengths of all directions form the ellipse |w~ - w*/2|_S = |w*|_S/2, on which GDNP's iterates lie; both methods
end at w* = -S^-1 u, neither slower than (1 - mu/L)^2 a step (E5).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bntheory import stems
from bntheory.decoupling import contraction_factor, rayleigh_quotient
from bntheory.experiment import Criterion, Instance, MethodRun, Progress, Result, describe
from bntheory.methods import GDNP, GradientDescent
from bntheory.problems import LeastSquares
from bntheory.protocols import Method
from bntheory.trace import run
from bntheory.typing import Vector

STEM = "rayleigh_landscape"
CONDITION = 16.0
#: Of the eigenvectors of S, the bottom one first, against the axes.
ROTATION = np.deg2rad(40)
#: In the S-metric, against the bottom eigenvector: the minimizer's angle and the start's.
MINIMIZER_ANGLE, START_ANGLE = np.deg2rad(70), np.deg2rad(134)
DIRECTIONS = 1440
GRID = 241
#: What rounding may do to rho and to lengths, all at most 1: some dozen roundings of at most condition * eps = 4e-15.
ROUNDING = 1e-12
#: Only |w~ - w*|_S above this one is used for rates: D = |w~ - w*|_S^2 then has the relative error eps/5e-10 < 1e-6.
RESOLVED = 5e-10


def measure(*, seed: int = 0, steps: int = 400, tol: float = 1e-9, progress: Progress = stems.silent) -> Result:
    """Tabulate rho and f_OLS, run both methods, and check E3 on every direction.

    Parameters
    ----------
    seed : int
        Of the lengths at which scale invariance is checked.
    steps : int
    tol : float
        |grad f|_{S^-1} = 2 |w~ - w*|_S <= tol stops a method, |w*|_S being 1.
    progress : callable
    """
    rng = np.random.default_rng(seed)
    problem, w0 = plane()
    angles = np.linspace(0, 2 * np.pi, DIRECTIONS + 1)
    directions = np.column_stack([np.cos(angles), np.sin(angles)])
    progress(0.0, "directions")
    rho = np.array([rayleigh_quotient(v, problem.S, problem.u) for v in directions])
    lowest = np.array([lowest_on_ray(problem, v) for v in directions])
    lengths = np.exp(rng.uniform(-7, 7, size=len(angles))) * rng.choice([-1.0, 1.0], size=len(angles))
    scaled = np.array(
        [rayleigh_quotient(c * v, problem.S, problem.u) for c, v in zip(lengths, directions, strict=True)]
    )
    euclidean = np.array([rayleigh_quotient(v, np.eye(2), problem.u) for v in directions])

    bound = contraction_factor(problem.metric.mu, problem.metric.L)
    runs, paths = {}, {}
    for count, method in enumerate((GradientDescent(), GDNP())):
        progress(0.3 + 0.2 * count, method.name)
        runs[method.name], path = recorded(method, problem, w0, bound, steps, tol)
        paths[f"path_{method.name}"] = path

    progress(0.7, "grid")
    x, y = axes(problem, w0)
    return Result(
        STEM,
        seed,
        {"steps": steps, "tol": tol},
        tuple(
            criteria(
                [np.abs(lowest - rho).max(), np.abs(scaled - rho).max(), np.abs(lowest - euclidean).max()],
                off_line(problem, runs),
                off_ellipse(problem, paths["path_gdnp"]),
                max(slowest_step(method_run) for method_run in runs.values()),
                tol,
            )
        ),
        (Instance(f"plane, condition {CONDITION:g}", describe(problem.metric), runs),),
        paths
        | {
            "S": problem.S,
            "u": problem.u,
            "minimizer": problem.minimizer,
            "angle": angles,
            "rho": rho,
            "lowest": lowest,
            "euclidean": euclidean,
            "x": x,
            "y": y,
            "f": np.array([[problem.value(np.array([a, b])) for a in x] for b in y]),
        },
        {"rho_star": problem.minimum},
    )


def plane() -> tuple[LeastSquares, Vector]:
    """The problem, and the start w~_0 with the best length of its direction, gamma = -u^T v."""
    basis = np.array([[np.cos(ROTATION), -np.sin(ROTATION)], [np.sin(ROTATION), np.cos(ROTATION)]])
    spectrum = np.array([1 / CONDITION, 1.0])

    def unit(angle: float) -> Vector:
        """The vector of S-norm 1 at this angle of the S-metric."""
        vector: Vector = basis @ (np.array([np.cos(angle), np.sin(angle)]) / np.sqrt(spectrum))
        return vector

    S = (basis * spectrum) @ basis.T
    problem = LeastSquares(S, -S @ unit(MINIMIZER_ANGLE))
    v = unit(START_ANGLE)
    return problem, -(problem.u @ v) * v


def lowest_on_ray(problem: LeastSquares, v: Vector) -> float:
    """min over gamma of f_OLS(gamma v), from three values of f_OLS: the minimum of the parabola through them."""
    left, middle, right = (problem.value(gamma * v) for gamma in (-1.0, 0.0, 1.0))
    return middle - (right - left) ** 2 / (8 * (left + right - 2 * middle))


def recorded(
    method: Method, problem: LeastSquares, w0: Vector, bound: float, steps: int, tol: float
) -> tuple[MethodRun, NDArray[np.float64]]:
    """The run, and its iterates w~_t as rows."""
    observe = {"x": lambda iterate: iterate.w_tilde[0], "y": lambda iterate: iterate.w_tilde[1]}
    trace = run(method, problem, w0, steps=steps, tol=tol, observe=observe)
    return MethodRun(trace, bound), np.column_stack([trace.observed["x"], trace.observed["y"]])


def off_line(problem: LeastSquares, runs: dict[str, MethodRun]) -> float:
    """The largest sine, in the S-metric, of the angle between a method's last iterate and S^-1 u (|w*|_S = 1)."""
    ends = [method_run.trace.w_tilde for method_run in runs.values()]
    along = [end @ (problem.S @ problem.minimizer) * problem.minimizer for end in ends]
    return max(
        problem.metric.norm(end - part) / problem.metric.norm(end) for end, part in zip(ends, along, strict=True)
    )


def slowest_step(method_run: MethodRun) -> float:
    """The largest D_{t+1}/D_t over the bound, of the steps with sqrt(D_{t+1}) >= `RESOLVED`."""
    D = method_run.trace.suboptimality
    D = D[D >= RESOLVED**2]
    return float((D[1:] / D[:-1]).max(initial=0.0) / method_run.bound)


def off_ellipse(problem: LeastSquares, path: NDArray[np.float64]) -> float:
    """The largest ||w~_t - w*/2|_S - |w*|_S/2| along a path."""
    half = problem.minimizer / 2
    return max(abs(problem.metric.norm(w_tilde - half) - problem.metric.norm(half)) for w_tilde in path)


def axes(problem: LeastSquares, w0: Vector) -> tuple[Vector, Vector]:
    """Grid lines of the w~-plane: a frame around the ellipse of best lengths, where all of the paths happens."""
    half = problem.minimizer / 2
    reach = problem.metric.norm(half) * np.sqrt(np.diag(np.linalg.inv(problem.S)))
    frame = 1.3 * reach
    return tuple(np.linspace(c - r, c + r, GRID) for c, r in zip(half, frame, strict=True))


def criteria(gaps: list[float], line: float, ellipse: float, slowest: float, tol: float) -> Iterator[Criterion]:
    """What the experiment must show; gaps are those of E3, of scale invariance and of the control, all directions."""
    yield Criterion("|min over gamma of f_OLS(gamma v) - rho(v)| / |rho*|, all directions", gaps[0], "<=", ROUNDING)
    yield Criterion("|rho(c v) - rho(v)| / |rho*|, all directions, random c", gaps[1], "<=", ROUNDING)
    yield Criterion("control, -(u^T v)^2/(v^T v) in place of rho misses", gaps[2], ">", 0.1)
    # |w~ - w*|_S <= tol/2 where a method has converged, and hence the sine; 400 steps of GD reach 1e-9 whatever tol
    yield Criterion("GD and GDNP end on the line of S^-1 u: sine of the angle", line, "<=", max(tol, 1e-9))
    yield Criterion("GDNP's iterates have the best length: distance from the ellipse", ellipse, "<=", ROUNDING)
    yield Criterion("GD and GDNP: largest D_{t+1}/D_t over (1 - mu/L)^2", slowest, "<=", 1 + 1e-6)


main = partial(stems.main, STEM)

if __name__ == "__main__":
    print(main())
