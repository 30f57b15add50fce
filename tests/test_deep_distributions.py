"""Distances are Wasserstein-2's, found by solving the transport problem; distributions are what reaches each ReLU."""

from __future__ import annotations

import statistics
import sys

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

torch = pytest.importorskip("torch", reason="the extra deep is not installed")

from bntheory.deep.digits import digits  # noqa: E402
from bntheory.deep.distributions import before_relu, deviations, distances  # noqa: E402
from bntheory.deep.networks import mlp, vgg  # noqa: E402
from bntheory.deep.normalization import BatchNorm  # noqa: E402
from bntheory.deep.training import generator  # noqa: E402
from bntheory.errors import InvalidInput, MissingExtra  # noqa: E402


def ordered(rows):
    return torch.as_tensor(rows, dtype=torch.float64).sort(dim=1).values


def transported(a, b):
    """The distance of two samples by an optimal assignment of their values."""
    cost = (np.array(a)[:, None] - np.array(b)[None]) ** 2
    return np.sqrt(cost[linear_sum_assignment(cost)].mean())


def test_the_distance_of_a_layer_is_the_mean_of_its_units_optimal_transports():
    rng = np.random.default_rng(0)
    before = [rng.standard_normal((3, 40)), rng.exponential(size=(2, 25))]
    after = [2 * rng.standard_normal((3, 40)) + 1, rng.standard_normal((2, 25))]
    exact = [
        np.mean([transported(*units) for units in zip(p, q, strict=True)]) for p, q in zip(before, after, strict=True)
    ]
    assert distances(list(map(ordered, before)), list(map(ordered, after))) == pytest.approx(exact, rel=1e-12)
    assert distances([ordered(before[0])], [ordered(before[0][:, ::-1].copy())]) == 0.0, "order is no distance"


def test_the_deviation_of_a_layer_is_the_mean_of_its_units_with_ddof_0():
    rows = [[0.0, 1.0, 3.0], [0.0, 2.0, 9.0]]
    found = deviations([ordered(rows), 5 + 2 * ordered(rows[:1])])
    assert found == pytest.approx([statistics.mean(map(statistics.pstdev, rows)), 2 * statistics.pstdev(rows[0])])


def test_layers_must_agree():
    x = ordered([[0.0, 1.0]])
    with pytest.raises(ValueError, match="zip"):
        distances([x, x], [x])


def test_an_unknown_initialization_and_absent_digits_are_named(monkeypatch):
    with pytest.raises(InvalidInput, match=r"initialization = glorott: .*; did you mean glorot\?"):
        mlp([2, 2], torch.nn.ReLU, BatchNorm, "glorott", generator(0))
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingExtra, match=r"the digits needs it; run pip install 'bntheory\[data\]'"):
        digits()


def test_distributions_are_the_sorted_values_that_reach_each_relu():
    network = vgg(BatchNorm, "he", generator(0)).eval()
    x = torch.randn(5, 1, 8, 8, generator=generator(1))
    layers = before_relu(network, x)
    assert [tuple(units.shape) for units in layers] == [*[(16, 320)] * 2, *[(32, 80)] * 2, *[(32, 20)] * 2, (64, 5)]
    reached = []
    for module in network:
        if isinstance(module, torch.nn.ReLU):
            module.register_forward_pre_hook(lambda _, inputs: reached.append(inputs[0].detach().numpy()))
    network.train()(x)
    for units, values in zip(layers, reached, strict=True):
        for unit, row in enumerate(units):
            assert row.numpy() == pytest.approx(np.sort(values[:, unit], axis=None), abs=1e-6)
        assert units.mean(dim=1).abs().max() < 1e-5, "train mode: each unit is normalized over images and positions"
        assert float(units.std(dim=1, correction=0).mean()) == pytest.approx(1, abs=0.01)
    permuted = before_relu(network, x[[3, 1, 0, 4, 2]])
    assert distances(layers, permuted) == pytest.approx(0.0, abs=1e-5)
    assert all(parameter.grad is None for parameter in network.parameters())
