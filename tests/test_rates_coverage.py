"""The 95 % intervals of measured rates hold known truths, and are not much wider than the ideal ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.stats import linregress
from scipy.stats import t as student

from bntheory.rates import fit_linear_rate, fit_power_rate

TRIALS = 1000
NORMAL_975 = 1.959963984540054
Array = NDArray[np.float64]
Interval = tuple[float, float]


@dataclass(frozen=True)
class Sample:
    """A synthetic trace, its true rate, and the half-width of the ideal interval.

    That is 1.96 standard errors of least squares on log D without its transient, with noise of known variance and
    autocorrelation, as far as D exceeds 100 times the floor.
    """

    trace: Array
    truth: float
    ideal: float


def ar1(rng: np.random.Generator, n: int, sd: float, phi: float) -> Array:
    """Stationary AR(1) noise; white for phi = 0."""
    shocks = sd * rng.standard_normal(n)
    shocks[1:] *= np.sqrt(1.0 - phi**2)
    return lfilter([1.0], [1.0, -phi], shocks)


def ideal_half_width(x: Array, sd: float, phi: float) -> float:
    """1.96 sd sqrt(k^T R k) for the weights k of the least-squares slope against x and AR(1) correlations R."""
    k = (x - x.mean()) / np.sum((x - x.mean()) ** 2)
    correlated = lfilter([1.0], [1.0, -phi], k) + lfilter([1.0], [1.0, -phi], k[::-1])[::-1] - k
    return NORMAL_975 * sd * np.sqrt(k @ correlated)


def observed(rng: np.random.Generator, log_d: Array, sd: float, phi: float, kind: str, floor: float) -> Array:
    """C exp(log_d + noise), with a dying geometric transient and an additive floor if `kind` names them."""
    n = len(log_d)
    if "transient" in kind:
        log_d = log_d + np.log1p(10 ** rng.uniform(-1, 1.5) * rng.uniform(0.2, 0.6) ** np.arange(n))
    d = np.exp(log_d + ar1(rng, n, sd, phi))
    if "floor" in kind:
        d = np.abs(d + floor * rng.standard_normal(n))
    return 10 ** rng.uniform(-8, 8) * d


def linear_sample(rng: np.random.Generator, kind: str) -> Sample:
    """C q^t, 30 <= T <= 300, noise of 1e-3 ... 0.3 in log D, its autocorrelation 0 or 0.2 ... 0.8.

    1 - q is in [1e-3, 0.5]. With a floor it is in [0.05, 0.6], and the floor in [1e-16, 1e-10], where D would be
    between 0.3 T and 0.8 T if that is in this range: about 20 points or more lie above 100 floors.
    """
    n, sd = int(rng.integers(30, 301)), 10 ** rng.uniform(-3, -0.5)
    q = 1 - 10 ** (rng.uniform(-1.3, -0.2) if "floor" in kind else rng.uniform(-3, -0.3))
    phi = rng.uniform(0.2, 0.8) if "correlated" in kind else 0.0
    t = np.arange(n, dtype=float)
    floor = min(1e-10, max(1e-16, q ** (n * rng.uniform(0.3, 0.8))))
    clean = t[q**t > 100 * floor] if "floor" in kind else t
    return Sample(observed(rng, t * np.log(q), sd, phi, kind, floor), q, ideal_half_width(clean, sd, phi))


def power_sample(rng: np.random.Generator, kind: str) -> Sample:
    """C (t + t0)^-p, 50 <= T <= 400, p in [0.2, 3], t0 = 1 or, if shifted, in [1, 10]; noise as above."""
    n, sd = int(10 ** rng.uniform(1.7, 2.6)), 10 ** rng.uniform(-3, -0.5)
    p = 10 ** rng.uniform(-0.7, 0.5)
    phi = rng.uniform(0.2, 0.8) if "correlated" in kind else 0.0
    x = np.log(np.arange(n) + (10 ** rng.uniform(0, 1) if "shifted" in kind else 1.0))
    floor = 10 ** rng.uniform(-10, -4)
    clean = x[np.exp(-p * x) > 100 * floor] if "floor" in kind else x
    return Sample(observed(rng, -p * x, sd, phi, kind, floor), p, ideal_half_width(clean, sd, phi))


def linear_interval(trace: Array) -> Interval:
    low, high = fit_linear_rate(trace).ci95
    return np.log(low), np.log(high)


def power_interval(trace: Array) -> Interval:
    return fit_power_rate(trace).ci95


def textbook_interval(trace: Array) -> Interval:
    """White-noise least squares on the whole trace: it ignores floors, transients and autocorrelation."""
    line = linregress(np.arange(len(trace)), np.log(trace))
    half = student.ppf(0.975, len(trace) - 2) * line.stderr
    return line.slope - half, line.slope + half


def coverage(
    sample: Callable[[np.random.Generator, str], Sample],
    interval: Callable[[Array], Interval],
    kind: str,
    trials: int = TRIALS,
    seed: int = 21,
) -> tuple[float, float]:
    """The share of intervals that hold the truth, and the median ratio of their half-width to the ideal one."""
    rng = np.random.default_rng(seed)
    held, ratios = 0, []
    for _ in range(trials):
        s = sample(rng, kind)
        low, high = interval(s.trace)
        held += low <= (np.log(s.truth) if sample is linear_sample else s.truth) <= high
        ratios.append(0.5 * (high - low) / s.ideal)
    return held / trials, float(np.median(ratios))


@pytest.mark.parametrize(
    ("kind", "widest"),
    [
        ("white", 1.25),
        ("correlated", 1.25),
        ("correlated transient", 1.5),
        ("floor", 1.5),
        ("correlated transient floor", 1.75),
    ],
)
def test_linear_interval_covers_the_factor_and_is_nearly_as_narrow_as_the_ideal_one(kind: str, widest: float) -> None:
    held, width = coverage(linear_sample, linear_interval, kind)
    assert held >= 0.9
    assert width <= widest


@pytest.mark.parametrize(
    ("kind", "widest"),
    [
        ("white", 2.0),
        ("correlated", 2.0),
        ("correlated shifted", 2.5),
        ("correlated transient", 5.0),
        ("correlated floor", 2.0),
    ],
)
def test_power_interval_covers_the_exponent_and_is_not_much_wider_than_with_known_shift(
    kind: str, widest: float
) -> None:
    held, width = coverage(power_sample, power_interval, kind)
    assert held >= 0.9
    assert width <= widest


@pytest.mark.parametrize("kind", ["floor", "transient", "correlated"])
def test_a_fitter_that_ignores_floor_transient_or_autocorrelation_fails_the_coverage_test(kind: str) -> None:
    held, _ = coverage(linear_sample, textbook_interval, kind, trials=200)
    assert held < 0.8


def test_the_whole_trace_as_window_pays_for_the_transient_with_width() -> None:
    def whole(trace: Array) -> Interval:
        low, high = fit_linear_rate(trace, window=(0, len(trace))).ci95
        return np.log(low), np.log(high)

    _, width = coverage(linear_sample, whole, "transient", trials=200)
    _, automatic = coverage(linear_sample, linear_interval, "transient", trials=200)
    assert width > 3 * automatic


@pytest.mark.parametrize("n", [5, 6, 8, 12])
def test_linear_interval_covers_the_factor_of_short_noisy_traces(n: int) -> None:
    rng = np.random.default_rng(n)
    q = rng.uniform(0.01, 0.99, 300)
    traces = q[:, None] ** np.arange(n) * np.exp(0.01 * rng.standard_normal((300, n)))
    held = [low <= q_i <= high for q_i, d in zip(q, traces, strict=True) for low, high in [fit_linear_rate(d).ci95]]
    assert np.mean(held) >= 0.9


def test_white_noise_interval_of_a_long_trace_is_the_textbook_one() -> None:
    d = 0.9 ** np.arange(300) * np.exp(0.1 * np.random.default_rng(9).standard_normal(300))
    low, high = fit_linear_rate(d, window=(0, 300)).ci95
    expected_low, expected_high = np.exp(textbook_interval(d))
    assert high - low == pytest.approx(expected_high - expected_low, rel=0.3)


@pytest.mark.parametrize("ratio", [0.3, 0.8, 0.9, 0.95])
def test_interval_of_a_sum_of_two_geometrics_holds_the_larger_factor(ratio: float) -> None:
    t = np.arange(150)
    rate = fit_linear_rate(0.9**t + (0.9 * ratio) ** t)
    assert rate.ci95[0] <= 0.9 <= rate.ci95[1]
    assert rate.factor <= 0.9 * (1 + 1e-14)
    assert rate.ci95[1] - rate.ci95[0] < 0.01


def test_interval_holds_the_factor_of_gradient_descent_on_a_spectrum() -> None:
    eigenvalues = np.linspace(0.01, 1.0, 200)
    rate = fit_linear_rate(((1 - eigenvalues) ** (2 * np.arange(1000)[:, None])).sum(axis=1))
    assert rate.ci95[0] <= 0.99**2 <= rate.ci95[1]
    assert 1 - rate.factor == pytest.approx(1 - 0.99**2, rel=2e-3)
