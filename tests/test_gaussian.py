"""Gaussian expectations against mpmath, closed forms and identities; and whether the error estimate is true."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import wofz
from scipy.stats import norm

from bntheory.errors import InvalidInput
from bntheory.gaussian import Expectation, expectation, loss_expectation, loss_moments, normal_cdf, normal_density, rule
from bntheory.losses import LOSSES, custom

STDS = (1e-3, 0.1, 1.0, 8.0, 30.0, 100.0)
MEANS = (-1000.0, -30.0, -1.5, -1.0, 0.0, 0.3, 7.0, 1000.0)
SMOOTH = ("softplus", "sigmoid", "tanh", "sqrt-hinge")
CLOSED = ("probit", "squared", "gaussian-hinge")

PHI: dict[str, Callable[[Any], Any]] = {
    "softplus": lambda t: mp.log1p(mp.exp(t)) if t < 0 else t + mp.log1p(mp.exp(-t)),
    "sigmoid": lambda t: 1 / (1 + mp.exp(-t)),
    "tanh": mp.tanh,
    "sqrt-hinge": lambda t: (t + mp.sqrt(1 + t * t)) / 2,
}


def moments_by_parts(phi: Callable[[Any], Any], mean: float, std: float) -> tuple[Any, Any, Any]:
    """(E phi, E phi', E phi'') from phi alone: E phi' = E[phi Z]/std and E phi'' = E[phi (Z^2 - 1)]/std^2.

    30 digits: the smallest std costs 6 of them, the tolerance needs 15; mp.quad's own estimate is checked.
    """
    with mp.workdps(30):
        m, s = mp.mpf(mean), mp.mpf(std)
        ends = {mp.mpf(z) for z in (-13, -4, 0, 4, 13)}
        ends |= {(t - m) / s for t in (-40, -10, -3, 0, 3, 10, 40) if abs(t - m) < 13 * s}

        def zeroth_and_first(z: Any) -> Any:
            weighted = phi(m + s * z) * mp.npdf(z)
            return mp.mpc(weighted, weighted * z / s)

        def second(z: Any) -> Any:
            return phi(m + s * z) * mp.npdf(z) * (z * z - 1) / s**2

        pair, pair_error = mp.quad(zeroth_and_first, sorted(ends), error=True)
        last, last_error = mp.quad(second, sorted(ends), error=True)
        assert max(pair_error, last_error) < 1e-18
        return pair.real, pair.imag, last


def check(computed: Expectation, truth: Any, std: float) -> None:
    """Within 1e-12 and within the estimate; 2e-17 std is what |phi'| <= 1 can hide beyond the last node, 8.5 std."""
    off = [abs(mp.mpf(value) - exact) for value, exact in zip(np.ravel(computed.value).tolist(), truth, strict=True)]
    assert max(off) <= min(1e-12, computed.error + 2e-17 * (1 + std)), ([mp.nstr(x, 5) for x in off], computed.error)
    assert computed.error <= 2e-12


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize(
    ("mean", "std"),
    [
        (0.3, 1e-3), (-0.8, 0.1), (0.7, 1.0), (1000.0, 1.0), (-1.5, 8.0), (25.0, 30.0), (-1000.0, 30.0),
        (-20.0, 100.0), (1000.0, 100.0),
    ],
)  # fmt: skip
def test_smooth_losses_agree_with_mpmath_to_1e_12_and_within_the_estimate(name: str, mean: float, std: float) -> None:
    check(loss_expectation(name, mean, std), moments_by_parts(PHI[name], mean, std), std)


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_losses_agree_with_adaptive_quadrature_on_the_whole_grid(name: str) -> None:
    loss = LOSSES[name]
    for std in STDS:
        for mean in MEANS[1:-1]:
            points = [z for t in (-40.0, -5.0, 0.0, 5.0, 40.0) if abs(z := (t - mean) / std) < 10] or None
            computed = loss_moments(loss, mean, std)
            for f, value in zip((loss.phi, loss.dphi, loss.d2phi), computed, strict=True):
                truth, estimate = quad(
                    lambda z, f=f, mean=mean, std=std: float(f(np.asarray(mean + std * z))) * norm_pdf(z),
                    -10, 10, points=points, epsabs=1e-13, epsrel=1e-13, limit=400,
                )  # fmt: skip
                assert abs(value - truth) <= 1e-12
                assert estimate < 1e-11


def norm_pdf(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def smoothed_hinge_moments(mean: float, std: float) -> tuple[Any, Any, Any]:
    """phi(t) = q(t + 1) - q(t), q = max(0, t)^2/2, and E q, E q', E q'' are textbook truncated moments."""
    with mp.workdps(50):
        s = mp.mpf(std)
        moments = []
        for m in (mp.mpf(mean) + 1, mp.mpf(mean)):
            N, n = mp.ncdf(m / s), mp.npdf(m / s)
            moments.append((((m * m + s * s) * N + m * s * n) / 2, m * N + s * n, N))
        first, second = ((a - b) for a, b in zip(*[m[:2] for m in moments], strict=True))
        return first, second, moments[0][2] - moments[1][2]


@pytest.mark.parametrize("std", STDS)
def test_smoothed_hinge_agrees_with_its_closed_form_to_1e_12(std: float) -> None:
    for mean in (*MEANS, -1 + 1e-3, 1e-9, -0.5, 300.0):
        check(loss_expectation("smoothed-hinge", mean, std), smoothed_hinge_moments(mean, std), std)


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("std", STDS)
def test_closed_forms_agree_with_quadrature(name: str, std: float) -> None:
    loss = LOSSES[name]
    assert loss.gaussian is not None
    scale = 1 + std if loss.Phi < math.inf else 1e6 + std**2
    for mean in MEANS:
        by_rule = expectation(
            lambda t: np.stack([loss.phi(t), loss.dphi(t), loss.d2phi(t)]), mean, std, strip=loss.strip
        )
        gap = np.max(np.abs(by_rule.value - np.array(loss.gaussian(mean, std))))
        assert gap <= min(1e-12 * max(1.0, scale / 1e3), by_rule.error + 2e-17 * scale)
        assert loss_moments(name, mean, std) == loss.gaussian(mean, std)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_zero_std_gives_the_values_at_the_mean(name: str) -> None:
    loss = LOSSES[name]
    for mean in (-1000.0, -1.0, 0.0, 0.25):
        at = np.asarray(mean)
        exact = [float(loss.phi(at)), float(loss.dphi(at)), float(loss.d2phi(at))]
        np.testing.assert_allclose(loss_moments(loss, mean, 0.0), exact, rtol=1e-14, atol=1e-300)
    assert expectation(np.abs, -3.0, 0.0, kinks=(0.0,)) == Expectation(3.0, 0.0)


@pytest.mark.parametrize("name", [*SMOOTH, "smoothed-hinge"])
@pytest.mark.parametrize("std", STDS)
def test_steins_identity_links_a_loss_and_its_derivative(name: str, std: float) -> None:
    loss = LOSSES[name]
    for mean in (-4.0, 0.3, 20.0):
        weighted = expectation(
            lambda t, mean=mean: np.stack([loss.phi(t), loss.dphi(t)]) * (t - mean) / std,
            mean, std, strip=loss.strip, kinks=loss.kinks,
        )  # fmt: skip
        _, slope, curvature = loss_moments(loss, mean, std)
        np.testing.assert_allclose(weighted.value, [std * slope, std * curvature], rtol=0, atol=1e-12)


def test_bare_rule_integrates_polynomials_and_the_loss_it_is_made_for() -> None:
    for std in (0.0, 0.3, 5.0, 70.0):
        for name in SMOOTH:
            xi, weights = rule(std, LOSSES[name].strip)
            np.testing.assert_allclose([weights @ xi**k for k in range(5)], [1, 0, 1, 0, 3], rtol=0, atol=2e-13)
            assert abs(np.sum(weights) - 1) <= 1e-15
            np.testing.assert_array_equal(xi, -xi[::-1])
            assert xi[xi.size // 2] == 0.0
            value = weights @ LOSSES[name].dphi(2.0 + std * xi)
            assert abs(value - loss_moments(name, 2.0, std)[1]) < 1e-13


@pytest.mark.parametrize(("strip", "nodes_per_std"), [(math.pi, 32), (math.pi / 2, 64), (math.inf, 25), (4.0, 25)])
def test_node_count_follows_std_over_strip(strip: float, nodes_per_std: float) -> None:
    for std in (0.0, 0.01, 1.0, 10.0, 100.0):
        size = rule(std, strip)[0].size
        assert nodes_per_std * std <= size <= 1.2 * (nodes_per_std * std + 26)


def test_rules_are_cached_and_read_only() -> None:
    xi, weights = rule(3.0)
    assert rule(3.01)[0] is xi
    for array in (xi, weights):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


def test_declared_kinks_and_jumps_are_integrated_to_rounding() -> None:
    for std in STDS:
        for mean in (-2.0, 0.0, 0.3, 5 * std):
            z = mean / std
            absolute = expectation(np.abs, mean, std, strip=math.inf, kinks=(0.0,))
            jump = expectation(lambda t: (t > 0) * 1.0, mean, std, strip=math.inf, kinks=(0.0,))
            truth = mean * math.erf(z / math.sqrt(2)) + 2 * std * norm_pdf(z)
            assert abs(absolute.value - truth) <= min(1e-15 * (1 + 10 * std), 4e-16 + absolute.error)
            assert abs(jump.value - norm.cdf(z)) <= min(1e-15, 2e-16 + jump.error)


def test_estimate_covers_the_error_of_an_undeclared_kink_or_jump() -> None:
    for mean in np.random.default_rng(5).uniform(-2, 2, size=40).tolist():
        absolute = expectation(np.abs, mean, 1.0)
        jump = expectation(lambda t: (t > 0) * 1.0, mean, 1.0)
        assert 1e-13 < absolute.error < 1e-6
        assert 1e-8 < jump.error < 1e-2
        assert abs(absolute.value - (mean * math.erf(mean / math.sqrt(2)) + 2 * norm_pdf(mean))) <= absolute.error
        assert abs(jump.value - norm.cdf(mean)) <= jump.error


@pytest.mark.parametrize("half_width", [0.03, 0.3])
def test_a_strip_declared_too_wide_is_mended_by_doubling(half_width: float) -> None:
    for mean, std in ((0.0, 1.0), (1.3, 1.0), (-3.0, 10.0)):
        computed = expectation(lambda t: half_width**2 / (half_width**2 + t * t), mean, std)
        voigt = wofz(complex(mean, half_width) / (std * math.sqrt(2))).real
        truth = half_width * math.sqrt(math.pi / 2) / std * voigt
        assert abs(computed.value - truth) <= min(1e-14, computed.error)


def test_estimate_covers_the_cut_off_of_a_fast_growing_function() -> None:
    assert abs(expectation(np.exp, 0.0, 1.0).value - math.exp(0.5)) < 1e-12
    for std in (3.0, 6.0, 9.0):
        computed = expectation(np.exp, 0.0, std)
        assert abs(computed.value - math.exp(std**2 / 2)) <= computed.error


def test_oscillation_faster_than_the_normal_is_resolved() -> None:
    for std in (0.5, 3.0, 40.0):
        computed = expectation(lambda t: np.stack([np.cos(t), np.sin(3 * t)]), 0.4, std, strip=math.inf)
        truth = [math.cos(0.4) * math.exp(-(std**2) / 2), math.sin(1.2) * math.exp(-4.5 * std**2)]
        np.testing.assert_allclose(computed.value, truth, rtol=0, atol=1e-14)


@pytest.mark.parametrize("std", [1e3, 1e4, 1e6, 1e9])
def test_huge_std_keeps_relative_accuracy(std: float) -> None:
    # Watson's lemma: E g(t) = (n(0)/std) (integral g - (1/(2 std^2)) integral t^2 g + ...) for an even decaying g;
    # softplus(t) = max(0, t) + log1p(exp(-|t|)): integrals pi^2/6 and 7 pi^4/180; logistic': 1, pi^2/3
    # and 7 pi^4/15 (against t^4).
    n0 = 1 / math.sqrt(2 * math.pi)
    value, slope, curvature = loss_moments("softplus", 0.0, std)
    truth = n0 * (std + math.pi**2 / 6 / std - 7 * math.pi**4 / 360 / std**3)
    assert value == pytest.approx(truth, rel=1e-12, abs=0)
    assert slope == pytest.approx(0.5, rel=1e-14, abs=0)
    truth = n0 / std * (1 - math.pi**2 / 6 / std**2 + 7 * math.pi**4 / 120 / std**4)
    assert curvature == pytest.approx(truth, rel=1e-12, abs=0)
    peak = expectation(LOSSES["probit"].dphi, 0.0, std, strip=math.inf)
    assert peak.value == pytest.approx(n0 / math.hypot(1.0, std), rel=1e-12, abs=0)
    jump = loss_moments("smoothed-hinge", 0.0, std)[2]
    assert jump == pytest.approx(n0 / std * (1 - 1 / 6 / std**2), rel=1e-12, abs=0)


def test_several_functions_at_once_equal_one_at_a_time() -> None:
    both = expectation(lambda t: np.stack([np.tanh(t), np.cos(t)]), 0.3, 2.0, strip=math.pi / 2)
    one = expectation(np.tanh, 0.3, 2.0, strip=math.pi / 2)
    assert isinstance(one.value, float)
    assert isinstance(both.value, np.ndarray)
    assert both.value.shape == (2,)
    assert both.value[0] == pytest.approx(one.value, rel=1e-14)
    assert one.error <= both.error < 1e-14


def test_doubling_goes_on_until_every_function_has_converged() -> None:
    narrow = 0.03
    both = expectation(lambda t: np.stack([np.tanh(t), narrow**2 / (narrow**2 + t * t)]), 0.3, 1.0, strip=1.0)
    voigt = wofz(complex(0.3, narrow) / math.sqrt(2)).real
    assert abs(np.ravel(both.value)[1] - narrow * math.sqrt(math.pi / 2) * voigt) < 1e-14
    assert both.error < 1e-14


def test_a_custom_loss_without_known_strip_reaches_the_same_accuracy() -> None:
    known = LOSSES["tanh"]
    loss = custom(known.phi, known.dphi, known.d2phi, name="mine")
    for mean, std in ((0.3, 1.0), (-2.0, 30.0)):
        np.testing.assert_allclose(loss_moments(loss, mean, std), loss_moments(known, mean, std), rtol=0, atol=1e-15)


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "mean": (lambda: loss_moments("softplus", math.nan, 1.0), "mean = nan: must be finite"),
    "std": (lambda: loss_moments("probit", 0.0, -1.0), "std = -1.0: must be finite and at least 0"),
    "infinite std": (lambda: expectation(np.tanh, 0.0, math.inf), "std = inf"),
    "strip": (lambda: expectation(np.tanh, 0.0, 1.0, strip=0.0), "strip = 0.0: must be positive"),
    "shape": (lambda: expectation(np.sum, 0.0, 1.0), r"h = array of shape \(\): must have shape"),
    "overflow": (lambda: expectation(lambda t: np.where(t > 2, np.inf, t), 0.0, 1.0), r"h = inf or nan at t = 2\."),
    "name": (lambda: loss_moments("tan", 0.0, 1.0), "did you mean tanh"),
    "rule": (lambda: rule(1e5), "std = 100000.0: needs more than 65536 nodes"),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_bad_input_is_refused_by_name(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(InvalidInput, match=message):
        call()


@pytest.mark.parametrize("x", [-40.0, -3.0, -0.1, 0.0, 2.0, 9.0])
def test_the_normal_distribution_in_every_kind_of_number(x):
    assert normal_cdf(x) == pytest.approx(norm.cdf(x), abs=1e-15)
    assert normal_density(x) == pytest.approx(norm.pdf(x), rel=1e-13)
    with mp.workdps(50):
        assert abs(normal_cdf(mp.mpf(x)) - mp.ncdf(x)) < 1e-49
        assert abs(normal_density(mp.mpf(x)) - mp.npdf(x)) < 1e-49
