"""Which cases a proof's general case stands for, and which vectors and numbers its symbols are for one of them."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np

from bntheory.cases import Quadratic, Unit
from bntheory.cases.approaches import Approach
from bntheory.cases.brackets import Search
from bntheory.cases.directions import Direction
from bntheory.claims.alternating_units import HeldUnits
from bntheory.claims.backpropagation import Derivative
from bntheory.claims.explosion import Network
from bntheory.claims.gaussian_gradient import Point, Polynomial
from bntheory.claims.gdnp_directions import TwoRuns
from bntheory.claims.gdnp_runs import Run, reached
from bntheory.claims.gdnp_step import Halfspace
from bntheory.claims.halfspaces import Labelled
from bntheory.claims.hessian import Directions
from bntheory.claims.initialization import Scaled, Weights
from bntheory.claims.leaky_relu import Leaky
from bntheory.claims.least_squares import Fit, Length
from bntheory.claims.minimax_bound import BoundedData
from bntheory.claims.network_gradient import TwoUnits
from bntheory.claims.pencil_errors import Ascent, iterate
from bntheory.claims.rayleigh_step import Steps
from bntheory.claims.reparametrization import Outputs
from bntheory.claims.spectral_gap import Differences
from bntheory.numbers import acos, sqrt


@singledispatch
def stands_for(formal: Any, case: Any) -> bool:
    """Whether a drawn case is of the kind that a proof's general case stands for: one step, the same derivative."""
    return getattr(formal, "term", None) == getattr(case, "term", None) and getattr(case, "count", 1) == 1


@stands_for.register
def _(formal: Search, case: Any) -> bool:
    kept_left = [one.root < (one.a + one.b) / 2 for one in (formal, case)]
    return case.count == 1 and kept_left[0] == kept_left[1]


@stands_for.register
def _(formal: Direction, case: Any) -> bool:
    return formal.count == case.count


@stands_for.register
def _(formal: Run, case: Any) -> bool:
    return formal.directions == case.directions and stands_for(formal.search, case.search)


@singledispatch
def behind(case: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays and numbers that the symbols of a proof's general case stand for."""
    raise TypeError(type(case).__name__)


@behind.register
def _(unit: Unit) -> tuple[dict[str, Any], dict[str, Any]]:
    mean = unit.y.sum() / len(unit.y)
    s = sqrt(((unit.y - mean) ** 2).sum() / len(unit.y) + unit.eps)
    arrays = {"y": unit.y, "g": unit.g, "v": unit.v, "H": unit.H}
    return {name: array for name, array in arrays.items() if array is not None}, {
        "mean": mean,
        "s": s,
        "eps": unit.eps,
        "gamma": unit.gamma,
        "beta": unit.beta,
    }


@behind.register
def _(case: Derivative) -> tuple[dict[str, Any], dict[str, Any]]:
    return behind(case.unit)


@behind.register
def _(case: Directions) -> tuple[dict[str, Any], dict[str, Any]]:
    arrays, numbers = behind(case.unit)
    return arrays | {"w": case.w}, numbers


@behind.register
def _(case: BoundedData) -> tuple[dict[str, Any], dict[str, Any]]:
    arrays, numbers = behind(case.unit)
    w = np.concatenate([case.w, 0 * case.unit.y])[: max(2, len(case.unit.y))]  # a unit vector of the same space
    return arrays | {"w": w, "column": case.column}, numbers | {"lambda": case.lam}


@behind.register
def _(case: Scaled) -> tuple[dict[str, Any], dict[str, Any]]:
    arrays, numbers = behind(Unit(case.y, 0 * case.y, 1, 0, case.eps, v=case.v))
    return arrays, numbers | {"c": case.c}


@behind.register
def _(case: Weights) -> tuple[dict[str, Any], dict[str, Any]]:
    norm = sqrt(case.W_star @ case.W_star)
    return {"W_0": case.W_0, "W*": case.W_star}, {"norm": norm, "product": case.W_0 @ case.W_star, "c": case.c}


@behind.register
def _(case: Fit) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"y": case.y, "p": case.p}, {"norm": sqrt(case.p @ case.p / len(case.p)), "gamma": case.gamma}


@behind.register
def _(case: Length) -> tuple[dict[str, Any], dict[str, Any]]:
    q = case.instance
    numbers = {"norm": sqrt(q.w @ (q.S @ q.w)), "gamma": case.gamma, "mu": q.mu, "L": q.L}
    return {"best": q.best, "w": q.w, "S": q.S, "S^-1": q.inverse}, numbers


