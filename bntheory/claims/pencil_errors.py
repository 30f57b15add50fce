"""The steps of E4 on a pencil, and the error (lambda_1 - rho)/(rho - lambda_2) before and after one of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from bntheory.cases import rational_vectors
from bntheory.cases.pencils import Pencil, pencils, sample_pencils
from bntheory.pencil import ascent_step, eigenvalue_ratio, pencil_factor, pencil_quotient, shifted_power_step


@dataclass(frozen=True, eq=False)
class Ascent:
    """A pencil and how many steps are made on it before the one that is looked at."""

    pencil: Pencil
    t: int


@cache
def domain(*, tight: bool = False) -> dict[str, Any]:
    """Pencils of every kind, or only those on which the factor is attained, and 0 to 3 steps before."""
    general, worst = sample_pencils(), sample_pencils(tight=True)
    instances = pencils(tight=True) if tight else pencils() | pencils(tight=True)
    return {
        "cases": st.builds(Ascent, instances, st.integers(0, 3)),
        "sample": lambda rng, n: [
            *(Ascent(pencil, k % 3) for k, pencil in enumerate(worst(rng, n if tight else n // 12))),
            *(Ascent(pencil, k % 16 // 15) for k, pencil in enumerate(general(rng, 0 if tight else n - n // 12))),
        ],
    }


def ascend(pencil: Pencil, w: Any) -> Any:
    """w+ of E4 corrected."""
    return ascent_step(w, pencil.B, pencil.A, pencil.inverse, pencil.lambda_min)


def iterate(pencil: Pencil, steps: int) -> Any:
    """w after so many steps."""
    w = pencil.w
    for _ in range(steps):
        w = ascend(pencil, w)
    return w


def error(pencil: Pencil, w: Any) -> Any:
    """(lambda_1 - rho(w))/(rho(w) - lambda_2)."""
    return eigenvalue_ratio(pencil_quotient(w, pencil.B, pencil.A), pencil.lambda_1, pencil.lambda_2)


def before(case: Ascent) -> Any:
    """The error of w_t."""
    return error(case.pencil, iterate(case.pencil, case.t))


def after(case: Ascent) -> Any:
    """The error of w_{t+1}."""
    return error(case.pencil, iterate(case.pencil, case.t + 1))


def power(pencil: Pencil, exponent: int) -> Any:
    """q^exponent."""
    return pencil_factor(pencil.lambda_1, pencil.lambda_2, pencil.lambda_min, exponent)


def one_step(case: Ascent) -> tuple[Any, Any]:
    """The step t -> t + 1."""
    return after(case), power(case.pencil, 2) * before(case)


def from_start(case: Ascent) -> tuple[Any, Any]:
    """t steps against w_0."""
    return before(case), power(case.pencil, 2 * case.t) * error(case.pencil, case.pencil.w)


@dataclass(frozen=True, eq=False)
class Compared:
    """A step, and a vector v to compare it with another."""

    ascent: Ascent
    v: Any


def shifted_power(case: Compared) -> tuple[Any, Any]:
    """The step, times rho - lambda_min, against the shifted power method."""
    p, w = case.ascent.pencil, iterate(case.ascent.pencil, case.ascent.t)
    length = pencil_quotient(w, p.B, p.A) - p.lambda_min
    return length * (case.v @ ascend(p, w)), case.v @ shifted_power_step(w, p.B, p.inverse, p.lambda_min)


def compared() -> dict[str, Any]:
    """Ascents of every kind, and any v."""
    given = domain()

    def sample(rng: np.random.Generator, n: int) -> list[Compared]:
        return [Compared(one, rng.integers(-9, 10, len(one.pencil.w)).astype(float)) for one in given["sample"](rng, n)]

    cases = st.tuples(given["cases"], rational_vectors(3))
    return {"cases": cases.map(lambda drawn: Compared(drawn[0], drawn[1][: len(drawn[0].pencil.w)])), "sample": sample}
