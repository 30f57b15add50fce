r"""Premises of E14: the gradient of a network with two hidden units on Gaussian inputs.

Setting. z Gaussian with u = E[z] and S = E[z z^T] = Cov + u u^T; f(W) = E[l(sum_i theta_i phi(z^T w_i))]. By Stein's
lemma grad_i f = a_i u + Cov sum_j b_ij w_j with a_i = E[l' theta_i phi'_i] and b_ij = E[l'' theta_i theta_j phi'_i
phi'_j] + (i = j) E[l' theta_i phi''_i], b symmetric; nothing else is used of them: they are drawn freely.

Main statement. grad_i f = c1 u + S x_i with x_i = sum_j b_ij w_j and c1 = a_i - u^T x_i.

Source: Kohler et al. 2018, Section 5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory import decoupling
from bntheory.cases import Quadratic, rational_vectors
from bntheory.cases.batches import symmetric
from bntheory.cases.gaussian_inputs import gaussian_inputs, sample_gaussian_inputs
from bntheory.claim import Statement, Truth


@dataclass(frozen=True, eq=False)
class TwoUnits:
    """u and S of an instance with w_1 in place of its start; w_2, a (2,), b (2, 2) symmetric, and a vector v."""

    instance: Quadratic
    w_2: Any
    a: Any
    b: Any
    v: Any


Sides = Callable[[TwoUnits], tuple[Any, Any]]


@cache
def _units(d: int, spread: bool) -> SearchStrategy[TwoUnits]:
    parts = st.tuples(gaussian_inputs(d, spread=spread), rational_vectors(2 * d), rational_vectors(5))
    return parts.map(
        lambda drawn: TwoUnits(drawn[0], drawn[1][:d], drawn[2][:2], symmetric(2, drawn[2][2:]), drawn[1][d:])
    )


def _sample(rng: np.random.Generator, n: int) -> list[TwoUnits]:
    numbers, vectors = rng.standard_normal((n, 5)), rng.standard_normal((n, 2, 3))
    return [
        TwoUnits(q, w_2[: len(q.w)], x[:2], x[[2, 3, 3, 4]].reshape(2, 2), v[: len(q.w)])
        for q, x, (w_2, v) in zip(sample_gaussian_inputs(rng, n), numbers, vectors, strict=True)
    ]


@cache
def domain(change: Callable[[TwoUnits], TwoUnits] | None = None, *, spread: bool = False) -> dict[str, Any]:
    """Any weights, a and b; `change` puts them where a statement wants them; `spread`: |rho*| < 1."""
    cases = st.one_of(*(_units(d, spread) for d in (2, 1, 3)))
    if change is None:
        return {"cases": cases, "sample": _sample}
    return {"cases": cases.map(change), "sample": lambda rng, n: [change(case) for case in _sample(rng, n)]}


def weighted(case: TwoUnits, i: int) -> Any:
    """sum_j b_ij w_j."""
    return case.b[i][0] * case.instance.w + case.b[i][1] * case.w_2


def gradient(case: TwoUnits, i: int) -> Any:
    """grad_i f = a_i u + Cov sum_j b_ij w_j."""
    return decoupling.stein_gradient(case.a[i], weighted(case, i), case.instance.S, case.instance.u)


def _second_moment(seen: Callable[[TwoUnits], Any]) -> Sides:
    """v^T grad_1 f against c1 u^T v + v^T S sum_j b_1j w_j, c1 = a_1 - u^T of what is seen of the weights."""

    def sides(case: TwoUnits) -> tuple[Any, Any]:
        q = case.instance
        c1 = case.a[0] - q.u @ seen(case)
        return case.v @ gradient(case, 0), c1 * (q.u @ case.v) + case.v @ (q.S @ weighted(case, 0))

    return sides


def _e14(name: str, truth: Truth, tex: str, sides: Sides, note: str) -> Statement:
    return Statement(f"E14.mutant.{name}", tex, truth, relation="==", sides=sides, note=note, **domain())


GRADIENT_MUTANTS = (
    _e14(
        "gradient",
        Truth.WEAKER,
        r"\nabla_1f = c_1u+S\sum_jb_{1j}w_j,\ c_1=a_1-u^\top\sum_jb_{1j}w_j",
        _second_moment(lambda case: weighted(case, 0)),
        "a premise: the gradient with S in place of Cov, as for a halfspace",
    ),
    _e14(
        "own-c1",
        Truth.FALSE,
        r"\nabla_1f = c_1u+S\sum_jb_{1j}w_j,\ c_1=a_1-b_{11}u^\top w_1",
        _second_moment(lambda case: case.b[0][0] * case.instance.w),
        "c1 sees the other units too",
    ),
)
