"""The methods' float traces against runs of the same theorems in exact rationals, and against the rates."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from bntheory import fit_linear_rate, run
from bntheory.cases import Quadratic, exact_array
from bntheory.claims.gradient_descent import CORRECTED
from bntheory.claims.rayleigh_step import Steps, excess, stepped
from bntheory.methods import GDNP, GradientDescent
from bntheory.problems import LeastSquares

ONE, ZERO = Fraction(1), Fraction(0)
#: Digits of an exact run triple from step to step.
COUNT = 5


def instance(mu, L, start):
    """S = diag(mu, L), best along the top eigenvector, the start off it by `start` of the bottom one."""
    S, inverse = (exact_array([[a, ZERO], [ZERO, b]]) for a, b in ((mu, L), (1 / mu, 1 / L)))
    return Quadratic(S, inverse, exact_array([ZERO, ONE]), exact_array([start, ONE]), mu, L)


CASES = [
    instance(Fraction(1), Fraction(10), Fraction(1, 1000)),
    instance(Fraction(1, 3), Fraction(1), Fraction(1, 2)),
    instance(Fraction(2), Fraction(7), Fraction(5)),
]


def floats(case):
    return case.S.astype(float), case.u.astype(float), case.w.astype(float)


@pytest.mark.parametrize("case", CASES)
def test_directions_in_floats_follow_the_exact_ones(case):
    S, u, w = floats(case)
    exact = [excess(case, stepped(Steps(case, t))) for t in range(COUNT + 1)]
    trace = run(GDNP(), LeastSquares(S, -u), w, steps=COUNT, tol=0.0)
    measured = trace.suboptimality[: COUNT + 1]
    assert np.allclose(measured, [float(value) for value in exact[: len(measured)]], rtol=1e-9, atol=1e-15)
    assert len(measured) == COUNT + 1


@pytest.mark.parametrize("case", CASES)
def test_exact_ratios_of_the_tight_family_approach_the_rate_from_below(case):
    q = 1 - case.mu / case.L
    ratios = [excess(case, stepped(Steps(case, t + 1))) / excess(case, stepped(Steps(case, t))) for t in range(COUNT)]
    assert all(ratio < q**2 for ratio in ratios)
    assert sorted(ratios) == ratios
    assert 1 - ratios[-1] / q**2 < (case.w[0] / 2) ** 2


def test_gradient_descent_attains_its_bound_exactly_and_the_fitted_rate_is_the_exact_one():
    case = CASES[0]
    S, u, w = floats(case)
    lhs, rhs = CORRECTED.sides(Steps(case, 40))
    assert lhs == rhs
    trace = run(GradientDescent(), LeastSquares(S, -u), w, steps=40, tol=0.0)
    assert abs(fit_linear_rate(trace.suboptimality).factor - Fraction(81, 100)) <= 1e-9
