"""Reading users' data: every format gives the same matrix, and whatever is wrong is named in one line."""

from __future__ import annotations

import csv
import io
import math
import os
import pickle
import subprocess
import sys
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.sparse import csr_array

from bntheory.data import BUNDLED, Dataset, bundled, load, standardize
from bntheory.errors import InvalidInput, MissingExtra

EPS = np.finfo(float).eps
A9A = Path(os.environ.get("SHARED", "../shared"), "data", "a9a")

UNCENTRED = "columns are taken as they are; the theory assumes E[x] = 0"

SMALL = "a,b,label\n1,5,no\n2,5,yes\n4,5,yes\n"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path | str, **options: Any) -> str:
    """The message of the refusal, which must be one line."""
    with pytest.raises(InvalidInput) as caught:
        load(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


def attempt(path: Path, **options: Any) -> Dataset | str:
    """The data, or the message of the refusal; any other error is a failure."""
    try:
        return load(path, **options)
    except InvalidInput as error:
        return str(error)


# Formats


def test_csv_gives_features_labels_and_names(tmp_path: Path) -> None:
    data = load(write(tmp_path, "two classes.csv", SMALL), target="label", raw=True)
    assert data.name == "two classes.csv"
    np.testing.assert_array_equal(data.X, [[1, 5], [2, 5], [4, 5]])
    np.testing.assert_array_equal(data.y, [-1, 1, 1])
    assert data.classes == ("no", "yes")
    assert data.columns == ("a", "b")


@pytest.mark.parametrize(
    "content",
    [
        SMALL,
        SMALL.replace("\n", "\r\n"),
        SMALL.replace("\n", "\r"),
        SMALL.rstrip("\n"),
        SMALL.replace(",", ";"),
        SMALL.replace(",", "\t"),
        SMALL.replace(",", ", "),
        SMALL.replace("\n", "\n\n"),
        "\n \t\n" + SMALL,
        SMALL.encode("utf-8-sig"),
        ('"' + SMALL.strip().replace(",", '","').replace("\n", '"\n"') + '"\n').encode("utf-8-sig"),
        SMALL.replace("a,b,", '"a", "b", '),
    ],
)
def test_csv_dialects_read_the_same(tmp_path: Path, content: str | bytes) -> None:
    data = load(write(tmp_path, "f.csv", content), target="label", raw=True)
    np.testing.assert_array_equal(data.X, [[1, 5], [2, 5], [4, 5]])
    assert (data.classes, data.columns, data.y.tolist()) == (("no", "yes"), ("a", "b"), [-1, 1, 1])


@pytest.mark.parametrize(
    ("content", "columns", "classes"),
    [
        ('"size, cm";label\n1;x\n2;y\n', ("size, cm",), ("x", "y")),
        ("size, cm;label\n1;x\n2;y\n", ("size, cm",), ("x", "y")),
        ('"say ""hi""",label\n1,"x, 1"\n2,"y ""2"""\n', ('say "hi"',), ("x, 1", 'y "2"')),
        ('"two\nlines",label\n1,x\n2,y\n', ("two lines",), ("x", "y")),
        ("Größe,label\n1,ä\n2,z\n", ("Größe",), ("z", "ä")),
    ],
    ids=["quoted-comma", "bare-comma", "quotes", "newline", "utf8"],
)
def test_csv_quotes_and_delimiters_inside_cells(
    tmp_path: Path, content: str, columns: tuple[str, ...], classes: tuple[str, str]
) -> None:
    data = load(write(tmp_path, "f.csv", content), target="label", raw=True)
    assert (data.columns, data.classes, data.X.tolist()) == (columns, classes, [[1], [2]])


def test_csv_target_is_a_name_before_it_is_an_index(tmp_path: Path) -> None:
    path = write(tmp_path, "f.csv", "1,0,x\n3,0,0\n4,5,1\n")
    data = load(path, target="1")
    assert (data.columns, data.notes) == (("0", "x"), ("centred and scaled 2 columns",))
    assert load(path, target="0", raw=True).columns == ("1", "x")
    assert load(path, target=2, raw=True).columns == ("1", "0")


def test_csv_header_of_a_nameless_data_frame_is_a_header(tmp_path: Path) -> None:
    data = load(write(tmp_path, "f.csv", "0,1\n3,7\n4,8\n"), target=1, raw=True)
    assert (data.columns, data.classes, data.X.tolist()) == (("0",), ("7", "8"), [[3], [4]])


def test_csv_header_that_looks_like_data_is_noted(tmp_path: Path) -> None:
    path = write(tmp_path, "f.csv", ",5.1,label\n0,3,x\n1,4,y\n")
    header = "row 1 was read as the header, though it has '5.1'"
    unnamed = "columns without a name were kept as '#0'"
    assert load(path, target="label").notes == (header, unnamed, "centred and scaled 2 columns")
    assert load(path, target="label", raw=True).notes == (header, unnamed, UNCENTRED)


@pytest.mark.parametrize(
    ("labels", "classes", "y"),
    [
        (["-1", "+1", "1.0"], ("-1", "1"), [-1, 1, 1]),
        (["0", "1", "0"], ("0", "1"), [-1, 1, -1]),
        (["10", "9", "9"], ("9", "10"), [1, -1, -1]),
        (["0.5", "-0.25", "0.5"], ("-0.25", "0.5"), [1, -1, 1]),
        (["10", "9 kg", "10"], ("10", "9 kg"), [-1, 1, -1]),
        (["1_0", "9_0", "1_0"], ("1_0", "9_0"), [-1, 1, -1]),
        (["spam", " ham ", "ham"], ("ham", "spam"), [1, -1, -1]),
    ],
)
def test_second_class_in_order_is_plus_one(
    tmp_path: Path, labels: list[str], classes: tuple[str, str], y: list[float]
) -> None:
    rows = "".join(f"{i},{label}\n" for i, label in enumerate(labels))
    data = load(write(tmp_path, "f.csv", "a,label\n" + rows), target="label")
    assert data.classes == classes
    assert data.y.tolist() == y


@pytest.mark.parametrize(
    ("labels", "classes", "y"),
    [
        (np.array([10, 9, 10]), ("9", "10"), [1, -1, 1]),
        (np.array([True, False, True]), ("False", "True"), [1, -1, 1]),
        (np.array(["b", "a", "b"]), ("a", "b"), [1, -1, 1]),
        (np.array([b"b", b"a", b"b"]), ("a", "b"), [1, -1, 1]),
        (np.array([0.5, 0.25, 0.5], dtype=np.float32), ("0.25", "0.5"), [1, -1, 1]),
    ],
)
def test_npz_labels_of_any_type(tmp_path: Path, labels: np.ndarray, classes: tuple[str, str], y: list[float]) -> None:
    np.savez(tmp_path / "f.npz", X=np.array([[1], [2], [4]], dtype=">i4"), cls=labels)
    data = load(tmp_path / "f.npz", target="cls", raw=True)
    assert (data.classes, data.columns, data.y.tolist()) == (classes, None, y)
    assert isinstance(data.X, np.ndarray)
    assert data.X.dtype == np.dtype("float64")
    assert data.X.tolist() == [[1], [2], [4]]


@pytest.mark.parametrize(
    "content",
    [
        "+1 1:2.5 3:-1\n-1 2:4 # c\n",
        "# c\n\n+1 1:2.5 3:-1 \r\n-1\t2:4\r\n",
        "1 qid:7 0:2.5 2:-1\n-1 qid:8 1:4\n",
        "\ufeff+1 1:2.5 3:-1\n-1 2:4\n",
    ],
    ids=["from-1", "comments", "from-0", "bom"],
)
@pytest.mark.parametrize("name", ["f", "f.txt", "f.svm"])
def test_libsvm_is_sparse_and_left_as_it_is(tmp_path: Path, name: str, content: str) -> None:
    data = load(write(tmp_path, name, content))
    assert isinstance(data.X, csr_array)
    np.testing.assert_array_equal(data.X.toarray(), [[2.5, 0, -1], [0, 4, 0]])
    assert (data.y.tolist(), data.classes, data.columns) == ([1, -1], ("-1", "1"), None)
    assert data.notes == (UNCENTRED,)


def test_format_is_told_by_content_where_the_extension_is_silent(tmp_path: Path) -> None:
    np.savez(tmp_path / "f.npz", X=np.eye(2), y=np.array([0, 1]))
    renamed = (tmp_path / "f.npz").rename(tmp_path / "archive.dat")
    np.testing.assert_array_equal(load(renamed, raw=True).X, np.eye(2))
    # The second word of a data row may look like index:value; the first line decides.
    path = write(tmp_path, "times.txt", "a\tlabel\n1\t12:30\n2\t12:40\n")
    assert load(path, target="label").classes == ("12:30", "12:40")
    assert isinstance(load(write(tmp_path, "empty-row", "-1\n1 1:2\n")).X, csr_array)


def test_format_is_told_by_the_extension_in_either_case(tmp_path: Path) -> None:
    assert "must read 'label index:value" in refusal(write(tmp_path, "F.SVM", "1 a\n"))
    assert "is not an NPZ file" in refusal(write(tmp_path, "F.NPZ", "1 1:2\n"))
    assert "must name a column" in refusal(write(tmp_path, "F.CSV", "1 1:2\n"))


def test_regression_keeps_real_targets(tmp_path: Path) -> None:
    data = load(write(tmp_path, "f.csv", "a,y\n1,2.5\n2,-1e3\n4,0\n"), target="y", task="regression")
    assert (data.y.tolist(), data.classes) == ([2.5, -1000, 0], None)


@pytest.mark.skipif(not A9A.exists(), reason=f"a9a is not at {A9A}; set SHARED")
def test_a9a_has_its_published_size() -> None:
    data = load(A9A)
    assert isinstance(data.X, csr_array)
    assert data.X.shape == (32561, 123)
    assert set(data.X.data) == {1.0}
    # 24.08 % of the adults of the census earn more than 50,000 dollars.
    assert np.mean(data.y == 1) == pytest.approx(0.2408, abs=5e-5)


finite = st.floats(allow_nan=False, allow_infinity=False)


@settings(deadline=None, database=None, max_examples=60)
@given(X=arrays(float, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=6), elements=finite))
def test_every_format_gives_back_the_matrix_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, X: np.ndarray
) -> None:
    folder = tmp_path_factory.mktemp("data")
    y = np.where(np.arange(len(X)) % 2, -1.0, 1.0)
    np.savez(folder / "f.npz", X=X, y=y)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow([f"c{j}" for j in range(X.shape[1])] + ["y"])
    writer.writerows([*map(repr, row), sign] for row, sign in zip(X.tolist(), y, strict=True))
    write(folder, "f.csv", table.getvalue())
    for first in (0, 1):
        lines = [
            " ".join([repr(sign), *(f"{j}:{x!r}" for j, x in enumerate(row, first))])
            for row, sign in zip(X.tolist(), y.tolist(), strict=True)
        ]
        write(folder, f"from{first}.svm", "\n".join(lines))
    for name, target in [("f.npz", None), ("f.csv", "y"), ("from0.svm", None), ("from1.svm", None)]:
        data = load(folder / name, target=target, raw=True)
        read = data.X.toarray() if isinstance(data.X, csr_array) else data.X
        np.testing.assert_array_equal(read, X)
        np.testing.assert_array_equal(data.y, y)
        assert data.classes == ("-1", "1")


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


