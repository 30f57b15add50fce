"""Enclosures hold what other quadratures give, at points and over boxes; their error bounds are put to the test."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

pytest.importorskip("flint", reason="the extra certify is not installed")

from bntheory import balls
from bntheory.problems import GaussianOneHiddenLayer, network_enclosure
from bntheory.problems.network_enclosure import enclosure

LAW = (Fraction(3, 5), 0), (Fraction(4, 5), 1)
WEIGHTS = [
    [-1.25, 0.17, -1.25, -0.17],
    [0.5, -0.4, 0.3, 1.1],
    [0.0, 0.0, 0.0, 0.0],
    [2.0, 0.0, 0.0, -1.5],
]


def floats(enclosed):
    return (
        np.array([[float(balls.lower(x)), float(balls.upper(x))] for x in enclosed.gradient]),
        np.array([[[float(balls.lower(x)), float(balls.upper(x))] for x in row] for row in enclosed.hessian]),
    )


def gauss_hermite(theta, W, nodes=240):
    """Gradient and Hessian by a product rule and torch's automatic differentiation, neither of which is used inside."""
    torch = pytest.importorskip("torch", reason="the extra deep is not installed")
    x, weights = np.polynomial.hermite_e.hermegauss(nodes)
    weights = weights / weights.sum()
    z = torch.tensor(np.stack([0.6 + 0.8 * np.repeat(x, nodes), np.tile(x, nodes)]))
    mass = torch.tensor(np.outer(weights, weights).ravel())
    outer = torch.tensor(theta, dtype=torch.float64)

    def value(flat):
        output = outer @ torch.tanh(flat.reshape(2, 2) @ z)
        return mass @ torch.nn.functional.softplus(output)

    flat = torch.tensor(W, dtype=torch.float64)
    gradient = torch.autograd.functional.jacobian(value, flat)
    hessian = torch.autograd.functional.hessian(value, flat)
    return gradient.numpy(), hessian.numpy()


@pytest.mark.parametrize("W", WEIGHTS)
@pytest.mark.parametrize("theta", [(1, 1), (1, Fraction(-1, 2))])
def test_gradient_and_hessian_of_another_rule_are_inside(theta, W):
    gradient, hessian = floats(enclosure(theta, *LAW, W))
    exact_gradient, exact_hessian = gauss_hermite([float(t) for t in theta], W)
    slack = 1e-8  # of the product rule, as seen by doubling its nodes
    assert np.all((gradient[:, 0] - slack <= exact_gradient) & (exact_gradient <= gradient[:, 1] + slack))
    assert np.all((hessian[..., 0] - slack <= exact_hessian) & (exact_hessian <= hessian[..., 1] + slack))
    assert np.ptp(gradient, axis=1).max() <= 1e-7
    assert np.ptp(hessian, axis=2).max() <= 1e-6


def test_the_package_s_own_quadrature_agrees():
    W = np.array(WEIGHTS[0])
    network = GaussianOneHiddenLayer(np.eye(2), np.array([0.6, 0.0]), np.ones(2))
    gradient, hessian = floats(enclosure((1, 1), *LAW, W))
    assert np.abs(gradient.mean(axis=1) - network.gradient(W)).max() <= 1e-9
    assert np.abs(hessian.mean(axis=2) - network.hessian(W)).max() <= 1e-9


def test_a_box_holds_the_values_at_its_corners():
    center, radius = [Fraction(1, 2), Fraction(-1, 4), Fraction(1, 4), Fraction(1)], Fraction(1, 64)
    whole, _ = floats(enclosure((1, 1), *LAW, balls.box(center, radius)))
    for signs in ([1, 1, 1, 1], [-1, 1, -1, 1], [1, -1, -1, -1]):
        corner = [c + s * radius for c, s in zip(center, signs, strict=True)]
        at, _ = floats(enclosure((1, 1), *LAW, corner))
        assert np.all((whole[:, 0] <= at[:, 0]) & (at[:, 1] <= whole[:, 1]))


@pytest.mark.parametrize(("name", "value"), [("DECAY", 6), ("REACH", 2)])
def test_a_coarse_lattice_says_so_and_still_holds_the_truth(name, value, monkeypatch):
    fine, _ = floats(enclosure((1, 1), *LAW, WEIGHTS[0]))
    monkeypatch.setattr(network_enclosure, name, value)
    coarse, _ = floats(enclosure((1, 1), *LAW, WEIGHTS[0]))
    assert np.all((coarse[:, 0] <= fine[:, 0]) & (fine[:, 1] <= coarse[:, 1]))
    assert np.abs(coarse.mean(axis=1) - fine.mean(axis=1)).max() > 1e-7, "else the bound is not put to the test"


def test_large_output_weights_are_refused():
    with pytest.raises(ArithmeticError, match="too large for this strip"):
        enclosure((2, 2), *LAW, WEIGHTS[0])
