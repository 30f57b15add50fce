"""explosion meets its criteria, its backward pass is that of torch, and rates that are wrong miss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from experiment_results import missed, svg

from bntheory.experiments import explosion
from bntheory.initial_gradients import Layer, gaussian_weights, gradient_profile, leaky_relu, sampled_rate
from bntheory.meanfield import growth_rate, leaky_relu_rate, polynomial_moments, relu_rate
from bntheory.statistics import verdict


@pytest.fixture(scope="module")
def result():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explosion, "NARROW_RUNS", 60)
        yield explosion.measure(seed=3)


def test_criteria_and_regimes_come_out_as_declared_on_another_seed(result):
    assert missed(result.criteria) == []
    assert [regime.name for regime in result.regimes if not regime.as_declared] == []
    assert verdict([regime.measured for regime in result.regimes]) == "depends"


def test_rates_of_broken_passes_are_those_of_their_own_theory(result):
    for name, exact in zip(explosion.PASSES, result.arrays["lambda passes"], strict=True):
        mean, error = result.results["mean rates"][name], result.results["standard errors"][name]
        assert abs(mean - exact) <= 4 * error + 0.01 * exact, name  # width 384 biases by some 1.5/384
    assert result.arrays["lambda passes"][0] == pytest.approx(relu_rate(8), rel=1e-4)


def parts(result):
    """The arguments of `explosion.criteria`."""
    arrays = result.arrays
    rates = {name: arrays[f"rate {name}"] for name in (*explosion.ARMS, *explosion.RELIEF)}
    theory = {name: arrays[f"lambda {name}"] for name in ("relu", "cubic", "linear")}
    narrow = {"rates": arrays["narrow rates"]}
    return rates, arrays, theory, narrow, {name: arrays[f"infinite {name}"] for name in explosion.SAMPLED}


def test_what_is_wrong_misses_its_criterion(result):
    rates, arrays, theory, narrow, infinite = parts(result)
    for broken in explosion.PASSES[1:]:
        first, *_ = explosion.criteria(rates | {"both": rates[broken]}, arrays, theory, narrow, infinite)
        assert not first.met
    swapped = {"profile residual": arrays["profile inside"], "profile inside": arrays["profile residual"]}
    names = missed(explosion.criteria(rates, arrays | swapped, theory, narrow, infinite))
    assert "residual connections: R^2 of an exponential" in names
    assert "skip inside the normalization: R^2 of an exponential" in names
    names = missed(explosion.criteria(rates, arrays, theory, {"rates": narrow["rates"][::-1]}, infinite))
    assert "width bias: slope against 1/N" in names
    limit = {name: rows * [1, 1, 1.02] for name, rows in infinite.items()}
    assert len(missed(explosion.criteria(rates, arrays, theory, narrow, limit))) >= 3


def test_a_network_that_explodes_all_the_same_is_not_relieved(result):
    rates = parts(result)[0]
    all_grow = dict.fromkeys(("relu, skip", "near-linear", "eps", "gamma"), rates["relu"])
    assert [regime.measured for regime in explosion.regimes(rates | all_grow)] == ["not-reproduced"] * 2 + [
        "reproduced"
    ] * 5


def test_what_only_scales_relu_relieves_nothing():
    """BN undoes gamma behind a ReLU: gradients of the weights are those of gamma = 1."""
    rng = np.random.default_rng(3)
    weights, (x, gradient) = gaussian_weights(24, 12, rng), rng.standard_normal((2, 24, 16))
    plain = gradient_profile(weights, x, gradient)
    scaled = gradient_profile(weights, x, gradient, Layer(*leaky_relu(0.0), gamma=lambda layer: 0.8**layer))
    assert scaled.weights - 2 * 12 * np.log(0.8) == pytest.approx(plain.weights)


@pytest.mark.parametrize("skip", ["none", "residual", "inside"])
def test_the_backward_pass_is_that_of_torch(skip):
    torch = pytest.importorskip("torch", reason="the extra deep is not installed")
    rng = np.random.default_rng(0)
    layer = replace(explosion.SAMPLED["tanh"], skip=skip, eps=0.1, gamma=lambda number: 1.5**number)
    weights = gaussian_weights(12, 4, rng)
    x, gradient = rng.standard_normal((2, 12, explosion.BATCH))
    layers, matrices = [torch.tensor(x, requires_grad=True)], [torch.tensor(W, requires_grad=True) for W in weights]
    for number, W in enumerate(matrices, start=1):
        h = layers[-1]
        y = W @ h + (h if skip == "inside" else 0)
        variance = y.var(dim=1, keepdim=True, correction=0)
        normalized = (y - y.mean(dim=1, keepdim=True)) / torch.sqrt(variance + 0.1)
        outer = torch.tanh(1.5**number * normalized)
        layers.append(outer + (h if skip == "residual" else 0))
    exact = torch.autograd.grad(layers[-1], [*layers, *matrices], torch.tensor(gradient))
    expected = [np.log(float((g**2).sum())) for g in exact]
    found = gradient_profile(weights, x, gradient, layer)
    assert np.concatenate(found) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("through", ["mean", "variance", "neither"])
def test_monte_carlo_tells_a_broken_pass_from_the_formula(through):
    rng = np.random.default_rng(1)
    estimate, error = sampled_rate(Layer(*leaky_relu(0.0), through=through), 8, rng)
    assert abs(estimate - relu_rate(8)) > 4 * error


def test_monte_carlo_has_the_error_that_it_states():
    rng = np.random.default_rng(2)
    found = [sampled_rate(Layer(*leaky_relu(0.5)), 6, rng, size=250) for _ in range(40)]
    off = [(estimate - leaky_relu_rate(6, 0.5)) / error for estimate, error in found]
    assert 0.7 < np.std(off) < 1.4


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
    monkeypatch.setattr(explosion, "NARROW_RUNS", 20)
    assert svg(result) != svg(explosion.measure(seed=4))


def test_every_piece_has_a_name_of_its_own(monkeypatch):
    names = []

    def named(name, compute):
        names.append(name)
        return compute()

    for name, value in (("RUNS", 2), ("NARROW_RUNS", 4), ("WIDTH", 16), ("SAMPLED_BATCHES", (6,))):
        monkeypatch.setattr(explosion, name, value)
    for seed in (0, 1):
        explosion.measure(seed=seed, pieces=named)
    assert len(set(names)) == len(names) == 12
