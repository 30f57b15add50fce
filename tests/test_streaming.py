"""Streamed moments against exact rationals, NumPy and scikit-learn, however the rows are cut."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from bntheory import LeastSquares, streaming
from bntheory.data import standardize
from bntheory.errors import InvalidInput
from bntheory.streaming import moments

EPS = np.finfo(float).eps


def cut(X, y, *sizes):
    """Chunks of the given sizes, over and over."""
    start = 0
    while start < len(y):
        for size in sizes:
            yield X[start : start + size], y[start : start + size]
            start += size


def exact(X, y):
    """The mean and the co-moments of (x, y) in rationals."""
    columns = [[Fraction(v) for v in column] for column in np.column_stack([X, y]).T.tolist()]
    mean = [sum(column) / len(column) for column in columns]
    rest = [[v - m for v in column] for column, m in zip(columns, mean, strict=True)]
    return mean, [[sum(a * b for a, b in zip(p, q, strict=True)) for q in rest] for p in rest]


def worst(found, M):
    """The largest error of a matrix, each entry beside the square root of its two diagonal entries."""
    return max(
        abs(float(Fraction(float(found[j, k])) - M[j][k])) / float(M[j][j] * M[k][k]) ** 0.5
        for j in range(len(M))
        for k in range(len(M))
    )


def far(n, d=3, mean=1e8):
    """Rows of mean 1e8 and deviation 1, and targets that depend on them."""
    rng = np.random.default_rng(5)
    X = rng.standard_normal((n, d)) + mean
    return X, (X - mean) @ np.arange(1.0, d + 1) + rng.standard_normal(n) + mean


@pytest.mark.parametrize("size", [1e8, 1e12])
@pytest.mark.parametrize("sizes", [(700,), (1,), (7, 1, 64)])
def test_co_moments_keep_their_digits_where_the_means_are_large(sizes, size, monkeypatch):
    monkeypatch.setattr(streaming, "BLOCK", 50)
    X, y = far(700, mean=size)
    mean, M = exact(X, y)
    found = moments(cut(X, y, *sizes))
    # 50 rows a block, 700 blocks at most: the stated bound
    bound = 10 * (50 + 8 + np.log2(700)) * EPS
    assert worst(found.comoments, M) <= bound
    a = np.column_stack([X, y])
    naive = a.T @ a - len(a) * np.outer(a.mean(axis=0), a.mean(axis=0))
    assert worst(naive, M) > 0.01  # no digit is right beyond the first
    for j, m in enumerate(mean):
        error = Fraction(float(found.center[0, j])) + Fraction(float(found.center[1, j])) - m
        # one float64 near 1e8 is spaced by 1.5e-8, near 1e12 by 1.2e-4
        assert abs(float(error)) <= 100 * EPS * float(M[j][j] / len(y)) ** 0.5


@settings(deadline=None, database=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), block=st.integers(1, 9), sizes=st.lists(st.integers(1, 20), min_size=1))
def test_moments_of_drifting_rows_are_right_however_they_are_cut(seed, block, sizes):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    # a trend and an outlier in the first row: no fixed shift suits every block
    X = rng.standard_normal((n, 3)) + np.linspace(-1e4, 1e4, n)[:, None] * [0, 1, 0] + rng.choice([0, 1e6], 3)
    X[0, 2] += 1e5
    y = rng.standard_normal(n)
    _, M = exact(X, y)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming, "BLOCK", block)
        found = moments(cut(X, y, *sizes))
    assert found.n == n
    if n > 1:
        assert worst(found.comoments, M) <= 10 * (max(block, 4) + 8 + np.log2(n)) * EPS


def test_errors_do_not_grow_with_the_number_of_blocks(monkeypatch):
    """Equal blocks added one after the other drift: 1e5 roundings of the same sign; pairwise they do not."""
    monkeypatch.setattr(streaming, "BLOCK", 2)
    X = np.tile([[0.1], [0.7]], (50_000, 1))
    found = moments([(X, X[:, 0])])
    square = Fraction(0.1) - Fraction(0.7)
    M = 50_000 * square * square / 2
    assert abs(float(Fraction(float(found.comoments[0, 0])) / M - 1)) <= 4 * EPS
    one_by_one = 0.0
    for _ in range(50_000):
        one_by_one += (0.1 - 0.7) ** 2 / 2
    assert abs(float(Fraction(one_by_one) / M - 1)) > 100 * EPS


def test_an_outlier_in_the_first_row_costs_no_digits():
    """A shift by the first row would: 5e4 eps here."""
    X, y = far(4096)
    X[0] += 1e5
    assert worst(moments([(X, y)]).comoments, exact(X, y)[1]) <= 100 * EPS


def test_moments_agree_with_numpy_and_scikit_learn():
    from sklearn.preprocessing import StandardScaler

    X, y = far(10_000, d=5, mean=3.0)
    found = moments(cut(X, y, 999))
    np.testing.assert_allclose(found.comoments / len(y), np.cov(np.column_stack([X, y]).T, ddof=0), rtol=1e-12)
    scaler = StandardScaler()
    for part, _ in cut(X, y, 999):
        scaler.partial_fit(part)
    np.testing.assert_allclose(found.mean, scaler.mean_, rtol=1e-13)
    np.testing.assert_allclose(found.deviation, scaler.scale_, rtol=1e-12)
    np.testing.assert_allclose(found.S, X.T @ X / len(y), rtol=1e-13)
    np.testing.assert_allclose(found.u, -X.T @ y / len(y), rtol=1e-12)
    assert found.square == pytest.approx(y @ y / len(y), rel=1e-13)


def test_standardized_moments_are_those_of_standardized_data():
    X, y = far(5000)
    X = np.column_stack([X[:, 0], np.full(5000, 0.1), X[:, 1:]])
    found = moments(cut(X, y, 450)).standardized()
    Z = standardize(X)[0]
    # the loader's columns have deviation 1 to (n + 8) eps, its bound of recursive summation
    np.testing.assert_allclose(found.S, Z.T @ Z / len(y), atol=5008 * EPS)
    # E[y^2] = 1e16 beside E[y] = 1e8: the sums of the loader's columns, 0 to n eps, are multiplied by E[y]
    np.testing.assert_allclose(found.u, -Z.T @ (y - 1e8) / len(y), atol=5008 * EPS * 10)
    assert found.square == pytest.approx(float(y @ y / len(y)), rel=1e-14)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e8 / 3, 1e-120, 1e150])
def test_only_constant_columns_have_no_deviation(value):
    """0.1 has no exact mean; one unit in the last place in one row is a deviation."""
    X = np.full((10_007, 2), value)
    X[9_000, 1] = np.nextafter(value, 1) if value else 1e-150
    found = moments(cut(X, np.arange(10_007.0), 1000))
    assert (found.deviation[0], found.deviation[1] > 0) == (0, True)
    assert found.mean[0] == value


@settings(deadline=None, database=None, max_examples=50)
@given(value=st.floats(1, 2), rows=st.integers(1, 90_000), scale=st.sampled_from([1.0, -1e-100, 1e100]))
def test_constant_columns_are_constant_exactly(value, rows, scale):
    found = moments([(np.full((rows, 2), value * scale), np.zeros(rows))])
    assert not found.comoments.any()
    assert (found.mean == value * scale).all()


def test_sparse_integer_and_single_precision_chunks_are_taken_as_they_are():
    rng = np.random.default_rng(0)
    counts, y = rng.poisson(0.3, (5000, 4)), rng.standard_normal(5000)
    dense = moments([(counts.astype(float), y)])
    for X in (counts, counts.astype(np.float32), sp.csr_matrix(counts), sp.coo_array(counts.astype(np.int8))):
        np.testing.assert_array_equal(moments([(X, y)]).comoments, dense.comoments)


def test_least_squares_from_moments_is_least_squares_from_the_data():
    X, y = far(3000, mean=2.0)
    whole, streamed = LeastSquares.from_data(X, y), LeastSquares.from_moments(moments(cut(X, y, 64)))
    np.testing.assert_allclose(streamed.minimizer, np.linalg.lstsq(X, y)[0], rtol=1e-10)
    np.testing.assert_allclose(streamed.S, whole.S, rtol=1e-14)
    assert streamed.metric.n == 3000
    residual = y - X @ streamed.minimizer
    assert streamed.minimum == pytest.approx(residual @ residual / 3000, rel=1e-10)


def test_standardized_least_squares_is_solved_where_the_raw_means_hide_it():
    """In raw form S has condition 1e16; of centred columns nothing is lost."""
    X, y = far(4000)
    problem = LeastSquares.from_moments(moments(cut(X, y - 1e8, 300)).standardized())
    assert problem.metric.condition < 2
    Z = X - X.mean(axis=0)
    fitted = np.linalg.lstsq(Z, y - y.mean())[0] * Z.std(axis=0)
    np.testing.assert_allclose(problem.minimizer, fitted, rtol=1e-10)


def with_entry(value, row, column):
    X, y = far(9000, mean=0.0)
    X[row, column] = value
    return cut(X, y, 5000)


BAD = {
    "nan in a late chunk": (lambda: with_entry(np.nan, 8765, 2), "row 8765, column 2 = nan: must be finite"),
    "inf in a block's first row": (lambda: with_entry(np.inf, 5000, 0), "row 5000, column 0 = inf: must be finite"),
    "target nan": (lambda: [(np.ones((3, 1)), [1, 2, np.nan])], "row 2, the target = nan: must be finite"),
    "sparse inf": (lambda: [(sp.csr_array([[1.0], [np.inf]]), [1, 2])], "row 1, column 0 = inf: must be finite"),
    "squares overflow": (
        lambda: with_entry(-1e200, 7000, 1),
        "rows 5000 to 8999 = entries up to 1e+200: must have",
    ),
    "no chunk": (list, "data = no rows: must have rows"),
    "no rows": (lambda: [(np.ones((0, 2)), [])], "data = no rows: must have rows"),
    "columns change": (
        lambda: [(np.ones((4, 2)), np.ones(4)), (np.ones((4, 3)), np.ones(4))],
        "chunk from row 4 = X of shape (4, 3): must have shape (m, 2)",
    ),
    "one axis": (lambda: [(np.ones(4), np.ones(4))], "X of shape (4,): must have shape (m, d) with d >= 1"),
    "targets lack": (lambda: [(np.ones((4, 2)), np.ones(3))], "y of shape (3,): must have shape (4,)"),
    "words": (lambda: [([["a"]], [1])], "an array of type <U1: must hold real numbers"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_chunks_are_named(case):
    make, text = BAD[case]
    with pytest.raises(InvalidInput) as error:
        moments(make())
    assert text in str(error.value)
    assert "\n" not in str(error.value)


def test_constant_data_have_nothing_to_scale():
    with pytest.raises(InvalidInput, match="X = 2 constant columns: must not all be constant"):
        moments([(np.ones((5, 2)), np.arange(5.0))]).standardized()
