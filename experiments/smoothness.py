"""C3, C4, C6, E8: the identities behind the smoothness bounds, the closer optimum, a critical point off the line.

Setting: the statements' own sides (`bntheory.claims`) on `CASES` random cases each, in floats; and for E8 the objective
E[phi(z^T w)], phi' = cos t - 2 cos 2t, z ~ N(u, I - u u^T), u = (1/2, 0), whose critical point near (0, 2/3) is proved
to lie off the line of u by `bntheory check E8`.

Main statements: the corrected C3 and C4 are equalities for every eps, to rounding; the printed C3 is one at eps = 0 and
strict for eps > 0; without the mean's term C3 is off (control). C6's printed bound is the squared distance to the
nearest normalized optimum where <W_0, W*> > 0; where that is negative, every such optimum is farther away than it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import root

from bntheory import stems
from bntheory.claim import Statement
from bntheory.claims import gradient_bound, hessian_bound, initialization
from bntheory.claims.off_line import halfspace_gradient, halfspace_hessian
from bntheory.experiment import Criterion, Progress, Result
from bntheory.transform import standardize

STEM = "smoothness"
CASES = 1500
#: E8's objective, and where Newton's method starts.
MEAN, SLOW, FAST, START = (0.5, 0.0), 1.0, -1.0, (0.0, 0.7)
GRID = np.linspace(-2.0, 2.0, 121)
#: C3 without the mean's term, and C3's printed right side on units with eps > 0.
_NO_MEAN, _POSITIVE = (
    next(one for one in gradient_bound.MUTANTS if one.id == f"C3.mutant.{name}")
    for name in ("drop-mean", "eps-in-the-equality")
)


def measure(*, seed: int = 0, progress: Progress = stems.silent) -> Result:
    """Both sides of C3, C4 and C6 on random cases, and the map of E8's gradient.

    Parameters
    ----------
    seed : int
        Of the cases.
    """
    arrays = {}
    named = {"C3": gradient_bound.CORRECTED, "C3 without the mean": _NO_MEAN, "C4": hessian_bound.CORRECTED}
    for done, (name, statement) in enumerate(named.items()):
        progress(done / 5, name)
        arrays[name] = sides(statement, np.random.default_rng([seed, done]))
    progress(0.6, "C3 as printed, eps > 0")
    arrays["C3 as printed"] = sides(_POSITIVE, np.random.default_rng([seed, 4]))
    progress(0.8, "C6 and E8")
    arrays["C6"] = optima(np.random.default_rng([seed, 5]))
    point = critical_point()
    arrays |= {"E8 root": point, "E8 gradient": gradient_map()}
    return Result(STEM, seed, {}, tuple(criteria(arrays)), (), arrays, {"critical point of E8": point.tolist()})


def sides(statement: Statement, rng: np.random.Generator) -> NDArray[np.float64]:
    """Columns lhs, rhs and (gamma/s)^2 |g|^2, the largest term of C3, a row a unit; without units where that is 0."""
    assert statement.sample is not None
    rows = []
    for unit in statement.sample(rng, CASES):
        lhs, rhs = statement.sides(unit)
        scale = unit.gamma**2 / standardize(unit.y, unit.eps).s ** 2 * (unit.g @ unit.g)
        rows.append((float(lhs), float(rhs), float(scale)))
    found = np.array(rows)
    return found[found[:, 2] > 0]


def optima(rng: np.random.Generator) -> NDArray[np.float64]:
    """Columns cos of the angle of W_0 and W*, squared distance to the ray of optima, printed bound, of |W_0|^2."""
    assert initialization.PRINTED.sample is not None
    rows = []
    for case in initialization.PRINTED.sample(rng, CASES):
        distance, bound = map(float, initialization.PRINTED.sides(case))
        size = case.W_0 @ case.W_0
        rows.append(
            (case.W_0 @ case.W_star / np.sqrt(size * (case.W_star @ case.W_star)), distance / size, bound / size)
        )
    return np.array(rows)


def critical_point() -> NDArray[np.float64]:
    """The root of E8's gradient nearest to START."""
    found: NDArray[np.float64] = root(
        lambda w: np.array(halfspace_gradient(MEAN, SLOW, FAST, w)),
        np.array(START),
        jac=lambda w: np.array(halfspace_hessian(MEAN, SLOW, FAST, w)),
        tol=1e-14,
    ).x
    return found


def gradient_map() -> NDArray[np.float64]:
    """|grad| on GRID x GRID, rows along w_2."""
    norms: NDArray[np.float64] = np.hypot(*_gradient(*np.meshgrid(GRID, GRID)))
    return norms


def _gradient(first: Any, second: Any) -> list[Any]:
    pairs = [halfspace_gradient(MEAN, SLOW, FAST, w) for w in zip(first.ravel(), second.ravel(), strict=True)]
    return [np.array(part).reshape(first.shape) for part in zip(*pairs, strict=True)]


def gap(rows: NDArray[np.float64], *, terms: bool) -> NDArray[np.float64]:
    """|lhs - rhs| over the larger side or, with `terms`, over the largest term that cancels in them; 0 for 0 = 0."""
    lhs, rhs, scale = rows.T
    larger = np.maximum(np.abs(lhs), np.abs(rhs))
    size = np.maximum(larger, scale) if terms else larger
    gaps: NDArray[np.float64] = np.abs(lhs - rhs) / np.where(size > 0, size, 1.0)
    return gaps


def criteria(arrays: Mapping[str, NDArray[np.float64]]) -> Iterator[Criterion]:
    """Equalities hold to rounding: sums of a few terms of the size that C3's gaps are divided by, so to some 1e-15.

    C4's are divided by its sides, in which terms cancel to a millionth here and there; C6's numbers have size 1, with
    bounds up to 1e4 beside them.
    """
    equal = float(gap(arrays["C3"], terms=True).max())
    yield Criterion("C3 corrected: largest |lhs - rhs| over its terms", equal, "<=", 1e-12)
    equal = float(gap(arrays["C4"], terms=False).max())
    yield Criterion("C4 corrected: largest |lhs - rhs| over its sides", equal, "<=", 1e-6)
    off = float(np.median(gap(arrays["C3 without the mean"], terms=True)))
    yield Criterion("control, C3 without the mean's term: median of the same", off, ">", 1e-3)
    lhs, rhs, scale = arrays["C3 as printed"].T
    above = float(((lhs - rhs) / scale).max())
    yield Criterion("C3 as printed, eps > 0: largest (lhs - rhs) over its terms", above, "<=", 1e-12)
    strict = float(np.mean(lhs < rhs * (1 - 1e-6)))
    yield Criterion("C3 as printed, eps > 0: part of the units where it is strict by 1e-6", strict, ">", 0.5)
    cosine, distance, bound = arrays["C6"].T
    acute = cosine > 0
    off = float(np.abs(distance - bound)[acute].max())
    yield Criterion("C6, <W_0, W*> > 0: largest |distance - bound|", off, "<=", 1e-9)
    under = float(np.mean(distance[~acute] > bound[~acute]))
    yield Criterion("C6 as printed, <W_0, W*> < 0: part of the cases that violate it", under, ">=", 1.0)
    point = arrays["E8 root"]
    slope = float(np.hypot(*_gradient(*point[:, None])).max())
    yield Criterion("E8: |gradient| at the point off the line", slope, "<=", 1e-12)
    yield Criterion("E8: its distance from the line of S^-1 u", float(abs(point[1])), ">", 0.5)


main = partial(stems.main, STEM)

if __name__ == "__main__":
    print(main())
