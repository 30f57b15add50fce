"""The Batch Normalization transform against PyTorch, SymPy's derivatives and exact rational arithmetic.

Statements A1 to A5 of the theory: batch statistics, normalization, scale and shift, backpropagation, inference.
"""

from __future__ import annotations

import re
import statistics
from fractions import Fraction
from itertools import combinations, product

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from bntheory import batchnorm as bn
from bntheory import numbers
from bntheory.errors import InvalidInput

SEEDS = st.integers(0, 2**32 - 1)
U = 2.0**-53  # unit roundoff
DEVIATIONS = (1, -1, 7, -7)  # (1 + 1 + 49 + 49) / 4 = 5^2: a rational standard deviation


def exact(*values):
    return np.array([Fraction(v) for v in values], dtype=object)


def fractions(generator, *shape):
    """Fractions k/6 with |k| <= 30."""
    numerators = generator.integers(-30, 31, shape)
    return np.array([Fraction(int(k), 6) for k in numerators.flat], dtype=object).reshape(shape)


def eps_with_rational_root(x):
    """eps >= 0 such that sigma_B^2 + eps of one exact feature is the square of a positive integer."""
    variance = statistics.pvariance(x)
    root = 1
    while root * root < variance:
        root += 1
    return root * root - variance


def float_batch(seed, m=7, d=3):
    generator = np.random.default_rng(seed)
    x = generator.normal(generator.normal(size=d), np.exp(generator.normal(size=d)), (m, d))
    gamma, beta, dy = generator.normal(size=d), generator.normal(size=d), generator.normal(size=(m, d))
    return x, gamma, beta, dy


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
        y = torch.nn.functional.batch_norm(
            column[:, None], None, None, weight, training=True, eps=eps or 1e-300
        )
        return y[:, 0]  # torch refuses eps = 0; beside a variance near 9, 1e-300 is the same

    expected = torch.autograd.functional.jacobian(transform, torch.tensor(x)).numpy()
    assert_allclose(bn.jacobian(x, -1.7, eps), expected, rtol=1e-12, atol=1e-12)


# A4 against SymPy: each printed term is a partial derivative


def test_every_printed_term_is_the_partial_derivative_it_names():
    m = 4
    x, d = sympy.symbols(f"x:{m}"), sympy.symbols(f"d:{m}")
    mu, sigma2, gamma, beta, eps = sympy.symbols("mu sigma2 gamma beta eps")
    y = [gamma * (xi - mu) / sympy.sqrt(sigma2 + eps) + beta for xi in x]
    loss = sum(di * yi for di, yi in zip(d, y, strict=True))
    variance = sum((xi - mu) ** 2 for xi in x) / m
    expected = {
        "dgamma": sympy.diff(loss, gamma),
        "dbeta": sympy.diff(loss, beta),
        "dsigma2": sympy.diff(loss, sigma2),
        "dmu_through_x_hat": sympy.diff(loss, mu),
        "dmu_through_sigma2": sympy.diff(loss, sigma2) * sympy.diff(variance, mu),
    }
    mean = sum(x) / m
    total = loss.subs(sigma2, variance).subs(mu, mean)
    point = [Fraction(k, 3) for k in (4, -1, 8, 7)]
    dy, scale = [Fraction(2), Fraction(-3), Fraction(1, 5), Fraction(4)], Fraction(-2, 7)
    epsilon = eps_with_rational_root(point)
    values = dict(zip((*x, *d), (*point, *dy), strict=True)) | {gamma: scale, beta: 5, eps: epsilon}
    at_batch = values | {mu: statistics.mean(point), sigma2: statistics.pvariance(point)}
    chain = bn.printed_chain(exact(*point), scale, exact(*dy), epsilon)
    for name, derivative in expected.items():
        assert getattr(chain, name) == derivative.subs(at_batch), name
    assert chain.dx_hat.tolist() == [scale * v for v in dy]
    assert chain.dx.tolist() == [sympy.diff(total, xi).subs(values) for xi in x]


def test_the_same_code_runs_on_symbols_and_m_2_without_eps_has_no_gradient():
    a, b, p, q, gamma = sympy.symbols("a b p q gamma", real=True)
    gradient = bn.backward(np.array([a, b]), gamma, np.array([p, q]), 0)
    assert [sympy.simplify(v) for v in gradient.dx] == [0, 0]
    assert bn.printed_chain(np.array([a, b]), gamma, np.array([p, q]), 0).dmu_through_sigma2 == 0
    with_eps = bn.backward(np.array([a, b]), gamma, np.array([p, q]), sympy.Symbol("eps")).dx
    assert sympy.simplify(with_eps[0]) != 0