# Refusals

NUMBER = "must be a finite number; correct it, or leave out the row or the column"
TARGET = "must be a finite number; correct it or leave out the row"
NO_CLASS = "names no class; correct it or leave out the row"
TWO = "must hold exactly two classes; keep the rows of two classes, or name another target"
INDEX = "is neither a column of f.csv nor an index; give a name, or 0 to 2"
HEADER = "must be a header; put the column names in row 1"
MANY = ",".join(f"feature{j}" for j in range(60))
EIGHT = "'feature0', 'feature1', 'feature2', 'feature3', 'feature4', 'feature5', 'feature6', 'feature7'"

# fmt: off
BAD_CSV: list[tuple[str | bytes, str | None, str]] = [
    (SMALL, None,
     "target = None: must name a column of f.csv: 'a', 'b', 'label'; pass --target with one of them"),
    (MANY, None,
     f"target = None: must name a column of f.csv: {EIGHT}, ... (52 more); pass --target with one of them"),
    (SMALL, "lable", "target column of f.csv = lable: is not one of a, b, label; did you mean label?"),
    (SMALL, "zzz", "target column of f.csv = zzz: is not known; choose one of a, b, label"),
    (SMALL, "3", f"target = '3': {INDEX}"),
    (SMALL, "-1", f"target = '-1': {INDEX}"),
    ("a,a,b\n1,2,3\n", "a", "target = 'a': names 2 columns of f.csv; rename all but one of them"),
    ("label\nx\ny\n", "label",
     "f.csv = one column 'label': must have features besides the target; separate cells by , ; or tab"),
    ("1.5,0\n2,1\n3,0\n", "1", f"f.csv, row 1 = '1.5', '0': {HEADER}"),
    ("\ufeff\n", "1", f"f.csv, row 1 = no text: {HEADER}"),
    # Rows count as in an editor: blank lines too, and a cell of two lines twice.
    ("a,label\n1,x\n\nred,y\n", "label", f"f.csv, row 4, column 'a' = 'red': {NUMBER}"),
    ('a,label\n"1\n2",y\n', "label", f"f.csv, row 3, column 'a' = '1\\n2': {NUMBER}"),
    ("a,b,label\n1,2,x\n3,,y\n", "label", f"f.csv, row 3, column 'b' = '': {NUMBER}"),
    ("a,label,b\n1,x,2\n3,y,2024_01\n", "label", f"f.csv, row 3, column 'b' = '2024_01': {NUMBER}"),
    ("a,label,b\n1,x,2\n3,y,-inf\n", "label", f"f.csv, row 3, column 'b' = '-inf': {NUMBER}"),
    ("a,label\n1,yes\nnan,no\n", "label", f"f.csv, row 3, column 'a' = 'nan': {NUMBER}"),
    ("a;label\n1,5;x\n2,5;y\n", "label",
     "f.csv, row 2, column 'a' = '1,5': must be a finite number; write decimals with a point"),
    ("a,label\n" + "x" * 99 + ",y\n", "label", f"f.csv, row 2, column 'a' = '{'x' * 39}...: {NUMBER}"),
    ("a,label\n1,yes\n2,yes\n", "label", f"target of f.csv = 1 class ('yes'): {TWO}"),
    ("a,label\n1,9\n2,10\n3,2.5\n", "label", f"target of f.csv = 3 classes ('2.5', '9', '10'): {TWO}"),
    ("a,label\n" + "".join(f"{i},{i}\n" for i in range(99)), "label",
     f"target of f.csv = 99 classes ('0', '1', '2', '3', '4', '5', '6', '7', ... (91 more)): {TWO}"),
    ("a,label\n1,yes\n2,\n3,no\n", "label", f"f.csv, row 3, column 'label' = '': {NO_CLASS}"),
    ("a,label\n1,1\n2,-1\n3,NaN\n", "label", f"f.csv, row 4, column 'label' = 'NaN': {NO_CLASS}"),
    ("a,label\n1,x\n2,NaN\n", "label", f"f.csv, row 3, column 'label' = 'NaN': {NO_CLASS}"),
    ("a,b,label\n1,2,x\n1,2\n", "label",
     "f.csv, row 3 = 2 cells: must have 3, as the header has; add or remove cells, "
     "or quote those that contain ','"),
    ("a,b,label\n1,5,x\n1,5,y\n", "label",
     "f.csv = 2 feature columns: must not all be constant; give a column that varies"),
    ("a,label\n", "label", "f.csv = a header without rows: must have at least 2 rows; add the data"),
    ("a,label\n1,x\n", "label", "f.csv = 1 row: must have at least 2 rows; add rows of both classes"),
    ('a,label\n1,"x\n2,y\n', "label",
     "f.csv, row 3 = unexpected end of data: is not well-formed CSV; "
     "close every quote, and double those inside a quoted cell"),
    ("a,label\n1,Größe\n".encode("latin-1"), "label",
     "f.csv, row 2 = byte 0xf6: is not UTF-8 text; save the file as UTF-8"),
    ("a,label\n".encode("utf-16"), "label",
     "f.csv = binary content: is not text; give a CSV, NPZ or LIBSVM file"),
]

