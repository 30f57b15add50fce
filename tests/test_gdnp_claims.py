"""The claims on GDNP's rate against other derivations: quadrature, real losses, methods that run, ball arithmetic."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice, pairwise
from math import e, sqrt

import numpy as np
import pytest
from instances import METRIC, RNG, W0, S, U
from scipy.integrate import quad
from scipy.stats import norm

from bntheory.cases import Quadratic, exact_array
from bntheory.cases.directions import Softened
from bntheory.claims import claim, direction_rate, stein_bound
from bntheory.claims.stein_bound import Slope, amplification, coefficient, extremal
from bntheory.decoupling import contraction_factor, direction_excess, stein_coefficient
from bntheory.gaussian import expectation, normal_cdf, normal_density
from bntheory.methods import GDNP
from bntheory.methods.length import bisection_length
from bntheory.problems import GaussianHalfspace

SOFTPLUS = GaussianHalfspace(S, U)
BRACKET = (-30.0, 30.0)


@pytest.mark.parametrize("steps", [1, 2, 5, 12])
def test_the_bisection_on_softplus_keeps_e10(steps):
    for w in RNG.standard_normal((5, len(U))):
        ray = SOFTPLUS.ray(w)
        slope = ray.slope(bisection_length(ray, BRACKET, steps).gamma)
        width = BRACKET[1] - BRACKET[0]
        assert slope**2 <= (SOFTPLUS.zeta / METRIC.mu * width / 2**steps) ** 2
        assert slope**2 <= (SOFTPLUS.loss.d2phi_bound * width / 2**steps) ** 2  # sup|phi''| alone


def kinked_hessian(x, m):
    """E[delta(z^T x - 1) z z^T] for z ~ N((m, 0), diag(1 - m^2, 1)): the density at 1 times a conditional moment."""
    covariance = np.diag([1 - m**2, 1.0])
    mean, spread = m * x[0], x @ covariance @ x
    tilt = covariance @ x / spread
    center = np.array([m, 0.0]) + tilt * (1 - mean)
    moment = np.outer(center, center) + covariance - np.outer(tilt, tilt) * spread
    return norm.pdf(1, mean, sqrt(spread)) * moment


def test_zeta_by_l_does_not_bound_the_slope_of_every_halfspace():
    """phi' = a step at 1, u and w along the bottom eigenvector: psi' exceeds zeta/L, though never zeta/mu."""
    m, mu, L = 0.9, 1.0, 4.0
    root = np.diag([sqrt(mu), sqrt(L)])
    radii, angles = np.geomspace(0.05, 30, 120), np.linspace(0, np.pi, 91)
    points = [r * np.array([np.cos(t), np.sin(t)]) for r in radii for t in angles]
    zeta = max(np.linalg.eigvalsh(root @ kinked_hessian(x, m) @ root)[-1] for x in points)
    steepest = max(kinked_hessian(np.array([gamma, 0.0]), m)[0, 0] for gamma in radii)
    assert zeta / L * 1.2 < steepest < zeta / mu


def test_a_bump_has_the_moments_that_e11_counts_on():
    m, sigma = 1.7, 0.6

    def bump(t):
        X = (t - m) / sigma
        return -X * np.exp(-(X**2) / 4)

    moments = expectation(lambda t: np.stack([bump(t), (t - m) / sigma**2 * bump(t)]), m, sigma, strip=np.inf).value
    largest = np.abs(bump(np.linspace(m - 5, m + 5, 200_001))).max()
    assert moments[0] == pytest.approx(0, abs=1e-14)
    assert sigma**2 * moments[1] ** 2 == pytest.approx(4 * e / 27 * largest**2, rel=1e-8)
    assert 4 * e / 27 > 2 / 5


def test_the_coefficient_of_softplus_lies_between_0_and_1():
    for w in RNG.standard_normal((20, len(U))) * np.geomspace(1e-2, 1e2, 20)[:, None]:
        assert 0 < stein_coefficient(*SOFTPLUS.stein(w), float(U @ w)) < 1


@pytest.mark.parametrize("y", [-3.0, -0.2, 0.0, 1.0, 4.0])
def test_the_coefficient_of_a_normal_distribution_function(y):
    """c1 = N(y) - y N'(y), by quadrature of N(t/tau) and its derivative."""
    m, sigma, tau = y * 1.3, 1.2, 0.5
    a = expectation(lambda t: norm.cdf(t / tau), m, sigma).value
    b = expectation(lambda t: norm.pdf(t / tau) / tau, m, sigma).value
    assert y * sqrt(tau**2 + sigma**2) == pytest.approx(m)
    assert a - b * m == pytest.approx(normal_cdf(y) - y * normal_density(y), abs=1e-12)


