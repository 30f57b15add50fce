"""Reading users' data: every format gives the same matrix, to the last bit."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import numpy as np
import pytest
from data_files import SMALL, UNCENTRED, refusal, write
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.sparse import csr_array

from bntheory.data import load

A9A = Path(os.environ.get("SHARED", "../shared"), "data", "a9a")


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
