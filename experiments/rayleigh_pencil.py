"""E4: how fast ascent on a generalized Rayleigh quotient is, and why E5 is not a special case of it.

Setting: random pencils (B, A) with d = 3 to 6, A with largest eigenvalue 1 and condition 2 to 100, B indefinite; starts
with rho(w_0) spread over (lambda_2, lambda_1). The eigenpairs come from `scipy.linalg.eigh(B, A)`, which no step uses.
R_t = (lambda_1 - rho(w_t))/(rho(w_t) - lambda_2) is the error; a bound on R_{t+1}/R_t counts as crossed where both
errors are positive and the ratio exceeds it by more than rounding. Shares are of the runs with such a pair of errors.

Main statements: the corrected bound q^2 holds and is attained where the error is along x_2; the printed exponent 2t,
the eigenvalues of B in place of the pencil's, and the Euclidean gradient each break it. For B = u u^T the corrected
factor is 0: the A-gradient (whitened GDNP) is done in one step, while the Euclidean gradient, which is E5's method
(GDNP), contracts by (1 - mu/L)^2 and no faster on E5's worst case. So E5 does not follow from E4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from bntheory import stems
from bntheory.decoupling import contraction_factor
from bntheory.errors import InvalidInput
from bntheory.experiment import Criterion, Instance, MethodRun, Progress, Result, describe
from bntheory.linalg import symmetric_matrix
from bntheory.methods import GDNP, WhitenedGDNP
from bntheory.pencil import ascent_step, eigenvalue_ratio, pencil_factor, pencil_quotient, ratio_of_coordinates
from bntheory.problems import LeastSquares
from bntheory.trace import run
from bntheory.typing import Matrix, Vector

STEM = "rayleigh_pencil"
RUNS = 400
#: Condition numbers of E5's worst case; the first is the one that the figure shows.
CONDITIONS = (10.0, 2.0, 100.0)
#: Errors R_t below this one are not used: c_i/|c| > 1e-3 then keeps nine digits, its absolute error being about
#: eps * condition(A) * spread/gap of the eigenvalues <= 1e-16 * 1e2 * 1e2.
FLOOR = 1e-6
#: The relative excess that rounding may cause in R_{t+1}/R_t: twice the relative error of c_i^2, a few times over.
ALLOWANCE = 1e-8
#: E5's worst case starts with the direction's error D_0 = ERROR^2 |rho*|.
ERROR = 1e-2


@dataclass(frozen=True)
class Pencil:
    """B and A, and their eigenpairs: eigenvalues ascending, eigenvectors (columns) with X^T A X = I."""

    B: Matrix
    A: Matrix
    eigenvalues: Vector
    eigenvectors: Matrix


@dataclass(frozen=True)
class Runs:
    """Runs of one method; row k belongs to run k, column t to iterate t, nan after the last iterate that was used."""

    error: NDArray[np.float64]
    quotient: NDArray[np.float64]


def measure(*, seed: int = 0, steps: int = 30, progress: Progress = stems.silent) -> Result:
    """Check every reading of E4 on `RUNS` random pencils, then its special case B = u u^T.

    Parameters
    ----------
    seed : int
        Of the pencils and the starts.
    steps : int
        At most so many iterations of every run, at least 3.
    progress : callable

    Raises
    ------
    InvalidInput
        If steps is not a whole number >= 3: the printed bound claims more from t = 2 on only.
    """
    if not isinstance(steps, int) or steps < 3:  # the printed bound differs from the corrected one from t = 2 on
        raise InvalidInput("steps", steps, "must be a whole number, at least 3", "give one such as 30")
    rng = np.random.default_rng(seed)
    pencils = [random_pencil(rng) for _ in range(RUNS)]
    starts = [random_start(pencil, rng) for pencil in pencils]
    tight_starts = [p.eigenvectors[:, -1] + rng.uniform(0.1, 10) * p.eigenvectors[:, -2] for p in pencils]
    inverses = [np.linalg.inv(pencil.A) for pencil in pencils]
    progress(0.1, "A-gradient")
    corrected = follow(pencils, starts, inverses, steps)
    progress(0.4, "A-gradient, error along x_2")
    tight = follow(pencils, tight_starts, inverses, steps)
    progress(0.6, "Euclidean gradient")
    euclidean = follow(pencils, starts, [np.eye(len(pencil.A)) for pencil in pencils], steps)
    progress(0.9, "B = u u^T")
    instances = [special_case(condition, steps) for condition in CONDITIONS]

    own = top_two_and_last([pencil.eigenvalues for pencil in pencils])
    factor = pencil_factor(*own)
    of_B = top_two_and_last([eigenvalues_of_B(pencil) for pencil in pencils])
    shares = {
        "corrected": crossed(corrected.error, factor),
        "w_0 on the right": crossed_from_start(corrected.error, factor),
        "printed exponent": crossed(corrected.error, pencil_factor(*own, exponent=2 * np.arange(steps)), first=2),
        "eigenvalues of B": crossed(eigenvalue_ratio(corrected.quotient, *of_B[:2]), pencil_factor(*of_B)),
        "Euclidean gradient": crossed(euclidean.error, factor),
    }
    attained = tight.error[:, 1:] / (factor * tight.error[:, :-1])
    return Result(
        STEM,
        seed,
        {"steps": steps},
        tuple(criteria(shares, attained, instances)),
        tuple(instances),
        {
            "dimension": np.array([len(start) for start in starts]),
            "factor": factor[:, 0],
            "error": corrected.error,
            "error_tight": tight.error,
            "error_euclidean": euclidean.error,
        },
        {
            "runs": RUNS,
            "share of runs that cross": shares,
            "B = u u^T": [special_factors(instance) for instance in instances],
        },
    )


def random_pencil(rng: np.random.Generator) -> Pencil:
    """A with largest eigenvalue 1 and condition 2 to 100, B symmetric Gaussian with trace B >= 0 (so lambda_1 > 0)."""
    d = int(rng.integers(3, 7))
    condition = np.exp(rng.uniform(np.log(2), np.log(100)))
    spectrum = condition ** -np.array([0.0, 1.0, *rng.uniform(size=d - 2)])
    A = symmetric_matrix(spectrum, rng)
    B = rng.standard_normal((d, d))
    B = (B + B.T) * np.sign(np.trace(B)) / 2
    return Pencil(B, A, *scipy.linalg.eigh(B, A))


def random_start(pencil: Pencil, rng: np.random.Generator) -> Vector:
    """w_0 = x_1 + tau y, y random in the span of the other eigenvectors, (rho(w_0) - lambda_2)/(lambda_1 - lambda_2) in
    (0.02, 0.98): rho(w_0) = (lambda_1 + tau^2 rho(y))/(1 + tau^2) for |y|_A = 1."""
    c = rng.standard_normal(len(pencil.A) - 1)
    c /= np.linalg.norm(c)
    second, first = pencil.eigenvalues[-2:]
    rho = second + rng.uniform(0.02, 0.98) * (first - second)
    tau = np.sqrt((first - rho) / (rho - pencil.eigenvalues[:-1] @ c**2))
    w0: Vector = pencil.eigenvectors @ np.append(tau * c, 1.0)
    return w0


def follow(pencils: Sequence[Pencil], starts: Sequence[Vector], inverses: Sequence[Matrix], steps: int) -> Runs:
    """Ascent from every start, the gradient taken in the metric whose inverse is given, until R_t < `FLOOR` (or < 0:
    rho(w_t) < lambda_2, where E4 says nothing)."""
    table = np.full((2, len(pencils), steps + 1), np.nan)
    for k, (pencil, w0, inverse) in enumerate(zip(pencils, starts, inverses, strict=True)):
        B, A, eigenvalues, w = pencil.B, pencil.A, pencil.eigenvalues, w0
        for t in range(steps + 1):
            error = ratio_of_coordinates(pencil.eigenvectors.T @ (A @ w), eigenvalues)
            if error < FLOOR:
                break
            table[:, k, t] = error, pencil_quotient(w, B, A)
            w = ascent_step(w, B, A, inverse, eigenvalues[0])
            w = w / np.linalg.norm(w)
    return Runs(*table)


def top_two_and_last(spectra: Sequence[Vector]) -> tuple[NDArray[np.float64], ...]:
    """(lambda_1, lambda_2, lambda_min) of ascending spectra, each of shape (runs, 1)."""
    return tuple(np.array([[spectrum[place]] for spectrum in spectra]) for place in (-1, -2, 0))


def eigenvalues_of_B(pencil: Pencil) -> Vector:
    """Those of B, scaled so that the largest is lambda_1: E4 fixes no scale of A, and this one favours the reading."""
    eigenvalues: Vector = np.linalg.eigvalsh(pencil.B)
    return eigenvalues * (pencil.eigenvalues[-1] / eigenvalues[-1])


def crossed(error: NDArray[np.float64], factor: NDArray[np.float64], first: int = 0) -> float:
    """The share of runs with R_{t+1} > factor R_t (1 + `ALLOWANCE`) at some t >= first, of those with a t >= first at
    which both errors are positive; factor has shape (runs, 1 or T)."""
    before, after = error[:, :-1], error[:, 1:]
    judged = (before > 0) & (after > 0)
    over = judged & (after > factor * before * (1 + ALLOWANCE))
    return float(over[:, first:].any(axis=1).sum() / judged[:, first:].any(axis=1).sum())


def crossed_from_start(error: NDArray[np.float64], factor: NDArray[np.float64]) -> float:
    """The share of runs with R_t > factor^t R_0 (1 + t `ALLOWANCE`) at some t."""
    t = np.arange(error.shape[1])
    return float((error > factor**t * error[:, :1] * (1 + t * ALLOWANCE)).any(axis=1).mean())


def special_case(condition: float, steps: int) -> Instance:
    """E5's worst case (u along the top eigenvector of S, the error along the bottom one, L = 1), which is E4's problem
    with B = u u^T and A = S: GDNP takes the Euclidean gradient, whitened GDNP the A-gradient."""
    problem = LeastSquares(np.diag([1 / condition, condition**-0.5, 1.0]), np.array([0.0, 0.0, 1.0]))
    w0 = np.array([ERROR * np.sqrt(condition), 0.0, -1.0])
    of_E4 = pencil_factor(-problem.minimum, 0.0, 0.0)  # the pencil's eigenvalues: |rho*| once, else 0
    bounds = ((GDNP(), contraction_factor(problem.metric.mu, problem.metric.L)), (WhitenedGDNP(), of_E4))
    runs = {method.name: MethodRun(run(method, problem, w0, steps=steps, tol=1e-9), bound) for method, bound in bounds}
    return Instance(f"E5's worst case, condition {condition:g}", describe(problem.metric), runs)


def special_factors(instance: Instance) -> dict[str, float]:
    """One step's largest and smallest D_{t+1}/D_t, by method."""
    found = {}
    for name, method_run in instance.runs.items():
        ratios = method_run.trace.suboptimality[1:] / method_run.trace.suboptimality[:-1]
        found |= {f"{name}, largest": float(ratios.max()), f"{name}, smallest": float(ratios.min())}
    bounds = {name: instance.runs[name].bound for name in ("gdnp", "gdnp-whitened")}
    return found | {"E5's factor": bounds["gdnp"], "corrected E4's factor": bounds["gdnp-whitened"]}