NPZ_WAY_OUT = "write it by numpy.savez(file, X=X, y=y)"
SHAPE = "must have rows and columns; give shape (n, d) with d >= 1"


class Bomb:
    """Unpickling it would end the test run."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('unpickled')",)


BAD_NPZ: list[tuple[dict[str, Any], str | None, str]] = [
    ({"A": [1], "y": [1]}, None, f"f.npz = arrays 'A', 'y': must hold an array 'X'; {NPZ_WAY_OUT}"),
    ({}, None, f"f.npz = no arrays: must hold an array 'X'; {NPZ_WAY_OUT}"),
    ({"X": np.eye(2), "labels": [0, 1]}, "label",
     "target array of f.npz = label: is not one of X, labels; did you mean labels?"),
    ({"X": np.eye(2), "a\nb": [0, 1]}, "y",
     "target array of f.npz = y: is not known; choose one of X, a\\nb"),
    ({"X": np.ones(3), "y": [0, 1]}, None, f"array 'X' of f.npz = an array of shape (3,): {SHAPE}"),
    ({"X": np.ones((2, 0)), "y": [0, 1]}, None, f"array 'X' of f.npz = an array of shape (2, 0): {SHAPE}"),
    ({"X": np.ones((3, 2)), "y": [0, 1]}, None,
     "array 'y' of f.npz = an array of shape (2,): must have shape (3,), one entry a row of X; "
     "reshape it, or mend X"),
    ({"X": np.ones((2, 2)), "y": [[0], [1]]}, None,
     "array 'y' of f.npz = an array of shape (2, 1): must have shape (2,), one entry a row of X; "
     "reshape it, or mend X"),
    ({"X": np.ones((2, 2)) * 1j, "y": [0, 1]}, None,
     "array 'X' of f.npz = an array of type complex128: must hold real numbers; convert it to float64"),
    ({"X": np.ones((2, 2)), "y": [1j, 2j]}, None,
     "array 'y' of f.npz = an array of type complex128: must hold numbers or strings; convert it"),
    ({"X": [[1, 2], [3, np.nan]], "y": [0, 1]}, None,
     "array 'X' of f.npz, entry [1, 1] = nan: must be finite; correct it or its row"),
    ({"X": np.eye(2), "y": [0, np.nan]}, None, f"array 'y' of f.npz, entry [1] = nan: {NO_CLASS}"),
    ({"X": np.eye(2), "y": [3, 3]}, None, f"target of f.npz = 1 class ('3'): {TWO}"),
    ({"X": np.array([[Bomb()], [Bomb()]], dtype=object), "y": [0, 1]}, None,
     "f.npz = a damaged archive or pickled objects: cannot be read "
     f"(Object arrays cannot be loaded when allow_pickle=False); {NPZ_WAY_OUT}"),
]

BAD_LIBSVM: list[tuple[str, str | None, str]] = [
    # Lines count as in an editor: comments and blank lines too.
    ("# c\n+1 1:2\n\n+1 2:1 # c\n\n-1\n-1 1:nan 2:3\n", None,
     "f.svm, line 7 = nan: must be finite; correct it or leave out the line"),
    ("# c\n+1 1:2\n\n-1\nnan 1:2\n", None, f"f.svm, line 5, label = nan: {NO_CLASS}"),
    ("1\n-1\n", None, "f.svm = no index:value pair: must have features; check the file's format"),
    ("1 1:2\n", None, "f.svm = 1 row: must have at least 2 rows; add rows of both classes"),
    ("1 1:2\n2 1:2\n3 1:2\n", None, f"target of f.svm = 3 classes ('1', '2', '3'): {TWO}"),
    ("1 1:2\n-1 1:3\n", "label",
     "target = 'label': f.svm is LIBSVM text, whose lines begin with the label; leave it out"),
]

MALFORMED_LINES = [
    ("-1 1:2 3", "'-1 1:2 3'"),
    ("-1 1:x", "'-1 1:x'"), ("-1 3:1 2:1", "'-1 3:1 2:1'"), ("no 1:2", "'no 1:2'"),
    ("-1 1.5:2", "'-1 1.5:2'"), ("-1 -2:2", "'-1 -2:2'"), ("-1 1:\x1b", r"'-1 1:\x1b'"),
    ("-1 " + "9" * 25 + ":1", f"'-1 {'9' * 25}:1'"), ("-1 1:2 " + "x" * 99, f"'-1 1:2 {'x' * 32}..."),
]
# fmt: on


@pytest.mark.parametrize(("content", "target", "message"), BAD_CSV)
def test_bad_csv_is_refused(tmp_path: Path, content: str | bytes, target: str | None, message: str) -> None:
    assert refusal(write(tmp_path, "f.csv", content), target=target) == message


def test_misspelt_target_among_many_columns_shows_the_nearest(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, "f.csv", MANY + ",label\n"), target="lable")
    assert message.endswith("did you mean label?")
    assert len(message) < 300


@pytest.mark.parametrize(("content", "target", "message"), BAD_NPZ)
def test_bad_npz_is_refused(tmp_path: Path, content: dict[str, Any], target: str | None, message: str) -> None:
    np.savez(tmp_path / "f.npz", **content)
    assert refusal(tmp_path / "f.npz", target=target) == message


@pytest.mark.parametrize(("content", "target", "message"), BAD_LIBSVM)
def test_bad_libsvm_is_refused(tmp_path: Path, content: str, target: str | None, message: str) -> None:
    assert refusal(write(tmp_path, "f.svm", content), target=target) == message


@pytest.mark.parametrize("name", ["f.svm", "f"])
@pytest.mark.parametrize(("line", "shown"), MALFORMED_LINES)
def test_malformed_libsvm_line_is_named(tmp_path: Path, name: str, line: str, shown: str) -> None:
    path = write(tmp_path, name, f"# comment\n+1 1:2\n\n{line}\n-1 1:3\n")
    rule = "must read 'label index:value index:value ...' with numbers and increasing indices; correct the line"
    assert refusal(path) == f"{name}, line 4 = {shown}: {rule}"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (("2", "high"), f"f.csv, row 3, column 'y' = 'high': {TARGET}"),
        (("2", "inf"), f"f.csv, row 3, column 'y' = 'inf': {TARGET}"),
        (("5", "5"), "target of f.csv = 5.0: is the same in every row; name a target that varies"),
    ],
)
def test_bad_regression_targets_are_refused(tmp_path: Path, cells: tuple[str, str], message: str) -> None:
    path = write(tmp_path, "f.csv", f"a,y\n1,{cells[0]}\n2,{cells[1]}\n")
    assert refusal(path, target="y", task="regression") == message


def test_unknown_task_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "f.csv", SMALL)
    assert refusal(path, target="label", task="regresion").endswith("did you mean regression?")


def test_unreadable_paths_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    none = tmp_path / "none.csv"
    assert refusal(none) == f"data = {none}: does not exist; check the path"
    assert refusal(str(tmp_path)) == f"data = {tmp_path}: is a folder; name a file in it"
    inside = write(tmp_path, "f.csv", SMALL) / "g.csv"
    assert refusal(inside).startswith(f"data = {inside}: cannot be read (")
    long = tmp_path / ("x" * 999)
    assert refusal(long).startswith(f"data = {long}: cannot be read (")
    for content in ("", " \n\n"):
        path = write(tmp_path, "empty.csv", content)
        assert refusal(path) == f"data = {path}: is empty; give a CSV, NPZ or LIBSVM file"

    def forbid(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    # The rights of a file do not bind the superuser, as whom tests may run.
    monkeypatch.setattr(Path, "read_bytes", forbid)
    assert refusal(path) == f"data = {path}: may not be read; change its permissions"


def test_file_that_is_no_archive_of_arrays_is_refused(tmp_path: Path) -> None:
    for content in (pickle.dumps(Bomb()), SMALL.encode()):
        path = write(tmp_path, "f.npz", content)
        assert refusal(path) == f"f.npz = no zip archive: is not an NPZ file; {NPZ_WAY_OUT}"
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    message = f"book.xlsx = arrays 'xl/workbook.xml': must hold an array 'X'; {NPZ_WAY_OUT}"
    assert refusal(tmp_path / "book.xlsx") == message


def test_npz_with_an_absurd_shape_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "f.npz", "w") as archive:
        for name in ("X.npy", "y.npy"):
            with archive.open(name, "w") as member:
                shape = (10**13, 100)
                np.lib.format.write_array_header_1_0(member, {"descr": "<f8", "fortran_order": False, "shape": shape})
    assert "cannot be read (Unable to allocate" in refusal(tmp_path / "f.npz")


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_npz_of_other_compressions_is_read_and_its_damage_refused(tmp_path: Path, compression: int) -> None:
    X = np.random.default_rng(0).standard_normal((40, 3))
    np.savez(tmp_path / "plain.npz", X=X, y=np.arange(40) % 2)
    with zipfile.ZipFile(tmp_path / "plain.npz") as plain:
        with zipfile.ZipFile(tmp_path / "f.npz", "w", compression) as archive:
            for name in plain.namelist():
                archive.writestr(name, plain.read(name))
        at = archive.getinfo("X.npy").header_offset + 30 + len("X.npy")
    np.testing.assert_array_equal(load(tmp_path / "f.npz", raw=True).X, X)
    data = (tmp_path / "f.npz").read_bytes()
    for start in range(at, at + 256, 8):
        path = write(tmp_path, "f.npz", data[:start] + b"\xff" * 16 + data[start + 16 :])
        assert refusal(path).endswith(NPZ_WAY_OUT)


def test_damaged_npz_is_read_whole_or_refused(tmp_path: Path) -> None:
    X = np.random.default_rng(0).standard_normal((40, 3))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, X=X, y=np.arange(40) % 2)
    data = buffer.getvalue()
    damaged = [data[:cut] for cut in range(4, len(data) - 1, 37)]
    for at in np.random.default_rng(1).integers(4, len(data), 200):
        damaged.append(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
    read = [attempt(write(tmp_path, "f.npz", content), raw=True) for content in damaged]
    # Some bytes of an archive (dates, attributes) carry nothing.
    assert all(np.array_equal(data.X, X) for data in read if isinstance(data, Dataset))
    assert sum(isinstance(data, str) for data in read) > len(read) / 2


@settings(deadline=None, database=None, max_examples=100)
@given(content=st.binary(min_size=1, max_size=60), name=st.sampled_from(["f", "f.csv", "f.npz", "f.svm"]))
def test_any_bytes_are_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    path = write(tmp_path_factory.mktemp("data"), name, content)
    result = attempt(path, target=None if name == "f.svm" else "0")
    assert isinstance(result, Dataset) or len(result.splitlines()) == 1
