"""E1-E5, E9, F5 as identities on random instances; oracles: autograd, scipy's pencil solver, exact rationals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from bntheory import decoupling
from bntheory.linalg import Metric, symmetric_matrix

SEEDS = st.integers(0, 2**32 - 1)
BATCH = 64


def instance(rng, d=None):
    d = d or int(rng.integers(2, 7))
    S = symmetric_matrix(rng.uniform(0.05, 1, d), rng)
    u, w = rng.standard_normal((2, d))
    return S, u, w


@given(SEEDS)
@settings(deadline=None, database=None, max_examples=20)
def test_rayleigh_is_invariant_under_scaling(seed):
    rng = np.random.default_rng(seed)
    for _ in range(BATCH):
        S, u, w = instance(rng)
        scale = rng.uniform(-5, 5)
        assert decoupling.rayleigh_quotient(scale * w, S, u) == pytest.approx(decoupling.rayleigh_quotient(w, S, u))


@given(SEEDS)
@settings(deadline=None, database=None, max_examples=20)
def test_rho_star_is_the_smallest_eigenvalue_of_the_pencil(seed):
    rng = np.random.default_rng(seed)
    S, u, _ = instance(rng)
    eigenvalues, vectors = scipy.linalg.eigh(-np.outer(u, u), S)
    metric = Metric(S)
    assert decoupling.rho_star(metric, u) == pytest.approx(eigenvalues[0], rel=1e-10)
    # the direction's angle is known to eps * condition, and the excess is its square
    assert decoupling.direction_excess(vectors[:, 0], metric, u) <= 1e-20


def test_rayleigh_gradient_agrees_with_autograd():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    for _ in range(BATCH):
        S, u, w = instance(rng)
        variable = torch.tensor(w, requires_grad=True)
        (-((torch.tensor(u) @ variable) ** 2) / (variable @ torch.tensor(S) @ variable)).backward()
        assert decoupling.rayleigh_gradient(w, S, u) == pytest.approx(variable.grad.numpy(), rel=1e-10, abs=1e-12)


@given(SEEDS)
@settings(deadline=None, database=None, max_examples=20)
def test_direction_excess_is_the_difference_of_the_quotients(seed):
    rng = np.random.default_rng(seed)
    for _ in range(BATCH):
        S, u, w = instance(rng)
        metric = Metric(S)
        difference = decoupling.rayleigh_quotient(w, S, u) - decoupling.rho_star(metric, u)
        assert decoupling.direction_excess(w, metric, u) == pytest.approx(difference, rel=1e-9, abs=1e-12)


def test_direction_excess_keeps_its_accuracy_close_to_the_optimum():
    S, u = np.diag([1.0, 0.25]), np.array([1.0, 0.0])
    angle = 1e-9
    w = np.array([np.cos(angle), np.sin(angle) / 0.5])
    assert decoupling.direction_excess(w, Metric(S), u) == pytest.approx(np.sin(angle) ** 2, rel=1e-6, abs=0)


def test_every_direction_is_optimal_without_a_mean():
    assert decoupling.direction_excess(np.ones(2), Metric(np.diag([1.0, 0.25])), np.zeros(2)) == 0.0


@given(SEEDS)
@settings(deadline=None, database=None, max_examples=20)
def test_gradient_of_rho_measures_the_excess(seed):
    """|w|_S^2 |grad rho|^2_{S^-1} / (4 |rho|) = D(w) (E3's identity)."""
    rng = np.random.default_rng(seed)
    for _ in range(BATCH):
        S, u, w = instance(rng)
        metric = Metric(S)
        rho = decoupling.rayleigh_quotient(w, S, u)
        norm = metric.norm(w) * metric.dual_norm(decoupling.rayleigh_gradient(w, S, u))
        expected = decoupling.direction_excess(w, metric, u)
        assert norm**2 / (4 * abs(rho)) == pytest.approx(expected, rel=1e-8, abs=1e-14)


@given(SEEDS)
@settings(deadline=None, database=None, max_examples=20)
def test_rayleigh_step_contracts_by_the_theorems_factor(seed):
    rng = np.random.default_rng(seed)
    for _ in range(BATCH):
        S, u, w = instance(rng)
        metric = Metric(S)
        step = decoupling.rayleigh_step_size(w, S, u, metric.L)
        after = w - step * decoupling.rayleigh_gradient(w, S, u)
        bound = decoupling.contraction_factor(metric.mu, metric.L) * decoupling.direction_excess(w, metric, u)
        assert decoupling.direction_excess(after, metric, u) <= bound * (1 + 1e-9) + 1e-15


@given(SEEDS)
@settings(deadline=None, database=None, max_examples=20)
def test_gdnp_step_is_the_rayleigh_step_for_every_loss_and_length(seed):
    """E9 with the corrected h, for arbitrary E[phi'], E[phi''] and gamma; with the printed h it is not."""
    rng = np.random.default_rng(seed)
    printed_differs = 0
    for _ in range(BATCH):
        S, u, w = instance(rng)
        metric = Metric(S)
        a, b = rng.uniform(0.1, 1, 2)
        gamma, norm = rng.uniform(0.2, 3), metric.norm(w)
        v = w / norm
        gradient = a * u + b * (S - np.outer(u, u)) @ (gamma * v)
        grad_w = decoupling.direction_gradient(gradient, v, S @ v, gamma) / norm
        rayleigh = w - decoupling.rayleigh_step_size(w, S, u, metric.L) * decoupling.rayleigh_gradient(w, S, u)
        steps = {}
        for criterion in ("corrected", "printed"):
            h = decoupling.gdnp_criterion(a, b, u @ w, gamma * (u @ v), criterion)
            steps[criterion] = w - decoupling.gdnp_step_size(norm, metric.L, gamma, h) * grad_w
        scale = np.abs(rayleigh).max()
        assert steps["corrected"] == pytest.approx(rayleigh, rel=1e-8, abs=1e-9 * scale)
        printed_differs += bool(np.abs(steps["printed"] - rayleigh).max() > 1e-3 * scale)
    assert printed_differs > BATCH / 2


def test_criteria_are_the_two_formulas():
    """E[phi'] = 1/2, E[phi''] = 1/4, u^T w = 3, u^T w~ = 8: by hand (1/2 - 8/4) 3, and 3/2 - 9/4."""
    assert decoupling.gdnp_criterion(0.5, 0.25, 3.0, 8.0) == -4.5
    assert decoupling.gdnp_criterion(0.5, 0.25, 3.0, 8.0, "printed") == -0.75


def test_formulas_run_on_exact_rationals():
    S = np.array([[Fraction(2), Fraction(1)], [Fraction(1), Fraction(3)]], dtype=object)
    u = np.array([Fraction(1), Fraction(-1)], dtype=object)
    w = np.array([Fraction(1), Fraction(2)], dtype=object)
    # by hand: u.w = -1, S w = (4, 7), w.S w = 18
    assert decoupling.rayleigh_quotient(w, S, u) == Fraction(-1, 18)
    assert list(decoupling.rayleigh_gradient(w, S, u)) == [Fraction(11, 81), Fraction(-11, 162)]
    assert decoupling.rayleigh_step_size(w, S, u, Fraction(4)) == Fraction(81, 2)
