"""E15's pass over two units: its expectations against integrals, its search against the package's, its limit."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest

from bntheory.claims import statement
from bntheory.claims.unit_passes import WITNESS, Pass, _sample, curvature_bound, larger_term, one_pass, slope
from bntheory.falsify import falsify
from bntheory.methods.length import bisection_length
from bntheory.numbers import sqrt

FLOATS = Pass(*(float(x) for x in (WITNESS.m, *WITNESS.theta, WITNESS.w_2, WITNESS.R)), WITNESS.T)


def expected_loss(case, weights):
    """E[(1 + F)^2/2], F = sum theta_i phi(z w_i), phi(t) = t + t^3, by integration."""
    s = sqrt(mpmath.mpf(1 - case.m**2))

    def integrand(x):
        t = [(case.m + s * x) * w for w in weights]
        F = sum(theta * (t_i + t_i**3) for theta, t_i in zip(case.theta, t, strict=True))
        return (1 + F) ** 2 / 2 * mpmath.npdf(x)

    return mpmath.quad(integrand, mpmath.linspace(-12, 12, 25))


def test_slopes_are_derivatives_of_the_expected_loss():
    rng = np.random.default_rng(0)
    for case in _sample(rng, 12)[:4]:
        weights = rng.uniform(-1, 1, 2).tolist()
        for i in (0, 1):
            derivative = mpmath.diff(
                lambda w, i=i: expected_loss(case, [w if j == i else other for j, other in enumerate(weights)]),  # noqa: B023
                weights[i],
            )
            assert slope(case, weights, i) == pytest.approx(float(derivative), rel=1e-9)


def test_the_curvature_is_bounded_on_the_bracket():
    rng = np.random.default_rng(1)
    for case in _sample(rng, 200):
        for i in (0, 1):
            weights = rng.uniform(-1, 1, 2).tolist()
            grid = np.linspace(-case.R, case.R, 41)
            slopes = [slope(case, [w if j == i else o for j, o in enumerate(weights)], i) for w in grid.tolist()]
            steepest = np.abs(np.diff(slopes)).max() / (grid[1] - grid[0])
            assert steepest <= curvature_bound(case, weights, i) * (1 + 1e-12)


def test_the_visits_are_those_of_the_packages_bisection():
    for case in _sample(np.random.default_rng(2), 40):
        first, second = one_pass(case)
        held = SimpleNamespace(slope=lambda w, case=case: slope(case, [w, case.w_2], 0))
        assert first.weight == bisection_length(held, (-case.R, case.R), case.T).gamma
        held = SimpleNamespace(slope=lambda w, case=case, first=first: slope(case, [first.weight, w], 1))
        assert second.weight == bisection_length(held, (-case.R, case.R), case.T).gamma


def test_the_gradient_after_a_pass_does_not_vanish_as_the_searches_get_longer():
    """The bounds do: 2^(-T) for any zeta, also that of a flattened activation."""
    after, bounds = [], []
    for T in (12, 20, 30, 40):
        case = replace(FLOATS, T=T)
        visits = one_pass(case)
        weights = [one.weight for one in visits]
        after.append(abs(slope(case, weights, 0)))
        bounds.append(sum(larger_term(case, one) for one in visits))
        assert abs(slope(case, weights, 1)) <= 1e3 * 2.0**-T
    assert after == pytest.approx([after[-1]] * 4, rel=1e-2)
    assert after[-1] > 0.2
    assert bounds[-1] < 1e-9


def test_the_stored_witness_violates_the_print_and_the_generous_reading():
    for name in ("E15.printed", "E15.reading.larger-length"):
        lhs, rhs = statement(name).sides(WITNESS)
        assert lhs > 3 * rhs


@pytest.mark.parametrize("examples", [1, 2, 3, 4])
def test_so_few_cases_that_the_sampler_keeps_none_of_them_are_sampled_again(examples):
    # both samplers leave out cases
    for name in ("at-its-moment", "split"):
        finding = falsify(statement(f"E15.mutant.{name}"), examples=examples)
        assert finding.outcome == "held", finding.message