@behind.register
def _(case: Halfspace) -> tuple[dict[str, Any], dict[str, Any]]:
    arrays, numbers = behind(Length(case.instance, case.gamma))
    return arrays | {"v": case.v}, numbers | {"a": case.a, "b": case.b}


@behind.register
def _(case: Steps) -> tuple[dict[str, Any], dict[str, Any]]:
    q = case.instance
    scale = (q.w @ (q.S @ q.w)) / (q.u @ q.w)
    e = q.best - q.w / scale
    along = (q.best - e) @ (q.S @ (q.best - e))
    error = q.w - q.best
    numbers = {"mu": q.mu, "K": q.L - q.mu, "scale": scale, "off": e @ (q.S @ e), "along": along}
    arrays = {"best": q.best, "e": e, "error": error, "S": q.S, "S^-1": q.inverse}
    return arrays, numbers | {"size": q.best @ q.best, "excess": error @ error}


@behind.register
def _(case: Outputs) -> tuple[dict[str, Any], dict[str, Any]]:
    p, n = case.X @ case.w, len(case.v)
    mean = p.sum() / n
    s = sqrt((p @ p) / n - mean**2)
    return {"p": p, "v": case.v}, {"mean": mean, "s": s, "gamma": case.gamma, "beta": case.beta, "c": case.c}


@behind.register
def _(case: Labelled) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"p": case.X @ case.w, "Y": np.diag(case.y)}, {"c": case.c}


