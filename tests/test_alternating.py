"""GDNP over hidden units: the visits, what is held fixed, and the reduction to a halfspace for one unit."""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest

from bntheory.errors import InvalidInput
from bntheory.methods import GDNP, AlternatingGDNP, SweepGDNP
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
    for sweep in found[1:]:
        for i in range(3):
            _, second = islice(GDNP().iterates(network.unit(i, W), W[i]), 2)
            W[i] = second.w_tilde
        assert sweep == pytest.approx(W.ravel(), rel=1e-11)


def test_sweeps_lower_the_objective_and_count_their_passes():
    network, W = data_network()
    iterates = list(islice(SweepGDNP().iterates(network, W.ravel()), 30))
    values = [iterate.value for iterate in iterates]
    assert all(b < a for a, b in pairwise(values))
    assert [iterate.passes for iterate in iterates[:3]] == [6, 15, 24]
    assert iterates[-1].gradient == pytest.approx(network.gradient(iterates[-1].w_tilde), abs=1e-13)


def test_a_sweep_reads_the_data_twice_a_unit(monkeypatch):
    network, W = data_network()
    forward, read = network.forward(W), []
    margins, pullback = network.margins, network.pullback
    monkeypatch.setattr(network, "margins", lambda rows: (read.append("margins"), margins(rows))[1])
    monkeypatch.setattr(network, "pullback", lambda rows: (read.append("pullback"), pullback(rows))[1])
    SweepGDNP().sweep(network, forward)
    assert sorted(read) == ["margins"] * 3 + ["pullback"] * 3
