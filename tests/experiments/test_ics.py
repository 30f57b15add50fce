"""ics measures Definition 2.1: its gradients are those of a second computation; what does not move shifts nothing."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from experiment_results import missed, svg

torch = pytest.importorskip("torch", reason="the extra deep is not installed")
pytest.importorskip("sklearn", reason="the extra data is not installed")

from bntheory.deep.digits import digits  # noqa: E402
from bntheory.deep.gradients import gradient_shift  # noqa: E402
from bntheory.deep.networks import mlp, weight_layers  # noqa: E402
from bntheory.deep.normalization import BatchNorm  # noqa: E402
from bntheory.deep.training import generator  # noqa: E402
from bntheory.experiments import ics  # noqa: E402
from bntheory.statistics import Effect, IntervalCriterion, Regime  # noqa: E402


def _case(norm=BatchNorm, seed=0):
    source = generator(seed)
    network = mlp([5, 6, 4, 3, 2], torch.nn.Tanh, norm, "glorot", source).double()
    x, y = (torch.randn(9, width, generator=source, dtype=torch.float64) for width in (5, 2))
    return network, partial(ics.squared, target=y, weight=1.0), x


def _by_hand(network, loss, x, lr, layer):
    """G and G' of one layer, on copies whose earlier parameters are overwritten in place."""
    from copy import deepcopy

    def gradients(net):
        net.zero_grad()
        loss(net(x)).backward()
        return [p.grad.clone() for p in net.parameters()]

    before, moved = deepcopy(network), deepcopy(network)
    G = gradients(before)
    place = next(i for i, p in enumerate(moved.parameters()) if p is list(weight_layers(moved))[layer].weight)
    with torch.no_grad():
        for p, g in list(zip(moved.parameters(), G, strict=True))[:place]:
            p.sub_(lr * g)
    return G[place], gradients(moved)[place]


@pytest.mark.parametrize("norm", [None, BatchNorm])
def test_the_gradients_are_those_of_networks_whose_earlier_layers_were_overwritten(norm):
    network, loss, x = _case(norm)
    shift = gradient_shift(network, loss, x, 0.3)
    assert shift.cosine.shape == shift.l2.shape == shift.norm.shape == (3,)
    for layer in (1, 2, 3):
        G, other = _by_hand(network, loss, x, 0.3, layer)
        exact = float((G * other).sum() / (G.norm() * other.norm()))
        assert shift.cosine[layer - 1] == pytest.approx(exact, abs=1e-12)
        assert shift.l2[layer - 1] == pytest.approx(float((G - other).norm()), rel=1e-10)
        assert shift.norm[layer - 1] == pytest.approx(float(G.norm()), rel=1e-12)


def test_two_linear_layers_equal_their_closed_form_and_a_false_neighbour_does_not(monkeypatch):
    assert ics.two_layers_off(seed=5) < 1e-12
    whole_step = lambda network, loss, x, lr: gradient_shift(network, loss, x, 1.01 * lr)  # noqa: E731
    monkeypatch.setattr(ics, "gradient_shift", whole_step)
    assert ics.two_layers_off(seed=5) > 1e-3


def test_nothing_shifts_at_learning_rate_0_nor_does_measuring_change_the_network():
    network, loss, x = _case()
    kept = {name: value.clone() for name, value in network.state_dict().items()}
    shift = gradient_shift(network, loss, x, 0.0)
    assert shift.cosine == pytest.approx(1.0, abs=1e-14)
    assert np.all(shift.l2 == 0.0)
    assert np.all(gradient_shift(network, loss, x, 1.0).l2 > 0.0)
    assert all(torch.equal(value, kept[name]) for name, value in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())


def test_the_shift_is_of_first_order_in_the_step():
    network, loss, x = _case()
    small, half = (gradient_shift(network, loss, x, lr).l2 for lr in (2e-6, 1e-6))
    assert small / half == pytest.approx(2.0, rel=1e-3)


def test_training_is_plain_gradient_descent_on_the_stated_loss(monkeypatch):
    monkeypatch.setattr(ics, "DEPTH", 2)
    setting = ics.SETTINGS[0]._replace(lr=1e-3)
    moments = ics.trained(setting, "plain", digits(), (4, 0))
    now = next(moments)
    before = [p.detach().clone() for p in now.network.parameters()]
    outputs = now.network(now.x)
    x, target = ics.regression(generator(4, 0, 1))
    value = ((outputs - target) ** 2).sum() / len(x)
    G = torch.autograd.grad(value, list(now.network.parameters()))
    assert now.loss(outputs).item() == pytest.approx(value.item(), rel=1e-6)
    next(moments)
    for p, old, g in zip(now.network.parameters(), before, G, strict=True):
        torch.testing.assert_close(p.detach(), old - 1e-3 * g)


def test_arms_share_weights_and_data():
    for setting in ics.SETTINGS:
        plain, bn = (next(ics.trained(setting, arm, digits(), (2, 1))) for arm in ics.ARMS)
        assert torch.equal(plain.x, bn.x)
        pairs = zip(weight_layers(plain.network), weight_layers(bn.network), strict=True)
        assert all(torch.equal(p.weight, q.weight) for p, q in pairs)
        assert not any(isinstance(module, BatchNorm) for module in plain.network.modules())
        assert any(isinstance(module, BatchNorm) for module in bn.network.modules())


def test_every_piece_has_a_name_of_its_own(monkeypatch):
    names = []
    monkeypatch.setattr(ics, "SEEDS", 2)

    def pieces(name, compute):
        names.append(name)
        return {"cosine": np.ones((2, 7)), "l2": np.ones((2, 7)), "loss": np.ones(2)}

    for seed in (0, 1):
        for setting in ics.SETTINGS:
            ics.both_arms(setting, digits(), seed, pieces)
    assert len(names) == len(set(names)) == 2 * 2 * 2 * len(ics.SETTINGS)
    monkeypatch.setattr(ics, "VGG_STEPS", 7)
    assert ics.piece_name(ics.SETTINGS[-1]) not in {name.rsplit("/", 3)[0] for name in names}


@pytest.fixture
def miniature(monkeypatch):
    for name, value in {"SEEDS": 2, "TIMES": 2, "DEPTH": 4, "LINEAR_STEPS": 4, "VGG_STEPS": 2, "BATCH": 16}.items():
        monkeypatch.setattr(ics, name, value)
    return ics.measure(seed=7)


def test_a_miniature_meets_the_exact_criteria_and_is_drawn(miniature):
    assert miniature.arrays["linear steps"].tolist() == [0, 2]
    exact = [criterion for criterion in miniature.criteria if "upper end" not in criterion.name]
    assert len(exact) == 5 == len(miniature.criteria) - 1
    assert missed(exact) == []
    assert [regime.name for regime in miniature.regimes] == [setting.name for setting in ics.SETTINGS]
    for regime in miniature.regimes:
        plain, bn = (miniature.results[f"cosine, {regime.name}, {arm}"] for arm in ("plain", "BN"))
        assert regime.effect.mean == pytest.approx(plain - bn), "higher without BN is positive"
    assert svg(miniature) == svg(miniature)


def test_a_reversal_must_be_by_a_margin():
    effects = [Effect(-0.3, (-0.35, upper), (-0.3,) * 6) for upper in (-0.25, -0.1)]
    regimes = [Regime("B2", "r", "reversed", IntervalCriterion("", 0.08), effect) for effect in effects]
    assert [ics.reversal(regime).met for regime in regimes] == [True, False]
