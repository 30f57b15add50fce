"""rayleigh_pencil meets its criteria, its pencils and starts are as described, and wrong bounds and methods miss."""

from __future__ import annotations

import numpy as np
import pytest
from experiment_results import missed, svg

from bntheory import pencil, stems
from bntheory.errors import InvalidInput
from bntheory.experiments import rayleigh_pencil
from bntheory.methods import GDNP, WhitenedGDNP
from bntheory.paper_figs import rayleigh_pencil as figure

CORRECTED = "corrected E4: share of runs that cross it"
FROM_START = "corrected, w_0 on the right: share of runs that cross it"
ATTAINED = "corrected, error along x_2: least R_{t+1}/(q^2 R_t)"
PRINTED = "printed exponent 2t, t >= 2: share of runs that cross it"
OF_B = "eigenvalues of B for the pencil's: share of runs that cross it"
EUCLIDEAN = "control, Euclidean gradient with the same step: share of runs that cross the corrected bound"
ONE_STEP = "B = u u^T, A-gradient (whitened GDNP): largest D_1/D_0"
E5 = "B = u u^T, Euclidean gradient (E5, GDNP): least D_{t+1}/D_t over (1 - mu/L)^2"


@pytest.fixture(autouse=True)
def few_runs(monkeypatch):
    monkeypatch.setattr(rayleigh_pencil, "RUNS", 60)


@pytest.mark.parametrize("seed", [1, 2])
def test_criteria_are_met_on_other_seeds(seed):
    assert missed(rayleigh_pencil.measure(seed=seed).criteria) == []


def test_pencils_and_starts_are_as_described():
    rng = np.random.default_rng(4)
    for _ in range(20):
        drawn = rayleigh_pencil.random_pencil(rng)
        spectrum = np.linalg.eigvalsh(drawn.A)
        assert spectrum[-1] == pytest.approx(1, rel=1e-12)
        assert 2 * (1 - 1e-12) <= 1 / spectrum[0] <= 100 * (1 + 1e-12)
        w = rayleigh_pencil.random_start(drawn, rng)
        second, first = drawn.eigenvalues[-2:]
        quotient = (w @ drawn.B @ w) / (w @ drawn.A @ w)
        assert 0.02 * (1 - 1e-9) <= (quotient - second) / (first - second) <= 0.98 * (1 + 1e-9)
        assert np.trace(drawn.B) >= 0
        assert first > 0


def test_only_positive_errors_are_judged():
    """Rows: crossed at t = 1; at t = 0; never; only where an error is negative or absent; never judged."""
    nan = np.nan
    error = np.array([[8.0, 4, 3], [8.0, 6, 3], [8.0, 4, 2], [-1.0, 4, nan], [nan, nan, nan]])
    half = np.full((5, 1), 0.5)
    assert rayleigh_pencil.crossed(error, half) == 2 / 3
    assert rayleigh_pencil.crossed(error, half, first=1) == 1 / 3
    assert rayleigh_pencil.crossed(error, 1.5 * half) == 0
    assert rayleigh_pencil.crossed(error, half * (1 - 1e-10)) == 2 / 3  # rounding is no crossing
    assert rayleigh_pencil.crossed(error, half * (1 - 1e-7)) == 1


def test_eigenvalues_of_B_are_those_of_the_pencil_where_A_is_the_identity():
    rng = np.random.default_rng(0)
    B = rng.standard_normal((4, 4))
    B = B @ B.T
    drawn = rayleigh_pencil.Pencil(B, np.eye(4), *np.linalg.eigh(B))
    np.testing.assert_allclose(rayleigh_pencil.eigenvalues_of_B(drawn), drawn.eigenvalues, rtol=1e-12)


@pytest.mark.parametrize(
    ("wrong", "criterion"),
    [
        (lambda *values, exponent=2: pencil.pencil_factor(*values, exponent=exponent + 2), CORRECTED),
        (lambda *values, exponent=2: pencil.pencil_factor(*values, exponent=exponent + 2), FROM_START),
        (lambda *values, exponent=2: pencil.pencil_factor(*values, exponent=exponent - 1), ATTAINED),
        (lambda *values, **exponent: pencil.pencil_factor(*values), PRINTED),
        (lambda *values, exponent=2: 1.0 + 0 * values[0], OF_B),
    ],
)
def test_wrong_bound_is_caught(monkeypatch, wrong, criterion):
    monkeypatch.setattr(rayleigh_pencil, "pencil_factor", wrong)
    assert criterion in missed(rayleigh_pencil.measure().criteria)


def test_euclidean_gradient_in_place_of_the_other_is_caught(monkeypatch):
    def euclidean(w, B, A, inverse, smallest):
        return pencil.ascent_step(w, B, A, np.eye(len(w)), smallest)

    monkeypatch.setattr(rayleigh_pencil, "ascent_step", euclidean)
    assert {CORRECTED, FROM_START} <= set(missed(rayleigh_pencil.measure().criteria))


def test_control_that_takes_the_A_gradient_is_caught(monkeypatch):
    def own(w, B, A, inverse, smallest):
        return pencil.ascent_step(w, B, A, np.linalg.inv(A), smallest)

    monkeypatch.setattr(rayleigh_pencil, "ascent_step", own)
    assert missed(rayleigh_pencil.measure().criteria) == [EUCLIDEAN]


def test_methods_of_the_special_case_changed_over_are_caught(monkeypatch):
    monkeypatch.setattr(rayleigh_pencil, "GDNP", lambda: WhitenedGDNP(name="gdnp"))
    monkeypatch.setattr(rayleigh_pencil, "WhitenedGDNP", lambda: GDNP(name="gdnp-whitened"))
    assert missed(rayleigh_pencil.measure().criteria) == [ONE_STEP, E5]


def test_bounds_of_the_special_case_are_E5s_and_zero():
    for instance in rayleigh_pencil.measure().instances:
        mu, L = instance.problem["mu"], instance.problem["L"]
        assert instance.runs["gdnp"].bound == (1 - mu / L) ** 2
        assert instance.runs["gdnp"].rate()["factor"] == pytest.approx((1 - mu / L) ** 2, rel=1e-3)
        assert instance.runs["gdnp-whitened"].bound == 0
        assert instance.runs["gdnp-whitened"].trace.iterations == 1


def test_figure_is_the_same_bytes_twice():
    result = rayleigh_pencil.measure(steps=3)  # the fewest steps: what the panels cut to their frames may be absent
    assert svg(result) == svg(result)


def test_bars_are_the_shares_of_the_result():
    result = rayleigh_pencil.measure()
    shares = result.results["share of runs that cross"]
    bars = figure.draw(result).axes[2].patches
    names = ("corrected", "printed exponent", "Euclidean gradient", "eigenvalues of B")
    assert [bar.get_width() for bar in bars] == [shares[name] for name in names]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"steps": 2}, "steps = 2: must be a whole number, at least 3; give one such as 30"),
        ({"steps": 4.5}, "steps = 4.5: must be a whole number, at least 3; give one such as 30"),
        ({"tol": 1e-3}, "--tol = 0.001: is not an option of rayleigh_pencil; choose from --seed, --steps"),
    ],
)
def test_bad_options_name_the_rule(options, line):
    with pytest.raises(InvalidInput) as error:
        stems.perform("rayleigh_pencil", options)
    assert str(error.value) == line
