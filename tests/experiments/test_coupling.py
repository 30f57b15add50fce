"""Measures of coupling against their formulas, what they must not see, and a small run."""

from __future__ import annotations

import numpy as np
import pytest
from experiment_results import missed, svg

torch = pytest.importorskip("torch", reason="the extra deep is not installed")
pytest.importorskip("sklearn", reason="the extra data is not installed")

from bntheory.deep.curvature import Hessian, block_norms  # noqa: E402
from bntheory.deep.networks import weight_layers  # noqa: E402
from bntheory.deep.training import generator  # noqa: E402
from bntheory.experiments import coupling  # noqa: E402

RELU = coupling.Cell("he", 0.1, "relu")


@pytest.fixture
def batch():
    rng = generator(0)
    return torch.randn(20, 1, 3, 3, generator=rng, dtype=torch.float64), torch.randint(3, (20,), generator=rng)


def exact(network, batch):
    hessian = Hessian(network, *batch)
    return np.exp(coupling.log_coupling(block_norms(hessian.dense(), hessian.layers)))


def test_measures_are_their_formulas():
    norms = np.diag([1.0, 4.0, 9.0, 16.0, 25.0])
    norms[3, 0] = norms[0, 3] = 8.0
    norms[1, 2] = norms[2, 1] = 3.0
    fourth, everything, free = np.exp(coupling.log_coupling(norms))
    assert fourth == pytest.approx(np.sqrt(8 / 16))
    assert everything == pytest.approx(np.sqrt(22 / 55))
    assert free == pytest.approx(np.sqrt(2 * (8 / 4 + 3 / 6) / 20))
    skewed = norms.copy()
    skewed[3, 0], skewed[0, 3] = 16.0, 0.0  # noise of two estimates of one norm
    assert coupling.log_coupling(skewed) == pytest.approx(coupling.log_coupling(norms))


def test_layers_that_do_not_meet_are_not_coupled():
    with np.errstate(divide="ignore"):
        assert np.isneginf(coupling.log_coupling(np.eye(7))).all()


def test_only_the_scale_free_measure_is_free_of_the_scales_of_layers(batch):
    network = coupling.make((9, 4, 4, 4, 4, 3), RELU, "plain", 0, 0)
    before = exact(network, batch)
    first, second, *_ = weight_layers(network)
    with torch.no_grad():  # the same function, and the same loss
        first.weight.mul_(4)
        second.weight.div_(4)
    after = exact(network, batch)
    assert after[2] == pytest.approx(before[2])
    assert (np.abs(after[:2] / before[:2] - 1) > 0.01).all()


def test_batch_normalization_leaves_no_function_of_the_scale_but_its_blocks(batch):
    network = coupling.make((9, 4, 4, 4, 4, 3), RELU, "bn", 0, 0)
    for norm in (module for module in network if isinstance(module, coupling.BatchNorm)):
        norm.eps = 1e-30
    before = exact(network, batch)
    with torch.no_grad():
        next(weight_layers(network)).weight.mul_(4)
    assert exact(network, batch)[2] == pytest.approx(before[2])


def test_the_jackknife_is_the_spread_of_estimates():
    rng = np.random.default_rng(0)
    norms = rng.gamma(4.0, size=(300, 20, 5, 5)) + 20 * np.eye(5)
    estimates = np.array([coupling.log_coupling(rows.mean(axis=0)) for rows in norms])
    errors = np.array([coupling.jackknife(rows) for rows in norms])
    assert errors.mean(axis=0) == pytest.approx(estimates.std(axis=0), rel=0.15)


def test_arms_share_their_weights_and_only_one_is_normalized():
    plain, bn, other = (coupling.make((9, 4, 3), RELU, arm, 0, k) for arm, k in (("plain", 1), ("bn", 1), ("bn", 2)))
    for a, b, c in zip(*map(weight_layers, (plain, bn, other)), strict=True):
        assert torch.equal(a.weight, b.weight)
        assert not torch.equal(a.weight, c.weight)
    assert [any(isinstance(m, torch.nn.BatchNorm1d) for m in net) for net in (plain, bn)] == [False, True]


def test_estimates_agree_with_the_exact_hessian():
    deviations = coupling.reduced(7)["deviations"]
    assert deviations.shape == (3,)
    assert (np.abs(deviations) <= coupling.DEVIATIONS).all()
    assert np.abs(deviations).max() > 1e-6, "an estimate is not exact"


def logarithms(bn):
    rng = np.random.default_rng(0)
    shape = (coupling.SEEDS, len(coupling.TIMES), len(coupling.MEASURES))
    plain = 0.05 * rng.standard_normal((len(coupling.CELLS), *shape))
    return {f"{cell} plain": rows for cell, rows in zip(coupling.CELLS, plain, strict=True)} | {
        f"{cell} bn": np.full(shape, bn) + 0.02 * rng.standard_normal(shape) for cell in coupling.CELLS
    }


def test_criteria_tell_less_coupled_from_more_and_from_as_much():
    assert missed(coupling.criteria(logarithms(-0.5), np.zeros(3))) == []
    for level in (0.0, 0.5, -0.2):
        names = missed(coupling.criteria(logarithms(level), np.zeros(3)))
        assert [name.split(":")[0] for name in names] == [
            f"{measure}, glorot 0.01 {activation}"
            for measure in coupling.MEASURES
            for activation in ("softplus", "tanh")
        ]
    one = logarithms(-0.5)
    one["glorot 0.01 tanh bn"][:, :, 1] += 0.5
    [name] = missed(coupling.criteria(one, np.zeros(3)))
    assert name.startswith("all layers, glorot 0.01 tanh"), "each measure is its own column"
    assert len(missed(coupling.criteria(logarithms(-0.5), np.array([0.0, -9.0, 1.0])))) == 1
    measured = {regime.measured for regime in coupling.regimes(logarithms(0.5))}
    assert measured == {"reversed"}
    shifted = logarithms(-0.5)
    for cell in coupling.CELLS:
        shifted[f"{cell} plain"][: coupling.SEEDS // 2] += 1.0
    assert len(missed(coupling.criteria(shifted, np.zeros(3)))) == 1, "the control compares halves of the seeds"


def test_a_small_run_has_all_regimes_and_a_figure(monkeypatch):
    monkeypatch.setattr(coupling, "SEEDS", 2)
    monkeypatch.setattr(coupling, "TIMES", (0, 2))
    monkeypatch.setattr(coupling, "WIDTHS", (64, 5, 5, 5, 5, 10))
    monkeypatch.setattr(coupling, "PROBES", 2)
    monkeypatch.setattr(coupling, "reduced", lambda seed: {"deviations": np.zeros(3)})
    monkeypatch.setattr(coupling, "criteria", lambda logs, deviations: ())  # halves of two seeds are no sample
    names = []

    def pieces(name, compute):
        names.append(name)
        return compute()

    result = coupling.measure(seed=5, pieces=pieces)
    assert len(set(names)) == len(names) == 2 * 2 * len(coupling.CELLS) + 1
    assert len({regime.name for regime in result.regimes}) == len(coupling.CELLS) * len(coupling.MEASURES)
    assert {len(rows) for rows in result.arrays.values()} == {2}
    assert sum("constant" in key for key in result.arrays) == 3
    assert svg(result) == svg(result)
