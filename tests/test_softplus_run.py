"""The runs on softplus in balls against the package's own halfspaces, and statements about them that are false."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

pytest.importorskip("flint", reason="the extra certify is not installed")

from bntheory import balls
from bntheory.claims import softplus_run, statement
from bntheory.claims.rayleigh_step import Steps, stepped
from bntheory.problems import GaussianHalfspace

RUNS = softplus_run.RUNS.elements


def floats(array):
    return np.array(array, dtype=float)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("gamma", [Fraction(1, 2), Fraction(3)])
def test_means_and_gradient_are_those_of_the_halfspace(run, gamma):
    q = run.instance
    problem = GaussianHalfspace(floats(q.S), floats(q.u), "softplus")
    along = softplus_run._Length(q, stepped(Steps(q, run.directions)))
    v = floats([float(entry) for entry in along.v])
    assert v @ floats(q.S) @ v == pytest.approx(1)
    a, b = along.means(gamma)
    assert (float(a), float(b)) == pytest.approx(problem.ray(v).stein(float(gamma)), rel=1e-10)
    gradient = problem.gradient(float(gamma) * v)
    expected = gradient @ floats(q.inverse) @ gradient
    enclosed = along.squared_gradient(gamma)
    assert float(enclosed) == pytest.approx(expected, rel=1e-9)
    assert enclosed.rad() < 1e-10
    assert float(along.sign(gamma)) == pytest.approx(problem.ray(v).slope(float(gamma)), rel=1e-9)


@pytest.mark.parametrize("run", RUNS)
def test_the_run_ends_within_half_a_bracket_of_the_minimum(run):
    q = run.instance
    problem = GaussianHalfspace(floats(q.S), floats(q.u), "softplus")
    w = floats(stepped(Steps(q, run.directions)))
    ray = problem.ray(w / np.sqrt(w @ floats(q.S) @ w))
    left, right = 0.0, float(run.b)
    for _ in range(run.bisections):
        middle = (left + right) / 2
        left, right = (middle, right) if ray.slope(middle) <= 0 else (left, middle)
    gradient = ray.gradient(left)
    lhs, rhs = softplus_run.softplus_run(run)
    assert float(lhs) == pytest.approx(gradient @ floats(q.inverse) @ gradient, rel=1e-8)
    assert lhs >= Fraction(float(gradient @ floats(q.inverse) @ gradient)) * (1 - Fraction(1, 10**8))
    q_rate = (1 - float(q.mu / q.L)) ** (2 * run.directions)
    w_0 = floats(q.w)
    start = float(q.u @ q.best) - (floats(q.u) @ w_0) ** 2 / (w_0 @ floats(q.S) @ w_0)
    zeta = float(q.L) / 4  # phi'' <= 1/4
    expected = q_rate * start + (zeta / float(q.mu)) ** 2 * float(run.b) ** 2 / 4**run.bisections
    assert float(rhs) == pytest.approx(expected, rel=1e-12)


def test_a_bracket_without_a_change_of_sign_is_refused():
    with pytest.raises(ArithmeticError, match="does not change its sign"):
        softplus_run.softplus_run(replace(RUNS[0], b=Fraction(1, 100)))


def test_sides_are_rational_bounds():
    for side in statement("E12.mutant.softplus").sides(RUNS[1]):
        assert isinstance(side, Fraction)
    assert balls.upper(balls.ball(1) / 3) > Fraction(1, 3)
