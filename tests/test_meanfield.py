"""The growth rate of gradients against Monte Carlo, torch's autograd, quadrature and mpmath, never against itself."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flips import flips
from numpy.testing import assert_allclose

from bntheory import meanfield
from bntheory.meanfield import (
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
    sphere_moment,
)

CUBIC = (Fraction(1, 2), Fraction(1), Fraction(-1, 3), Fraction(1, 4))
QUINTIC = (Fraction(0), Fraction(2), Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(1, 3))
PATHS = ("both", "mean", "variance", "neither")


def phi_of(coefficients):
    phi = np.polynomial.Polynomial([float(c) for c in coefficients])
    return phi, phi.deriv()


def leaky(a):
    return lambda t: np.where(t > 0, t, a * t), lambda t: np.where(t > 0, 1.0, a)


def on_sphere(rng, n, B):
    g = rng.standard_normal((n, B))
    g -= g.mean(axis=1, keepdims=True)
    return g * np.sqrt(B) / np.linalg.norm(g, axis=1, keepdims=True)


def measured_rate(functions, B, through, rng, groups=16, n=2_000):
    """The leading eigenvalue of the recursion of gradient covariances, matrices and all, with its standard error."""
    phi, dphi = functions
    rates = []
    for _ in range(groups):
        x = on_sphere(rng, n, B)
        variance = phi(x).var(axis=1, ddof=1).mean()  # q - p: the unbiased variance within a batch
        J = np.repeat(np.eye(B)[None], n, axis=0)  # sigma dx^/dh
        if through in ("both", "mean"):
            J -= 1 / B
        if through in ("both", "variance"):
            J -= x[:, :, None] * x[:, None, :] / B
        step = J * dphi(x)[:, None, :]
        covariance, size = np.eye(B) + 0.01, 1.0
        for _ in range(25):
            covariance = np.einsum("nij,jk,nlk->il", step, covariance, step, optimize=True) / n
            diagonal, off = np.trace(covariance) / B, (covariance.sum() - np.trace(covariance)) / (B * (B - 1))
            covariance = (diagonal - off) * np.eye(B) + off  # exchangeable in the limit: less noise
            size = np.trace(covariance)
            covariance = covariance / size
        rates.append(size * B / (variance * (B - 3)))
    return np.mean(rates), np.std(rates, ddof=1) / np.sqrt(groups)


@pytest.mark.parametrize("through", PATHS)
@pytest.mark.parametrize(
    ("functions", "B"),
    [(leaky(0.0), 8), (leaky(-0.5), 5), (phi_of(CUBIC), 4), ((np.tanh, lambda t: 1 - np.tanh(t) ** 2), 6)],
    ids=["relu", "leaky", "cubic", "tanh"],
)
def test_the_rate_is_that_of_the_recursion_by_monte_carlo(functions, B, through):
    rate, error = measured_rate(functions, B, through, np.random.default_rng(B))
    computed = growth_rate(B, activation_moments(*functions, B), through)
    assert abs(rate - computed) <= 4 * error + 1e-4 * rate  # 200 nodes see a kink to 1e-4
    assert error < 0.02 * rate


def test_broken_backward_passes_have_known_rates():
    moments = activation_moments(*leaky(0.0), 8, nodes=400)
    rates = [growth_rate(8, moments, through) for through in PATHS]
    assert_allclose(rates, [1.7882, 1.9882, 1.845, 2.134], atol=5e-4)
    assert_allclose(rates[0], relu_rate(8), rtol=1e-4)


@pytest.mark.parametrize("B", [4, 5, 8, 30])
@pytest.mark.parametrize("a", [0.0, 0.3, -0.7, 1.0, 2.5, -1.0])
def test_the_closed_form_of_leaky_relu_is_the_formula_at_its_moments(a, B):
    moments = activation_moments(*leaky(a), B, nodes=500)
    assert_allclose(leaky_relu_rate(B, a), growth_rate(B, moments), rtol=3e-4)


@pytest.mark.parametrize("B", [4, 6])
def test_moments_are_those_of_samples_of_the_sphere(B):
    rng, n = np.random.default_rng(7), 400_000
    x = on_sphere(rng, n, B)
    phi, dphi = phi_of(CUBIC)
    f, d = phi(x), dphi(x)
    samples = []
    for values in (f, d, x * d):
        samples += [values[:, 0] ** 2, values[:, 0] * values[:, 1]]
    for exact, sample in zip(polynomial_moments(CUBIC, Fraction(B)), samples, strict=True):
        assert abs(float(exact) - sample.mean()) <= 4 * sample.std() / np.sqrt(n)
        assert isinstance(exact, Fraction)


def test_the_mean_of_the_inverse_variance_is_known_exactly():
    """E[1/sigma^2] = B/((q-p)(B-3)), for Gaussian preactivations of covariance (q-p) I + p 11^T."""
    rng, n, B, q, p = np.random.default_rng(1), 400_000, 16, 2.0, 0.5
    h = np.sqrt(q - p) * rng.standard_normal((n, B)) + np.sqrt(p) * rng.standard_normal((n, 1))
    inverse = 1 / h.var(axis=1)
    assert abs(inverse.mean() - B / ((q - p) * (B - 3))) <= 4 * inverse.std() / np.sqrt(n)


@pytest.mark.parametrize("through", ["both", "mean"])
def test_a_real_layer_multiplies_squared_gradients_by_the_rate(through):
    torch = pytest.importorskip("torch")
    generator = torch.Generator().manual_seed(3)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    B, width, ratios = 10, 300, []
    for _ in range(120):
        features = torch.relu(normalized(torch, normal(width, B), True))  # its Gram matrix is the fixed point
        features.requires_grad_(True)
        out = torch.relu(normalized(torch, normal(width, width) @ features / width**0.5, through == "both"))
        gradient = normal(width, B)
        gradient -= gradient.mean(dim=1, keepdim=True)  # its covariance is that of every gradient below a BN layer
        (found,) = torch.autograd.grad(out, features, gradient)
        ratios.append(float((found**2).sum() / (gradient**2).sum()))
    error = np.std(ratios, ddof=1) / np.sqrt(len(ratios))
    computed = growth_rate(B, activation_moments(*leaky(0.0), B, nodes=1600), through)
    assert abs(np.mean(ratios) - computed) <= 4 * error + 3 / width  # the width's own bias is O(1/width)
    assert error < 0.03


def normalized(torch, h, gradient_through_variance):
    centred = h - h.mean(dim=1, keepdim=True)
    variance = (centred**2).mean(dim=1, keepdim=True)
    return centred / torch.sqrt(variance if gradient_through_variance else variance.detach())


@pytest.mark.parametrize("B", [4, 5, 11])
def test_moments_obey_what_defines_the_sphere(B):
    B = Fraction(B)
    for i in range(7):
        for j in range(7):
            assert sphere_moment(B, i, j) == sphere_moment(B, j, i)
        assert sphere_moment(B, i + 1, 0) + (B - 1) * sphere_moment(B, i, 1) == 0  # sum of x^ is 0
        assert sphere_moment(B, i + 2, 0) + (B - 1) * sphere_moment(B, i, 2) == B * sphere_moment(B, i, 0)
    assert sphere_moment(B, 2, 0) == sphere_moment(B, 0, 0) == 1


@pytest.mark.parametrize("B", [4, 5, 7, 40])
@pytest.mark.parametrize("coefficients", [CUBIC, QUINTIC, (Fraction(0), Fraction(0), Fraction(1))])
def test_polynomials_agree_with_quadrature_and_with_their_harmonics(coefficients, B):
    exact = polynomial_moments(coefficients, Fraction(B))
    assert_allclose(activation_moments(*phi_of(coefficients), B, nodes=20), np.array(exact, dtype=float), rtol=1e-11)
    assert_allclose(polynomial_moments(coefficients, B), np.array(exact, dtype=float), rtol=1e-12)
    weights = harmonic_weights(coefficients, Fraction(B))
    assert sum(weights) == exact.q - exact.p
    assert all(weight >= 0 for weight in weights)
    mean = sum(weight * harmonic_rate(k, Fraction(B)) for k, weight in enumerate(weights, 1))
    assert mean / sum(weights) == growth_rate(Fraction(B), exact)


def test_linear_networks_have_the_rate_of_the_first_harmonic():
    for B in (4, 5, 100):
        moments = polynomial_moments((Fraction(5), Fraction(-2)), Fraction(B))
        assert growth_rate(Fraction(B), moments) == Fraction(B - 2, B - 3) == harmonic_rate(1, Fraction(B))
        assert_allclose(leaky_relu_rate(B, 1.0), (B - 2) / (B - 3), rtol=1e-12)


@pytest.mark.parametrize("coefficients", [CUBIC, QUINTIC])
def test_polynomials_approach_their_limit(coefficients):
    limit = polynomial_limit(coefficients)
    assert isinstance(limit, Fraction)
    assert_allclose(activation_limit(*phi_of(coefficients)), float(limit), rtol=1e-10)
    B = Fraction(10**9)
    assert abs(growth_rate(B, polynomial_moments(coefficients, B)) / limit - 1) < Fraction(1, 10**7)


def test_leaky_relu_approaches_its_limit():
    with mpmath.workdps(50):
        assert abs(leaky_relu_limit(mpmath.mpf(0)) - mpmath.pi / (mpmath.pi - 1)) < mpmath.mpf(10) ** -48
        B, a = mpmath.mpf(10) ** 20, mpmath.mpf(-1) / 3
        assert abs(leaky_relu_rate(B, a) - leaky_relu_limit(a)) < 10 / B
    for a in (0.0, 0.25, -2.0):
        assert_allclose(activation_limit(*leaky(a), kinks=(0.0,)), leaky_relu_limit(a), rtol=1e-12)


def test_formulas_run_on_formal_sizes_and_coefficients():
    from bntheory.gram import Space

    space = Space("s a b", positive="s")
    s, a, b = space.scalars("s a b")
    B = 3 + s
    moments = polynomial_moments([0 * s, a, b], B)
    weights = harmonic_weights([0 * s, a, b], B)
    assert (weights[0] + weights[1] - (moments.q - moments.p)).is_zero
    mean = (weights[0] * harmonic_rate(1, B) + weights[1] * harmonic_rate(2, B)) / (weights[0] + weights[1])
    assert (mean - growth_rate(B, moments)).is_zero


ORACLES = (
    lambda: test_moments_obey_what_defines_the_sphere(5),
    lambda: test_polynomials_agree_with_quadrature_and_with_their_harmonics(QUINTIC, 7),
    lambda: test_polynomials_approach_their_limit(QUINTIC),
    test_leaky_relu_approaches_its_limit,
    lambda: test_the_closed_form_of_leaky_relu_is_the_formula_at_its_moments(-0.7, 5),
    test_broken_backward_passes_have_known_rates,
)
FORMULAS = ("_moment", "_pairings", "_ways", "_derivative", "_square", "_recursion", "_at_other_entry")
FORMULAS += ("_normal_square", "_normal_moment", "harmonic_weights", "harmonic_rate", "growth_rate")
FORMULAS += ("leaky_relu_rate", "leaky_relu_limit", "polynomial_limit", "activation_moments", "activation_limit")


def test_oracles_hold():
    assert not is_seen()


@pytest.mark.parametrize("name", FORMULAS)
def test_every_single_mistake_in_a_formula_is_seen(name, monkeypatch):
    original = getattr(meanfield, name)
    unseen = []
    for what, changed in flips(getattr(original, "__wrapped__", original)):
        monkeypatch.setattr(meanfield, name, changed)
        if name in globals():
            monkeypatch.setitem(globals(), name, changed)
        unseen += [] if is_seen() else [what]
    assert unseen == HARMLESS.get(name, [])


#: Mistakes that change nothing: parities, ends of ranges, sizes of caches and of a rule, the sign of s, h_0.
HARMLESS = {
    "_moment": ["i + j -> i - j"],
    "_pairings": ["1000 -> 1001", "1 -> 2"],
    "_square": ["1 -> 2"],
    "_at_other_entry": ["len(P) - 1 -> len(P) + 1", "0 * B -> 0 / B", "0 * B -> 0 / B"],
    "_normal_moment": ["0 -> 1"],
    "harmonic_weights": ["1 -> 2"],
    "activation_moments": [
        "200 -> 201",
        "c * x_a[:, None] + np.sqrt(1 - c ** 2) * np.sqrt(B - 1.0 - x_a ** 2)[:, None] * s -> "
        "c * x_a[:, None] - np.sqrt(1 - c ** 2) * np.sqrt(B - 1.0 - x_a ** 2)[:, None] * s",
    ],
}
PAIRINGS = meanfield._pairings


def is_seen():
    meanfield._kept_moment.cache_clear()
    PAIRINGS.cache_clear()
    try:
        for oracle in ORACLES:
            oracle()
    except (AssertionError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RuntimeWarning):
        return True
    return False
