"""smoothness: the sides it plots are the statements', and what is false misses its criterion."""

from __future__ import annotations

import numpy as np
import pytest
from experiment_results import missed, svg

from bntheory.experiments import smoothness


@pytest.fixture(scope="module")
def result():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smoothness, "CASES", 300)
        yield smoothness.measure(seed=2)


def test_criteria_are_met_on_another_seed(result):
    assert missed(result.criteria) == []


@pytest.mark.parametrize(
    ("false", "instead", "criterion"),
    [
        ("C3", "C3 without the mean", "C3 corrected"),
        ("C3 without the mean", "C3", "control"),
        ("C3 as printed", "C3 without the mean", "C3 as printed"),
        ("C4", "C3 without the mean", "C4 corrected"),
    ],
)
def test_another_statement_in_its_place_misses(result, false, instead, criterion):
    swapped = result.arrays | {false: result.arrays[instead] * [1, 0.9 if "printed" in false else 1, 1]}
    assert any(name.startswith(criterion) for name in missed(smoothness.criteria(swapped)))


def test_a_distance_that_is_too_small_or_a_point_on_the_line_misses(result):
    names = missed(smoothness.criteria(result.arrays | {"C6": result.arrays["C6"] * [1, 0.5, 1]}))
    assert len([name for name in names if name.startswith("C6")]) == 2
    assert len(missed(smoothness.criteria(result.arrays | {"E8 root": np.array([0.3, 0.0])}))) == 2


def test_the_gradient_is_that_of_the_objective(result):
    """By differences of E[phi] itself: E[sin(kt)] = e^(-k^2 s^2/2) sin(km)."""

    def value(w):
        m, variance = 0.5 * w[0], w @ w - (0.5 * w[0]) ** 2
        return np.exp(-variance / 2) * np.sin(m) - np.exp(-2 * variance) * np.sin(2 * m)

    at, h = np.array([0.4, -0.7]), 1e-6
    slopes = [(value(at + step) - value(at - step)) / (2 * h) for step in h * np.eye(2)]
    assert smoothness._gradient(*at[:, None])[0] == pytest.approx([slopes[0]], abs=1e-8)
    assert smoothness._gradient(*at[:, None])[1] == pytest.approx([slopes[1]], abs=1e-8)


def test_the_figure_changes_with_what_was_measured(result, monkeypatch):
    monkeypatch.setattr(smoothness, "CASES", 100)
    assert svg(result) == svg(result) != svg(smoothness.measure(seed=3))