def criteria(
    shares: Mapping[str, float], attained: NDArray[np.float64], instances: Sequence[Instance]
) -> Iterator[Criterion]:
    """What the experiment must show; the last three shares are of false statements, which must be crossed."""
    yield Criterion("corrected E4: share of runs that cross it", shares["corrected"], "<=", 0)
    yield Criterion("corrected, w_0 on the right: share of runs that cross it", shares["w_0 on the right"], "<=", 0)
    name = "corrected, error along x_2: least R_{t+1}/(q^2 R_t)"
    yield Criterion(name, float(np.nanmin(attained)), ">=", 1 - ALLOWANCE)
    yield Criterion("printed exponent 2t, t >= 2: share of runs that cross it", shares["printed exponent"], ">=", 0.5)
    name = "eigenvalues of B for the pencil's: share of runs that cross it"
    yield Criterion(name, shares["eigenvalues of B"], ">", 0)
    name = "control, Euclidean gradient with the same step: share of runs that cross the corrected bound"
    yield Criterion(name, shares["Euclidean gradient"], ">=", 0.5)
    factors: list[dict[str, Any]] = [special_factors(instance) for instance in instances]
    name = "B = u u^T, A-gradient (whitened GDNP): largest D_1/D_0"
    # D_1 is the square of a rounding error: (eps condition^(1/2))^2 |rho*| = 5e-30 |rho*|, beside D_0 = 1e-4 |rho*|
    yield Criterion(name, max(entry["gdnp-whitened, largest"] for entry in factors), "<=", 1e-24)
    name = "B = u u^T, Euclidean gradient (E5, GDNP): least D_{t+1}/D_t over (1 - mu/L)^2"
    yield Criterion(name, min(entry["gdnp, smallest"] / entry["E5's factor"] for entry in factors), ">=", 0.99)


main = partial(stems.main, STEM)

if __name__ == "__main__":
    print(main())
