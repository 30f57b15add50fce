"""motivations counts what trains, its gradients are those of the formulas, and its controls miss."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from experiment_results import missed, svg

torch = pytest.importorskip("torch", reason="the extra deep is not installed")
pytest.importorskip("sklearn", reason="the extra data is not installed")

from bntheory.deep.digits import digits  # noqa: E402
from bntheory.deep.networks import mlp, weight_layers  # noqa: E402
from bntheory.deep.normalization import BatchNorm, ScaleAndShift  # noqa: E402
from bntheory.deep.training import generator  # noqa: E402
from bntheory.experiments import motivations  # noqa: E402

#: Arrays that meet every criterion and reproduce every regime, for 3 seeds.
IDEAL = {
    "rates plain": np.tile([0.1, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1], (3, 1)),
    "rates bn": np.tile([0.1, 0.9, 0.9, 0.9, 0.9, 0.9, 0.1], (3, 1)),
    "rates affine": np.tile([0.1, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1], (2, 1)),
    "scales plain": np.tile([0.1, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1], (3, 1)),
    "scales bn": np.full((3, 7), 0.9),
    **{
        f"sigmoid {init} {arm}": np.full(3, v)
        for init in ("glorot", "he")
        for arm, v in (("plain", -3.0), ("bn", -0.5))
    },
    "sigmoid glorot affine": np.full(3, -3.0),
    "few 0.1 plain": np.tile([1.0, 0.8], (3, 1)),
    "few 0.1 bn": np.tile([1.0, 0.9], (3, 1)),
    "few 1.0 plain": np.tile([0.1, 0.1], (3, 1)),
    "few 1.0 bn": np.tile([1.0, 0.95], (3, 1)),
}


@pytest.fixture(scope="module")
def result():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"SEEDS": 2, "STEPS": 2, "HIDDEN": 2, "FEW_STEPS": 1}.items():
            patch.setattr(motivations, name, value)
        return motivations.measure(seed=3)


def outcomes(**changed):
    arrays = IDEAL | {name.replace("_", " "): values for name, values in changed.items()}
    return {regime.name: regime.measured for regime in motivations.regimes(arrays)}


def test_the_ratio_of_gradients_is_that_of_backpropagation_by_hand():
    network = mlp((4, 5, 5, 3), torch.nn.Sigmoid, None, "glorot", generator(0)).double()
    x = torch.randn(6, 4, generator=generator(1), dtype=torch.float64)
    y = torch.tensor([0, 1, 2, 0, 1, 2])
    W = [layer.weight.detach().numpy() for layer in weight_layers(network)]
    h = [x.numpy()]
    for matrix in W[:-1]:
        h.append(1 / (1 + np.exp(-h[-1] @ matrix.T)))
    logits = h[-1] @ W[-1].T
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    d = (p - np.eye(3)[y.numpy()]) / len(x)
    gradients = [d.T @ h[-1]]
    for place in (2, 1):
        d = (d @ W[place]) * h[place] * (1 - h[place])
        gradients.append(d.T @ h[place - 1])
    expected = math.log10(np.linalg.norm(gradients[-1]) / np.linalg.norm(gradients[0]))
    assert motivations.gradient_ratio(network, x, y) == pytest.approx(expected, rel=1e-9)


def test_the_control_has_the_gradients_of_plain_and_bn_has_not():
    plain, affine, bn = (float(motivations.sigmoid("glorot", arm, 5, 0)["found"]) for arm in ("plain", "affine", "bn"))
    assert affine == pytest.approx(plain, abs=1e-5)
    assert bn - plain > 2
    assert [motivations.ARMS[arm] for arm in ("plain", "bn", "affine")] == [None, BatchNorm, ScaleAndShift]


def test_training_stops_when_parameters_are_no_longer_finite():
    images = digits().first(128)
    network = mlp((64, 8, 10), torch.nn.ReLU, None, "he", generator(0))
    calls = []
    network.register_forward_hook(lambda *_: calls.append(1))
    motivations.train(network, images, 1e30, 50, generator(1))
    assert len(calls) < 10
    calls.clear()
    network = mlp((64, 8, 10), torch.nn.ReLU, None, "he", generator(0))
    network.register_forward_hook(lambda *_: calls.append(1))
    motivations.train(network, images, 0.1, 12, generator(1))
    assert len(calls) == 12


def test_a_sweep_of_scales_is_at_one_rate_and_of_rates_at_one_scale(monkeypatch):
    monkeypatch.setattr(motivations, "HIDDEN", 1)
    monkeypatch.setattr(motivations, "STEPS", 30)
    seen = []
    monkeypatch.setattr(motivations, "scale_weights", lambda network, factor: seen.append(factor))
    monkeypatch.setattr(motivations, "train", lambda network, images, lr, steps, batches: seen.append(lr))
    motivations.swept("rates", "plain", 0, 0)
    assert seen == [value for rate in motivations.RATES for value in (1.0, rate)]
    seen.clear()
    motivations.swept("scales", "plain", 0, 0)
    assert seen == [value for scale in motivations.SCALES for value in (scale, motivations.RATE)]


def test_rates_and_scales_span_what_is_said():
    assert len(motivations.RATES) == len(motivations.SCALES) == 7
    ends = [motivations.RATES[0], motivations.RATES[-1], motivations.SCALES[0], motivations.SCALES[-1]]
    assert ends == pytest.approx([0.001, 10, 0.03, 10])


def test_regimes_follow_the_counts():
    assert set(outcomes().values()) == {"reproduced"}
    assert missed(motivations.criteria(IDEAL)) == []
    one_less = np.tile([0.1, 0.1, 0.9, 0.9, 0.9, 0.9, 0.1], (3, 1))
    found = outcomes(rates_bn=one_less)
    assert found["learning rates"] == found["learning rates, BN alone"] == "not-reproduced"
    two = np.tile([0.1, 0.1, 0.9, 0.9, 0.1, 0.1, 0.1], (3, 1))
    found = outcomes(scales_plain=two)
    assert found["initial scales"] == found["initial scales, plain alone"] == "not-reproduced"
    assert found["initial scales, BN alone"] == "reproduced"
    exact = np.full((3, 7), motivations.TRAINED)
    assert outcomes(scales_bn=exact)["initial scales, BN alone"] == "reproduced", "at least: the bound itself trains"


def test_regularization_compares_gaps_with_plain_at_the_rate_that_plain_permits():
    found = outcomes(**{"few_0.1_bn": np.tile([1.0, 0.7], (3, 1))})
    assert found["regularization, both at lr 0.1"] == "reversed"
    assert found["regularization, BN at lr 1"] == "reproduced"
    assert outcomes(**{"few_1.0_plain": np.tile([1.0, 0.1], (3, 1))}) == outcomes()
    untrained = IDEAL | {"few 1.0 bn": np.tile([0.1, 0.1], (3, 1)), "few 1.0 plain": np.tile([1.0, 0.9], (3, 1))}
    assert len(missed(motivations.criteria(untrained))) == 2, "a network that does not train has no gap either"


def test_controls_that_are_as_good_as_bn_are_found_out():
    strong = IDEAL | {"rates affine": IDEAL["rates bn"][:2], "sigmoid glorot affine": np.full(3, -0.5)}
    assert len([name for name in missed(motivations.criteria(strong)) if name.startswith("control")]) == 2


def test_pieces_are_told_apart_by_all_that_they_depend_on(monkeypatch):
    def names(seed=0):
        return [name for name, _, _ in motivations.tasks(seed)]

    usual = names()
    assert len(set(usual)) == len(usual) == 6 * (4 + 6 + 4) + motivations.CONTROLS
    assert not set(usual) & set(names(1))
    for setting, pieces in (("STEPS", 26), ("HIDDEN", 26), ("WIDTH", 26), ("FEW", 24), ("FEW_STEPS", 24), ("HIGH", 12)):
        with monkeypatch.context() as patch:
            patch.setattr(motivations, setting, 7)
            assert len(set(names()) - set(usual)) == pieces, setting
    with monkeypatch.context() as patch:
        patch.setattr(motivations, "BATCH", 32)
        assert not set(names()) & set(usual)


def test_a_miniature_gives_every_regime_and_a_figure_that_follows_it(result):
    assert len(result.regimes) == 2 * 3 + 2 + 2
    assert {regime.claim for regime in result.regimes} == {"A6"}
    assert result.arrays["rates plain"].shape == (2, 7)
    training, test = result.arrays["few 1.0 bn"].T
    assert result.arrays["gap 1.0 bn"].tolist() == (training - test).tolist()
    assert result.results["test accuracy after few images, mean"]["bn, lr 1.0"] == pytest.approx(test.mean())
    assert svg(result) == svg(result)
    for field in ("rates bn", "scales plain", "sigmoid he affine", "gap 1.0 bn"):
        moved = result.arrays[field].copy()
        moved.flat[0] += 0.05
        changed = result.arrays | {field: moved}
        assert svg(result) != svg(replace(result, arrays=changed)), field