def _instance(q: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    r = q.u @ q.best
    arrays = {"best": q.best, "w": q.w, "S": q.S, "S^-1": q.inverse}
    return arrays, {"r": r, "odds": r / (1 - r) if r != 1 else 0, "mu": q.mu, "L": q.L}


@behind.register
def _(case: Point) -> tuple[dict[str, Any], dict[str, Any]]:
    arrays, numbers = _instance(case.instance)
    return arrays | {"v": case.v}, numbers | {"a": case.a, "b": case.b}


@behind.register
def _(case: Polynomial) -> tuple[dict[str, Any], dict[str, Any]]:
    arrays, numbers = _instance(case.instance)
    return arrays | {"v": case.v}, numbers | {f"c{k}": c for k, c in enumerate(case.coefficients)}


@behind.register
def _(case: TwoUnits) -> tuple[dict[str, Any], dict[str, Any]]:
    arrays, numbers = _instance(case.instance)
    (b11, b12), (_, b22) = case.b
    c = (case.w_2 @ case.instance.best) / (case.instance.best @ case.instance.best)  # where w_2 is on the line
    named = {"a1": case.a[0], "a2": case.a[1], "b11": b11, "b12": b12, "b21": b12, "b22": b22, "c": c}
    return arrays | {"w_2": case.w_2, "v": case.v}, numbers | named


@behind.register
def _(case: HeldUnits) -> tuple[dict[str, Any], dict[str, Any]]:
    arrays, numbers = _instance(case.instance)
    (b1, b2), (c1, c2) = case.b_others, case.c_others
    held = {"a": case.a, "b": case.b, "b1": b1, "b2": b2, "c1": c1, "c2": c2}
    return arrays | {"v": case.v}, numbers | held


@behind.register
def _(case: Network) -> tuple[dict[str, Any], dict[str, Any]]:
    coefficients = dict.fromkeys((f"c{k}" for k in range(5)), 0) | {f"c{k}": c for k, c in enumerate(case.coefficients)}
    return {"c": case.coefficients}, coefficients | {"B": case.B, "s": case.B - 3, "more": case.more}


@behind.register
def _(case: Differences) -> tuple[dict[str, Any], dict[str, Any]]:
    names = ("phi_a", "phi_b", "slope_a", "slope_b", "psi_a", "psi_b")
    return {name: getattr(case, name) for name in names}, {"B": case.B}


@behind.register
def _(case: Leaky) -> tuple[dict[str, Any], dict[str, Any]]:
    fewer, most = case.B - 1, case.B + case.more - 1
    v, u = (size + sqrt(size**2 - 1) - 1 for size in (fewer, most))
    numbers = {"v": v, "u": u, "pi": acos(0 * v - 1), "A": acos(1 / fewer), "C": acos(1 / most), "a": case.a}
    return {"B": np.array([case.B])}, numbers


@behind.register
def _(case: Search) -> tuple[dict[str, Any], dict[str, Any]]:
    q = case.instance
    size, square, before, after = q.w @ (q.S @ q.w), q.w @ q.w, case.root - case.a, case.b - case.root
    near = min(before, after)
    numbers = {"size": size, "mu": q.mu, "above": size / square - q.mu, "below": q.L - size / square}
    numbers |= {"sphere": case.sphere, "lam": case.lam, "root": case.root, "near": near}
    return {"best": q.best, "w": q.w, "S": q.S, "S^-1": q.inverse}, numbers | {"rest": max(before, after) - near}


@behind.register
def _(case: Direction) -> tuple[dict[str, Any], dict[str, Any]]:
    arrays, numbers = behind(Steps(case.instance, case.count))
    return arrays, numbers | {"ratio": case.ratio, "a": case.a, "b": case.b}


@behind.register
def _(case: Run) -> tuple[dict[str, Any], dict[str, Any]]:
    (arrays, start), (others, numbers) = behind(Steps(case.search.instance, 1)), behind(case.search)
    if case.directions:
        others, numbers = behind(reached(case.search, case.directions))
    return others | arrays, start | numbers | {"c": case.c}


@behind.register
def _(case: TwoRuns) -> tuple[dict[str, Any], dict[str, Any]]:
    first, second = case.first[0], case.second[0]
    arrays, numbers = behind(Halfspace(case.instance, first.gamma, first.a, first.b, case.v))
    return arrays, numbers | {"delta": second.gamma, "c": second.a, "d": second.b}


@behind.register
def _(q: Quadratic) -> tuple[dict[str, Any], dict[str, Any]]:
    """One step from w = scale (best - e): h, p and nu of M e, by its parts along best, along e and beside both."""
    R, scale = q.u @ q.best, (q.w @ (q.S @ q.w)) / (q.u @ q.w)
    e = q.best - q.w / scale
    x = e @ (q.S @ e) / R
    y = e - q.S @ e / q.L
    e_off, y_off = (v - (v @ q.u) / R * q.best for v in (e, y))
    p = sqrt(y_off @ (q.S @ y_off) / (R * x))
    k, root = sqrt(1 - x), sqrt(1 - (1 - q.mu / q.L) * x)
    nu = e_off @ (q.S @ y_off) / (R * x * k * p)
    numbers = {"k": k, "root": root, "R": R, "L": q.L, "scale": scale, "h": 1 - y @ q.u / R, "p": p, "nu": nu}
    return {"best": q.best, "e": e, "S": q.S, "S^-1": q.inverse}, numbers


@behind.register
def _(case: Approach) -> tuple[dict[str, Any], dict[str, Any]]:
    q = case.instance
    numbers = {"nu": case.nu, "K": q.L - case.nu, "mu": q.mu, "R": q.u @ q.best}
    return {"best": q.best, "e": case.e, "S": q.S, "S^-1": q.inverse}, numbers


@behind.register
def _(case: Ascent) -> tuple[dict[str, Any], dict[str, Any]]:
    """In coordinates R w, A = R^T R, in which A is the identity and B is T."""
    p, R = case.pencil, _root(case.pencil.A)
    back = p.inverse @ R.T
    T, w = back.T @ p.B @ back, R @ iterate(p, case.t)
    x = T @ w - p.lambda_min * w
    x = T @ x - p.lambda_2 * x  # of all eigenvalues, no more than three, lambda_1 is left
    x = x / sqrt(x @ x)
    scale, gap = x @ w, p.lambda_1 - p.lambda_2
    e = w / scale - x
    numbers = {"low": p.lambda_min, "tau": p.lambda_2 - p.lambda_min, "gap": gap, "scale": scale, "size": e @ e}
    return {"x": x, "e": e, "T": T}, numbers | {"P": gap - e @ (p.lambda_2 * e - T @ e)}


def _root(A: Any) -> Any:
    """The upper triangular R with R^T R = A (Cholesky)."""
    R = 0 * A
    for i in range(len(A)):
        R[i, i] = sqrt(A[i, i] - R[:i, i] @ R[:i, i])
        for j in range(i + 1, len(A)):
            R[i, j] = (A[i, j] - R[:i, i] @ R[:i, j]) / R[i, i]
    return R
