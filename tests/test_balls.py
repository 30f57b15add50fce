"""Balls hold what they claim to hold: bounds, zeros in boxes, eigenvalues, Gaussian expectations."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest

flint = pytest.importorskip("flint", reason="the extra certify is not installed")

from bntheory import balls  # noqa: E402
from bntheory.errors import MissingExtra  # noqa: E402


@pytest.mark.parametrize("number", [Fraction(1, 3), 0.1, -7, Fraction(-22, 7) * 10**30])
def test_a_ball_holds_its_number_and_little_else(number):
    ball, exact = balls.ball(number), Fraction(number)
    assert balls.lower(ball) <= exact <= balls.upper(ball)
    assert balls.upper(ball) - balls.lower(ball) <= abs(exact) / 2**50


def test_bounds_of_a_wide_ball_are_rational_ends():
    ball = flint.arb(1, 0.25)
    assert balls.lower(ball) <= Fraction(3, 4) <= balls.lower(ball) + Fraction(1, 10**8)
    assert balls.upper(ball) >= Fraction(5, 4) >= balls.upper(ball) - Fraction(1, 10**8)
    with pytest.raises(ArithmeticError, match="not finite"):
        balls.lower(balls.ball(1) / flint.arb(0, 1))


def test_without_flint_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "flint", None)
    with pytest.raises(MissingExtra, match=r"python-flint is not installed: ball arithmetic .*bntheory\[certify\]"):
        balls.ball(1)


def circle_and_line(x):
    """x^2 + y^2 = 2 and x = y: zeros at (1, 1) and (-1, -1)."""
    return [x[0] * x[0] + x[1] * x[1] - 2, x[0] - x[1]]


def its_derivative(x):
    return [[2 * x[0], 2 * x[1]], [balls.ball(1), balls.ball(-1)]]


def isolates(center, radius, derivative=its_derivative):
    return balls.isolates_a_zero(circle_and_line, derivative, center, radius)


def test_a_box_about_a_zero_is_proved_to_hold_one():
    assert isolates((1.02, 0.99), Fraction(1, 10))


@pytest.mark.parametrize(
    ("center", "radius"), [((1.3, 1.3), Fraction(1, 10)), ((0, 0), Fraction(3, 2)), ((1.101, 1.101), Fraction(1, 10))]
)
def test_a_box_with_none_or_with_two_is_not(center, radius):
    assert not isolates(center, radius)


def test_a_box_is_hardly_larger_than_its_radius():
    for radius in (Fraction(1, 3), Fraction(1, 2**30), 7):
        [edge] = balls.box([Fraction(1, 7)], radius)
        assert radius <= balls.upper(edge) - Fraction(1, 7) <= radius * (1 + Fraction(1, 2**20))


def test_a_double_zero_is_not_isolated():
    assert not balls.isolates_a_zero(lambda x: [x[0] * x[0]], lambda x: [[2 * x[0]]], [0], Fraction(1, 10))


def test_a_wrong_derivative_does_not_pass_for_a_proof_far_away():
    assert not isolates((1.3, 1.3), Fraction(1, 10), lambda x: [[-a for a in row] for row in its_derivative(x)])


def test_eigenvalues_are_enclosed():
    rng = np.random.default_rng(0)
    half = rng.integers(-5, 6, (4, 4))
    matrix = half + half.T
    exact = np.linalg.eigvalsh(matrix)
    for (low, high), value in zip(balls.eigenvalues(matrix.tolist()), exact, strict=True):
        assert float(low) - 1e-13 <= value <= float(high) + 1e-13
        assert high - low <= Fraction(1, 10**9)
    with pytest.raises(ArithmeticError, match="no enclosure"):
        balls.eigenvalues([[flint.arb(1, 1), flint.arb(2, 3)], [flint.arb(2, 3), flint.arb(1, 1)]])


@pytest.mark.parametrize(
    ("matrix", "definite"),
    [
        ([[2, 1], [1, 1]], True),
        ([[1, 1], [1, 1]], False),
        ([[1, 2], [2, 1]], False),
        ([[-1, 0], [0, 1]], False),
        ([[2, 1, 0], [1, 2, 1], [0, 1, 2]], True),
        ([[2, 1, 0], [1, 2, 3], [0, 3, 2]], False),
    ],
)
def test_positive_definite_matrices_are_told(matrix, definite):
    assert balls.is_positive_definite(matrix) is definite


def test_definiteness_is_of_every_matrix_in_the_ball():
    def about(radius):
        return [[flint.arb(2, radius), balls.ball(1)], [balls.ball(1), flint.arb(1, radius)]]

    assert balls.is_positive_definite(about(0.1))
    assert not balls.is_positive_definite(about(0.4))


@pytest.mark.parametrize(("mean", "std"), [(0.3, 1.2), (-2, 0.25), (Fraction(1, 3), 3)])
def test_a_gaussian_expectation_encloses_the_quadrature(mean, std):
    enclosed = balls.gaussian_expectation(lambda z: 1 / (1 + (-z).exp()), mean, std, 1)
    with mpmath.workdps(30):
        m, s = (mpmath.mpf(Fraction(x).numerator) / Fraction(x).denominator for x in (mean, std))
        value = mpmath.quad(lambda x: mpmath.npdf(x) / (1 + mpmath.exp(-m - s * x)), mpmath.linspace(-14, 14, 29))
        assert balls.lower(enclosed) - Fraction(1, 10**20) <= Fraction(str(value))
        assert Fraction(str(value)) <= balls.upper(enclosed) + Fraction(1, 10**20)
    assert balls.upper(enclosed) - balls.lower(enclosed) <= Fraction(1, 10**12)


def test_the_tail_of_an_expectation_counts():
    narrow, wide = (balls.gaussian_expectation(lambda z: z.cos(), 0, 1, bound) for bound in (1, 10**20))
    assert float(wide.rad()) >= 10**20 * float(mpmath.erfc(12 / mpmath.sqrt(2)))
    assert float(narrow.rad()) <= 1e-12


def test_a_singularity_has_no_finite_expectation():
    with pytest.raises(ArithmeticError, match="no finite enclosure"):
        balls.gaussian_expectation(lambda z: 1 / z, 0, 1, 1)
