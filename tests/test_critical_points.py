"""E8: the gradient on Gaussian inputs against torch's autodiff and against integrals to 50 digits, and its premises."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from bntheory import decoupling
from bntheory.cases.gaussian_inputs import gaussian_inputs
from bntheory.claims.critical_points import E8_CORRECTED, E8_MUTANTS
from bntheory.claims.gaussian_gradient import _balanced, _sample_points
from bntheory.gaussian import loss_moments, normal_moments
from bntheory.problems import GaussianHalfspace

S = np.array([[1.5, 0.4], [0.4, 0.8]])
U = np.array([0.5, -0.3])
COV = S - np.outer(U, U)
WEIGHTS = [np.array([1.2, 0.7]), np.array([-0.4, 2.0]), np.array([3.0, -1.0])]


def stein(w):
    _, a, b = loss_moments("softplus", float(U @ w), float(np.sqrt(w @ COV @ w)))
    return decoupling.stein_gradient(a, b * w, S, U)


@pytest.mark.parametrize("w", WEIGHTS)
def test_the_gradient_of_softplus_is_that_of_autodiff_through_a_rule_in_two_dimensions(w):
    """Gauss-Hermite nodes for z itself, 120 along each axis: the rule knows nothing of w."""
    torch = pytest.importorskip("torch")
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    xi = np.stack(np.meshgrid(nodes, nodes)).reshape(2, -1)
    mass = np.multiply.outer(weights, weights).ravel() / weights.sum() ** 2
    z = torch.tensor((U[:, None] + np.linalg.cholesky(COV) @ xi).T)
    variable = torch.tensor(w, requires_grad=True)
    (torch.tensor(mass) @ torch.nn.functional.softplus(z @ variable, threshold=100)).backward()
    np.testing.assert_allclose(stein(w), variable.grad.numpy(), atol=1e-9)
    np.testing.assert_allclose(GaussianHalfspace(S, U).gradient(w), stein(w), atol=1e-13)


@pytest.mark.parametrize("w", WEIGHTS)
def test_the_gradient_of_softplus_is_its_integral_to_50_digits(w):
    """E[phi'(t) z], where z is u + Cov w (t - m)/s^2 and a part independent of t of mean 0."""
    with mpmath.workdps(50):
        exact = [mpmath.mpf(float(x)) for x in (*S.ravel(), *U, *w)]
        S_, u, w_ = (np.array(part, dtype=object) for part in (exact[:4], exact[4:6], exact[6:]))
        S_ = S_.reshape(2, 2)
        m, image = u @ w_, S_ @ w_ - (u @ w_) * u
        s = mpmath.sqrt(w_ @ image)

        def mean(h):
            return mpmath.quad(lambda x: h(m + s * x, x) * mpmath.npdf(x), mpmath.linspace(-15, 15, 31))

        def dphi(t):
            return 1 / (1 + mpmath.exp(-t))

        a, b = mean(lambda t, x: dphi(t)), mean(lambda t, x: dphi(t) * dphi(-t))
        integral = a * u + mean(lambda t, x: dphi(t) * x) / s * image
        formula = decoupling.stein_gradient(a, b * w_, S_, u)
        assert max(abs(integral - formula)) < mpmath.mpf(10) ** -45
    np.testing.assert_allclose(stein(w), formula.astype(float), atol=1e-13)


def test_moments_of_a_normal_variable_are_those_of_its_generating_function():
    """E[t^n] = n! [x^n] exp(mean x + variance x^2/2)."""
    mean, variance = Fraction(2, 3), Fraction(5, 7)
    series = mpmath.taylor(lambda x: mpmath.exp(x * mpmath.mpf(2) / 3 + x**2 * mpmath.mpf(5) / 14), 0, 8)
    expected = [mpmath.factorial(n) * c for n, c in enumerate(series)]
    np.testing.assert_allclose([float(x) for x in normal_moments(mean, variance, 8)], [float(x) for x in expected])
    assert normal_moments(Fraction(0), Fraction(1), 6) == (1, 0, 1, 0, 3, 0, 15)
    assert normal_moments(Fraction(2), Fraction(0), 3) == (1, 2, 4, 8)


def test_the_tight_points_leave_no_slack():
    points = [_balanced(point) for point in _sample_points(np.random.default_rng(0), 40)]
    pairs = [E8_CORRECTED.sides(point) for point in points]
    assert all(lhs == rhs for lhs, rhs in pairs)
    assert sum(lhs != 0 for lhs, _ in pairs) > 20


def test_the_domain_has_a_singular_covariance_and_the_point_0():
    from hypothesis import find

    singular = find(gaussian_inputs(2), lambda q: q.u @ q.best == 1 and any(q.w))
    image = singular.S @ singular.best - (singular.u @ singular.best) * singular.u
    assert not any(image)
    assert not any(find(gaussian_inputs(2), lambda q: not any(q.w)).w)


def test_there_are_neighbours_of_every_kind():
    names = [statement.id for statement in E8_MUTANTS]
    assert len(names) == len(set(names)) == 16
    assert all(name.startswith("E8.mutant.") for name in names)
