"""mlp_rate: the off-line minimum by an independent quadrature, the per-unit bound, the neighbours that must miss."""

from __future__ import annotations

import numpy as np
import pytest
from experiment_results import missed
from scipy.optimize import approx_fprime

from bntheory.errors import InvalidInput
from bntheory.experiments import mlp_rate

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def result():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mlp_rate, "PASSES", 3)
        return mlp_rate.measure(seed=1, steps=40)


def test_criteria_are_met_on_another_seed(result):
    assert missed(result.criteria) == []


def gradient_by_hermite(W, kappa=0.6, order=200):
    """grad of E softplus(tanh(z.w1) + tanh(z.w2)), z ~ N((kappa, 0), I - u u^T), by a Gauss-Hermite product rule."""
    x, weights = np.polynomial.hermite_e.hermegauss(order)
    weights = np.outer(weights, weights).ravel() / weights.sum() ** 2
    first, second = np.meshgrid(x, x, indexing="ij")
    z = np.stack([kappa + np.sqrt(1 - kappa**2) * first.ravel(), second.ravel()])
    activation = np.tanh(W.reshape(2, 2) @ z)
    residual = weights / (1 + np.exp(-activation.sum(axis=0))) * (1 - activation**2)
    return (residual @ z.T).ravel()


def test_the_minimum_off_the_line_is_strict_by_an_independent_quadrature(result):
    W = result.arrays["off_line_W"]
    assert np.abs(W[:, 1]).min() > 0.05
    assert np.abs(gradient_by_hermite(W.ravel())).max() <= 1e-9
    hessian = approx_fprime(W.ravel(), gradient_by_hermite, 1e-6)
    smallest = np.linalg.eigvalsh((hessian + hessian.T) / 2)[0]
    assert smallest == pytest.approx(result.results["off_line_minimum"]["smallest_eigenvalue"], rel=1e-2)
    assert smallest > 0


def test_the_whole_gradient_is_not_small_after_a_pass(result):
    after_first_pass = result.arrays["visit_grad"][1]
    assert after_first_pass[1] <= 1e-3 < after_first_pass[0]


def test_a_wrong_factor_is_caught(monkeypatch):
    monkeypatch.setattr(mlp_rate, "contraction_factor", lambda mu, L: (1 - mu / L) ** 4)
    rng = np.random.default_rng(1)
    network = mlp_rate.population(rng)
    instance, unit = mlp_rate.one_unit(network, rng.standard_normal((2, mlp_rate.DIMENSION)), 60)
    assert any(not criterion.met for criterion in mlp_rate.unit_criteria(instance, unit))


def test_too_few_steps_are_named():
    with pytest.raises(InvalidInput) as error:
        mlp_rate.measure(steps=3)
    assert str(error.value) == "steps = 3: must be at least 10, for a rate to show; try 60"
