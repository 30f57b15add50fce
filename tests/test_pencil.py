"""The generalized Rayleigh quotient: formulas against autograd and SciPy, E4's bound in exact rationals."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bntheory.decoupling import rayleigh_gradient, rayleigh_quotient, rayleigh_step_size
from bntheory.linalg import symmetric_matrix
from bntheory.pencil import (
    ascent_step,
    eigenvalue_ratio,
    pencil_factor,
    pencil_gradient,
    pencil_quotient,
    pencil_step_size,
    ratio_of_coordinates,
    shifted_power_step,
)

Exact = NDArray[Any]
seeds = st.integers(0, 2**32 - 1)


class ExactPencil(NamedTuple):
    """B = Y^T diag(eigenvalues) Y and A = Y^T Y: Y w are the coordinates, the columns of X = Y^-1 the eigenvectors."""

    B: Exact
    A: Exact
    inverse: Exact
    eigenvalues: Exact
    X: Exact
    Y: Exact


def exact(numbers: Any) -> Exact:
    return np.vectorize(Fraction, otypes=[object])(numbers)


def exact_pencil(rng: np.random.Generator) -> ExactPencil:
    """Random integers; eigenvalues ascending, the largest one simple, the others in ties at times."""
    import sympy

    d = int(rng.integers(2, 5))
    Y = np.zeros((d, d), dtype=int)
    while not round(np.linalg.det(Y)):
        Y = rng.integers(-3, 4, size=(d, d))
    X = exact([[Fraction(int(entry.p), int(entry.q)) for entry in row] for row in sympy.Matrix(Y).inv().tolist()])
    eigenvalues = np.sort(rng.integers(-5, 6, size=d))
    eigenvalues[-1] += 1
    eigenvalues, Y = exact(eigenvalues), exact(Y)
    return ExactPencil((Y.T * eigenvalues) @ Y, Y.T @ Y, X @ X.T, eigenvalues, X, Y)


def start_above_second(pencil: ExactPencil, rng: np.random.Generator) -> Exact:
    """w with rho(w) > lambda_2: c_1^2 exceeds what the other coordinates take away."""
    c = exact(rng.integers(-4, 5, size=len(pencil.A)))
    weights = pencil.eigenvalues - pencil.eigenvalues[-2]
    loss = -(weights[:-1] @ c[:-1] ** 2) / weights[-1]
    c[-1] = Fraction(int(np.ceil(np.sqrt(float(loss)))) + 1)
    return pencil.X @ c


def errors(pencil: ExactPencil, w: Exact) -> Fraction:
    """(lambda_1 - rho)/(rho - lambda_2)."""
    return eigenvalue_ratio(pencil_quotient(w, pencil.B, pencil.A), pencil.eigenvalues[-1], pencil.eigenvalues[-2])


def factor(pencil: ExactPencil, exponent: int = 2) -> Fraction:
    return pencil_factor(pencil.eigenvalues[-1], pencil.eigenvalues[-2], pencil.eigenvalues[0], exponent)


def step(pencil: ExactPencil, w: Exact) -> Exact:
    return ascent_step(w, pencil.B, pencil.A, pencil.inverse, pencil.eigenvalues[0])


def along(pencil: ExactPencil, place: int, size: Fraction) -> Exact:
    """x_1 plus an error of that size along the eigenvector at this place of the ascending order."""
    return pencil.X[:, -1] + size * pencil.X[:, place]


@given(seeds)
@settings(deadline=None, database=None, max_examples=30)
def test_gradient_is_the_derivative_of_the_quotient(seed):
    import torch

    rng = np.random.default_rng(seed)
    d = int(rng.integers(2, 7))
    A, G = symmetric_matrix(rng.uniform(0.1, 3, size=d), rng), rng.standard_normal((d, d))
    B, w = G + G.T, rng.standard_normal(d)
    leaf = torch.tensor(w, requires_grad=True)
    quotient = (leaf @ torch.tensor(B) @ leaf) / (leaf @ torch.tensor(A) @ leaf)
    quotient.backward()
    assert pencil_quotient(w, B, A) == pytest.approx(quotient.item(), rel=1e-12, abs=1e-12)
    # both sides round sums of d^2 terms of size |B| |w| / w^T A w
    scale = np.linalg.norm(B) * np.linalg.norm(w) / (w @ A @ w) * max(1, 1 / (w @ A @ w))
    np.testing.assert_allclose(pencil_gradient(w, B, A), leaf.grad.numpy(), atol=1e-11 * scale, rtol=0)


@given(seeds)
@settings(deadline=None, database=None, max_examples=20)
def test_ascent_in_the_A_metric_is_the_shifted_power_method(seed):
    rng = np.random.default_rng(seed)
    pencil = exact_pencil(rng)
    w, smallest = start_above_second(pencil, rng), pencil.eigenvalues[0]
    length = pencil_quotient(w, pencil.B, pencil.A) - smallest
    assert (length * step(pencil, w) == shifted_power_step(w, pencil.B, pencil.inverse, smallest)).all()
    # and multiplies each coordinate by its eigenvalue's distance from the smallest
    assert (length * (pencil.Y @ step(pencil, w)) == (pencil.eigenvalues - smallest) * (pencil.Y @ w)).all()


@given(seeds)
@settings(deadline=None, database=None, max_examples=40)
def test_corrected_bound_holds_at_every_step_exactly(seed):
    rng = np.random.default_rng(seed)
    pencil = exact_pencil(rng)
    w = start_above_second(pencil, rng)
    for _ in range(4):
        following = step(pencil, w)
        assert 0 <= errors(pencil, following) <= factor(pencil) * errors(pencil, w)
        w = following


@given(seeds)
@settings(deadline=None, database=None, max_examples=20)
def test_bound_is_attained_where_the_error_is_along_the_second_eigenvector(seed):
    rng = np.random.default_rng(seed)
    pencil = exact_pencil(rng)
    w = along(pencil, -2, Fraction(int(rng.integers(1, 50)), 7))
    for t in range(4):
        following = step(pencil, w)
        assert errors(pencil, following) == factor(pencil) * errors(pencil, w)
        if t >= 2 and factor(pencil) > 0:
            assert errors(pencil, following) > factor(pencil, exponent=2 * t) * errors(pencil, w)  # the printed bound
        w = following


def test_error_along_the_last_eigenvector_is_gone_after_one_step():
    pencil = exact_pencil(np.random.default_rng(3))
    assert errors(pencil, step(pencil, along(pencil, 0, Fraction(1, 9)))) == 0


def test_bound_needs_a_start_above_the_second_eigenvalue():
    identity, eigenvalues = exact(np.eye(3, dtype=int)), exact([0, 1, 3])
    pencil = ExactPencil(np.diag(eigenvalues), identity, identity, eigenvalues, identity, identity)
    w = exact([3, 3, 1])
    assert errors(pencil, w) < 0 < errors(pencil, step(pencil, w))


def test_factor_of_a_step_and_the_printed_one():
    lambda_1, lambda_2, smallest = Fraction(7), Fraction(3), Fraction(1)
    assert pencil_factor(lambda_1, lambda_2, smallest) == Fraction(1, 9)
    assert pencil_factor(lambda_1, lambda_2, smallest, exponent=6) == Fraction(1, 729)


@given(seeds)
@settings(deadline=None, database=None, max_examples=20)
def test_coordinates_give_the_same_error(seed):
    rng = np.random.default_rng(seed)
    pencil = exact_pencil(rng)
    w = start_above_second(pencil, rng)
    assert ratio_of_coordinates(pencil.Y @ w, pencil.eigenvalues) == errors(pencil, w)


def test_coordinates_keep_the_digits_of_a_small_error():
    eigenvalues, c = np.array([-1.0, 0.1, 1.1]), np.array([0.0, 3e-9, 1.0])
    truth = 9e-18  # (1.1 - 0.1) c_2^2 / ((1.1 - 0.1) c_1^2)
    assert ratio_of_coordinates(c, eigenvalues) == pytest.approx(truth, rel=1e-14, abs=0)


def test_ascent_reaches_the_largest_eigenvalue_of_scipy():
    import scipy.linalg

    rng = np.random.default_rng(5)
    A, G = symmetric_matrix(np.array([0.1, 0.5, 1.0, 2.0]), rng), rng.standard_normal((4, 4))
    B, w = G + G.T, rng.standard_normal(4)
    eigenvalues, X = scipy.linalg.eigh(B, A)
    w, inverse = X[:, -1] + X[:, -2] + X[:, 0], np.linalg.inv(A)
    for _ in range(200):
        w = ascent_step(w, B, A, inverse, eigenvalues[0])
        w /= np.linalg.norm(w)
    assert pencil_quotient(w, B, A) == pytest.approx(eigenvalues[-1], rel=1e-13)


def test_batch_normalization_is_the_pencil_of_a_rank_one_matrix():
    pencil = exact_pencil(np.random.default_rng(11))
    A, u = pencil.A, exact(np.arange(1, len(pencil.A) + 1))
    B, w, L = np.outer(u, u), exact(np.arange(len(u)) ** 2 + 1), Fraction(9, 2)
    assert pencil_quotient(w, B, A) == -rayleigh_quotient(w, A, u)
    assert (pencil_gradient(w, B, A) == -rayleigh_gradient(w, A, u)).all()
    # E5 takes the Euclidean gradient, its step divided by L
    euclidean = ascent_step(w, B, A, exact(np.eye(len(u), dtype=int)) / L, Fraction(0))
    assert pencil_step_size(w, B, A, Fraction(0)) == L * rayleigh_step_size(w, A, u, L)
    assert (euclidean == w - rayleigh_step_size(w, A, u, L) * rayleigh_gradient(w, A, u)).all()
    # the A-gradient ends at a multiple of A^-1 u, E5's step does not
    own = A @ ascent_step(w, B, A, pencil.inverse, Fraction(0))
    assert (own * u[0] == own[0] * u).all()
    assert (A @ euclidean * u[0] != (A @ euclidean)[0] * u).any()


def test_quotient_does_not_depend_on_the_length():
    pencil = exact_pencil(np.random.default_rng(2))
    w = exact(np.arange(1, len(pencil.A) + 1))
    assert pencil_quotient(Fraction(-22, 7) * w, pencil.B, pencil.A) == pencil_quotient(w, pencil.B, pencil.A)