# A1 - A4 in exact rationals


@settings(deadline=None, database=None)
@given(SEEDS, st.integers(0, 6))
def test_closed_form_equals_printed_chain_exactly_for_every_eps(seed, m):
    generator = np.random.default_rng(seed)
    x = fractions(generator, m) if m else exact(*DEVIATIONS) * 3 + fractions(generator, 1)[0]
    dy, gamma, eps = fractions(generator, len(x)), fractions(generator, 1)[0], eps_with_rational_root(x)
    assert m or eps == 0
    closed, chain = bn.backward(x, gamma, dy, eps), bn.printed_chain(x, gamma, dy, eps)
    for name in ("dx", "dgamma", "dbeta"):
        left, right = np.ravel(getattr(closed, name)), np.ravel(getattr(chain, name))
        assert left.tolist() == right.tolist()
        assert all(isinstance(v, Fraction) for v in left)
    assert bn.jacobian(x, gamma, eps).dot(dy).tolist() == closed.dx.tolist()
    # Dropping the second term of dl/dmu_B changes nothing: it is zero, not merely small.
    assert chain.dmu_through_sigma2 == 0
    s = numbers.sqrt(statistics.pvariance(x) + eps)
    deviations = x - statistics.mean(x)
    without = chain.dx_hat / s + (2 * chain.dsigma2 * deviations + chain.dmu_through_x_hat) / len(x)
    assert without.tolist() == chain.dx.tolist()


@settings(deadline=None, database=None)
@given(SEEDS, st.integers(2, 6))
def test_statistics_and_normalized_moments_are_exact(seed, m):
    x = fractions(np.random.default_rng(seed), m)
    batch = bn.batch_statistics(x)
    assert batch.mean == statistics.mean(x)
    assert batch.variance == statistics.pvariance(x)
    eps = eps_with_rational_root(x)
    x_hat = bn.normalize(x, eps)
    assert sum(x_hat) == 0
    assert statistics.pvariance(x_hat) == batch.variance / (batch.variance + eps)
    y = bn.forward(x, Fraction(-3, 2), Fraction(1, 7), eps)
    assert statistics.mean(y) == Fraction(1, 7)
    assert statistics.pvariance(y) == Fraction(9, 4) * batch.variance / (batch.variance + eps)


def test_unit_variance_holds_without_eps_only():
    x = exact(*DEVIATIONS)
    assert bn.normalize(x, 0).tolist() == [Fraction(k, 5) for k in DEVIATIONS]
    assert statistics.pvariance(bn.normalize(x, 0)) == 1
    assert statistics.pvariance(bn.normalize(x, 144)) == Fraction(25, 169)


@settings(deadline=None, database=None)
@given(SEEDS)
def test_two_points_without_eps_have_zero_gradient_exactly(seed):
    generator = np.random.default_rng(seed)
    x = fractions(generator, 1)[0] + exact(0, 1 + int(generator.integers(9)))
    assert bn.backward(x, 3, fractions(generator, 2), 0).dx.tolist() == [0, 0]
    assert np.all(bn.jacobian(x, 3, 0) == 0)


@settings(deadline=None, database=None)
@given(SEEDS)
def test_rescaling_the_input_changes_only_the_sign_at_zero_eps(seed):
    generator = np.random.default_rng(seed)
    x = generator.permutation(exact(*DEVIATIONS)) + fractions(generator, 1)[0]
    slope, offset = Fraction(int(generator.integers(1, 9)), 7) * (-1) ** seed, fractions(generator, 1)[0]
    assert bn.normalize(slope * x + offset, 0).tolist() == ((-1) ** seed * bn.normalize(x, 0)).tolist()
    floats = generator.normal(size=(6, 2))
    expected = (-1) ** seed * bn.normalize(floats, 0)
    assert_allclose(bn.normalize(float(slope) * floats + float(offset), 0), expected, atol=1e-11)
    # With eps the scale is felt (a shift still is not).
    assert bn.normalize(x + offset, 144).tolist() == bn.normalize(x, 144).tolist()
    assert bn.normalize(2 * x, 0).tolist() != bn.normalize(2 * x, 44).tolist()


