"""Users' data that cannot be read: whatever is wrong is named in one line, with its row and the way out."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_files import SMALL, refusal, write
from hypothesis import given, settings
from hypothesis import strategies as st

from bntheory.data import Dataset, load
from bntheory.errors import InvalidInput

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
     "f.csv = binary content: is not text; give a CSV, NPY, NPZ or LIBSVM file"),
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
     "target = 'label': is not needed: f.svm is LIBSVM text, whose lines begin with the label; leave it out"),
]

MALFORMED_LINES = [
    ("-1 1:2 3", "'-1 1:2 3'"),
    ("-1 1:x", "'-1 1:x'"), ("-1 3:1 2:1", "'-1 3:1 2:1'"), ("no 1:2", "'no 1:2'"),
    ("-1 1.5:2", "'-1 1.5:2'"), ("-1 -2:2", "'-1 -2:2'"), ("-1 1:\x1b", r"'-1 1:\x1b'"),
    ("-1 " + "9" * 25 + ":1", f"'-1 {'9' * 25}:1'"), ("-1 1:2 " + "x" * 99, f"'-1 1:2 {'x' * 32}..."),
]
# fmt: on


def attempt(path: Path, **options: Any) -> Dataset | str:
    """The data, or the message of the refusal; any other error is a failure."""
    try:
        return load(path, **options)
    except InvalidInput as error:
        return str(error)


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
        assert refusal(path) == f"data = {path}: is empty; give a CSV, NPY, NPZ or LIBSVM file"

    def forbid(path: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    # The rights of a file do not bind the superuser, as whom tests may run.
    monkeypatch.setattr(Path, "open", forbid)
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
