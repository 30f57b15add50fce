"""The S-metric and its dual against dense linear algebra that does not use an eigendecomposition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    assert metric.solve(g) == pytest.approx(np.linalg.pinv(X.T @ X) @ g, abs=1e-12)
    assert metric.mu == pytest.approx(np.linalg.svd(X, compute_uv=False)[1] ** 2, rel=1e-12)
    assert metric.whitening.T @ metric.S @ metric.whitening == pytest.approx(np.eye(2), abs=1e-12)


@pytest.mark.parametrize(
    ("S", "text"),
    [
        (np.ones((2, 3)), "S = array of shape (2, 3): must be a square matrix (d, d), d >= 1; give E[z z^T]"),
        (np.array([[1.0, np.nan], [np.nan, 1]]), "S = non-finite: must be finite; remove nan and inf from the data"),
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
