"""The off-line critical points of E8 and E14: gradients by independent means, and boxes that must not pass."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

pytest.importorskip("flint", reason="the extra certify is not installed")

from bntheory.cases import exact_array
from bntheory.claims import off_line
from bntheory.claims.off_line import E8_PRINTED, E14_MINIMA, E14_PRINTED, halfspace_gradient, halfspace_hessian
from bntheory.gaussian import expectation
from bntheory.problems import GaussianOneHiddenLayer

U, W = np.array([0.3, -0.5]), np.array([0.7, 1.1])


def loss_gradient(w, alpha=2.0, beta=-3.0):
    """a u + b Cov w by quadrature of phi' and phi''."""
    m = U @ w
    pushed = w - m * U
    std = np.sqrt(w @ pushed)
    a = expectation(lambda t: alpha * np.cos(t) + 2 * beta * np.cos(2 * t), m, std).value
    b = expectation(lambda t: -alpha * np.sin(t) - 4 * beta * np.sin(2 * t), m, std).value
    return a * U + b * pushed


def test_the_gradient_is_that_of_the_quadrature():
    assert np.abs(np.array(halfspace_gradient(U, 2.0, -3.0, W)) - loss_gradient(W)).max() <= 1e-13


def test_the_gradient_is_the_derivative_of_the_expected_loss():
    """Without Stein's lemma: differences of E phi itself."""

    def value(w):
        m = U @ w
        std = np.sqrt(w @ w - m**2)
        return expectation(lambda t: 2 * np.sin(t) - 3 * np.sin(2 * t), m, std).value

    steps = 1e-5 * np.eye(2)
    differences = [(value(W + step) - value(W - step)) / 2e-5 for step in steps]
    assert np.abs(np.array(halfspace_gradient(U, 2.0, -3.0, W)) - differences).max() <= 1e-9


def test_the_hessian_is_the_derivative_of_the_gradient():
    steps = 1e-5 * np.eye(2)
    differences = [(loss_gradient(W + step) - loss_gradient(W - step)) / 2e-5 for step in steps]
    assert np.abs(np.array(halfspace_hessian(U, 2.0, -3.0, W)) - np.array(differences).T).max() <= 1e-8


@pytest.mark.parametrize("statement", [E8_PRINTED, E14_PRINTED, E14_MINIMA], ids=lambda statement: statement.id)
def test_a_box_beside_the_critical_point_says_nothing(statement):
    case = statement.witness
    assert statement.sides(case)[0] > 0
    moved = case.center + exact_array([Fraction(1, 10)] * len(case.center))
    assert statement.sides(replace(case, center=moved)) == (0, 0)
    assert statement.sides(replace(case, bits=1))[0] == 0


def test_points_on_the_line_do_not_count():
    minimizer = off_line._minimizer((4, 3, 5), 0)  # at |u| = 0.8 it leaves the box along the line
    assert E14_PRINTED.sides(minimizer) == (0, 0)


def test_the_distance_is_from_the_line_and_for_the_whole_box():
    u, w = (Fraction(3), Fraction(4)), (Fraction(-4), Fraction(3))
    assert off_line._squared_distance(u, w, Fraction(0)) == 25
    assert off_line._squared_distance(u, u, Fraction(1, 8)) == 0
    assert 0 < off_line._squared_distance(u, w, Fraction(1, 8)) < 25


def test_a_minimum_needs_a_convex_box(monkeypatch):
    case = E14_MINIMA.witness
    monkeypatch.setattr(off_line, "_network_is_convex", lambda *_: False)
    assert E14_MINIMA.sides(case)[0] == 0
    assert E14_PRINTED.sides(case)[0] > 0


def test_convexity_is_of_the_hessian_on_the_box():
    theta, law = (Fraction(1), Fraction(1)), (Fraction(3, 5), Fraction(4, 5))
    flat = (Fraction(1, 2), Fraction(-2, 5), Fraction(3, 10), Fraction(11, 10))
    network = GaussianOneHiddenLayer(np.eye(2), np.array([0.6, 0.0]), np.ones(2))
    assert np.linalg.eigvalsh(network.hessian(np.array([float(x) for x in flat])))[0] < -1e-3
    assert not off_line._network_is_convex(theta, law, flat, Fraction(1, 2**12))
    assert off_line._network_is_convex(theta, law, tuple(E14_MINIMA.witness.center), Fraction(1, 2**12))
    assert not off_line._network_is_convex(theta, law, tuple(E14_MINIMA.witness.center), Fraction(1, 8))


def test_a_box_that_reaches_the_line_by_a_corner_has_distance_0():
    """About (1, 1.2), the line of (1, 1) passes the corner (1.1, 1.1)."""
    u, w = (Fraction(1), Fraction(1)), (Fraction(1), Fraction(6, 5))
    assert off_line._squared_distance(u, w, Fraction(1, 10)) == 0
    assert off_line._squared_distance(u, w, Fraction(1, 12)) > 0