@pytest.mark.parametrize("ratio", [0.7, -1.9])
def test_softened_cases_have_the_means_of_their_loss(ratio):
    """The case that the claim makes of N(t/tau), against quadrature along its own w~ = ratio w."""
    S, w, tau = np.diag([1.0, 3.0]), np.array([0.4, -1.1]), 0.6
    best = np.array([0.5, 0.2])
    q = Quadratic(S, np.linalg.inv(S), best, w, 1.0, 3.0)
    case = direction_rate._of_softened(Softened(q, 0, ratio, tau))
    m = ratio * float((S @ best) @ w)
    sigma = sqrt(ratio**2 * float(w @ S @ w) - m**2)
    assert case.a == pytest.approx(expectation(lambda t: norm.cdf(t / tau), m, sigma).value, abs=1e-12)
    assert case.b == pytest.approx(expectation(lambda t: norm.pdf(t / tau) / tau, m, sigma).value, abs=1e-12)


@pytest.mark.parametrize(("directions", "bisections"), [(1, 3), (5, 8), (40, 20), (150, 45)])
def test_gdnp_on_softplus_keeps_e12(directions, bisections):
    method = GDNP(bisection_steps=bisections, bracket=BRACKET)
    w = next(islice(method.iterates(SOFTPLUS, W0), directions, None)).w_tilde
    c1 = stein_coefficient(*SOFTPLUS.stein(w), float(U @ w))
    direction = contraction_factor(METRIC.mu, METRIC.L) ** directions * c1**2 * direction_excess(W0, METRIC, U)
    length = (SOFTPLUS.zeta / METRIC.mu * (BRACKET[1] - BRACKET[0]) / 2**bisections) ** 2
    assert METRIC.dual_norm(SOFTPLUS.gradient(w)) ** 2 <= direction + length + 1e-28


def test_one_search_at_the_end_is_enough():
    """F4: GDNP's point, from its direction under another loss and one bisection."""
    own, other = (GDNP(bisection_steps=30, bracket=BRACKET), GDNP())
    steps = 12
    w = next(islice(own.iterates(SOFTPLUS, W0), steps, None)).w_tilde
    direction = next(islice(other.iterates(GaussianHalfspace(S, U, "sqrt-hinge"), W0), steps, None)).w_tilde
    v = direction / METRIC.norm(direction) * np.sign(direction @ w)
    gamma = bisection_length(SOFTPLUS.ray(v), BRACKET, 30).gamma
    assert abs(gamma) * v == pytest.approx(w, abs=1e-6)


def test_the_coefficient_of_a_step_function_by_quadrature():
    case = Slope(0.7, 1.1, np.array([-0.4, 0.3, 2.0]), np.array([1.0, -0.5, 0.8, -1.0]), 1.0)
    kappa = case.m / case.sigma

    def weighted(X):
        t = case.m + case.sigma * X
        return case.values[np.searchsorted(case.knots, t)] * (1 - kappa * X) * norm.pdf(X)

    breaks = [-12, *((case.knots - case.m) / case.sigma), 12]
    total = sum(quad(weighted, low, high, epsabs=1e-13)[0] for low, high in pairwise(breaks))
    assert coefficient(case) == pytest.approx(total, abs=1e-11)


@pytest.mark.parametrize("kappa", [0.05, 0.7, 3.0, 40.0])
def test_the_amplification_is_the_mean_of_a_folded_normal_variable(kappa):
    mean, _ = quad(lambda X: abs(1 - kappa * X) * norm.pdf(X), -12, 12, points=[1 / kappa], limit=200)
    assert amplification(kappa) == pytest.approx(mean, rel=1e-9)


def test_the_bound_on_the_coefficient_runs_in_ball_arithmetic():
    flint = pytest.importorskip("flint")

    def ball(number):
        return flint.arb(number.numerator) / number.denominator

    with flint.ctx.workprec(200):
        exact = extremal(Fraction(3, 2), Fraction(2, 3), Fraction(2))
        parts = (exact.knots, exact.values)
        knots, values = (exact_array([ball(number) for number in part]) for part in parts)
        case = Slope(ball(exact.m), ball(exact.sigma), knots, values, ball(exact.Phi))
        lhs, rhs = claim("F7").main.sides(case)
        assert lhs.overlaps(rhs)
        assert (lhs - rhs).rad() < 1e-50
        loose = Slope(case.m, case.sigma, knots, values / 2, case.Phi)
        lhs, rhs = stein_bound.PRINTED.sides(loose)
        assert lhs < rhs


def hessian(problem, w, step=1e-5):
    columns = [(problem.gradient(w + step * d) - problem.gradient(w - step * d)) / (2 * step) for d in np.eye(len(w))]
    return (np.array(columns) + np.array(columns).T) / 2


def test_gradient_descent_on_softplus_contracts_as_f10_says():
    best, w = SOFTPLUS.minimizer, SOFTPLUS.minimizer + 0.5 * W0
    for _ in range(4):
        middle = [best + s * (w - best) for s in np.linspace(0, 1, 9)]
        lowest = min(np.linalg.eigvalsh(hessian(SOFTPLUS, point))[0] for point in middle)
        after = w - SOFTPLUS.gradient(w) / SOFTPLUS.zeta
        assert lowest > 0
        assert np.linalg.norm(after - best) <= (1 - lowest / SOFTPLUS.zeta) * np.linalg.norm(w - best) * (1 + 1e-6)
        w = after
