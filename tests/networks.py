"""Random networks with one hidden layer, and differences to check their derivatives with."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from bntheory.losses import Loss
from bntheory.problems.gaussian_network import GaussianOneHiddenLayer

IDENTITY = Loss(
    "identity", np.positive, np.ones_like, np.zeros_like,
    Phi=1.0, d2phi_bound=0.0, convex=True, increasing=True, odd=True, strip=np.inf,
)  # fmt: skip

seeds = st.integers(0, 2**32 - 1)
few = settings(deadline=None, database=None, max_examples=10)


def sample(seed: int, n: int = 40, d: int = 4):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) * rng.uniform(0.3, 2.0, d)
    y = np.where(X @ rng.standard_normal(d) + rng.standard_normal(n) > 0, 1, -1)
    y[:2] = -1, 1
    return X, y, rng


def inputs(rng: np.random.Generator, d: int):
    """(S, u) with |rho*| between 0.1 and 0.9 and eigenvalues of S between 0.2 and 2 or so."""
    A = rng.standard_normal((d, d))
    S = A @ A.T / d + 0.2 * np.eye(d)
    u = rng.standard_normal(d)
    return S, u * np.sqrt(rng.uniform(0.1, 0.9) / (u @ np.linalg.solve(S, u)))


def population(seed: int, k: int, d: int, **options):
    rng = np.random.default_rng(seed)
    S, u = inputs(rng, d)
    net = GaussianOneHiddenLayer(S, u, rng.uniform(-1.5, 1.5, k), **options)
    return net, rng.standard_normal((k, d)) * 0.7, rng


def on_the_line(net, rng: np.random.Generator):
    """Weights with all units on the line of S^-1 u but the first."""
    W = np.outer(rng.uniform(-2, 2, net.k), np.linalg.solve(net.unit_metric.S, net.unit_u))
    W[0] = rng.standard_normal(W.shape[1])
    return W


def difference(function, t: float, h: float):
    """Fourth-order central difference: error O(h^4) + eps/h."""
    return (8 * (function(t + h) - function(t - h)) - (function(t + 2 * h) - function(t - 2 * h))) / (12 * h)


def directional(function, W, V):
    return difference(lambda t: function(W + t * V), 0.0, 5e-4)


def check_ray(problem, w):
    """A ray is the objective along w/|w|_S, with its derivatives; gradients have the shape of w."""
    ray = problem.ray(w)
    norm = np.sqrt(w.ravel() @ problem.S @ w.ravel())
    for gamma in (-0.8, 0.0, 1e-9, 1.3):
        at = gamma / norm * w
        assert ray.value(gamma) == pytest.approx(problem.value(at), abs=1e-13)
        assert ray.slope(gamma) == pytest.approx(difference(ray.value, gamma, 2e-3), abs=1e-9)
        assert ray.curvature(gamma) == pytest.approx(difference(ray.slope, gamma, 2e-3), abs=1e-9)
        gradient = ray.gradient(gamma)
        assert gradient.shape == w.shape
        np.testing.assert_allclose(gradient, problem.gradient(at), atol=1e-13)
        assert ray.slope(gamma) == pytest.approx(np.vdot(gradient, w) / norm, abs=1e-12)
    value, gradient = problem.value_and_gradient(w)
    assert value == problem.value(w)
    np.testing.assert_array_equal(gradient, problem.gradient(w))
