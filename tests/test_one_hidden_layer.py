"""One hidden layer on data, against torch autograd, differences and closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from networks import IDENTITY, check_ray, difference, few, inputs, sample, seeds

from bntheory.errors import InvalidInput
from bntheory.losses import get_loss
from bntheory.problems.gaussian_network import GaussianOneHiddenLayer
from bntheory.problems.one_hidden_layer import OneHiddenLayer
from bntheory.problems.sampled_halfspace import SampledHalfspace


def torch_loss(X, y, theta, W, activation, loss):
    import torch

    weights = torch.tensor(W, dtype=torch.float64, requires_grad=True)
    output = activation(torch.tensor(X) @ weights.T) @ torch.tensor(theta)
    value = loss(-torch.tensor(y, dtype=torch.float64) * output).mean()
    value.backward()
    return value.item(), weights.grad.numpy()


@pytest.mark.parametrize(("activation", "loss"), [("tanh", "softplus"), ("sqrt-hinge", "sigmoid")])
@few
@given(seeds)
def test_data_value_and_gradient_match_torch(activation, loss, seed):
    import torch

    phi = {"tanh": torch.tanh, "sqrt-hinge": lambda t: (t + torch.sqrt(1 + t * t)) / 2}[activation]
    outer = {"softplus": torch.nn.functional.softplus, "sigmoid": torch.sigmoid}[loss]
    X, y, rng = sample(seed)
    theta, W = rng.standard_normal(3), rng.standard_normal((3, 4))
    net = OneHiddenLayer(X, y, theta, activation, loss)
    value, gradient = torch_loss(X, y, theta, W, phi, outer)
    assert net.value(W) == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(net.gradient(W), gradient, atol=1e-14)
    unit = net.unit(1, W)
    assert unit.value(W[1]) == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(unit.gradient(W[1]), gradient[1], atol=1e-14)


def test_sparse_flat_and_relabelled_input_give_the_same_numbers():
    X, y, rng = sample(0)
    X[np.abs(X) < 0.5] = 0
    theta, W = rng.standard_normal(2), rng.standard_normal((2, 4))
    dense = OneHiddenLayer(X, y, theta)
    sparse = OneHiddenLayer(sp.csr_array(X), np.where(y > 0, "yes", "no"), theta.tolist())
    np.testing.assert_allclose(sparse.gradient(W.ravel()), dense.gradient(W).ravel(), atol=1e-15)
    np.testing.assert_allclose(sparse.unit(0, W.ravel()).gradient(W[1]), dense.unit(0, W).gradient(W[1]), atol=1e-15)
    np.testing.assert_allclose(sparse.unit_metric.S, X.T @ X / len(X), atol=1e-14)
    np.testing.assert_allclose(sparse.unit_u, -(X * y[:, None]).mean(axis=0), atol=1e-15)


def test_the_whole_has_block_statistics():
    X, y, rng = sample(1)
    theta, W = rng.standard_normal(2), rng.standard_normal((2, 4))
    net = OneHiddenLayer(X, y, theta)
    S, u = X.T @ X / len(X), -(X * y[:, None]).mean(axis=0)
    np.testing.assert_allclose(net.S, np.block([[S, 0 * S], [0 * S, S]]), atol=1e-14)
    np.testing.assert_allclose(net.u, np.concatenate([theta[0] * u, theta[1] * u]), atol=1e-15)
    np.testing.assert_allclose(net.gradient(np.zeros(8)), net.u / 2, atol=1e-15)  # softplus'(0) tanh'(0) = 1/2
    assert net.line(W).norm == pytest.approx(net.metric.norm(W.ravel()), rel=1e-14)


@few
@given(seeds)
def test_data_rays_match_differences(seed):
    X, y, rng = sample(seed)
    W = rng.standard_normal((3, 4))
    net = OneHiddenLayer(X, y, rng.standard_normal(3), "sqrt-hinge")
    check_ray(net, W)
    check_ray(net, W.ravel())
    check_ray(net.unit(2, W), W[0])


@few
@given(seeds)
def test_a_moved_forward_pass_is_a_new_one(seed):
    X, y, rng = sample(seed)
    W = rng.standard_normal((3, 4))
    net = OneHiddenLayer(X, y, rng.standard_normal(3))
    forward = net.forward(W)
    before, w = forward.unit(0), W[0].copy()
    old = before.value(w)
    for i in (1, 0, 2, 1):
        W[i] = rng.standard_normal(4)
        ray = forward.unit(i).ray(W[i])
        forward.move(i, W[i], ray, net.unit_metric.norm(W[i]))
        known, fresh = forward.ray(i), net.unit(i, W).ray(W[i])
        assert known.value(0.7) == pytest.approx(fresh.value(0.7), rel=1e-13)
        np.testing.assert_allclose(known.stein(0.7), fresh.stein(0.7), atol=1e-14)
        np.testing.assert_allclose(known.gradient(0.7), fresh.gradient(0.7), atol=1e-14)
    np.testing.assert_allclose(forward.margins, net.margins(W), atol=1e-13)
    assert before.value(w) == old


def test_a_move_changes_neither_the_callers_weights_nor_a_ray_taken_before():
    X, y, rng = sample(3)
    net, W = OneHiddenLayer(X, y, [1.0, 2.0]), rng.standard_normal((2, 4))
    given, forward = W.copy(), net.forward(W)
    ray = forward.ray(0)
    value = ray.value(0.5)
    line = forward.unit(0).ray(rng.standard_normal(4))
    forward.move(0, rng.standard_normal(4), line, 0.3)
    np.testing.assert_array_equal(W, given)
    assert ray.value(0.5) == value


@few
@given(seeds)
def test_the_stein_pair_on_data_is_made_of_means_of_residuals(seed):
    """With a column -y, z has a column 1: its gradient entries are a_i, its Hessian entries b_ij."""
    X, y, rng = sample(seed)
    theta, W = rng.standard_normal(3), rng.standard_normal((3, 4))
    net = OneHiddenLayer(X, y, theta, "sqrt-hinge")
    lifted = OneHiddenLayer(np.column_stack([X, -y]), y, theta, "sqrt-hinge")
    S, u = X.T @ X / len(X), -(X * y[:, None]).mean(axis=0)
    size = u @ np.linalg.solve(S, u)

    def a_1(shift):
        return lifted.gradient(np.column_stack([W, shift]))[1, -1]

    c = np.array([u @ W[0] / size, 0.0, u @ W[2] / size])
    a, b = net.unit(1, W).ray(W[1]).stein(net.unit_metric.norm(W[1]))
    assert b == pytest.approx(difference(lambda t: a_1([0, t, 0]), 0.0, 1e-3), abs=1e-9)
    assert a == pytest.approx(a_1(np.zeros(3)) + (1 - size) * difference(lambda t: a_1(t * c), 0.0, 1e-4), abs=1e-8)


def test_a_unit_keeps_the_others_where_they_were():
    X, y, rng = sample(3)
    for net in (OneHiddenLayer(X, y, [1.0, 2.0]), GaussianOneHiddenLayer(*inputs(rng, 4), np.array([1.0, 2.0]))):
        W = rng.standard_normal((2, 4))
        unit = net.unit(0, W)
        value = unit.value(W[0])
        W[1] += 1
        assert unit.value(W[0]) == value


@few
@given(seeds, st.integers(1, 3))
def test_with_a_linear_activation_the_network_on_data_is_a_halfspace(seed, k):
    X, y, rng = sample(seed)
    theta, W = rng.standard_normal(k), rng.standard_normal((k, 4))
    gradient = OneHiddenLayer(X, y, theta, IDENTITY).gradient(W)
    np.testing.assert_allclose(gradient, np.outer(theta, SampledHalfspace(X, y).gradient(theta @ W)), atol=1e-13)


X, Y = np.arange(8.0).reshape(4, 2) - 3, np.array([0, 1, 0, 1])
HALF = np.array([0.5, 0.0])


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: GaussianOneHiddenLayer(np.eye(2), HALF, [1.0], "sqrt-hinge"), "activation = sqrt-hinge: must be odd"),
        (lambda: GaussianOneHiddenLayer(np.eye(2), HALF, [1.0], loss="smoothed-hinge"), "loss = smoothed-hinge"),
        (lambda: GaussianOneHiddenLayer(np.eye(2), [1.0, 0.0], [1.0]), "must be below 1"),
        (lambda: GaussianOneHiddenLayer(np.eye(4), np.zeros(4), np.ones(4)), r"theta = 4 units: .*min\(k, d\) <= 3"),
        (lambda: OneHiddenLayer(X, Y, []), "theta = array of shape"),
        (lambda: OneHiddenLayer(X, Y, [1.0, np.nan]), "theta = non-finite"),
        (lambda: OneHiddenLayer(X, Y, [1.0], "tahn"), "activation = tahn: .*did you mean tanh"),
        (lambda: OneHiddenLayer(X, Y, [1.0], loss="softplsu"), "loss = softplsu: .*did you mean softplus"),
        (lambda: OneHiddenLayer(X, Y[:3], [1.0]), "y = array of shape"),
        (lambda: OneHiddenLayer(X, np.arange(4), [1.0]), "exactly two classes"),
        (lambda: OneHiddenLayer(X, Y, [1.0, 2.0]).value(np.ones(2)), r"W = .*shape \(4,\) or \(2, 2\)"),
        (lambda: OneHiddenLayer(X, Y, [1.0, 2.0]).unit(2, np.ones(4)), "i = 2: must be one of the units 0 to 1"),
        (lambda: OneHiddenLayer(X, Y, [1.0, 2.0]).ray(np.zeros(4)), r"\|w\|_S = 0"),
        (lambda: GaussianOneHiddenLayer(np.eye(2), HALF, [1.0]).unit(-1, np.ones(2)), "i = -1"),
    ],
)
def test_bad_input_is_named(make, text):
    with pytest.raises(InvalidInput, match=text):
        make()


def test_a_smoothness_bound_needs_bounded_derivatives():
    assert OneHiddenLayer(X, Y, [1.0], loss="squared").zeta == np.inf
    expected = (0.25 * 5 + get_loss("tanh").d2phi_bound * 2) * np.linalg.norm(X.T @ X / 4, 2)
    assert OneHiddenLayer(X, Y, [1.0, -2.0]).zeta == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("place", ["activation", "loss"])
def test_the_smoothness_bound_is_that_of_the_objective_however_it_is_written(place):
    """theta . 3 phi = 3 theta . phi, and l(3 t) of theta is l of 3 theta."""
    plain = {"activation": get_loss("tanh"), "loss": get_loss("softplus")}
    one, inner = plain[place], 3.0 if place == "loss" else 1.0
    outer, rate = 3.0 / inner, 3.0
    tripled = replace(
        one,
        phi=lambda t: outer * one.phi(inner * t),
        dphi=lambda t: rate * one.dphi(inner * t),
        d2phi=lambda t: rate * inner * one.d2phi(inner * t),
        Phi=rate * one.Phi,
        d2phi_bound=rate * inner * one.d2phi_bound,
        gaussian=None,
        together=None,
        from_value=None,
    )
    theta, W = np.array([1.0, -2.0]), np.array([0.3, -0.1, 0.2, 0.5])
    here = OneHiddenLayer(X, Y, theta, **plain | {place: tripled})
    there = OneHiddenLayer(X, Y, 3 * theta, **plain)
    assert here.value(W) == pytest.approx(there.value(W), rel=1e-14)
    assert here.zeta == pytest.approx(there.zeta, rel=1e-14)