def test_jacobian_without_eps_is_a_multiple_of_the_projector_off_ones_and_x_hat():
    x, gamma = exact(*DEVIATIONS) + Fraction(1, 3), Fraction(10)
    projector = bn.jacobian(x, gamma, 0) / 2  # gamma / s = 2
    assert projector.dot(projector).tolist() == projector.tolist()
    assert projector.T.tolist() == projector.tolist()
    assert np.trace(projector) == len(x) - 2
    assert projector.dot(exact(1, 1, 1, 1)).tolist() == [0] * 4
    assert projector.dot(bn.normalize(x, 0)).tolist() == [0] * 4


def test_integers_stay_exact_beside_fractions():
    x = np.array([1, -1, 7, -7], dtype=object)
    chain = bn.printed_chain(x, 3, [1, 0, 2, 0], 0)
    assert chain.dsigma2 == Fraction(3 * (1 - 0 + 14 - 0) * -1, 2 * 5**3)
    running = bn.running_statistics(bn.Statistics(0, 1), x, 1)
    evaluate = bn.inference_map(bn.Statistics(np.array(1, dtype=object), 3), 3, 0, 1)
    results = [
        bn.normalize(x, 0),
        chain.dx,
        bn.jacobian(x, 2, 0),
        running.variance,
        evaluate.scale,
        evaluate(x),
    ]
    assert all(isinstance(v, int | Fraction) for result in results for v in np.ravel(result))
    assert running.variance == Fraction(100, 3)
    assert evaluate.scale == Fraction(3, 2)
    assert all(isinstance(v, Fraction) for v in evaluate([3, 5]))
    assert bn.normalize(np.array([np.int64(2**62), np.int64(-(2**62))], dtype=object), 0).tolist() == [1, -1]


def test_parameters_beside_a_float_batch_become_floats():
    assert bn.normalize([0.0, 2.0, 4.0], Fraction(1, 3)).dtype == np.float64
    evaluate = bn.inference_map(bn.Statistics(0.0, 1.0), Fraction(1, 3), 0, 0)
    assert evaluate(exact(3)).dtype == np.float64
    assert bn.normalize(np.array([3, 5]), 0).tolist() == [-1.0, 1.0]


def test_an_irrational_standard_deviation_is_refused_not_rounded():
    with pytest.raises(TypeError, match=re.escape("sqrt(2/3) is irrational")):
        bn.normalize(exact(0, 1, 2), 0)


def test_fifty_digits_are_kept_by_mpmath_numbers():
    with mpmath.workdps(50):
        x = np.array([mpmath.mpf(1) / 3 + k for k in DEVIATIONS])
        x_hat = bn.normalize(x, 0)
        assert max(abs(5 * x_hat - np.array(DEVIATIONS))) < mpmath.mpf("1e-47")
        dy = np.array([mpmath.mpf(v) for v in (1, 2, 5, 11)])
        closed, chain = bn.backward(x, 2, dy, Fraction(1, 9)), bn.printed_chain(x, 2, dy, Fraction(1, 9))
        assert max(abs(closed.dx - chain.dx)) < mpmath.mpf("1e-47")
        assert abs(bn.jacobian(x, 2, 0).dot(x_hat)).max() < mpmath.mpf("1e-47")


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


# A5: what the population formula estimates depends on how batches are drawn

POPULATION = st.lists(st.integers(-9, 9).map(lambda k: Fraction(k, 2)), min_size=3, max_size=4)


@settings(deadline=None, database=None, max_examples=20)
@given(POPULATION, st.integers(2, 3))
def test_population_formula_is_unbiased_over_all_iid_batches(population, m):
    estimate = bn.population_statistics(exact(*draw) for draw in product(population, repeat=m))
    assert estimate.mean == statistics.mean(population)
    assert estimate.variance == statistics.pvariance(population)


@settings(deadline=None, database=None, max_examples=20)
@given(POPULATION, st.integers(2, 3))
def test_population_formula_has_divisor_n_minus_1_over_subsets_without_replacement(population, m):
    estimate = bn.population_statistics(exact(*draw) for draw in combinations(population, m))
    assert estimate.mean == statistics.mean(population)
    assert estimate.variance == statistics.variance(population)


def test_population_formula_fails_for_a_fixed_partition():
    population = [0, 1, 2, 3]
    estimate = bn.population_statistics([exact(0, 1), exact(2, 3)])
    assert estimate.mean == statistics.mean(population)
    assert estimate.variance == Fraction(1, 2)
    assert statistics.pvariance(population) == Fraction(5, 4)
    assert statistics.variance([Fraction(k) for k in population]) == Fraction(5, 3)


