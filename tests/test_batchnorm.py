"""The Batch Normalization transform in float64: against PyTorch, and its accuracy at every offset and scale.

Statements A1 to A5 of the theory: batch statistics, normalization, scale and shift, backpropagation, inference.
"""

from __future__ import annotations

import re
import statistics
from fractions import Fraction

import numpy as np
import pytest
from batches import DEVIATIONS, exact, float_batch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from bntheory import batchnorm as bn
from bntheory.errors import InvalidInput

SEEDS = st.integers(0, 2**32 - 1)
U = 2.0**-53  # unit roundoff


# A1 - A4 against PyTorch


@pytest.mark.parametrize("eps", [1e-5, 0.5, 1e-300])
@pytest.mark.parametrize("seed", range(4))
def test_forward_and_backward_agree_with_torch(seed, eps):
    torch = pytest.importorskip("torch")
    x, gamma, beta, dy = float_batch(seed, m=2 + 3 * seed)
    leaves = [torch.tensor(v, requires_grad=True) for v in (x, gamma, beta)]
    y = torch.nn.functional.batch_norm(leaves[0], None, None, *leaves[1:], training=True, eps=eps)
    expected = torch.autograd.grad(y, leaves, torch.tensor(dy))
    assert_allclose(bn.forward(x, gamma, beta, eps), y.detach().numpy(), rtol=1e-12, atol=1e-12)
    gradients, chain = bn.backward(x, gamma, dy, eps), bn.printed_chain(x, gamma, dy, eps)
    for name, value in zip(("dx", "dgamma", "dbeta"), expected, strict=True):
        assert_allclose(getattr(gradients, name), value.numpy(), rtol=1e-12, atol=1e-12)
        assert_allclose(getattr(chain, name), value.numpy(), rtol=1e-12, atol=1e-12)


def test_running_statistics_and_evaluation_mode_agree_with_torch():
    torch = pytest.importorskip("torch")
    layer = torch.nn.BatchNorm1d(3, eps=1e-3, momentum=0.3, dtype=torch.float64)
    running = bn.Statistics(np.zeros(3), np.ones(3))
    for seed in range(5):
        x, gamma, beta, _ = float_batch(seed)
        layer(torch.tensor(x))
        running = bn.running_statistics(running, x, 0.3)
        assert_allclose(running.mean, layer.running_mean.numpy(), rtol=1e-12)
        assert_allclose(running.variance, layer.running_var.numpy(), rtol=1e-12)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(gamma))
        layer.bias.copy_(torch.tensor(beta))
    expected = layer.eval()(torch.tensor(x)).detach().numpy()
    evaluate = bn.inference_map(running, gamma, beta, 1e-3)
    assert_allclose(evaluate(x), expected, rtol=1e-12, atol=1e-12)
    assert_allclose(evaluate.scale * x + evaluate.shift, expected, rtol=1e-12, atol=1e-12)
    # Fixed and deterministic: a point's image does not depend on the points beside it.
    assert_array_equal(evaluate(x[2]), evaluate(x)[2])


@pytest.mark.parametrize("eps", [0.0, 0.1])
def test_jacobian_agrees_with_torch(eps):
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(1).normal(2.0, 3.0, 6)

    def transform(column):
        weight = torch.tensor([-1.7], dtype=torch.float64)
        y = torch.nn.functional.batch_norm(column[:, None], None, None, weight, training=True, eps=eps or 1e-300)
        return y[:, 0]  # torch refuses eps = 0; beside a variance near 9, 1e-300 is the same

    expected = torch.autograd.functional.jacobian(transform, torch.tensor(x)).numpy()
    assert_allclose(bn.jacobian(x, -1.7, eps), expected, rtol=1e-12, atol=1e-12)


# float64: one feature, accuracy


@settings(deadline=None, database=None)
@given(SEEDS, st.integers(2, 12))
def test_one_feature_equals_one_column_and_columns_do_not_mix(seed, m):
    x, gamma, beta, dy = float_batch(seed, m)
    eps = 0.01
    whole = bn.forward(x, gamma, beta, eps)
    gradients, chain = bn.backward(x, gamma, dy, eps), bn.printed_chain(x, gamma, dy, eps)
    running = bn.running_statistics(bn.Statistics(beta, gamma**2), x, 0.25)
    evaluate = bn.inference_map(running, gamma, beta, eps)
    for k in range(3):
        g, b, column, d = gamma[k], beta[k], x[:, k], dy[:, k]
        close = {"rtol": 1e-12, "atol": 1e-12}
        assert_allclose(bn.forward(column, g, b, eps), whole[:, k], **close)
        assert_allclose(bn.forward(column[:, None], [g], [b], eps)[:, 0], whole[:, k], **close)
        one, one_chain = bn.backward(column, g, d, eps), bn.printed_chain(column, g, d, eps)
        for name in ("dgamma", "dbeta"):
            assert_allclose(getattr(one, name), getattr(gradients, name)[k], **close)
        for name in ("dgamma", "dbeta", "dsigma2", "dmu_through_x_hat", "dmu_through_sigma2"):
            assert_allclose(getattr(one_chain, name), getattr(chain, name)[k], **close)
        assert_allclose(one.dx, gradients.dx[:, k], **close)
        assert_allclose(bn.jacobian(column, g, eps) @ d, one.dx, **close)
        one_running = bn.running_statistics(bn.Statistics(b, g**2), column, 0.25)
        assert_allclose(one_running.variance, running.variance[k], **close)
        one_map = bn.inference_map(one_running, g, b, eps)
        assert_allclose(one_map(column), evaluate(x)[:, k], **close)


