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


# The ingredients of the error bound, each by itself: together they are too generous to be told wrong


@pytest.mark.parametrize("eta", [0.2, 0.7])
def test_tails_bound_the_sums_beyond_the_last_node_closely(eta):
    axis = network_enclosure._axis(eta)
    h, end = float(axis.nodes[1] - axis.nodes[0]), float(axis.nodes[-1])
    beyond = end + h * np.arange(1, 400)
    density = h * np.exp(-(beyond**2) / 2) / np.sqrt(2 * np.pi)
    for tail, exact in zip(axis.tails, (2 * density.sum(), 2 * (density * beyond**2).sum()), strict=True):
        assert exact <= float(balls.upper(tail)) <= 2 * exact * np.exp(h * end)
    assert [float(weight) for weight in axis.weights[:1]] == pytest.approx([density[0] * np.exp(h * end + h * h / 2)])


def test_aliasing_of_an_axis_is_that_of_poisson_s_formula(monkeypatch):
    """For cosh(2 eta x) the lattice errs by 2 sum_k e^(2 eta^2 - ...) cos, which the factor must cover but for G."""
    monkeypatch.setattr(network_enclosure, "DECAY", 5)
    eta = 0.8
    axis = network_enclosure._axis(eta)
    h = 2 * np.pi * eta / 5
    assert float(axis.nodes[1] - axis.nodes[0]) == pytest.approx(h)
    nodes = h * np.arange(-60, 61)
    density = h * np.exp(-(nodes**2) / 2) / np.sqrt(2 * np.pi)
    # sup of |cos(w z)| on |Im z| <= eta is cosh(w eta): the error of cos(w x) is known exactly and nearly that bound
    for w in (2 * np.pi / h - 0.9, 2 * np.pi / h - 0.5):
        error = abs(float((density * np.cos(w * nodes)).sum()) - np.exp(-(w**2) / 2))
        factor = 2 * np.exp(eta**2 / 2) * np.exp(-5) / (1 - np.exp(-5))
        assert error <= np.cosh(w * eta) * factor
        assert error >= np.cosh(w * eta) * factor / 40


@pytest.mark.parametrize("theta", [(1.0, 1.0), (1.5, -0.7), (0.2, 2.0)])
def test_what_stands_before_z_stays_below_its_bound_on_the_strip(theta):
    rng = np.random.default_rng(0)
    strip = network_enclosure.STRIP
    t = rng.normal(0, 1.5, (2, 20000)) + 1j * rng.choice([-1, 1], (2, 20000)) * strip * rng.uniform(0.9, 1, (2, 20000))
    tanh = np.tanh(t)
    slope = np.array(theta)[:, None] * (1 - tanh**2)
    logistic = 1 / (1 + np.exp(-(np.array(theta) @ tanh)))
    curvature = logistic * (1 - logistic)
    entries = [
        logistic * slope,
        curvature * slope * slope - 2 * logistic * slope * tanh,
        curvature * slope[0] * slope[1],
    ]
    largest = max(float(np.abs(entry).max()) for entry in entries)
    bound = float(balls.upper(network_enclosure._largest_entry([balls.ball(x) for x in theta])))
    assert largest <= bound <= 6 * largest


def test_the_limit_on_output_weights_is_where_the_logistic_may_leave_its_strip():
    limit = (np.pi / 2) / np.tan(network_enclosure.STRIP)
    enclosure((limit / 2 * 0.999, limit / 2 * 0.999), *LAW, [0.1, 0, 0, 0.1])
    with pytest.raises(ArithmeticError, match="too large for this strip"):
        enclosure((limit / 2 * 1.001, limit / 2 * 1.001), *LAW, [0.1, 0, 0, 0.1])


def test_the_contours_stay_within_the_strip_for_every_unit():
    for W in WEIGHTS:
        rows = [[balls.ball(x) for x in W[:2]], [balls.ball(x) for x in W[2:]]]
        root = [balls.ball(x) for x in LAW[1]]
        etas = network_enclosure._etas(rows, root)
        moved = [sum(abs(float(row[a])) * float(root[a]) * etas[a] for a in (0, 1)) for row in rows]
        assert max(moved) <= network_enclosure.STRIP
        assert all(0 < eta <= network_enclosure.FARTHEST for eta in etas)


def test_the_cut_counts_each_axis_with_its_own_spread():
    """The error grows with the second moment of the axis whose tail is cut."""
    axes = [network_enclosure._axis(0.3), network_enclosure._axis(1.0)]
    short = [
        network_enclosure.Axis(axis.nodes, axis.weights, axis.eta, (balls.ball(1), balls.ball(1))) for axis in axes
    ]
    theta, u = [balls.ball(1)] * 2, [balls.ball(0)] * 2

    def error(first, second, cut):
        law = [balls.ball(first), balls.ball(second)]
        return float(network_enclosure._error(theta, u, law, cut).rad())

    plain = error(1, 1, short) - error(1, 1, axes)
    assert error(3, 1, short) - error(3, 1, axes) > 3 * plain
    assert error(1, 3, short) - error(1, 3, axes) > 3 * plain
    assert plain > 1
