"""E7: the loss without a minimizer along any ray, against its integral."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from bntheory.cases import Quadratic
from bntheory.claims.halfspaces import Bracket, _smallest_slope


@pytest.mark.parametrize(("m", "second", "end"), [(0.5, 1.0, 0.7), (-0.2, 3.0, 2.0), (1.5, 2.25, 1.0), (0.3, 1.0, 0.0)])
def test_the_slope_of_the_normal_distribution_function_is_its_integral(m, second, end):
    """d/dgamma E[phi(gamma t)] = E[phi'(gamma t) t], phi'(t) = exp(-t^2/2), with the smallest value at the ends."""
    s = np.sqrt(second - m**2)

    def slope(gamma):
        def integrand(x):
            t = m + s * x
            return mpmath.exp(-((gamma * t) ** 2) / 2) * t * mpmath.npdf(x)

        return mpmath.quad(integrand, np.linspace(-9, 9, 19).tolist())

    one = np.ones((1, 1))
    instance = Quadratic(second * one, one / second, np.array([m / second]), np.ones(1), second, second)
    stated, _ = _smallest_slope(Bracket(instance, end))
    grid = [abs(slope(gamma)) for gamma in np.linspace(-end, end, 9)]
    assert stated == pytest.approx(float(grid[-1]), rel=1e-12)
    assert stated <= float(min(grid)) * (1 + 1e-12)


def test_at_length_0_the_slope_is_the_mean():
    one = np.array([[Fraction(1)]])
    case = Bracket(Quadratic(one, one, one[0] / 2, one[0], Fraction(1), Fraction(1)), Fraction(0))
    assert _smallest_slope(case) == (Fraction(1, 2), 0)
