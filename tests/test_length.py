"""The length search: a zero of the slope along a ray, from any start, or the statement that there is none."""

from __future__ import annotations

import numpy as np
import pytest
from instances import W0, S, U, X, Y

from bntheory.errors import NoFiniteLength
from bntheory.methods.length import bisection_length, newton_length
from bntheory.problems import GaussianHalfspace, SampledHalfspace


class Quartic:
    """slope (gamma - 2)^3: a root where Newton converges only linearly."""

    def value(self, gamma):
        return (gamma - 2) ** 4 / 4

    def slope(self, gamma):
        return (gamma - 2) ** 3

    def curvature(self, gamma):
        return 3 * (gamma - 2) ** 2

    def gradient(self, gamma):
        raise AssertionError("a length search needs no gradient")


@pytest.mark.parametrize("start", [-5.0, 0.0, 1e-6, 1.9, 30.0, 1e6])
def test_newton_length_finds_the_root_from_anywhere(start):
    ray = GaussianHalfspace(S, U).ray(W0)
    found = newton_length(ray, start)
    assert abs(ray.slope(found.gamma)) <= 1e-15
    assert found.evaluations <= 60


@pytest.mark.parametrize("start", [-5.0, 0.0, 1.9, 30.0])
def test_newton_length_finds_a_degenerate_minimizer(start):
    # Newton gains a factor 2/3 a step at a triple root of the slope; 1e-3 is where the slope is 1e-9
    assert newton_length(Quartic(), start).gamma == pytest.approx(2.0, abs=1e-3)


@pytest.mark.parametrize("start", [-2000.0, -30.0, 700.0, 1e5])
def test_newton_length_returns_from_where_the_curvature_underflows(start):
    """A Newton step from there would leap to 1e300; doubling and halving come back in 60 evaluations."""
    ray = SampledHalfspace(X, Y).ray(W0)
    found = newton_length(ray, start)
    assert abs(ray.slope(found.gamma)) <= 1e-15
    assert found.evaluations <= 60


class Shaped(Quartic):
    """A ray given by its slope and curvature."""

    def __init__(self, slope, curvature):
        self.slope, self.curvature = slope, curvature


def test_newton_length_crosses_a_stretch_without_curvature():
    huber = Shaped(lambda g: float(np.clip(g - 100, -1, 1)), lambda g: float(abs(g - 100) < 1))
    assert newton_length(huber, 1.0).gamma == pytest.approx(100, rel=1e-15)


def test_newton_length_finds_a_kink_to_neighbouring_floats():
    kink = Shaped(lambda g: float(np.sign(g - 0.3)), lambda g: 0.0)
    assert newton_length(kink, 1.0).gamma == pytest.approx(0.3, rel=4e-16)


def test_newton_length_does_not_take_a_maximum_for_a_minimum():
    double_well = Shaped(lambda g: g**3 - g, lambda g: 3 * g**2 - 1)
    assert abs(newton_length(double_well, 0.0).gamma) == pytest.approx(1.0, rel=1e-15)


def test_newton_length_takes_three_evaluations_from_a_good_start():
    ray = GaussianHalfspace(S, U).ray(W0)
    best = newton_length(ray, 1.0).gamma
    assert newton_length(ray, best * (1 + 1e-3)).evaluations <= 3


@pytest.mark.parametrize("steps", [1, 3, 8, 20])
def test_bisection_keeps_the_left_end_within_the_theorems_distance(steps):
    ray = Quartic()
    found = bisection_length(ray, (0.0, 5.0), steps)
    assert 0 <= 2 - found.gamma <= 5 / 2**steps
    assert found.evaluations == steps + 2


@pytest.mark.parametrize("bracket", [(0.0, 4.0), (2.0, 5.0), (0.0, 2.0)])
def test_bisection_keeps_a_zero_that_it_meets(bracket):
    """In the middle, at the left end, at the right end (within (b - a)/2^T)."""
    found = bisection_length(Quartic(), bracket, 30)
    assert found.gamma == (2.0 if bracket[1] != 2 else 2 - 2.0**-29)


@pytest.mark.parametrize("bracket", [(3.0, 5.0), (-1.0, 1.0)])
def test_bisection_refuses_a_bracket_without_a_change_of_sign(bracket):
    with pytest.raises(NoFiniteLength, match="the slope does not change sign on the bracket"):
        bisection_length(Quartic(), bracket, 3)


def test_no_finite_length_is_said():
    ray = GaussianHalfspace(S, U, "sigmoid").ray(W0)
    with pytest.raises(NoFiniteLength, match="no minimizer was found along this direction: at length"):
        newton_length(ray, 1.0)
    with pytest.raises(NoFiniteLength, match=r"the slope does not change sign on the bracket \[0, 30\]"):
        bisection_length(ray, (0.0, 30.0), 10)
