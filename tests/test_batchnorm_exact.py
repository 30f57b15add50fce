"""The Batch Normalization transform in numbers without rounding: SymPy's derivatives, exact rationals, 50 digits.

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
from batches import DEVIATIONS, eps_with_rational_root, exact, fractions
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from bntheory import batchnorm as bn
from bntheory import numbers

SEEDS = st.integers(0, 2**32 - 1)


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
    # NumPy's integers would wrap around in the sum.
    assert bn.backward(x, 1, np.full(4, 2**62), 0).dbeta == 2**64


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