def test_population_statistics_of_arrays_are_per_feature():
    batches = np.random.default_rng(0).normal(size=(5, 4, 3))
    estimate = bn.population_statistics(list(batches))
    assert_allclose(estimate.mean, batches.mean(axis=(0, 1)), rtol=1e-12)
    assert_allclose(estimate.variance, batches.var(axis=1, ddof=1).mean(axis=0), rtol=1e-12)


def test_inference_map_is_the_printed_affine_map_exactly():
    population = bn.Statistics(exact(2, 3), exact(5, 0))
    evaluate = bn.inference_map(population, exact(6, 1), exact(1, -1), 4)
    assert evaluate.scale.tolist() == [2, Fraction(1, 2)]
    assert evaluate.shift.tolist() == [1 - 4, -1 - Fraction(3, 2)]
    x = np.array([exact(1, 2), exact(0, 5)])
    assert evaluate(x).tolist() == (evaluate.scale * x + evaluate.shift).tolist()


@pytest.mark.parametrize("momentum", [0, 1])
def test_momentum_zero_keeps_and_momentum_one_replaces(momentum):
    x = exact(*DEVIATIONS)
    new = bn.running_statistics(bn.Statistics(8, 9), x, momentum)
    assert (new.mean, new.variance) == ((8, 9) if momentum == 0 else (0, Fraction(100, 3)))


# Bad input

X = np.array([[1.0, 5.0], [2.0, 7.0], [4.0, 6.0]])
G = np.ones(2)
TWO = bn.Statistics(G, G)
MIXED = np.array([Fraction(1), 1.0], dtype=object)
SYMBOL, INFINITE = sympy.Symbol("a"), [sympy.Integer(1), sympy.oo]

