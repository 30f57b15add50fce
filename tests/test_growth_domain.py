"""Growth rates and gradients outside their domains are refused by name; within them nothing has changed."""

from __future__ import annotations

from fractions import Fraction
from math import inf, nan, pi

import mpmath
import numpy as np
import pytest

from bntheory.errors import InvalidInput
from bntheory.initial_gradients import RELU, Layer, gaussian_weights, gradient_profile, leaky_relu, sampled_rate
from bntheory.meanfield import (
    ActivationMoments,
    activation_limit,
    activation_moments,
    growth_rate,
    harmonic_rate,
    harmonic_weights,
    leaky_relu_limit,
    leaky_relu_rate,
    polynomial_limit,
    polynomial_moments,
    relu_rate,
)

MOMENTS = polynomial_moments([0.0, 1.0, 0.5], 8)


@pytest.mark.parametrize("B", [3, 3.0, 2.0, -1.0, 0, nan, inf, np.int64(3), np.float32(2.5)])
@pytest.mark.parametrize(
    "formula",
    [
        relu_rate,
        lambda B: leaky_relu_rate(B, 0.3),
        lambda B: growth_rate(B, MOMENTS),
        lambda B: harmonic_rate(2, B),
        lambda B: polynomial_moments([0.0, 1.0, 0.5], B),
        lambda B: harmonic_weights([0.0, 1.0, 0.5], B),
    ],
    ids=["relu", "leaky", "growth", "harmonic", "moments", "weights"],
)
def test_a_batch_of_three_or_fewer_has_no_rate(formula, B):
    with pytest.raises(InvalidInput, match=r"^B = .*: must be a finite number above 3; give a batch of 4 or more"):
        formula(B)


@pytest.mark.parametrize("B", [3, 4.5, 8.0, -1, nan])
def test_quadrature_and_sampling_need_a_whole_batch_of_four(B):
    tanh = Layer(np.tanh, lambda t: 1 - np.tanh(t) ** 2)
    for call in (
        lambda: activation_moments(tanh.phi, tanh.dphi, B),
        lambda: sampled_rate(RELU, B, np.random.default_rng(0)),
    ):
        with pytest.raises(InvalidInput, match="must be a whole number, at least 4"):
            call()


def test_an_unknown_path_or_skip_is_refused():
    with pytest.raises(InvalidInput, match=r"through = varience: .*did you mean variance"):
        growth_rate(8, MOMENTS, through="varience")
    with pytest.raises(InvalidInput, match="through = foo"):
        Layer(np.tanh, np.cosh, through="foo")
    with pytest.raises(InvalidInput, match=r"skip = residul: .*did you mean residual"):
        Layer(np.tanh, np.cosh, skip="residul")
    for eps in (-1e-5, nan, inf):
        with pytest.raises(InvalidInput, match="eps = "):
            Layer(np.tanh, np.cosh, eps=eps)


@pytest.mark.parametrize("coefficients", [[], [2.0], [Fraction(2)], [1.0, 0.0, 0.0], (Fraction(0),) * 3])
def test_a_constant_polynomial_is_refused(coefficients):
    for call in (polynomial_moments, harmonic_weights):
        with pytest.raises(InvalidInput, match=r"coefficients = .*must not be constant"):
            call(coefficients, 8)
    with pytest.raises(InvalidInput, match="must not be constant"):
        polynomial_limit(coefficients)


def test_a_constant_activation_is_refused():
    def one(t):
        return np.ones_like(t)

    moments = activation_moments(one, np.zeros_like, 8)
    exact = ActivationMoments(*map(Fraction, (1, 1, 0, 0, 0, 0)))
    for constant in (moments, exact, ActivationMoments(1, 1, 0, 0, 0, 0), ActivationMoments(*[nan] * 6)):
        with pytest.raises(InvalidInput, match="must not be constant"):
            growth_rate(8, constant)
    with pytest.raises(InvalidInput, match="must not be constant"):
        activation_limit(one, np.zeros_like)
    almost = growth_rate(8, activation_moments(lambda t: 1 + 1e-5 * t, lambda t: np.full_like(t, 1e-5), 8))
    assert almost == pytest.approx(6 / 5, rel=1e-4)


def test_what_is_exact_and_what_is_not():
    """Polynomials are rational; the angles of a leaky ReLU are not, whatever is given."""
    assert growth_rate(Fraction(8), polynomial_moments([Fraction(0), Fraction(1)], Fraction(8))) == Fraction(6, 5)
    assert leaky_relu_limit(0) == leaky_relu_limit(0.0) == pytest.approx(pi / (pi - 1))
    assert relu_rate(8) == relu_rate(8.0)
    for call in (
        lambda: relu_rate(Fraction(8)),
        lambda: leaky_relu_rate(Fraction(8), 1),
        lambda: leaky_relu_limit(Fraction(0)),
    ):
        with pytest.raises(TypeError, match="no exact value"):
            call()
    with mpmath.workdps(30):
        assert abs(relu_rate(mpmath.mpf(8)) - relu_rate(8)) < 1e-14


BEYOND = {
    "eps": {"eps": 1e-5},
    "skip": {"skip": "residual"},
    "gamma": {"gamma": lambda layer: 0.5},
}


@pytest.mark.parametrize("name", BEYOND)
def test_sampling_refuses_what_it_would_ignore(name):
    with pytest.raises(InvalidInput, match=rf"layer.{name} = "):
        sampled_rate(Layer(*leaky_relu(0.0), **BEYOND[name]), 8, np.random.default_rng(0))


def test_sampling_needs_samples_and_an_error():
    for name, count in (("groups", 1), ("size", 0)):
        with pytest.raises(InvalidInput, match=f"{name} = {count}: must be at least"):
            sampled_rate(RELU, 8, np.random.default_rng(0), **{name: count})


def test_arrays_that_do_not_fit_are_refused():
    rng = np.random.default_rng(0)
    weights, x = gaussian_weights(6, 3, rng), rng.standard_normal((6, 5))
    for gradient in (x[:, :1], x[:1], x[0], x.T):
        with pytest.raises(InvalidInput, match=r"gradient = an array of shape .*must have the shape of x, \(6, 5\)"):
            gradient_profile(weights, x, gradient)
    for wrong in (x[:, 0], x[:, :1]):
        with pytest.raises(InvalidInput, match=r"x = an array of shape .*must be \(N, B\), B >= 2"):
            gradient_profile(weights, wrong, wrong)
    with pytest.raises(InvalidInput, match=r"weights\[1\] = an array of shape \(6, 5\): must be \(6, 6\)"):
        gradient_profile([weights[0], weights[1][:, :5]], x, x)
    assert len(gradient_profile(weights, x, x).hidden) == 4
