"""explosion meets its criteria, its backward pass is that of torch, and rates that are wrong miss."""

from __future__ import annotations

import numpy as np
import pytest
from experiment_results import missed, svg

from bntheory.experiments import explosion
from bntheory.meanfield import growth_rate, polynomial_moments, relu_rate


@pytest.fixture(scope="module")
def result():
    return explosion.measure(seed=3)


def test_criteria_are_met_on_another_seed(result):
    assert missed(result.criteria) == []


def test_rates_of_broken_passes_are_those_of_their_own_theory(result):
    for name, exact in zip(explosion.PASSES, result.arrays["lambda passes"], strict=True):
        mean, error = result.results["mean rates"][name], result.results["standard errors"][name]
        assert abs(mean - exact) <= 4 * error + 0.01 * exact, name  # width 384 biases by some 1.5/384
    assert result.arrays["lambda passes"][0] == pytest.approx(relu_rate(8), rel=1e-4)


def test_a_pass_that_leaves_out_a_statistic_misses_the_first_criterion(result):
    arrays = {name: result.arrays[f"profile {name}"] for name in (*explosion.PASSES, *explosion.SKIPS)}
    rates = {name: result.arrays[f"rate {name}"] for name in arrays}
    theory = {name: result.arrays[f"lambda {name}"] for name in ("relu", "cubic", "linear")}
    for broken in explosion.PASSES[1:]:
        first, *_ = explosion.criteria(rates | {"both": rates[broken]}, arrays, theory)
        assert not first.met
    swapped = {"residual": arrays["inside"], "inside": arrays["residual"]}
    names = missed(explosion.criteria(rates, arrays | swapped, theory))
    assert "residual connections: R^2 of an exponential" in names
    assert "skip inside the normalization: R^2 of an exponential" in names


@pytest.mark.parametrize("skip", ["none", *explosion.SKIPS])
def test_the_backward_pass_is_that_of_torch(skip, monkeypatch):
    torch = pytest.importorskip("torch", reason="the extra deep is not installed")
    monkeypatch.setattr(explosion, "WIDTH", 12)
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal((12, 12)) / np.sqrt(12) for _ in range(4)]
    x, gradient = rng.standard_normal((2, 12, explosion.BATCH))
    layers = [torch.tensor(x, requires_grad=True)]
    for W in map(torch.tensor, weights):
        h = layers[-1]
        y = W @ h + (h if skip == "inside" else 0)
        normalized = (y - y.mean(dim=1, keepdim=True)) / y.std(dim=1, keepdim=True, correction=0)
        layers.append(torch.relu(normalized) + (h if skip == "residual" else 0))
    exact = torch.autograd.grad(layers[-1], layers, torch.tensor(gradient))
    expected = [np.log(float((g**2).sum())) for g in exact]
    assert explosion.profile(weights, x, gradient, skip=skip) == pytest.approx(expected, abs=1e-10)


def test_the_rate_is_the_slope_of_the_squared_norm():
    layers = np.arange(explosion.DEPTH + 1)
    assert explosion.rate(-np.log(1.7) * layers) == pytest.approx(1.7)
    ragged = -np.log(1.7) * layers
    ragged[: explosion.FIRST] += 5.0
    ragged[-explosion.LAST + 1 :] -= 5.0
    assert explosion.rate(ragged) == pytest.approx(1.7), "first and last layers are not used"


def test_theory_is_that_of_the_formulas():
    theory = explosion.theoretical_rates()
    assert theory["linear"] == pytest.approx([(B - 2) / (B - 3) for B in explosion.BATCHES])
    cubic = [growth_rate(B, polynomial_moments([0.0, 3.0, 0.0, -1.0], float(B))) for B in explosion.BATCHES]
    assert theory["cubic"] == pytest.approx(cubic)


def test_the_figure_changes_with_what_was_measured(result, monkeypatch):
    assert svg(result) == svg(result)
    monkeypatch.setattr(explosion, "RUNS", 2)
    assert svg(result) != svg(explosion.measure(seed=4))
