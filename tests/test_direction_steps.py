"""Sharper statements on the steps of least squares, by other means: angles, optimizers, eigenvalues, iterates."""

from __future__ import annotations

from dataclasses import replace

import mpmath
import numpy as np
import pytest
import scipy.linalg
from scipy.optimize import minimize_scalar

from bntheory.cases import Quadratic, sample_quadratics
from bntheory.cases.approaches import sample_approaches
from bntheory.claims import constant_step, worst_case
from bntheory.claims.rayleigh_step import Steps, excess, stepped
from bntheory.decoupling import best_constant_factor
from bntheory.linalg import symmetric_matrix


def as_arrays(case):
    parts = {name: np.array(getattr(case, name), dtype=float) for name in ("S", "inverse", "best", "w")}
    return Quadratic(**parts, mu=float(case.mu), L=float(case.L))


def angles_of_the_print(q, x):
    """sin^2 of the sum of the two angles, by atan2 and arcsin."""
    s, k = mpmath.sqrt(x), mpmath.sqrt(1 - x)
    alpha = mpmath.atan2(q / 2 * s * k, 1 - q / 2 * x)
    beta = mpmath.asin(q / 2 * s / mpmath.sqrt(1 - q * x + q**2 * x / 4))
    return mpmath.sin(alpha + beta) ** 2


def test_the_worst_case_is_the_sum_of_the_printed_angles():
    with mpmath.workdps(30):
        for case in sample_quadratics()(np.random.default_rng(0), 40):
            q, R = as_arrays(case), float(case.u @ case.best)
            x = 1 - (q.u @ q.w) ** 2 / (q.w @ q.S @ q.w) / R
            printed = R * angles_of_the_print(mpmath.mpf(1 - q.mu / q.L), mpmath.mpf(x))
            assert float(printed) == pytest.approx(worst_case.F1_PRINTED.sides(q)[1], rel=1e-8, abs=1e-10 * R)


@pytest.mark.parametrize(("q", "theta"), [(0.3, 0.4), (0.9, 1.2), (0.99, 0.05), (0.6, 1.5)])
def test_no_direction_is_worse_and_one_is_as_bad(q, theta):
    """By brute force over all directions of u against the eigenvectors, in two dimensions."""
    S, root = np.diag([1 - q, 1.0]), np.diag([np.sqrt(1 - q), 1.0])

    def growth(angle):
        best, x = (np.linalg.solve(root, [np.cos(a), np.sin(a)]) for a in (angle, angle + theta))
        case = Quadratic(S, np.linalg.inv(S), best, x, 1 - q, 1.0)
        after, bound = worst_case.F1_PRINTED.sides(case)
        return after / bound

    grid = np.linspace(0, np.pi, 4001)
    values = [growth(angle) for angle in grid]
    near = grid[int(np.argmax(values))]
    found = minimize_scalar(lambda a: -growth(a), bounds=(near - 1e-3, near + 1e-3), method="bounded")
    assert max(values) <= 1 + 1e-9
    assert -found.fun == pytest.approx(1, abs=1e-9)


def test_the_worst_case_holds_in_six_dimensions():
    rng = np.random.default_rng(1)
    for _ in range(50):
        S = symmetric_matrix(np.sort(rng.uniform(0.01, 1, size=6)), rng)
        values = np.linalg.eigvalsh(S)
        case = Quadratic(S, np.linalg.inv(S), *rng.standard_normal((2, 6)), values[0], values[-1])
        after, bound = worst_case.F1_PRINTED.sides(case)
        assert after <= bound * (1 + 1e-9)


@pytest.mark.parametrize(("mu", "L"), [(1.0, 10.0), (0.2, 0.3), (1.0, 1e3)])
def test_the_best_constant_is_found_by_an_optimizer(mu, L):
    S, delta = np.diag([mu, L]), 1e-9
    off = np.sqrt(delta * L / mu)
    case = Quadratic(S, np.linalg.inv(S), np.array([0.0, 1.0]), np.array([off, 1.0]), mu, L)

    def worst(length):
        return constant_step.F2_OPTIMAL.sides(constant_step.Constant(case, length))[1]

    found = minimize_scalar(worst, bounds=(0, 4), method="bounded", options={"xatol": 1e-10})
    assert found.x == pytest.approx(constant_step.best_length(case), rel=1e-4)
    assert found.fun == pytest.approx(best_constant_factor(mu, L), rel=1e-3)


def asymptotic_factor(S, u):
    """(1 - nu/L)^2, by the compression of S to the orthogonal complement of S^(-1/2) u."""
    values, vectors = np.linalg.eigh(S)
    normal = vectors @ (vectors.T @ u / np.sqrt(values))
    basis = scipy.linalg.null_space(normal[None, :])
    nu = np.linalg.eigvalsh(basis.T @ S @ basis)[0]
    return (1 - nu / values[-1]) ** 2


@pytest.mark.parametrize("seed", range(4))
def test_iterates_of_a_generic_start_tend_to_the_asymptotic_factor(seed):
    """With so many digits that D does not drown in them."""
    rng = np.random.default_rng(seed)
    S, (u, w) = symmetric_matrix([1.0, 3.0, 8.0, 20.0], rng), rng.standard_normal((2, 4))
    with mpmath.workdps(120):
        exact = [np.vectorize(mpmath.mpf, otypes=[object])(part) for part in (S, u, w)]
        inverse = np.array((mpmath.matrix(exact[0].tolist()) ** -1).tolist(), dtype=object).reshape(4, 4)
        case = Quadratic(exact[0], inverse, inverse @ exact[1], exact[2], mpmath.mpf(1), mpmath.mpf(20))
        errors = []
        for _ in range(400):
            errors.append(excess(case, case.w))
            case = replace(case, w=stepped(Steps(case, 1)))
        measured = float(errors[-1] / errors[-2])
    assert measured == pytest.approx(asymptotic_factor(S, u), rel=1e-6)


@pytest.mark.parametrize("slowest", [False, True])
def test_the_smallest_eigenvalue_of_the_compression_is_a_field_of_the_case(slowest):
    for case in sample_approaches(slowest=slowest)(np.random.default_rng(0), 60):
        q = as_arrays(case.instance)
        factor = (1 - float(case.nu / case.instance.L)) ** 2
        assert factor == pytest.approx(asymptotic_factor(q.S, q.S @ q.best), rel=1e-7, abs=1e-7)
