"""Rates from traces: estimators, exact traces, invariances, windows, and linear against sublinear.

The coverage of the intervals is tested in test_rates_coverage.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import curve_fit
from scipy.signal import lfilter
from scipy.stats import linregress

from bntheory.errors import InvalidInput
from bntheory.rates import choose_rate, fit_linear_rate, fit_power_rate

Array = NDArray[np.float64]


def ar1(rng: np.random.Generator, n: int, sd: float, phi: float) -> Array:
    """AR(1) noise with innovations of standard deviation sd."""
    return lfilter([1.0], [1.0, -phi], sd * rng.standard_normal(n))


def defective(seed: int, q: float = 0.8, phi: float = 0.5) -> Array:
    """150 values of q^t with a transient, correlated noise and a floor of 1e-13."""
    rng, t = np.random.default_rng(seed), np.arange(150)
    d = q**t * (1 + 3 * 0.4**t) * np.exp(ar1(rng, 150, 0.03, phi))
    return np.abs(d + 1e-13 * rng.standard_normal(150))


# --- Estimators, against independent ones ---


def test_factor_is_that_of_the_least_squares_line_on_the_window() -> None:
    d = defective(1)
    rate = fit_linear_rate(d, window=(7, 25))
    assert rate.window == (7, 25)
    assert rate.factor == pytest.approx(np.exp(linregress(np.arange(7, 25), np.log(d[7:25])).slope), rel=1e-13)


@pytest.mark.parametrize(("start", "p", "shift"), [(0, 0.5, 1.5), (0, 2.0, 7.0), (6, 1.0, 12.0)])
def test_exponent_and_shift_are_those_of_nonlinear_least_squares(start: int, p: float, shift: float) -> None:
    t = np.arange(200.0)
    d = 3.0 * (t + shift) ** -p * np.exp(0.01 * np.random.default_rng(2).standard_normal(200))
    rate = fit_power_rate(d, window=(start, 200))
    (_, exponent, t0), _ = curve_fit(
        lambda s, a, b, c: a - b * np.log(s + c), t[start:], np.log(d[start:]), p0=(1.0, p, shift), xtol=1e-14
    )
    assert rate.exponent == pytest.approx(exponent, rel=1e-6)
    assert rate.shift == pytest.approx(t0, rel=1e-5)


# --- Traces without noise ---


@settings(deadline=None, database=None, max_examples=60)
@given(
    q=st.floats(1e-4, 0.9999),
    c=st.floats(1e-6, 1e6),
    n=st.integers(5, 400),
)
@example(q=0.3134209049377894, c=149463.28125, n=216)  # off by the last bit of exp
def test_factor_of_an_exact_geometric_trace_is_exact(q: float, c: float, n: int) -> None:
    d = c * q ** np.arange(n)
    rate = fit_linear_rate(d[d > 1e-290])
    assert rate.factor == pytest.approx(q, rel=1e-13)
    assert rate.ci95[0] <= q <= rate.ci95[1]
    assert rate.ci95[1] - rate.ci95[0] <= 1e-10 * q


@pytest.mark.parametrize("c", [1.0, 1e-9, 3e5])
def test_a_factor_next_to_one_is_measured_from_a_fall_of_six_in_ten_thousand(c: float) -> None:
    rate = fit_linear_rate(c * np.exp(np.arange(300) * np.log1p(-2e-6)))
    assert rate.window == (0, 300)
    assert 1 - rate.factor == pytest.approx(2e-6, rel=1e-9)
    assert rate.ci95[0] <= 1 - 2e-6 <= rate.ci95[1]
    assert rate.ci95[1] - rate.ci95[0] < 1e-3 * 2e-6


@pytest.mark.parametrize("floor", [1e-18, 1e-16])
@pytest.mark.parametrize("shape", ["random", "constant", "signed"])
def test_a_factor_of_1e_minus_4_is_measured_from_the_few_points_above_the_floor(floor: float, shape: str) -> None:
    rng = np.random.default_rng(3)
    d = 1e-4 ** np.arange(20.0)
    noise = np.ones(20) if shape == "constant" else rng.standard_normal(20)
    d = d + floor * noise
    rate = fit_linear_rate(np.abs(d) if shape == "random" else d)
    assert rate.window[0] == 0
    assert 4 <= rate.window[1] <= 5
    assert rate.ci95[0] <= 1e-4 <= rate.ci95[1]
    assert rate.ci95[1] - rate.ci95[0] < 0.1 * 1e-4


@pytest.mark.parametrize("q", [0.0025, 0.25, 0.9])
def test_the_floor_of_a_difference_that_stagnates_at_zero_is_its_rounding_unit(q: float) -> None:
    rho_star = -0.7
    rate = fit_linear_rate((rho_star + 0.5 * q ** np.arange(500)) - rho_star)
    assert 0.5 * q ** rate.window[1] < 1e-11  # what lies above the floor is used
    assert rate.ci95[0] <= q <= rate.ci95[1]
    assert rate.factor == pytest.approx(q, rel=1e-3)


@settings(deadline=None, database=None, max_examples=60)
@given(
    limit=st.floats(0.05, 0.999),
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(3, 200),
)
def test_increasing_ratios_never_yield_more_than_their_limit(limit: float, seed: int, n: int) -> None:
    gaps = np.sort(np.random.default_rng(seed).uniform(0, 1, n - 1))[::-1] ** 3
    log_d = np.concatenate([[0.0], np.cumsum(np.log(limit * (1 - 0.5 * gaps)))])
    d = np.exp(log_d[log_d > -700])
    assert fit_linear_rate(d).factor <= limit * (1 + 1e-13)


@pytest.mark.parametrize("p", [0.25, 0.5, 1.0, 2.0])
def test_exponent_of_an_exact_power_law_is_exact_whatever_its_shift(p: float) -> None:
    t = np.arange(300.0)
    for shift in (1.0, 3.7, 40.0):
        rate = fit_power_rate((t + shift) ** -p)
        assert rate.exponent == pytest.approx(p, rel=1e-10)
        assert rate.shift == pytest.approx(shift, rel=1e-8)
        assert rate.ci95[0] - 1e-12 <= p <= rate.ci95[1] + 1e-12


@pytest.mark.parametrize("n", [20, 200, 2000])
def test_interval_of_a_power_law_that_starts_at_t_equal_one_holds_its_exponent(n: int) -> None:
    d = np.maximum(np.arange(n), 0.7) ** -0.5  # t0 = 0, outside the model, where D_0 must be something finite
    rate = fit_power_rate(d)
    assert rate.ci95[0] <= 0.5 <= rate.ci95[1]
    assert rate.ci95[1] - rate.ci95[0] < 3 / n


# --- Invariances ---


@settings(deadline=None, database=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    c=st.floats(1e-6, 1e6),
    q=st.floats(0.5, 0.99),
)
def test_rates_do_not_depend_on_the_unit_of_the_suboptimality(seed: int, c: float, q: float) -> None:
    d = defective(seed, q)
    rate, scaled = fit_linear_rate(d), fit_linear_rate(c * d)
    assert scaled.window == rate.window
    assert scaled.factor == pytest.approx(rate.factor, rel=1e-12)
    assert scaled.ci95 == pytest.approx(rate.ci95, rel=1e-8)
    assert fit_power_rate(c * d, window=(2, 12)).exponent == pytest.approx(
        fit_power_rate(d, window=(2, 12)).exponent, rel=1e-6
    )


@pytest.mark.parametrize("phi", [0.0, 0.6])
def test_the_square_root_of_a_trace_has_the_square_root_of_its_factor_and_half_its_exponent(phi: float) -> None:
    d = defective(6, q=0.97, phi=phi)
    rate, root = fit_linear_rate(d), fit_linear_rate(np.sqrt(d))
    assert root.window == rate.window
    assert root.factor == pytest.approx(np.sqrt(rate.factor), rel=1e-12)
    assert root.ci95 == pytest.approx(np.sqrt(rate.ci95), rel=1e-9)
    power, root_power = fit_power_rate(d), fit_power_rate(np.sqrt(d))
    assert root_power.exponent == pytest.approx(power.exponent / 2, rel=1e-8)


# --- Windows ---


@pytest.mark.parametrize("sign", [1.0, -0.9])
def test_the_window_starts_after_the_transient_and_ends_before_the_floor(sign: float) -> None:
    rng = np.random.default_rng(7)
    t = np.arange(300)
    clean = 0.8**t * (1 + sign * 0.5**t) * np.exp(1e-3 * rng.standard_normal(300))
    d = np.abs(clean + 1e-15 * rng.standard_normal(300))
    start, stop = fit_linear_rate(d).window
    assert 0.5**start < 1e-2  # t >= 7: less than 1e-2 of the transient is left
    assert start < 40
    assert 0.8**stop == pytest.approx(1e-13, rel=5)  # within a factor 6 of 100 floors
    assert 0.8**stop > 1e-14


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_the_window_ends_before_the_first_value_without_a_logarithm(bad: float) -> None:
    d = 0.5 ** np.arange(30.0)
    d[12] = bad
    for rate in (fit_linear_rate(d, window=(0, 30)), fit_power_rate(d, window=(0, 30))):
        assert rate.window == (0, 12)
    assert fit_linear_rate(d).window[1] <= 12


def test_a_slow_regime_after_a_fast_one_is_not_a_floor() -> None:
    t = np.arange(300)
    rate = fit_linear_rate(0.5**t + 1e-6 * np.exp(t * np.log1p(-2e-6)))
    assert rate.window[1] == 300
    assert 1 - rate.factor == pytest.approx(2e-6, rel=1e-3)


def test_a_power_law_is_hardly_ever_taken_for_a_floor() -> None:
    rng = np.random.default_rng(8)
    cut = 0
    for _ in range(300):
        n, p, sd = int(10 ** rng.uniform(2, 2.8)), rng.uniform(2.0, 3.5), 10 ** rng.uniform(-3, -0.5)
        law = (np.arange(n) + 1.0) ** -p
        assert fit_linear_rate(law).window[1] == n
        cut += fit_linear_rate(law * np.exp(ar1(rng, n, sd, 0.5))).window[1] < n
    assert cut <= 0.04 * 300


def test_a_trace_that_does_not_move_has_factor_one() -> None:
    assert fit_linear_rate(np.full(40, 0.3)).factor == 1.0
    assert fit_power_rate(np.full(40, 0.3)).exponent == 0.0
    low, high = fit_linear_rate(np.exp(0.1 * np.random.default_rng(0).standard_normal(200))).ci95
    assert low < 1.0 < high


@pytest.mark.parametrize("fit", [fit_linear_rate, fit_power_rate, choose_rate])
@pytest.mark.parametrize("trace", [[], [1.0], [1.0, 0.5], [0.0] * 9, [1.0, 0.5, -0.1, 0.2], [np.nan] * 5])
def test_fewer_than_three_usable_points_are_refused(fit: Callable[[list[float]], object], trace: list[float]) -> None:
    with pytest.raises(InvalidInput, match="at least 3"):
        fit(trace)


@pytest.mark.parametrize("fit", [fit_linear_rate, fit_power_rate])
def test_three_points_are_enough_and_other_shapes_and_windows_are_refused(fit: Callable[..., object]) -> None:
    fit([1.0, 0.5, 0.3])
    with pytest.raises(InvalidInput, match="one axis"):
        fit(np.ones((4, 4)))
    for window in ((-1, 5), (4, 4), (0, 11)):
        with pytest.raises(InvalidInput, match="window"):
            fit(np.ones(10), window=window)
    with pytest.raises(InvalidInput, match="at least 3"):
        fit(np.ones(10), window=(8, 10))


# --- Linear or sublinear ---


@pytest.mark.parametrize("q", [0.01, 0.3, 0.9, 0.99, 1 - 2e-6])
def test_geometric_traces_are_linear(q: float) -> None:
    t = np.arange(100)
    assert choose_rate(q**t).kind == "linear"
    assert choose_rate(q**t + 0.5 * (0.5 * q) ** t).kind == "linear"


@pytest.mark.parametrize("phi", [0.0, 0.6])
def test_noisy_geometric_traces_are_linear(phi: float) -> None:
    rng = np.random.default_rng(11)
    for fall in (3.0, 10.0, 30.0):
        kinds = [choose_rate(np.exp(-fall * np.arange(200) / 200 + ar1(rng, 200, 0.05, phi))).kind for _ in range(40)]
        assert kinds.count("linear") >= 38
        assert "sublinear" not in kinds


@pytest.mark.parametrize("p", [0.25, 0.5, 1.0, 2.0])
def test_power_laws_are_sublinear(p: float) -> None:
    rng = np.random.default_rng(12)
    for n in (20, 200, 2000):
        for shift in (1.0, 3.0, n / 10):
            assert choose_rate((np.arange(n) + shift) ** -p).kind == "sublinear"
    for _ in range(40):
        assert choose_rate((np.arange(300) + 1.0) ** -p * np.exp(ar1(rng, 300, 0.01, 0.5))).kind == "sublinear"


def test_short_flat_and_noisy_traces_are_undecided() -> None:
    rng = np.random.default_rng(13)
    assert choose_rate(0.5 ** np.arange(9)).kind == "undecided"
    assert choose_rate(np.full(50, 2.0)).kind == "undecided"
    assert choose_rate(np.exp(0.1 * rng.standard_normal(200))).kind == "undecided"


def test_the_kind_follows_from_the_stated_inequality() -> None:
    rng = np.random.default_rng(14)
    seen = set()
    for sd in (0.02, 0.1, 0.2):
        for _ in range(30):
            d = (np.arange(200) + 4.0) ** -rng.uniform(0.2, 3) * np.exp(ar1(rng, 200, sd, 0.0))
            choice = choose_rate(d)
            linear, power = choice.linear_error, choice.power_error
            expected = "linear" if power >= 2 * linear else "sublinear" if linear >= 2 * power else "undecided"
            assert choice.kind == expected
            assert choice.linear == fit_linear_rate(d)
            assert choice.power == fit_power_rate(d)
            seen.add(choice.kind)
    assert len(seen) >= 2


def test_prediction_error_is_measured_on_the_half_that_was_not_fitted() -> None:
    d = 0.9 ** np.arange(100.0)
    d[60:] *= np.exp(0.5)  # the first half knows nothing of the jump
    assert choose_rate(d).linear_error == pytest.approx(np.sqrt(0.8) * 0.5, rel=1e-9)
