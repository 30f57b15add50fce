"""One hidden layer on Gaussian inputs, against integration, samples, differences and closed forms (E14, E15)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import IDENTITY, check_ray, directional, few, inputs, on_the_line, population, seeds
from scipy.integrate import dblquad

from bntheory.decoupling import (
    contraction_factor,
    direction_excess,
    gdnp_criterion,
    gdnp_step_size,
    rayleigh_gradient,
    rayleigh_step_size,
    stein_coefficient,
)
from bntheory.methods import GDNP
from bntheory.problems import network_quadrature
from bntheory.problems.gaussian_halfspace import GaussianHalfspace
from bntheory.problems.gaussian_network import GaussianOneHiddenLayer
from bntheory.problems.one_hidden_layer import OneHiddenLayer
from bntheory.protocols import SteinRay


@few
@given(seeds, st.integers(1, 2))
def test_population_rays_match_differences(seed, k):
    net, W, _ = population(seed, k, 3)
    check_ray(net, W.ravel())
    check_ray(net.unit(k - 1, W), W[0])


@few
@given(seeds, st.integers(1, 3), st.integers(1, 4))
def test_with_a_linear_activation_the_network_is_a_halfspace(seed, k, d):
    net, W, _ = population(seed, k, d, activation=IDENTITY)
    halfspace, w = GaussianHalfspace(net.unit_metric.S, net.unit_u), net.theta @ W
    assert net.value(W) == pytest.approx(halfspace.value(w), rel=2e-13)
    np.testing.assert_allclose(net.gradient(W), np.outer(net.theta, halfspace.gradient(w)), atol=1e-12)


def gauss(t, mean, variance):
    return np.exp(-((t - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)


def test_population_matches_scipy_integration_in_two_dimensions():
    theta, W = np.array([1.2, -0.7]), np.array([[0.9, 0.4], [-0.3, 1.1]])
    u, variances = np.array([0.4, -0.2]), np.array([0.8, 1.5])
    net = GaussianOneHiddenLayer(np.diag(variances) + np.outer(u, u), u, theta)

    def expectation(h):
        def integrand(q, p):
            t = W @ [p, q]
            return h(p, t, theta @ np.tanh(t)) * gauss(p, u[0], variances[0]) * gauss(q, u[1], variances[1])

        return dblquad(integrand, -7, 8, -9, 9, epsabs=1e-10, epsrel=1e-10)[0]

    assert net.value(W) == pytest.approx(expectation(lambda p, t, F: np.log1p(np.exp(F))), abs=1e-9)
    entry = expectation(lambda p, t, F: theta[1] / (1 + np.exp(-F)) / np.cosh(t[1]) ** 2 * p)
    assert net.gradient(W)[1, 0] == pytest.approx(entry, abs=1e-9)


def test_population_is_the_limit_of_samples():
    n, rng = 200_000, np.random.default_rng(7)
    net, W, _ = population(11, 3, 4)
    z = net.unit_u + rng.standard_normal((n, 4)) @ np.linalg.cholesky(net.covariance).T
    y = rng.choice([-1, 1], n)
    data = OneHiddenLayer(-y[:, None] * z, y, net.theta)
    output = np.tanh(z @ W.T) @ net.theta
    losses, slope = np.logaddexp(0, output), 1 / (1 + np.exp(-output))
    residuals = slope[:, None] * net.theta * (1 - np.tanh(z @ W.T) ** 2)
    terms = residuals[:, :, None] * z[:, None, :]
    assert abs(data.value(W) - net.value(W)) <= 4 * losses.std() / np.sqrt(n)
    assert (np.abs(data.gradient(W) - net.gradient(W)) <= 4 * terms.std(axis=0) / np.sqrt(n)).all()
    assert (np.abs(residuals.mean(axis=0) - net.coefficients(W)[0]) <= 4 * residuals.std(axis=0) / np.sqrt(n)).all()
    exact, sampled = net.unit(1, W).ray(W[1]), data.unit(1, W).ray(W[1])
    np.testing.assert_allclose(sampled.stein(0.8), exact.stein(0.8), atol=0.02)


@few
@given(seeds, st.integers(1, 2))
def test_population_gradient_and_hessian_match_differences(seed, k):
    net, W, rng = population(seed, k, 3)
    V = rng.standard_normal((k, 3))
    assert directional(net.value, W, V) == pytest.approx(np.vdot(net.gradient(W), V), abs=1e-9)
    hessian = net.hessian(W)
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-12)
    expected = directional(net.gradient, W, V).ravel()
    np.testing.assert_allclose(hessian @ V.ravel(), expected, atol=1e-8)
    assert np.linalg.norm(hessian, 2) <= net.zeta
    np.testing.assert_array_less(np.linalg.norm(hessian[:3, :3], 2), net.unit(0, W).zeta * (1 + 1e-12))


@pytest.mark.parametrize("singular", [False, True])
def test_three_units_match_differences(singular):
    net, W, rng = population(5, 3, 4)
    if singular:
        W[1], W[2] = -2 * W[0], 0
    V = rng.standard_normal((3, 4))
    assert directional(net.value, W, V) == pytest.approx(np.vdot(net.gradient(W), V), abs=1e-9)
    np.testing.assert_allclose(net.hessian(W) @ V.ravel(), directional(net.gradient, W, V).ravel(), atol=1e-8)


@few
@given(seeds)
def test_parallel_and_zero_units_reduce_to_fewer_units(seed):
    net, W, _ = population(seed, 3, 4)
    S, u, theta = net.unit_metric.S, net.unit_u, net.theta
    W[1], W[2] = -2 * W[0], 0
    single = GaussianOneHiddenLayer(S, u, theta[:2])
    assert net.value(W) == pytest.approx(single.value(W[:2]), abs=1e-13)
    np.testing.assert_allclose(net.gradient(W)[:2], single.gradient(W[:2]), atol=1e-13)
    W[1] = -W[0]
    merged = GaussianOneHiddenLayer(S, u, theta[:1] - theta[1:2])
    assert net.value(W) == pytest.approx(merged.value(W[:1]), abs=1e-13)
    zero = net.gradient(np.zeros((3, 4)))
    np.testing.assert_allclose(zero, np.outer(theta, u) / 2, atol=1e-14)


@pytest.mark.parametrize(
    ("k", "scale", "caps"), [(1, 6.0, (2**5, 2**7)), (2, 1.5, (2**8, 2**10, 2**12)), (3, 0.7, (2**10, 2**13))]
)
def test_the_quadrature_error_is_not_exceeded(k, scale, caps, monkeypatch):
    for seed in range(12 if k < 3 else 4):
        net, W, _ = population(seed, k, 4)
        W *= scale
        fine, errors = net.line(W).quadrature(1.0), []
        assert fine.error <= 1e-13 * fine.size
        for nodes in caps:
            with monkeypatch.context() as patch:
                patch.setattr(network_quadrature, "MOST_NODES", nodes)
                coarse = net.line(W).quadrature(1.0)
            assert coarse.change(fine) <= coarse.error
            errors.append(coarse.error)
        assert errors[0] > 1e-6  # the coarse rules are coarse, or nothing was tested


def test_a_unit_that_adds_no_dimension_costs_none():
    net, W, _ = population(3, 3, 4)
    S, u = net.unit_metric.S, net.unit_u
    W *= 2
    nodes = len(GaussianOneHiddenLayer(S, u, net.theta[1:]).line(W[1:]).quadrature(1.0).weights)
    for first in (0 * W[1], W[1], W[1] + W[2]):
        same = net.line(np.array([first, W[1], W[2]])).quadrature(1.0)
        assert same.error <= 1e-13 * same.size
        assert len(same.weights) <= 4 * nodes


@few
@given(seeds, st.integers(1, 3))
def test_with_the_others_on_the_line_a_unit_has_the_halfspace_gradient(seed, k):
    net, _, rng = population(seed, k, 4)
    W = on_the_line(net, rng)
    unit = net.unit(0, W)
    ray, norm = unit.ray(W[0]), unit.metric.norm(W[0])
    assert isinstance(ray, SteinRay)
    a, b = ray.stein(norm)
    u, S = net.unit_u, net.unit_metric.S
    c1 = stein_coefficient(a, b, u @ W[0])
    gradient = unit.gradient(W[0])
    np.testing.assert_allclose(gradient, c1 * u + b * S @ W[0], atol=1e-12)
    components, *_ = np.linalg.lstsq(np.column_stack([u, S @ W[0]]), gradient)
    np.testing.assert_allclose(components, [c1, b], atol=1e-9)


@few
@given(seeds, st.integers(1, 3))
def test_with_the_others_on_the_line_a_gdnp_step_is_the_rayleigh_step(seed, k):
    net, _, rng = population(seed, k, 4)
    W = on_the_line(net, rng)
    unit, w, u, S = net.unit(0, W), W[0], net.unit_u, net.unit_metric.S
    norm, gamma = unit.metric.norm(w), 0.7
    ray = unit.ray(w)
    h = gdnp_criterion(*ray.stein(gamma), u @ w, gamma * (u @ w) / norm)
    v = w / norm
    gradient = ray.gradient(gamma)
    in_w = gamma / norm * (gradient - (v @ gradient) * (S @ v))
    step = -gdnp_step_size(norm, unit.metric.L, gamma, h) * in_w
    expected = -rayleigh_step_size(w, S, u, unit.metric.L) * rayleigh_gradient(w, S, u)
    np.testing.assert_allclose(step, expected, atol=1e-12 * max(1.0, float(np.abs(expected).max())) / min(1.0, abs(h)))


def test_gdnp_on_a_unit_contracts_the_direction_as_for_a_halfspace():
    rng = np.random.default_rng(4)
    S, u = inputs(rng, 4)
    net = GaussianOneHiddenLayer(S, u, np.array([1.5, 0.5]))
    unit = net.unit(0, on_the_line(net, rng))
    iterates = GDNP().iterates(unit, u + 0.2 * rng.standard_normal(4))
    excess = [direction_excess(next(iterates).w_tilde, unit.metric, u) for _ in range(8)]
    factor = contraction_factor(unit.metric.mu, unit.metric.L)
    assert excess[-1] < 0.5 * excess[0]
    assert all(after <= factor * before * (1 + 1e-9) for before, after in pairwise(excess))


def test_without_a_mean_the_line_is_a_point():
    net = GaussianOneHiddenLayer(np.eye(2), np.zeros(2), np.array([1.0, -1.0]))
    W = np.array([[1.0, 0.5], [0.0, 1.0]])
    (a, b), quadrature = net.unit(0, W).ray(W[0]).stein(1.0), net.unit(0, W).ray(W[0]).quadrature(1.0)
    assert (a, b) == (quadrature.a[0], quadrature.b[0, 0])
