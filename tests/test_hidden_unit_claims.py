"""E14: the coefficients a and b of a tanh network, against torch's autodiff through a rule that knows no lemma."""

from __future__ import annotations

import numpy as np
import pytest
from networks import population

from bntheory.cases import Quadratic
from bntheory.claims.hidden_units import E14_CORRECTED, E14_MUTANTS
from bntheory.claims.network_gradient import TwoUnits, gradient


def two_units(seed):
    """A network of two tanh units on inputs in the plane, and the claims' case at its weights."""
    net, W, rng = population(seed, 2, 2)
    S, u = net.unit_metric.S, net.unit_u
    a, b = net.coefficients(W)
    inverse = np.linalg.inv(S)
    return net, W, TwoUnits(Quadratic(S, inverse, inverse @ u, W[0], 1.0, 1.0), W[1], a, b, rng.standard_normal(2))


@pytest.mark.parametrize("seed", range(4))
def test_the_gradient_of_the_claim_is_that_of_autodiff(seed):
    """The trapezoidal rule for z itself, 401 nodes along each axis: they know nothing of the weights."""
    torch = pytest.importorskip("torch")
    net, W, case = two_units(seed)
    nodes = np.linspace(-9, 9, 401)
    xi = np.stack(np.meshgrid(nodes, nodes)).reshape(2, -1)
    mass = np.exp(-(xi**2).sum(axis=0) / 2)
    mass = torch.tensor(mass / mass.sum())
    z = torch.tensor((net.unit_u[:, None] + np.linalg.cholesky(net.covariance) @ xi).T)
    variable = torch.tensor(W, requires_grad=True)
    output = torch.tanh(z @ variable.T) @ torch.tensor(net.theta)
    (mass @ torch.nn.functional.softplus(output, threshold=100)).backward()
    for i in range(2):
        np.testing.assert_allclose(gradient(case, i), variable.grad.numpy()[i], atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_cramers_rule_holds_for_a_tanh_network(seed):
    _, _, case = two_units(seed)
    lhs, rhs = E14_CORRECTED.sides(case)
    assert lhs == pytest.approx(rhs, rel=1e-9, abs=1e-12)
    assert abs(lhs) > 1e-6


def test_there_are_neighbours_of_every_kind():
    names = [statement.id for statement in E14_MUTANTS]
    assert len(names) == len(set(names)) == 13
    assert all(name.startswith("E14.mutant.") for name in names)
