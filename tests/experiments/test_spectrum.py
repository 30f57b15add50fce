"""Hessians against closed forms, finite differences and torch's own; what a missing path, or mode, does to them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from experiment_results import missed, svg

torch = pytest.importorskip("torch", reason="the extra deep is not installed")
pytest.importorskip("sklearn", reason="the extra data is not installed")

from bntheory.deep.curvature import (  # noqa: E402
    Hessian,
    block_norms,
    estimated_block_norms,
    lanczos_quadrature,
)
from bntheory.deep.networks import mlp, weight_layers  # noqa: E402
from bntheory.deep.normalization import BatchNorm, without_paths  # noqa: E402
from bntheory.deep.training import generator  # noqa: E402
from bntheory.experiments import spectrum  # noqa: E402


@pytest.fixture
def batch():
    rng = generator(0)
    return torch.randn(30, 5, generator=rng, dtype=torch.float64), torch.randint(3, (30,), generator=rng)


def network(norm=BatchNorm):
    return mlp((5, 4, 4, 3), torch.nn.Tanh, norm, "he", generator(1)).double()


def written_out(weights, x, y):
    """The loss of `network()` in numpy, statistics and all, at weights of any values."""
    for W in weights[:-1]:
        z = x @ W.T
        x = np.tanh((z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-5))
    logits = x @ weights[-1].T
    return float(np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(y)), y]))


def test_of_one_linear_layer_it_is_the_closed_form(batch):
    x, y = batch
    linear = mlp((5, 3), None, None, "he", generator(2)).double()
    p = torch.softmax(linear(x), 1).detach().numpy()
    X = x.numpy()
    exact = np.mean([np.kron(np.diag(q) - np.outer(q, q), np.outer(v, v)) for q, v in zip(p, X, strict=True)], axis=0)
    assert Hessian(linear, x, y).dense() == pytest.approx(exact, abs=1e-14)


def test_it_goes_through_the_statistics(batch):
    x, y = batch
    net = network()
    hessian = Hessian(net, x, y)
    weights = [layer.weight.detach().numpy() for layer in weight_layers(net)]
    rng = np.random.default_rng(0)
    v = rng.standard_normal(hessian.size)
    parts = [v[part].reshape(W.shape) for part, W in zip(hessian.layers, weights, strict=True)]

    def along(t):
        return written_out([W + t * part for W, part in zip(weights, parts, strict=True)], x.numpy(), y.numpy())

    h = 1e-3
    second = (-along(2 * h) + 16 * along(h) - 30 * along(0) + 16 * along(-h) - along(-2 * h)) / (12 * h**2)
    assert hessian.gradient @ v == pytest.approx((along(1e-5) - along(-1e-5)) / 2e-5, rel=1e-6)
    assert v @ hessian(v) == pytest.approx(second, rel=1e-6)  # h^4 and rounding 1e-16/h^2
    for false in (Hessian(net, x, y, train_mode=False), Hessian(without_paths(net), x, y)):
        assert abs(v @ false(v) / second - 1) > 0.1


def test_constant_statistics_are_those_of_evaluation_after_the_same_batch(batch):
    x, y = batch
    net = network(partial(BatchNorm, eps=spectrum.EPS, momentum=1.0))
    net(x)
    for norm in (module for module in net if isinstance(module, BatchNorm)):
        norm.running_var.mul_(29 / 30)  # torch keeps the unbiased one
    evaluation, constant = Hessian(net, x, y, train_mode=False), Hessian(without_paths(net), x, y)
    assert evaluation.dense() == pytest.approx(constant.dense(), abs=1e-12)


@pytest.mark.parametrize("train_mode", [True, False])
def test_the_network_stays_as_it_is(batch, train_mode):
    net = network().train(not train_mode)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    hessian = Hessian(net, *batch, train_mode=train_mode)
    hessian.dense()
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert net.training is not train_mode
    assert all(parameter.grad is None for parameter in net.parameters())


def test_blocks_are_those_of_the_dense_matrix(batch):
    hessian = Hessian(network(), *batch)
    H = hessian.dense()
    assert [part.stop - part.start for part in hessian.layers] == [20, 16, 12]
    exact = block_norms(H, hessian.layers)
    assert exact.sum() == pytest.approx((H**2).sum())
    assert exact[0, 2] == pytest.approx((H[:20, 36:] ** 2).sum())
    found = estimated_block_norms(hessian, hessian.layers, probes=400, rng=np.random.default_rng(0))
    error = found.std(axis=0, ddof=1) / 20
    assert (np.abs(found.mean(axis=0) - exact) <= 4 * error).all()
    assert (error < 0.2 * exact).all()


def test_an_estimate_of_a_block_is_in_its_row_and_column():
    A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])  # not symmetric; one column a layer is exact
    found = estimated_block_norms(A.dot, [slice(k, k + 1) for k in range(3)], probes=2, rng=np.random.default_rng(0))
    assert found == pytest.approx(np.array([A**2, A**2]))


def test_quadrature_has_the_moments_of_its_direction():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((40, 40))
    A = (A + A.T) / 10
    nodes, weights = lanczos_quadrature(A.dot, 40, steps=6, rng=np.random.default_rng(1))
    v = np.random.default_rng(1).choice((-1.0, 1.0), size=40) / np.sqrt(40)
    for power in range(12):
        assert weights @ nodes**power == pytest.approx(v @ np.linalg.matrix_power(A, power) @ v, rel=1e-9), power
    assert abs(weights @ nodes**12 / (v @ np.linalg.matrix_power(A, 12) @ v) - 1) > 1e-6
    whole, masses = lanczos_quadrature(A.dot, 40, steps=99, rng=rng)
    assert np.sort(whole) == pytest.approx(np.linalg.eigvalsh(A), abs=1e-10)
    assert masses.sum() == pytest.approx(1)


def test_quadrature_ends_with_its_krylov_space():
    nodes, weights = lanczos_quadrature(lambda v: 3 * v, 10, steps=5, rng=np.random.default_rng(0))
    assert nodes == pytest.approx([3.0])
    assert weights == pytest.approx([1.0])


def test_summaries_tell_ends_from_bulk():
    found = spectrum.summaries(np.array([[-2.0, -1.0, 0.5, 1.0, 10.0]]))
    assert {name: float(value[0]) for name, value in found.items()} == {
        "largest eigenvalue": 10.0,
        "90 % quantile": pytest.approx(6.4),
        "median |eigenvalue|": 1.0,
        "negative part": 3.0,
    }


def test_medians_leave_out_zeros_up_to_rounding():
    found = spectrum.medians_above_rounding(np.array([[-4.0, -1e-15, 0.0, 1e-16, 1.0, 2.0]]))
    assert found == pytest.approx([np.log(2.0)])


def test_ratios_of_quantiles_are_plain_over_bn():
    spectra = np.random.default_rng(0).standard_normal((3, 600))
    mean, low, high = spectrum.quantile_ratios(2 * spectra, spectra, 0)
    assert mean == pytest.approx(np.log(2))
    assert low == pytest.approx(high)
    ends, *_ = spectrum.quantile_ratios(spectra, np.tile(np.eye(600)[0], (3, 1)), 0)
    assert ends[0] == pytest.approx(np.log(np.abs(spectra).max(axis=1)).mean()), "the first is the largest"


def test_controls_break_invariance_and_meet_nothing_else():
    good = {"invariance": [0.0], "extremes": [0.0], "density": [0.0], "evaluation": [1.0], "constant statistics": [1.0]}
    assert missed(spectrum.criteria(good)) == []
    for control in ("evaluation", "constant statistics"):
        assert len(missed(spectrum.criteria(good | {"invariance": good[control]}))) == 1
        assert len(missed(spectrum.criteria(good | {control: [1.0, 0.0]}))) == 1


def test_a_small_run_has_all_regimes_and_a_figure(monkeypatch):
    monkeypatch.setattr(spectrum, "SEEDS", 2)
    monkeypatch.setattr(spectrum, "STEPS", 20)
    monkeypatch.setattr(spectrum, "WIDTHS", (16, 6, 6, 10))
    names = []

    def pieces(name, compute):
        names.append(name)
        return compute()

    result = spectrum.measure(seed=5, pieces=pieces)
    assert len(set(names)) == 4
    assert len(result.regimes) == len({regime.name for regime in result.regimes}) == len(spectrum.DECLARED)
    assert missed(result.criteria[:4]) == []
    spectrum.measure(seed=6, pieces=pieces)
    assert len(set(names)) == 8
    assert svg(result) == svg(result)
