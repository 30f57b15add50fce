"""The S-metric and its dual against dense linear algebra that does not use an eigendecomposition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from bntheory.errors import InvalidInput
from bntheory.linalg import Metric, symmetric_matrix

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.integers(1, 8), st.floats(0, 6))
@settings(deadline=None, database=None, max_examples=50)
def test_dual_norm_and_solve_agree_with_a_linear_solver(seed, d, log_condition):
    rng = np.random.default_rng(seed)
    S = symmetric_matrix(np.geomspace(10**-log_condition, 1, d), rng)
    g = rng.standard_normal(d)
    metric = Metric(S, definite=True)
    expected = np.linalg.solve(S, g)
    # both carry a relative error of about eps * condition
    tolerance = 1e-14 * 10**log_condition * d
    assert metric.solve(g) == pytest.approx(expected, rel=tolerance, abs=tolerance * np.abs(expected).max())
    assert metric.dual_norm(g) == pytest.approx(np.sqrt(g @ expected), rel=tolerance)
    assert metric.norm(g) == pytest.approx(np.linalg.norm(np.linalg.cholesky(S).T @ g), rel=1e-12)


@given(SEEDS, st.integers(1, 8))
@settings(deadline=None, database=None, max_examples=50)
def test_symmetric_matrix_has_the_prescribed_spectrum(seed, d):
    eigenvalues = np.geomspace(1e-3, 2.0, d)
    S = symmetric_matrix(eigenvalues, np.random.default_rng(seed))
    assert (S == S.T).all()
    assert np.linalg.svd(S, compute_uv=False)[::-1] == pytest.approx(eigenvalues, rel=1e-11)


def test_singular_metric_uses_its_range():
    X = np.array([[1.0, 0, 1], [0, 1, 1], [1, 1, 2]])  # third column = first + second
    metric = Metric(X.T @ X)
    g = X.T @ np.array([1.0, -2, 3])
    assert metric.rank == 2
    assert X.T @ X @ metric.solve(g) == pytest.approx(g, abs=1e-12)
    assert metric.dual_norm(g) == pytest.approx(np.sqrt(g @ np.linalg.pinv(X.T @ X) @ g), rel=1e-12)
    assert metric.mu == pytest.approx(np.linalg.svd(X, compute_uv=False)[1] ** 2, rel=1e-12)
    assert metric.whitening.T @ metric.S @ metric.whitening == pytest.approx(np.eye(2), abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_rounding_below_zero_is_neither_a_negative_eigenvalue_nor_a_negative_length(seed):
    """A Gram matrix of rank 2 in 40 dimensions: its zero eigenvalues are computed as some eps L, of both signs."""
    factor = np.random.default_rng(seed).standard_normal((40, 2))
    metric = Metric(factor @ factor.T)
    assert metric.rank == 2
    basis, singular, _ = np.linalg.svd(factor)
    assert (metric.L, metric.mu) == pytest.approx((singular[0] ** 2, singular[1] ** 2), rel=1e-12)
    assert metric.condition == pytest.approx((singular[0] / singular[1]) ** 2, rel=1e-12)
    for flat in basis.T[2:]:  # v^T S v is rounding, below 0 for some of them
        assert metric.norm(flat) <= 1e-6


@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_the_rank_does_not_depend_on_the_units_of_the_columns(kind):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((500, 6))
    X[:, 5] = X[:, 0] - 2 * X[:, 3]
    units = np.array([1e-9, 1e9, 1.0, 1e5, 1e-4, 1e3])
    scaled = Metric.of_rows(kind(X * units))
    assert scaled.rank == Metric.of_rows(kind(X)).rank == 5
    assert scaled.n == 500
    assert scaled.S / np.outer(units, units) == pytest.approx(X.T @ X / 500, abs=1e-13)
    g = X.T @ rng.standard_normal(500)
    assert scaled.S @ scaled.solve(units * g) / units == pytest.approx(g, abs=1e-9)


def test_a_column_of_zeros_is_off_the_range():
    metric = Metric.of_rows(np.array([[1.0, 0], [3, 0]]))
    assert (metric.rank, metric.mu, metric.L) == (1, 5.0, 5.0)
    assert metric.solve(np.array([5.0, 0])) == pytest.approx([1.0, 0.0])


def test_the_rounding_of_many_rows_is_no_eigenvalue():
    """Rows known to 1e-13: their Gram matrix of n = 10^6 rows may err by n eps = 2e-10, of one row by d eps."""
    S = np.array([[1.0, 1.0], [1.0, 1.0 + 1e-12]])
    assert Metric(S).rank == 2
    assert Metric(S, n=10**6).rank == 1


def test_unit_vectors_have_length_one_and_directions_off_the_data_are_refused():
    metric = Metric(np.diag([4.0, 0.0]))
    assert metric.unit(np.array([-3.0, 5.0])) == pytest.approx([-0.5, 5 / 6])
    for off in ([0.0, 1.0], [0.0, 0.0]):
        with pytest.raises(InvalidInput, match=r"w = \|w\|_S = 0: must have \|w\|_S > 0"):
            metric.unit(np.array(off))


def test_a_small_eigenvalue_above_the_rank_tolerance_counts():
    metric = Metric(np.diag([1e-12, 1.0]), definite=True)
    assert (metric.rank, metric.mu, metric.condition) == (2, 1e-12, 1e12)
    assert metric.solve(np.ones(2)) == pytest.approx(np.array([1e12, 1.0]), rel=1e-12)


def test_the_basis_of_a_symmetric_matrix_is_uniformly_random():
    """In the plane S = Q diag(0, 1) Q^T has entries (1 - cos 2t)/2 and (sin 2t)/2, t uniform: means 1/2 and 0."""
    rng = np.random.default_rng(0)
    n = 4000
    drawn = np.array([symmetric_matrix(np.array([0.0, 1.0]), rng) for _ in range(n)])
    deviation = np.sqrt(1 / 8 / n)
    assert abs(drawn[:, 0, 0].mean() - 0.5) <= 5 * deviation
    assert abs(drawn[:, 0, 1].mean()) <= 5 * deviation


def test_asymmetry_of_rounding_is_accepted_and_any_other_is_not():
    S = np.array([[1.0, 0.5], [0.5, 1.0]])
    S[0, 1] += 1e-12
    assert Metric(S).rank == 2
    S[0, 1] += 1e-6
    with pytest.raises(InvalidInput, match="S = asymmetric by 1e-06: must be symmetric"):
        Metric(S)


@pytest.mark.parametrize("S", [np.zeros((2, 2)), np.diag([1.0, -1e-6])])
def test_a_singular_metric_must_still_be_semidefinite_and_not_zero(S):
    with pytest.raises(InvalidInput, match="must be positive semidefinite and not 0; give the second moment"):
        Metric(S)


@pytest.mark.parametrize(
    ("S", "text"),
    [
        (np.ones(3), "S = array of shape (3,): must be a square matrix (d, d), d >= 1; give E[z z^T]"),
        (np.ones((0, 0)), "S = array of shape (0, 0): must be a square matrix (d, d), d >= 1; give E[z z^T]"),
        (np.ones((2, 3)), "S = array of shape (2, 3): must be a square matrix (d, d), d >= 1; give E[z z^T]"),
        (np.array([[1.0, np.nan], [np.nan, 1]]), "S = non-finite: must be finite; remove nan and inf from the data"),
        (np.eye(2) * (1 + 2j), "S = complex: must be real; give the real part, if the rest is rounding"),
        (np.array([[1.0, 2], [0, 1]]), "S = asymmetric by 2: must be symmetric; use (S + S.T)/2"),
        (
            np.diag([1.0, 0]),
            "S = smallest eigenvalue 0: must be positive definite; give the second moment E[z z^T]",
        ),
        (
            np.diag([1.0, -0.5]),
            "S = smallest eigenvalue -0.5: must be positive definite; give the second moment E[z z^T]",
        ),
    ],
)
def test_bad_matrix_is_named(S, text):
    with pytest.raises(InvalidInput) as error:
        Metric(S, definite=True)
    assert str(error.value) == text
