r"""A1: batch statistics.

Setting. A batch x of shape (m, d), every feature alone.

Main statement. The code's statistics are mu_B = (1/m) sum_i x_i and sigma_B^2 = (1/m) sum_i (x_i - mu_B)^2.

Source: Ioffe and Szegedy 2015, Algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from bntheory import transform
from bntheory.cases import exact_array
from bntheory.claim import Claim, Statement, Truth


@dataclass(frozen=True, eq=False)
class Batch:
    """A batch x of shape (m, d), one of its features, and the statistic in question: "mean" or "variance"."""

    x: Any
    feature: int
    statistic: str


_STATISTICS = ("mean", "variance")


@st.composite
def full_batches(draw: DrawFn) -> Batch:
    """Rational batches with m = 1 to 4, d = 1 to 3."""
    m, d = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    rows = draw(st.lists(st.lists(st.integers(-9, 9), min_size=d, max_size=d), min_size=m, max_size=m))
    denominator = draw(st.integers(1, 4))
    x = exact_array([[Fraction(v, denominator) for v in row] for row in rows])
    return Batch(x, draw(st.integers(0, d - 1)), draw(st.sampled_from(_STATISTICS)))


def sample_full_batches(rng: np.random.Generator, n: int) -> list[Batch]:
    """The same in floats, up to m = 16 and d = 5."""
    found = []
    for k in range(n):
        m, d = rng.integers(1, 17), int(rng.integers(1, 6))
        x = 10.0 ** rng.uniform(-3, 3) * rng.standard_normal((m, d)) + rng.standard_normal(d)
        found.append(Batch(x, int(rng.integers(d)), _STATISTICS[k % 2]))
    return found


def _statistics(case: Batch) -> tuple[Any, Any]:
    column, m = case.x[:, case.feature], case.x.shape[0]
    mean = sum(column) / m
    code = transform.moments(case.x)
    if case.statistic == "mean":
        return code.mean[case.feature], mean
    return code.variance[case.feature], sum((value - mean) ** 2 for value in column) / m


def _variance(formula: Callable[[list[Any], Any, int], Any]) -> Callable[[Batch], tuple[Any, Any]]:
    def sides(case: Batch) -> tuple[Any, Any]:
        column = list(case.x[:, case.feature])
        return transform.moments(case.x).variance[case.feature], formula(column, sum(column) / len(column), len(column))

    return sides


PRINTED = Statement(
    id="A1.printed",
    tex=r"\mu_B = \frac1m\sum_{i=1}^m x_i,\qquad \sigma_B^2 = \frac1m\sum_{i=1}^m(x_i-\mu_B)^2",
    truth=Truth.TRUE,
    cases=full_batches(),
    sample=sample_full_batches,
    sides=_statistics,
    relation="==",
    note="the definition; the code centres twice, which changes nothing in exact numbers.",
)


def _other(name: str, truth: Truth, tex: str, formula: Callable[[list[Any], Any, int], Any], note: str) -> Statement:
    return PRINTED.neighbour(f"mutant.{name}", truth, r"\sigma_B^2 = " + tex, _variance(formula), note)


A1 = Claim(
    id="A1",
    title="Batch statistics",
    source="Ioffe and Szegedy 2015, Algorithm 1",
    assumes=("every feature alone", "m >= 1"),
    printed=PRINTED,
    corrected=None,
    mutants=(
        _other(
            "unbiased",
            Truth.FALSE,
            r"\frac1{m-1}\sum_i(x_i-\mu_B)^2",
            lambda x, mu, m: sum((v - mu) ** 2 for v in x) / max(m - 1, 1),
            "training uses the divisor m; m - 1 is for inference (A5)",
        ),
        _other(
            "deviation",
            Truth.FALSE,
            r"\frac1m\sum_i|x_i-\mu_B|",
            lambda x, mu, m: sum(abs(v - mu) for v in x) / m,
            "the square is missing",
        ),
        _other(
            "uncentred",
            Truth.FALSE,
            r"\frac1m\sum_ix_i^2",
            lambda x, mu, m: sum(v**2 for v in x) / m,
            "the mean is not subtracted",
        ),
        _other(
            "undivided",
            Truth.FALSE,
            r"\sum_i(x_i-\mu_B)^2",
            lambda x, mu, m: sum((v - mu) ** 2 for v in x),
            "1/m is missing",
        ),
        PRINTED.neighbour(
            "mutant.over-everything",
            Truth.FALSE,
            r"\sigma_B^2 = \frac1{md}\sum_{i,k}(x_{ik}-\mu_B)^2",
            lambda case: (transform.moments(case.x).variance[case.feature], transform.moments(case.x.ravel()).variance),
            "statistics are per feature",
        ),
        _other(
            "moments",
            Truth.EQUIVALENT,
            r"\frac1m\sum_ix_i^2-\mu_B^2",
            lambda x, mu, m: sum(v**2 for v in x) / m - mu**2,
            "the same in exact numbers (in floats it cancels)",
        ),
        _other(
            "pairs",
            Truth.EQUIVALENT,
            r"\frac1{2m^2}\sum_{i,j}(x_i-x_j)^2",
            lambda x, mu, m: sum((v - w) ** 2 for v in x for w in x) / (2 * m**2),
            "the same",
        ),
    ),
    proof=None,
    figure=None,
    instances=tuple(
        Batch(exact_array([[Fraction(v, 2) for v in row] for row in rows]), feature, statistic)
        for rows in ([[3]], [[1, -2], [5, 0]], [[7, 0, 1], [-1, 0, 2], [4, 0, -8]])
        for feature in (0, len(rows[0]) - 1)
        for statistic in _STATISTICS
    ),
    note="True: a definition, which the code follows.",
)
CLAIMS = (A1,)
