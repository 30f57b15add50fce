"""What problems are built from: labels of any kind, dense, sparse and memory-mapped rows, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from instances import D, S, U, X, Y

from bntheory.errors import InvalidInput
from bntheory.problems import GaussianHalfspace, LeastSquares, SampledHalfspace

TARGETS = X @ np.ones(D) + Y


@pytest.mark.parametrize("labels", [(-1, 1), (0, 1), ("no", "yes"), (3.0, 7.0)])
def test_any_two_classes_serve_as_labels_and_the_second_is_positive(labels):
    named = np.where(Y > 0, labels[1], labels[0])
    assert (SampledHalfspace(X, named).y == Y).all()


def test_sparse_and_memory_mapped_rows_give_the_same_problem(tmp_path):
    np.save(tmp_path / "x.npy", X)
    w = np.linspace(-1, 1, D)
    dense = SampledHalfspace(X, Y)
    for rows in (sp.csr_array(X), np.load(tmp_path / "x.npy", mmap_mode="r"), np.ascontiguousarray(X)):
        other = SampledHalfspace(rows, Y)
        assert other.value(w) == pytest.approx(dense.value(w), rel=1e-13)
        assert other.gradient(w) == pytest.approx(dense.gradient(w), abs=1e-14)
        assert other.hessian(w) == pytest.approx(dense.hessian(w), abs=1e-13)
        assert pytest.approx(dense.S, abs=1e-13) == other.S


def test_sparse_rows_and_integers_give_the_same_least_squares():
    counts = np.random.default_rng(0).integers(-100, 100, (50, 3))
    counts[:, 1] = 0  # a feature that never occurs
    dense = LeastSquares.from_data(counts.astype(float), TARGETS[:50])
    for rows in (counts, sp.csr_matrix(counts.astype(np.int8)), sp.coo_array(counts.astype(np.int8)), counts.tolist()):
        other = LeastSquares.from_data(rows, TARGETS[:50].tolist())
        assert pytest.approx(dense.S, rel=1e-14) == other.S
        assert other.u == pytest.approx(dense.u, rel=1e-14)
    assert dense.metric.rank == 2


@pytest.mark.parametrize("kind", [np.int8, np.float32])
def test_memory_mapped_rows_of_other_types_become_float64(tmp_path, kind):
    counts = np.random.default_rng(0).integers(-100, 100, (50, 3))
    np.save(tmp_path / "x.npy", counts.astype(kind))
    problem = LeastSquares.from_data(np.load(tmp_path / "x.npy", mmap_mode="r"), TARGETS[:50])
    assert pytest.approx(counts.T @ counts / 50, rel=1e-15) == problem.S


def test_rows_are_laid_out_for_products_with_the_data(tmp_path):
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert SampledHalfspace(np.ascontiguousarray(X), Y).X.flags.f_contiguous
    assert SampledHalfspace(mapped, Y).X.table is mapped  # a copy would defeat its purpose
    assert isinstance(SampledHalfspace(sp.coo_array(X), Y).X, sp.csr_array)


BAD = {
    "u shape": (lambda: LeastSquares(S, U[:2]), "u = array of shape (2,): must have shape (6,); match the shape of S"),
    "u too long": (
        lambda: LeastSquares(S, np.ones((D, 1))),
        "u = array of shape (6, 1): must have shape (6,); match the shape of S",
    ),
    "u nan": (lambda: GaussianHalfspace(S, U * np.nan), "u = non-finite: must be finite; remove nan and inf"),
    "not definite": (
        lambda: GaussianHalfspace(np.diag([1.0, 1, 1, 1, 1, 0]), U),
        "S = smallest eigenvalue 0: must be positive definite; give the second moment E[z z^T]",
    ),
    "not definite least squares": (
        lambda: LeastSquares(np.diag([1.0, 0]), np.ones(2)),
        "S = smallest eigenvalue 0: must be positive definite; give the second moment E[z z^T]",
    ),
    "off the data": (
        lambda: SampledHalfspace(np.eye(2)[[0, 0]], [0, 1]).ray(np.array([0.0, 1])),
        "w = orthogonal to every row: must have |w|_S > 0; start in the span of the data",
    ),
    "too separable": (
        lambda: GaussianHalfspace(S, U / 0.6 * 1.2),
        "u^T S^-1 u = 1.44: must be below 1, or z has no covariance S - u u^T; "
        "give the second moment E[z z^T] as S, not the covariance",
    ),
    "loss": (
        lambda: SampledHalfspace(X, Y, "sofplus"),
        "did you mean softplus?",
    ),
    "X nan": (
        lambda: SampledHalfspace(np.where(X > 2, np.nan, X), Y),
        "X = non-finite: must be finite; remove rows with nan and inf",
    ),
    "sparse X inf": (
        lambda: SampledHalfspace(sp.csr_array(np.where(X > 2, np.inf, X)), Y),
        "X = non-finite: must be finite; remove rows with nan and inf",
    ),
    "X without columns": (
        lambda: LeastSquares.from_data(np.ones((3, 0)), np.ones(3)),
        "X = array of shape (3, 0): must have shape (n, d) with n, d >= 1; give one row a sample",
    ),
    "X without rows": (
        lambda: LeastSquares.from_data(np.ones((0, 3)), np.ones(0)),
        "X = array of shape (0, 3): must have shape (n, d) with n, d >= 1; give one row a sample",
    ),
    "labels shape": (
        lambda: SampledHalfspace(X, Y[:, None]),
        "y = array of shape (300, 1): must have shape (n,); give one label a row",
    ),
    "label nan": (
        lambda: SampledHalfspace(X, np.where(Y > 0, 1.0, np.nan)),
        "y = non-finite: must be finite; remove rows with nan and inf",
    ),
    "mixed labels": (
        lambda: SampledHalfspace(X, np.where(Y > 0, "a", None)),
        "y = labels of several types: must be comparable with one another; make them strings",
    ),
    "words in X": (
        lambda: SampledHalfspace(np.where(X > 0, "a", "b"), Y),
        "X = not an array of numbers: must hold real numbers",
    ),
    "words for targets": (
        lambda: LeastSquares.from_data(X, ["a"] * len(X)),
        "y = not an array of numbers: must hold real",
    ),
    "three classes": (
        lambda: SampledHalfspace(X, np.arange(len(X)) % 3),
        "y = 3 class(es): 0, 1, 2: must hold exactly two classes; select two of them",
    ),
    "many classes": (
        lambda: SampledHalfspace(X, np.arange(len(X)) % 6),
        "y = 6 class(es): 0, 1, 2, 3, ...: must hold exactly two classes; select two of them",
    ),
    "X shape": (
        lambda: SampledHalfspace(X[0], Y),
        "X = array of shape (6,): must have shape (n, d) with n, d >= 1; give one row a sample",
    ),
    "y shape": (
        lambda: SampledHalfspace(X[:10], Y[:9]),
        "y = array of shape (9,): must have shape (10,); give one target a row of X",
    ),
    "one class": (
        lambda: SampledHalfspace(X, np.ones(len(X))),
        "y = 1 class(es): 1.0: must hold exactly two classes; select two of them",
    ),
    "y nan": (
        lambda: LeastSquares.from_data(X, TARGETS * np.inf),
        "y = non-finite: must be finite; remove rows with nan and inf",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named(case):
    make, text = BAD[case]
    with pytest.raises(InvalidInput) as error:
        make()
    assert text in str(error.value)
    assert "\n" not in str(error.value)
