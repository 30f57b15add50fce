"""GDNP over hidden units: the visits, what is held fixed, and the reduction to a halfspace for one unit."""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from bntheory.decoupling import direction_gradient, gdnp_criterion, gdnp_step_size
from bntheory.errors import InvalidInput
from bntheory.methods import GDNP, AlternatingGDNP, SweepGDNP
from bntheory.methods.length import newton_length
from bntheory.problems import GaussianOneHiddenLayer, OneHiddenLayer

S = np.diag([0.3, 0.7, 1.0])
U = np.array([0.2, -0.3, 0.4])
NETWORK = GaussianOneHiddenLayer(S, U, np.array([2.0, 1.0]))
W0 = np.array([[1.0, 0.5, -1.0], [-0.5, 1.0, -0.5]])
STEPS = 4


@pytest.fixture(scope="module")
def iterates():
    return list(islice(AlternatingGDNP(STEPS).iterates(NETWORK, W0.ravel()), 3 * (STEPS + 1)))


def test_a_visit_moves_one_unit_and_holds_the_others(iterates):
    rows = [iterate.w_tilde.reshape(2, 3) for iterate in iterates]
    first, second, third = (rows[v * (STEPS + 1) : (v + 1) * (STEPS + 1)] for v in range(3))
    assert all((W[1] == 0).all() for W in first)
    assert all((W[0] == first[-1][0]).all() for W in second)
    assert all((W[1] == second[-1][1]).all() for W in third)
    assert len({tuple(W[0]) for W in first}) == STEPS + 1


def test_a_visit_is_gdnp_on_the_units_problem(iterates):
    alone = islice(GDNP().iterates(NETWORK.unit(0, np.zeros((2, 3))), W0[0]), STEPS + 1)
    for visited, iterate in zip(iterates, alone, strict=False):
        assert visited.w_tilde[:3] == pytest.approx(iterate.w_tilde, abs=1e-12)
        assert visited.gradient[:3] == pytest.approx(iterate.gradient, abs=1e-12)
        assert visited.value == pytest.approx(iterate.value, rel=1e-12)


def test_passes_keep_counting_over_visits(iterates):
    passes = [iterate.passes for iterate in iterates]
    assert all(after > before for before, after in pairwise(passes))


def test_bad_input_is_named():
    with pytest.raises(InvalidInput, match="direction_steps = 0: must be at least 1; try 50"):
        AlternatingGDNP(0)
    # a dot product of dyadic numbers is 0 exactly, with fused multiplication too
    network = GaussianOneHiddenLayer(S, np.array([0.25, -0.5, 0.25]), np.array([2.0, 1.0]))
    iterates = AlternatingGDNP().iterates(network, np.array([2.0, 1, 0, 1, 1, 1]))
    with pytest.raises(InvalidInput, match=r"w0 = u\^T w0 = 0: must have u\^T w0 != 0"):
        next(iterates)
    with pytest.raises(InvalidInput, match=r"method = gdnp: moves one direction, .*; use AlternatingGDNP"):
        next(GDNP().iterates(network, W0.ravel()))


def data_network(k=3):
    rng = np.random.default_rng(4)
    X = rng.standard_normal((200, 5)) + 0.3
    y = np.where(X @ rng.standard_normal(5) + 2 * rng.standard_normal(200) > 0, 1, -1)
    # output weights so large that a unit which saturates costs more than it gains: best lengths are finite
    return OneHiddenLayer(X, y, rng.uniform(2.0, 4.0, k)), 0.3 * rng.standard_normal((k, 5))


def test_a_sweep_is_one_step_on_each_units_own_problem():
    """The oracle keeps no forward pass: every unit's problem is built anew from the rows of W."""
    network, W = data_network()
    found = [iterate.w_tilde for iterate in islice(SweepGDNP().iterates(network, W), 4)]
    assert (found[0] == W.ravel()).all()
    metric, u = network.unit_metric, network.unit_u
    for sweep in found[1:]:
        for i in range(3):
            unit, gamma = network.unit(i, W), metric.norm(W[i])
            v, gradient = W[i] / gamma, unit.gradient(W[i])
            a, b = unit.ray(W[i]).stein(gamma)
            h = gdnp_criterion(a, b, u @ v, u @ W[i])
            along = direction_gradient(gradient, v, metric.S @ v, gamma)
            w = v - gdnp_step_size(1.0, metric.L, gamma, h) * along
            best = minimize_scalar(unit.ray(w).value, bracket=(0.9 * gamma, 1.1 * gamma), tol=1e-12)
            W[i] = newton_length(unit.ray(w), best.x).gamma * w / metric.norm(w)
            assert metric.norm(W[i]) == pytest.approx(abs(best.x), rel=1e-6)  # what values alone can tell
        assert sweep == pytest.approx(W.ravel(), rel=1e-11)


def test_after_a_sweep_the_last_unit_has_its_best_length():
    network, W = data_network()
    iterates = list(islice(SweepGDNP().iterates(network, W.ravel()), 60))
    for iterate in iterates[1:]:
        last = iterate.w_tilde[10:] / network.unit_metric.norm(iterate.w_tilde[10:])
        assert abs(iterate.gradient[10:] @ last) < 1e-9
    end = iterates[-1]
    assert end.gradient == pytest.approx(network.gradient(end.w_tilde), abs=1e-13)
    assert end.value < iterates[0].value - 0.1


def test_passes_are_the_products_with_the_data(monkeypatch):
    network, W = data_network()
    read, margins, pullback = [], network.margins, network.pullback
    monkeypatch.setattr(network, "margins", lambda rows: (read.extend(rows), margins(rows))[1])
    monkeypatch.setattr(network, "pullback", lambda r: (read.extend(r), pullback(r))[1])
    network.unit_u  # noqa: B018 (known before: its product is not the method's)
    read.clear()
    for count, iterate in enumerate(islice(SweepGDNP().iterates(network, W), 4)):
        assert iterate.passes == len(read) == 6 + 9 * count  # a sweep itself: 2 for each of the 3 units