TOO_SMALL = ": must be at least 2.3e-308; give eps > 0 or drop the feature"
ZERO = ": must be positive; give eps > 0 or drop the feature"
NEGATIVE = ": must be at least 0; 1e-5 is usual"
FINITE = ": must be finite; drop it"
BATCH = ": must be (m,) or (m, d) and not empty; reshape it"
FLOAT = " = a float: stands beside exact numbers; give ints or Fractions"
SHAPE = "; reshape or repeat it"
ONE_ROW = "m = 1: must be at least 2 for an unbiased variance; give larger batches"
BAD_INPUT = [
    (lambda: bn.normalize([3.0, 3.0], 0), "sigma_B^2 + eps = 0.0" + TOO_SMALL),
    (lambda: bn.forward(X * [1, 0], G, G, 0), "sigma_B^2 + eps = 0.0 in feature 1" + TOO_SMALL),
    (lambda: bn.normalize([1e-160, -1e-160], 0), "sigma_B^2 + eps = 1e-320" + TOO_SMALL),
    (lambda: bn.normalize(exact(3, 3), 0), "sigma_B^2 + eps = 0" + ZERO),
    (lambda: bn.normalize(np.array([SYMBOL, SYMBOL]), 0), "sigma_B^2 + eps = 0" + ZERO),
    (lambda: bn.normalize([1e200, -1e200], 1), "x = entries up to 1e+200: variance overflows; rescale it"),
    (lambda: bn.normalize([1e308, 1e308], 1), "x = entries up to 1e+308: variance overflows; rescale it"),
    (lambda: bn.normalize(X, -1e-9), "eps = -1e-09" + NEGATIVE),
    (lambda: bn.normalize(exact(1, 2), -1), "eps = -1" + NEGATIVE),
    (lambda: bn.normalize(X, G), "eps = shape (2,): must have shape ()" + SHAPE),
    (lambda: bn.normalize(X, np.inf), "eps = inf" + FINITE),
    (lambda: bn.normalize([[1.0, np.nan]], 1), "x[0, 1] = nan" + FINITE),
    (lambda: bn.normalize(INFINITE, 1), "x[1] = oo" + FINITE),
    (lambda: bn.normalize([mpmath.mpf("nan")], 1), "x[0] = nan" + FINITE),
    (lambda: bn.normalize(1.0, 1), "x = shape ()" + BATCH),
    (lambda: bn.batch_statistics(np.ones((2, 2, 2))), "x = shape (2, 2, 2)" + BATCH),
    (lambda: bn.batch_statistics([]), "x = shape (0,)" + BATCH),
    (lambda: bn.normalize(["a"], 1), "x = an array of <U1: must hold real numbers; give float64"),
    (lambda: bn.normalize([1j], 1), "x = an array of complex128: must hold real numbers; give float64"),
    (lambda: bn.normalize(MIXED, 1), "x" + FLOAT),
    (lambda: bn.normalize(exact(1, 2), 0.0), "eps" + FLOAT),
    (lambda: bn.forward(X, 1.0, G, 1), "gamma = shape (): must have shape (2,)" + SHAPE),
    (lambda: bn.forward(X, [1, np.nan], G, 1), "gamma[1] = nan" + FINITE),
    (lambda: bn.forward(X, G, np.ones(3), 1), "beta = shape (3,): must have shape (2,)" + SHAPE),
    (lambda: bn.backward(X, 1, X, 1), "gamma = shape (): must have shape (2,)" + SHAPE),
    (lambda: bn.backward(X, G, X[:2], 1), "dy = shape (2, 2): must have shape (3, 2)" + SHAPE),
    (lambda: bn.backward(X, G, X * np.inf, 1), "dy[0, 0] = inf" + FINITE),
    (lambda: bn.printed_chain(X, 1, X, 1), "gamma = shape (): must have shape (2,)" + SHAPE),
    (lambda: bn.printed_chain(X, G, G, 1), "dy = shape (2,): must have shape (3, 2)" + SHAPE),
    (lambda: bn.jacobian(X, G, 1), "x = shape (3, 2): must be one feature (m,); give a column x[:, k]"),
    (lambda: bn.jacobian(X[:, 0], G, 1), "gamma = shape (2,): must have shape ()" + SHAPE),
    (lambda: bn.running_statistics(TWO, X[:1], 0.1), ONE_ROW),
    (lambda: bn.running_statistics(TWO, X, 1.5), "momentum = 1.5: must lie in [0, 1]; 0.1 is usual"),
    (lambda: bn.running_statistics(TWO, X, -0.5), "momentum = -0.5: must lie in [0, 1]; 0.1 is usual"),
    (
        lambda: bn.running_statistics(bn.Statistics(0, G), X, 1),
        "previous.mean = shape (): must have shape (2,)" + SHAPE,
    ),
    (
        lambda: bn.running_statistics(bn.Statistics(G, 1), X, 1),
        "previous.variance = shape (): must have shape (2,)" + SHAPE,
    ),
    (
        lambda: bn.population_statistics([]),
        "batches = none: must hold at least one batch; give a list of arrays (m, d)",
    ),
    (lambda: bn.population_statistics([exact(1)]), ONE_ROW),
    (lambda: bn.population_statistics([X, X[:2]]), "batch = shape (2, 2): must have shape (3, 2)" + SHAPE),
    (lambda: bn.population_statistics([exact(1, 2), [1.0, 2.0]]), "batch" + FLOAT),
    (
        lambda: bn.inference_map(bn.Statistics(0, -1), 1, 0, 2),
        "population.variance = -1.0: must be at least 0; give variances",
    ),
    (lambda: bn.inference_map(bn.Statistics(0, 0), 1, 0, 0), "sigma_B^2 + eps = 0.0" + TOO_SMALL),
    (
        lambda: bn.inference_map(bn.Statistics(G, 1), G, G, 2),
        "population.variance = shape (): must have shape (2,)" + SHAPE,
    ),
    (lambda: bn.inference_map(TWO, 1, G, 2), "gamma = shape (): must have shape (2,)" + SHAPE),
    (lambda: bn.inference_map(TWO, G, 1, 2), "beta = shape (): must have shape (2,)" + SHAPE),
    (lambda: bn.inference_map(TWO, G, G, -1), "eps = -1" + NEGATIVE),
    (lambda: bn.inference_map(TWO, G, G, 2)(X.T), "x = shape (2, 3): must have 2 columns; transpose it"),
    (lambda: bn.inference_map(TWO, G, G, 2)([1, np.nan]), "x[1] = nan" + FINITE),
]


@pytest.mark.parametrize(("call", "message"), BAD_INPUT, ids=[message for _, message in BAD_INPUT])
def test_bad_input_names_the_value_the_rule_and_the_way_out(call, message):
    with pytest.raises(InvalidInput, match="^" + re.escape(message) + "$"):
        call()
