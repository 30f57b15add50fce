"""Standardized columns against exact rationals, and the bundled sets."""

from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from data_files import SMALL, UNCENTRED, write
from hypothesis import given, settings
from hypothesis import strategies as st

from bntheory.data import BUNDLED, bundled, load, standardize
from bntheory.errors import InvalidInput, MissingExtra

EPS = np.finfo(float).eps


# Standardization


def test_standardize_agrees_with_scikit_learn() -> None:
    from sklearn.preprocessing import StandardScaler

    X = np.random.default_rng(1).standard_normal((200, 7)) * np.logspace(-3, 3, 7) + np.arange(7)
    Z, columns, notes = standardize(X)
    np.testing.assert_allclose(Z, StandardScaler().fit_transform(X), rtol=0, atol=1e-12)
    assert columns is None
    assert notes == ("centred and scaled 7 columns",)


@settings(deadline=None, database=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 8))
def test_standardize_is_exact_at_any_magnitude(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    d = 32
    scale = 10.0 ** rng.uniform(-290, 290, d)
    X = (rng.standard_normal((n, d)) + rng.choice([0, 1, 1e8], d)) * scale
    X[0, ::4] = 1.7e308
    X[1, ::8] = -1.7e308
    before = X.copy()
    Z = standardize(X)[0]
    np.testing.assert_array_equal(X, before)
    for j in range(d):
        x = [Fraction(v) for v in X[:, j].tolist()]
        mean = sum(x) / n
        squares = sum((v - mean) ** 2 for v in x) / n
        # The sign and the square are rational where z is not.
        exact = [math.copysign(math.sqrt((v - mean) ** 2 / squares), v - mean) for v in x]
        # An entry is rounded relative to the half range, at most sqrt(n / 2) sd; the sums add n eps.
        np.testing.assert_allclose(Z[:, j], exact, rtol=0, atol=4 * (n + 8) * EPS)


def test_standardized_mean_and_deviation_keep_their_bounds() -> None:
    n = 100_000
    column = np.full(n, 0.3)
    column[[0, -1]] = -1, 1
    # sd is small beside the range, and equal summands round the same way: the worst case of one mean.
    X = np.column_stack([column, np.random.default_rng(0).lognormal(0, 3, n)])
    for z in standardize(X)[0].T:
        mean = math.fsum(z) / n
        assert abs(mean) <= n * EPS
        assert abs(math.sqrt(math.fsum((z - mean) ** 2) / n) - 1) <= (n + 8) * EPS


def test_constant_columns_are_dropped_with_a_note(tmp_path: Path) -> None:
    path = write(tmp_path, "f.csv", SMALL)
    data = load(path, target="label")
    assert (data.X.shape, data.columns) == ((3, 1), ("a",))
    assert data.notes == ("dropped constant column 'b'", "centred and scaled 1 column")
    # mean 7/3, sd sqrt(14/9)
    np.testing.assert_allclose(data.X[:, 0], np.array([-4, -1, 5]) / math.sqrt(14), rtol=4 * EPS)
    raw = load(path, target="label", raw=True)
    assert (raw.X.shape, raw.columns) == ((3, 2), ("a", "b"))
    assert raw.notes == (UNCENTRED,)
    # 0.1 has no exact mean, so a rule on the computed variance would keep it.
    X = np.column_stack([np.full((10, 12), 0.1), np.arange(10.0)])
    assert standardize(X)[2] == (
        "dropped 12 constant columns: 0, 1, 2, 3, 4, 5, 6, 7, ... (4 more)",
        "centred and scaled 1 column",
    )


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.ones((3, 2)), "X = 2 feature columns: must not all be constant; give a column that varies"),
        (np.ones((0, 2)), "X = no rows: must have rows to be centred; give at least 2 rows"),
        (
            np.ones(3),
            "X = an array of shape (3,): must have rows and columns; give shape (n, d) with d >= 1",
        ),
        (
            np.array([[1.0, 2.0], [3.0, np.inf]]),
            "X, entry [1, 1] = inf: must be finite; correct it or its row",
        ),
    ],
)
def test_standardize_refuses(X: np.ndarray, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        standardize(X)
    assert str(caught.value) == message


# Bundled sets


@pytest.mark.parametrize(
    ("name", "raw_shape", "d", "classes", "positive"),
    [
        ("breast_cancer", (569, 30), 30, ("benign", "malignant"), 212),
        ("digits", (1797, 64), 61, ("even", "odd"), 906),
        ("diabetes", (442, 10), 10, None, None),
    ],
)
def test_bundled_sets(
    name: str, raw_shape: tuple[int, int], d: int, classes: tuple[str, str] | None, positive: int | None
) -> None:
    raw, data = bundled(name, raw=True), bundled(name)
    assert raw.X.shape == raw_shape
    assert data.X.shape == (raw_shape[0], d)
    assert data.columns is not None
    assert len(data.columns) == d
    assert (data.name, data.classes) == (name, classes)
    if positive is None:
        assert (data.y.min(), data.y.max()) == (25, 346)
        # Ages in years.
        assert (raw.X[:, 0].min(), raw.X[:, 0].max()) == (19, 79)
    else:
        assert np.sum(data.y == 1) == positive
        assert set(data.y) == {-1, 1}


def test_bundled_digits_are_odd_and_even() -> None:
    from sklearn.datasets import load_digits

    np.testing.assert_array_equal(bundled("digits", raw=True).y, -((-1.0) ** load_digits().target))


def test_unknown_bundled_name_is_guessed() -> None:
    with pytest.raises(InvalidInput, match=r"data set = digit: .*; did you mean digits\?$"):
        bundled("digit")
    assert BUNDLED == ("breast_cancer", "digits", "diabetes")


def test_scikit_learn_is_asked_for_only_where_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import sys, bntheory.data; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    for module in ("sklearn", "sklearn.datasets"):
        monkeypatch.setitem(sys.modules, module, None)
    assert load(write(tmp_path, "f.csv", SMALL), target="label").X.shape == (3, 1)
    install = r"run pip install 'bntheory\[data\]'"
    with pytest.raises(MissingExtra, match=f"reading LIBSVM files needs it; {install}"):
        load(write(tmp_path, "f.svm", "1 1:2\n-1 1:3\n"))
    with pytest.raises(MissingExtra, match=f"the data set 'digits' needs it; {install}"):
        bundled("digits")
