"""landscape measures what it says: closed forms of a quadratic, the shift of a step, and a control that misses."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from experiment_results import missed, svg

torch = pytest.importorskip("torch", reason="the extra deep is not installed")
pytest.importorskip("sklearn", reason="the extra data is not installed")

from bntheory.deep.digits import digits  # noqa: E402
from bntheory.deep.distributions import before_relu, deviations, distances  # noqa: E402
from bntheory.deep.networks import vgg  # noqa: E402
from bntheory.deep.normalization import BatchNorm, LpNorm, ScaleAndShift  # noqa: E402
from bntheory.deep.training import generator, sgd  # noqa: E402
from bntheory.errors import InvalidInput  # noqa: E402
from bntheory.experiments import landscape  # noqa: E402

CURVATURES = torch.tensor([0.5, 2.0, 7.0], dtype=torch.float64)


@pytest.fixture(scope="module")
def result():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"SEEDS": 2, "STEPS": 22, "LATE": 10, "PROBE": 16}.items():
            patch.setattr(landscape, name, value)
        return landscape.measure(seed=3)


def test_along_the_gradient_of_a_quadratic_everything_has_a_closed_form():
    layer = torch.nn.Linear(3, 1, bias=False, dtype=torch.float64)
    theta = layer.weight.detach().clone()[0]
    found = landscape.along_gradient(layer, lambda: (CURVATURES * layer.weight[0] ** 2).sum() / 2, 0.03)
    g = CURVATURES * theta
    etas = 0.03 * np.array(landscape.MULTIPLES)
    losses = [float((CURVATURES * (theta - eta * g) ** 2).sum() / 2) for eta in etas]
    turned = float((CURVATURES * g).norm())  # the gradient changes by eta A g
    assert found["loss"] == pytest.approx(float((CURVATURES * theta**2).sum() / 2), rel=1e-12)
    assert found["range"] == pytest.approx(max(losses) - min(losses), rel=1e-12)
    assert found["change"] == pytest.approx(etas.max() * turned, rel=1e-12)
    assert found["beta"] == pytest.approx(turned / float(g.norm()), rel=1e-12)
    assert found["gradient"] == pytest.approx(float(g.norm()), rel=1e-12)
    assert torch.equal(layer.weight.detach()[0], theta), "the parameters are put back, bit for bit"
    assert layer.weight.grad is None


def test_a_linear_loss_varies_and_its_gradient_does_not():
    layer = torch.nn.Linear(3, 1, bias=False, dtype=torch.float64)
    found = landscape.along_gradient(layer, lambda: CURVATURES @ layer.weight[0], 0.1)
    assert found["change"] == found["beta"] == 0.0
    span = (max(landscape.MULTIPLES) - min(landscape.MULTIPLES)) * 0.1
    assert found["range"] == pytest.approx(span * float((CURVATURES**2).sum()), rel=1e-12)


def test_measuring_does_not_change_the_run(monkeypatch):
    for name, value in {"STEPS": 4, "LATE": 0, "PROBE": 8}.items():
        monkeypatch.setattr(landscape, name, value)
    monkeypatch.setattr(landscape, "EVERY", 2)
    often = landscape.trajectory("l1", 5, 0)
    monkeypatch.setattr(landscape, "EVERY", 1)
    always = landscape.trajectory("l1", 5, 0)
    assert always["loss"][::2] == pytest.approx(often["loss"], rel=1e-6)


def test_arms_of_a_seed_share_initial_weights_and_batches():
    monkey = {"STEPS": 1, "LATE": 0, "PROBE": 8}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in monkey.items():
            patch.setattr(landscape, name, value)
        plain, affine = (landscape.trajectory(arm, 5, 0) for arm in ("plain", "affine"))
        other = landscape.trajectory("plain", 5, 1)
    assert plain["loss"] == pytest.approx(affine["loss"], rel=1e-5), "at first the control is the identity"
    assert plain["gradient"] < affine["gradient"]
    assert plain["loss"] != other["loss"]


def test_the_shift_is_that_of_one_step_in_standard_deviations_before_it(monkeypatch):
    for name, value in {"STEPS": 2, "LATE": 0, "PROBE": 16}.items():
        monkeypatch.setattr(landscape, name, value)
    found = landscape.trajectory("plain", 5, 0)["shift"]
    images = digits()
    network = vgg(None, "he", generator(5, 0, 0))
    steps = sgd(network, images, lr=landscape.LR, steps=2, batch=landscape.BATCH, generator=generator(5, 0, 1))
    first, second = (before_relu(network, images.x[:16]) for _ in steps)
    assert found == pytest.approx((distances(first, second) / deviations(first))[None], rel=1e-5)


def test_at_matched_loss_runs_on_one_curve_are_equal_whatever_their_pace():
    slow, fast = np.linspace(1.0, -2.0, 31), np.array([0.8, -1.0, -0.4, -2.5])
    assert landscape.at_matched_loss(slow, fast, 3 * slow + 1, 3 * fast + 1) == pytest.approx(0.0, abs=1e-12)
    assert landscape.at_matched_loss(slow, fast, 3 * slow + 2, 3 * fast + 1) == pytest.approx(1.0, abs=1e-12)
    with pytest.raises(InvalidInput, match="losses = 2 to 1: must be passed by both runs; train longer"):
        landscape.at_matched_loss(slow, fast + 4.5, slow, fast)


@pytest.mark.parametrize("shape", [(7, 4), (7, 4, 3), (7, 4, 3, 2)])
@pytest.mark.parametrize(
    ("p", "norm"),
    [(1.0, lambda v: np.abs(v).mean()), (2.0, lambda v: np.sqrt((v**2).mean())), (math.inf, lambda v: np.abs(v).max())],
)
def test_l_p_takes_off_the_mean_and_divides_by_the_norm_from_before(shape, p, norm):
    layer = LpNorm(4, p).double()
    with torch.no_grad():
        layer.gamma.copy_(torch.tensor([1.0, 2.0, -1.0, 0.5]))
        layer.beta.copy_(torch.tensor([0.0, 1.0, 2.0, 3.0]))
    y = torch.randn(shape, generator=generator(2), dtype=torch.float64) + 1.5
    out = layer(y)
    assert out.shape == y.shape
    for unit in range(4):
        v = y[:, unit].numpy()
        expected = layer.gamma[unit].item() * (v - v.mean()) / (norm(v) + 1e-5) + layer.beta[unit].item()
        assert out[:, unit].detach().numpy() == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_l_p_in_eval_mode_uses_running_averages_and_a_dead_unit_has_a_gradient():
    layer = LpNorm(2, 2.0)
    y = torch.randn(50, 2, generator=generator(3)) + 2
    for _ in range(200):
        in_training = layer(y)
    assert torch.allclose(layer.eval()(y), in_training, atol=1e-5)
    assert layer(y[:1]).isfinite().all()
    dead = torch.zeros(5, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(layer.train()(dead).sum(), dead)
    assert gradient.isfinite().all()
    with pytest.raises(InvalidInput):
        LpNorm(2, 3.0)


def test_l_2_is_batch_normalization_on_centred_outputs_only():
    y = torch.randn(64, 3, generator=generator(4), dtype=torch.float64)
    y = y - y.mean(0)
    norms = LpNorm(3, 2.0).double(), BatchNorm(3, eps=1e-12).double()
    assert torch.allclose(norms[0](y), norms[1](y), atol=1e-4)
    assert not torch.allclose(norms[0](y + 1), norms[1](y + 1), atol=1e-1)


def test_scale_and_shift_normalizes_nothing():
    y = torch.randn(4, 3, 2, generator=generator(5))
    layer = ScaleAndShift(3)
    assert torch.equal(layer(y), y)
    with torch.no_grad():
        layer.gamma[1], layer.beta[1] = 2.0, 1.0
    assert torch.allclose(layer(y)[:, 1], 2 * y[:, 1] + 1)


def test_pieces_are_told_apart_by_all_that_they_depend_on(monkeypatch):
    names = {landscape.piece_name(arm, seed, k) for arm in landscape.ARMS for seed in (0, 1) for k in (0, 11)}
    for setting in ("LR", "BATCH", "STEPS", "EVERY", "LATE", "PROBE"):
        with monkeypatch.context() as patch:
            patch.setattr(landscape, setting, 7)
            names.add(landscape.piece_name("bn", 0, 0))
    assert len(names) == 4 * len(landscape.ARMS) + 6


def test_a_miniature_gives_every_regime_and_a_figure_that_follows_it(result):
    assert [regime.claim for regime in result.regimes].count("C1") == 8
    names = [regime.name for regime in result.regimes]
    assert len(set(names)) == len(names) == 8 + 3 * (2 * 3 + 3)
    assert result.arrays["shift bn"].shape == (2, 2, 7)
    assert missed(result.criteria) == []
    assert svg(result) == svg(result)
    higher = result.arrays | {"range bn": 2 * result.arrays["range bn"]}
    assert svg(result) != svg(replace(result, arrays=higher)), "its curves"
    other = tuple(landscape.all_regimes(higher))
    assert svg(result) != svg(replace(result, regimes=other)), "its intervals"


def test_bn_in_the_place_of_the_control_misses():
    strong = {
        f"{q} {arm}": np.full((3, 5), v) for q in landscape.QUANTITIES for arm, v in (("plain", 1e3), ("affine", 1))
    }
    assert len(missed(landscape.criteria(strong))) == 3
    assert landscape.log_ratio(strong, "affine", "beta", matched=False) == pytest.approx([math.log(1e3)] * 3)