@settings(deadline=None, database=None)
@given(st.lists(st.floats(-1e8, 1e8), min_size=2, max_size=30), st.floats(-1e12, 1e12))
def test_variance_error_stays_within_its_stated_bound_whatever_the_offset(values, offset):
    x = np.array(values) + offset
    truth = statistics.pvariance([Fraction(v) for v in x])
    error = abs(Fraction(float(bn.batch_statistics(x).variance)) - truth)
    # Twice the first-order bound, for its higher orders; the constant for squares that underflow.
    assert error <= Fraction(2 * (len(x) + 8) * U) * truth + Fraction(2.0**-1070)


@settings(deadline=None, database=None)
@given(SEEDS, st.sampled_from([1e4, -1e8, 1e12]))
def test_a_large_offset_costs_no_accuracy(seed, offset):
    generator = np.random.default_rng(seed)
    small = generator.integers(-64, 65, 9) / 16  # exactly representable beside the offset, so x is too
    small[:2] = -1, 1
    dy = generator.normal(size=9)
    for eps in (0.0, 1e-5):
        assert_allclose(bn.normalize(small + offset, eps), bn.normalize(small, eps), rtol=0, atol=1e-14)
        # A gradient does not change when a constant is added to dy, since x^ does not see shifts.
        shifted = bn.backward(small + offset, 2.0, np.round(dy * 64) / 64 + 1e8, eps)
        plain = bn.backward(small, 2.0, np.round(dy * 64) / 64, eps)
        assert_allclose(shifted.dx, plain.dx, rtol=0, atol=1e-13)
        assert_allclose(shifted.dgamma, plain.dgamma, rtol=0, atol=1e-13)
    evaluate = bn.inference_map(bn.Statistics(offset, 1.0), 0.7, 0.3, 0.0)
    assert_allclose(evaluate(small + offset), 0.7 * small + 0.3, rtol=0, atol=1e-14)


@settings(deadline=None, database=None)
@given(st.floats(-1e150, 1e150), st.integers(1, 50))
def test_a_constant_feature_has_variance_zero_exactly(value, m):
    x = np.full(m, value)
    assert bn.batch_statistics(x).variance == 0
    assert bn.batch_statistics(x).mean == value
    assert_array_equal(bn.normalize(x, 1e-5), np.zeros(m))
    assert_array_equal(bn.backward(x, 1.0, np.ones(m), 1e-5).dx, np.zeros(m))
    with pytest.raises(InvalidInput, match=re.escape("sigma_B^2 + eps = 0.0: must be at least 2.3e-308")):
        bn.normalize(x, 0)


def test_extreme_scales_are_exact_up_to_rounding():
    for scale in (1e-150, 1e-110, 1e110, 1e150):
        x, dy = np.array(DEVIATIONS) * scale, np.array([1.0, 2.0, 5.0, 11.0])
        assert_allclose(bn.normalize(x, 0), np.array(DEVIATIONS) / 5, rtol=1e-14)
        closed, chain = bn.backward(x, 1.0, dy, 0), bn.printed_chain(x, 1.0, dy, 0)
        assert_allclose(chain.dx, closed.dx, rtol=1e-13)
        assert np.all(closed.dx != 0)


def test_population_statistics_of_arrays_are_per_feature():
    batches = np.random.default_rng(0).normal(size=(5, 4, 3))
    estimate = bn.population_statistics(list(batches))
    assert_allclose(estimate.mean, batches.mean(axis=(0, 1)), rtol=1e-12)
    assert_allclose(estimate.variance, batches.var(axis=1, ddof=1).mean(axis=0), rtol=1e-12)


def test_parameters_beside_a_float_batch_become_floats():
    assert bn.normalize([0.0, 2.0, 4.0], Fraction(1, 3)).dtype == np.float64
    evaluate = bn.inference_map(bn.Statistics(0.0, 1.0), Fraction(1, 3), 0, 0)
    assert evaluate(exact(3)).dtype == np.float64
    assert bn.normalize(np.array([3, 5]), 0).tolist() == [-1.0, 1.0]
