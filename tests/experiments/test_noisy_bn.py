"""noisy_bn: the noise has the stated moments, and its controls lose them."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from experiment_results import missed, svg

torch = pytest.importorskip("torch", reason="the extra deep is not installed")
pytest.importorskip("sklearn", reason="the extra data is not installed")

from bntheory.deep.digits import digits  # noqa: E402
from bntheory.deep.networks import weight_layers  # noqa: E402
from bntheory.deep.noise import NonStationaryNoise, draw, fixed_elements, noises  # noqa: E402
from bntheory.deep.training import generator  # noqa: E402
from bntheory.experiments import noisy_bn  # noqa: E402


def test_without_jitter_the_noise_is_the_affine_map_of_its_moments():
    noise = NonStationaryNoise(generator(0), jitter=0.0)
    x = torch.randn(4, 3, generator=generator(1))
    assert torch.equal(noise(x), x), "no moments are drawn yet"
    noise.draw()
    torch.testing.assert_close(noise(x), noise.scale * x + noise.mean)
    assert noise.mean != 0.0
    assert noise.scale != 1.0


def test_moments_are_uniform_on_the_stated_intervals_and_stay_until_drawn():
    noise = NonStationaryNoise(generator(0))
    drawn = []
    for _ in range(2000):
        noise.draw()
        drawn.append((noise.mean, noise.scale))
    for values, low, high in zip(np.array(drawn).T, (-0.5, 1.0), (0.5, 1.25), strict=True):
        assert low <= values.min() < values.max() <= high
        assert values.mean() == pytest.approx((low + high) / 2, abs=4 * (high - low) / math.sqrt(12 * 2000))
        assert values.std() == pytest.approx((high - low) / math.sqrt(12), rel=0.05)
    before = noise.mean, noise.scale
    noise(torch.ones(3, 3))
    assert before == (noise.mean, noise.scale)


def test_the_jitter_is_anew_for_every_element_and_of_the_stated_size():
    noise = NonStationaryNoise(generator(0))
    zeros, ones = noise(torch.zeros(100, 100)), noise(torch.ones(100, 100))
    assert float(zeros.std()) == pytest.approx(0.1 / math.sqrt(3), rel=0.05)
    assert float(ones.std()) == pytest.approx(0.1 * math.sqrt(2 / 3), rel=0.05)
    assert float(zeros.abs().max()) <= 0.1
    assert not torch.equal(zeros[0], zeros[1])


def test_fixed_elements_repeat_and_leave_the_run_as_it_is():
    first, second = (noisy_bn.build("noisy", "he", (3, 0)) for _ in range(2))
    x = digits().x[:16]
    draw(first)
    draw(second)
    probed = []
    for _ in range(2):
        with fixed_elements(first):
            probed.append(first(x))
    assert torch.equal(*probed)
    assert torch.equal(first(x), second(x)), "measuring has moved the noise"
    draw(first)
    with fixed_elements(first):
        assert not torch.equal(first(x), probed[0])


def test_every_layer_has_moments_of_its_own():
    network = noisy_bn.build("noisy", "he", (0, 0))
    draw(network)
    assert len({noise.mean for noise in noises(network)}) == len(noises(network)) == 7


def test_arms_share_weights_and_differ_in_noise_only():
    arms = {arm: noisy_bn.build(arm, "he", (1, 2)) for arm in (*noisy_bn.ARMS, *noisy_bn.CONTROLS)}
    for network in arms.values():
        pairs = zip(weight_layers(network), weight_layers(arms["plain"]), strict=True)
        assert all(torch.equal(a.weight, b.weight) for a, b in pairs)
    assert {arm: len(noises(network)) for arm, network in arms.items()} == dict.fromkeys(arms, 7) | {
        "plain": 0,
        "bn": 0,
    }


def _untrained(arm, monkeypatch, steps=40):
    """Instability where nothing but the noise moves, and the moments of every step, shape (steps, layers, 2)."""
    moments = []

    def recorded(network):
        draw(network)
        moments.append([(noise.mean, noise.scale) for noise in noises(network)])

    small = {"LR": 0.0, "STEPS": steps, "LATE": steps, "BATCH": 2, "TRAINING": 16, "PROBE": 32, "draw": recorded}
    for name, value in small.items():
        monkeypatch.setattr(noisy_bn, name, value)
    found = noisy_bn.run(arm, digits(), "he", (0, 0))["instability"]
    return found, np.array(moments[-steps:])


def test_the_first_layers_instability_is_that_of_its_moments(monkeypatch):
    """sqrt((m - m')^2 + (s - s')^2) between m + s z and m' + s' z, z of mean 0 and variance 1, over the mean of s."""
    monkeypatch.setattr(noisy_bn, "NonStationaryNoise", partial(NonStationaryNoise, jitter=0.0))
    found, moments = _untrained("noisy", monkeypatch)
    exact = np.hypot(*np.moveaxis(np.diff(moments, axis=0), 2, 0)).mean(axis=0) / moments[:, :, 1].mean(axis=0)
    assert found[0] == pytest.approx(exact[0], rel=1e-3)
    assert np.all(found > 0.97 * exact), "what the layers before add makes deeper ones less stable"


@pytest.mark.parametrize("arm", noisy_bn.CONTROLS)
def test_controls_without_training_are_stable(arm, monkeypatch):
    found, _ = _untrained(arm, monkeypatch)
    if arm == "before":
        assert 0 < found[0] < 0.01, "BN takes mean and scale out again, but not out of the jitter"
        assert found.max() < 0.05
    else:
        assert np.all(found == 0.0)


def test_every_piece_has_a_name_of_its_own(monkeypatch):
    names = []
    monkeypatch.setattr(noisy_bn, "SEEDS", 2)

    def pieces(name, compute):
        names.append(name)
        return {"accuracy": np.full(15, 0.5), "instability": np.full(7, 0.1)}

    for seed in (0, 1):
        noisy_bn.measure(seed=seed, pieces=pieces)
    runs = 2 * (len(noisy_bn.ARMS) + len(noisy_bn.CONTROLS)) * 2
    assert len(names) == len(set(names)) == 2 * runs
    name = noisy_bn.piece_name("he", "bn", 0, 0)
    for constant in ("LR", "STEPS", "EVERY", "LATE", "TRAINING", "PROBE"):
        with monkeypatch.context() as patch:
            patch.setattr(noisy_bn, constant, 3)
            assert noisy_bn.piece_name("he", "bn", 0, 0) != name, constant


def _arrays(noisy=0.3, plain=0.1, control=0.01):
    values = {"plain": (0.6, plain), "bn": (0.93, 0.01), "noisy": (0.92, noisy)}
    values |= dict.fromkeys(noisy_bn.CONTROLS, (0.9, control))
    jitter = np.linspace(0, 1e-3, 4)[:, None]
    arrays = {}
    for start in noisy_bn.INITIALIZATIONS:
        for arm, (accuracy, instability) in values.items():
            arrays[f"{start}/{arm}/accuracy"] = accuracy + jitter + np.zeros(3)
            arrays[f"{start}/{arm}/instability"] = np.full(7, instability) + jitter
    return arrays


def test_regimes_and_criteria_tell_what_is_false():
    measured = {r.name.split(": ")[1]: r.measured for r in noisy_bn.all_regimes("he", _arrays())}
    assert set(measured.values()) == {"reproduced"}
    assert missed(noisy_bn.criteria(_arrays())) == []
    one_layer = _arrays()
    one_layer["he/plain/instability"][:, 6] = 0.5
    measured = {r.name.split(": ")[1]: r.measured for r in noisy_bn.all_regimes("he", one_layer)}
    assert measured["instability, noisy - plain, deepest layer"] == "reversed"
    assert measured["instability, noisy - plain, every layer"] != "reproduced", "one layer is enough"
    one_layer["he/noisy/instability"][:, 2] = 0.2
    assert missed(noisy_bn.criteria(one_layer)) == [
        "He, noisy BN, instability (mean over seeds) of the most stable layer"
    ]
    assert len(missed(noisy_bn.criteria(_arrays(control=0.3)))) == 2 * 6, "controls with the noise's instability"


def test_a_miniature_has_all_regimes_and_is_drawn(monkeypatch):
    small = {"SEEDS": 2, "STEPS": 4, "LATE": 2, "EVERY": 2, "BATCH": 16, "TRAINING": 16, "PROBE": 16}
    for name, value in small.items():
        monkeypatch.setattr(noisy_bn, name, value)
    result = noisy_bn.measure(seed=5)
    assert {regime.claim for regime in result.regimes} == {"B1"}
    assert len(result.regimes) == 13
    assert svg(result) == svg(result)
    again = noisy_bn.measure(seed=5)
    assert all(np.array_equal(result.arrays[key], again.arrays[key]) for key in result.arrays)
