"""Files read in parts: the same rows as read whole, and refusals that name the place in the file."""

from __future__ import annotations

import json

import numpy as np
import pytest
import scipy.sparse as sp
from data_files import refusal, write

from bntheory.cli import main
from bntheory.data import chunks, csv_file, load
from bntheory.errors import InvalidInput
from bntheory.streaming import moments

RNG = np.random.default_rng(2)
N = 97
X, Y = RNG.standard_normal((N, 3)) + 1e8, RNG.standard_normal(N)


def csv_text(delimiter=",", newline="\n"):
    rows = [f'a{delimiter}b{delimiter}"two{newline}lines"{delimiter}y']
    # a quoted cell with a newline in it, wherever a part may end
    rows += [delimiter.join([repr(p), f'"{q!r}{newline}"', repr(r), repr(t)]) for (p, q, r), t in table()]
    return newline.join(rows) + newline


def table():
    return zip(X.tolist(), Y.tolist(), strict=True)


def joined(parts):
    features, targets = zip(*parts, strict=True)
    stacked = sp.vstack(features).toarray() if sp.issparse(features[0]) else np.vstack(features)
    return stacked, np.concatenate(targets)


@pytest.mark.parametrize("rows", [1, 2, 10, N, 1000])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_csv_in_parts_is_the_csv(tmp_path, rows, delimiter, newline):
    path = write(tmp_path, "f.csv", csv_text(delimiter, newline))
    parts = list(chunks(path, target="y", rows=rows))
    assert [len(y) for _, y in parts[:-1]] == [rows] * (len(parts) - 1)
    features, targets = joined(parts)
    np.testing.assert_array_equal(features, X)
    np.testing.assert_array_equal(targets, Y)


def libsvm_text(first):
    lines = ["# a comment line", ""]
    for i, y in enumerate(Y.tolist()):
        # the largest index stands in the last line only, the smallest in the first
        entries = [(first, 0.25)] if i == 0 else [(first + 1, i + 0.5)] if i % 3 else []
        lines.append(" ".join([repr(y), *(f"{j}:{v}" for j, v in entries), *(["11:7"] if i == N - 1 else [])]))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("rows", [1, 4, 1000])
@pytest.mark.parametrize("first", [0, 1])
def test_libsvm_in_parts_is_the_libsvm_file(tmp_path, rows, first):
    path = write(tmp_path, "f.svm", libsvm_text(first))
    whole = load(path, task="regression")
    features, targets = joined(chunks(path, rows=rows))
    assert whole.X.shape == (N, 12 - first)
    np.testing.assert_array_equal(features, whole.X.toarray())
    np.testing.assert_array_equal(targets, Y)


@pytest.mark.parametrize("target", [0, 1, 3])
def test_npy_in_parts_is_the_array(tmp_path, target):
    np.save(tmp_path / "f.npy", np.insert(X, target, Y, axis=1))
    features, targets = joined(chunks(tmp_path / "f.npy", target=target))
    np.testing.assert_array_equal(features, X)
    np.testing.assert_array_equal(targets, Y)


def test_npy_is_told_by_its_content(tmp_path):
    np.save(tmp_path / "f.npy", GOOD)
    (tmp_path / "f.npy").rename(tmp_path / "f.csv")
    np.testing.assert_array_equal(load(tmp_path / "f.csv", target=3, task="regression").y, Y)


def test_every_format_gives_the_same_moments(tmp_path):
    np.savez(tmp_path / "f.npz", X=X, y=Y)
    np.save(tmp_path / "f.npy", np.column_stack([X, Y]))
    lines = (f"{y!r} 1:{p!r} 2:{q!r} 3:{r!r}\n" for (p, q, r), y in table())
    files = {
        write(tmp_path, "f.csv", csv_text()): "y",
        write(tmp_path, "f.svm", "".join(lines)): None,
        tmp_path / "f.npz": None,
        tmp_path / "f.npy": 3,
    }
    found = [moments(chunks(path, target=target, rows=10)).standardized() for path, target in files.items()]
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    for each in found:
        # X.mean errs by a unit of 1.5e-8 at most, and 1e-8 squared does not matter
        np.testing.assert_allclose(each.S, Z.T @ Z / N, atol=1e-13)
        np.testing.assert_allclose(each.u, -Z.T @ (Y - Y.mean()) / N, atol=1e-13)


def late(bad, rows=50):
    """A CSV file whose row 52, the first of its sixth part of 10, is bad."""
    return "a,b,y\n" + "1,2,3\n" * rows + bad + "1,2,3\n"


NUMBER = "must be a finite number; correct it or leave out the row"
BAD_CSV = {
    "nan": (late("1,nan,3\n"), "y", "f.csv, row 52, column 'b' = 'nan': must be a finite number; correct it, or"),
    "word": (late("x,2,3\n"), "y", "f.csv, row 52, column 'a' = 'x': must be a finite number; correct it, or"),
    "target": (late("1,2,inf\n"), "y", f"f.csv, row 52, column 'y' = 'inf': {NUMBER}"),
    "class": (late("1,2,yes\n"), "y", f"f.csv, row 52, column 'y' = 'yes': {NUMBER}"),
    "ragged": (late("1,2\n"), "y", "f.csv, row 52 = 2 cells: must have 3, as the header has; "),
    "cut within a quote": (late('1,2,"3\n'), "y", "is not well-formed CSV"),
    "not text": (late("1,\xe9,3\n").encode("latin1"), "y", "f.csv, row 52 = byte 0xe9: is not UTF-8 text"),
    "binary": (late("1,\0,3\n"), "y", "f.csv = binary content: is not text"),
    "no such target": (late(""), "z", "target column of f.csv = z: "),
    "no target": (late(""), None, "target = None: must name a column of f.csv"),
    "header only": ("a,b,y\n", "y", "f.csv = a header without rows"),
    "empty": ("", "y", "is empty; give a CSV, NPY, NPZ or LIBSVM file"),
}


@pytest.mark.parametrize("case", BAD_CSV)
def test_bad_csv_is_named_with_its_row_in_the_file(tmp_path, case, monkeypatch):
    monkeypatch.setattr(csv_file, "PIECE", 7)  # letters and lines lie across the pieces that are looked at
    content, target, text = BAD_CSV[case]
    with pytest.raises(InvalidInput) as error:
        moments(chunks(write(tmp_path, "f.csv", content), target=target, rows=10))
    assert text in str(error.value)
    assert "\n" not in str(error.value)


def test_letters_across_pieces_are_text(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_file, "PIECE", 1)
    path = write(tmp_path, "f.csv", "Größe,y\n1,2\n3,4\n")
    assert [x.tolist() for x, _ in chunks(path, target="y", rows=1)] == [[[1]], [[3]]]
    with pytest.raises(InvalidInput, match="row 2 = byte 0xc3: is not UTF-8 text"):
        list(chunks(write(tmp_path, "f.csv", b"a,y\n1,\xc3"), target="y"))


BAD_LIBSVM = {
    "malformed": ("1 1:2\n" * 30 + "1 1;2\n1 1:2\n", None, "f.svm, line 31 = '1 1;2': must read 'label index:value"),
    "infinite": ("1 1:2\n" * 30 + "1 1:inf\n", None, "f.svm, line 31 = inf: must be finite"),
    "label": ("1 1:2\n" * 30 + "# c\nnan 1:2\n", None, "f.svm, line 32, label = nan: must be a finite number"),
    "no pair": ("1\n" * 30, None, "f.svm = no index:value pair"),
    "target": ("1 1:2\n" * 30, "y", "target = 'y': is not needed: f.svm is LIBSVM text"),
}


@pytest.mark.parametrize("case", BAD_LIBSVM)
def test_bad_libsvm_is_named_with_its_line_in_the_file(tmp_path, case):
    content, target, text = BAD_LIBSVM[case]
    with pytest.raises(InvalidInput) as error:
        moments(chunks(write(tmp_path, "f.svm", content), target=target, rows=7))
    assert text in str(error.value)


def npy(folder, array):
    np.save(folder / "f.npy", array)
    return (folder / "f.npy").read_bytes()


GOOD = np.column_stack([X, Y])
SPOILT = np.where((np.arange(N) == 90)[:, None] & (np.arange(4) == 2), np.nan, GOOD)
BAD_NPY = {
    "nan": (lambda at: npy(at, SPOILT), 3, "f.npy, entry [90, 2] = nan: must be finite"),
    "nan target": (lambda at: npy(at, SPOILT), 2, "f.npy, entry [90, 2] = nan: must be finite"),
    "truncated": (lambda at: npy(at, GOOD)[:-8], 3, "f.npy = a damaged or truncated file: cannot be read (mmap length"),
    "header cut": (lambda at: npy(at, GOOD)[:50], 3, "f.npy = a damaged or truncated file"),
    "pickled": (
        lambda at: npy(at, np.array([[{}, 1]])),
        0,
        "f.npy = a damaged or truncated file: cannot be read (",
    ),
    "no target": (lambda at: npy(at, GOOD), None, "target = None: must be the index of a column of f.npy; give a num"),
    "target too large": (lambda at: npy(at, GOOD), 4, "give a number from 0 to 3"),
    "target a name": (lambda at: npy(at, GOOD), "y", "target = 'y': must be the index of a column of f.npy"),
    "target negative": (lambda at: npy(at, GOOD), -1, "target = '-1': must be the index"),
    "one column": (lambda at: npy(at, GOOD[:, :1]), 0, "f.npy = one column: must have features besides the target"),
    "one axis": (lambda at: npy(at, Y), 0, "f.npy = array of shape (97,): must have shape (n, d) with n, d >= 1"),
    "no rows": (lambda at: npy(at, GOOD[:0]), 3, "f.npy = array of shape (0, 4)"),
    "complex": (lambda at: npy(at, GOOD * 1j), 3, "f.npy = an array of type complex128: must hold real numbers"),
}


@pytest.mark.parametrize("case", BAD_NPY)
def test_bad_npy_is_named(tmp_path, case):
    make, target, text = BAD_NPY[case]
    path = write(tmp_path, "f.npy", make(tmp_path))
    with pytest.raises(InvalidInput) as error:
        moments(chunks(path, target=target))
    assert text in str(error.value)
    assert text in refusal(path, target=target, task="regression")


def test_npy_targets_are_classes_or_vary(tmp_path):
    for target, options, text in [
        (3, {}, "target of f.npy = 97 classes ('"),
        (0, {}, "target of f.npy = 1 class ('1'): must hold exactly two classes"),
        (0, {"task": "regression"}, "target of f.npy = 1.0: is the same in every row"),
    ]:
        np.save(tmp_path / "f.npy", np.column_stack([np.ones(N), GOOD[:, 1:]]))
        assert text in refusal(tmp_path / "f.npy", target=target, **options)
    np.save(tmp_path / "f.npy", np.array([[1.0, 0.0], [1.0, 1.0]]))
    assert "f.npy = 1 feature column: must not all be constant" in refusal(tmp_path / "f.npy", target=1)
    np.save(tmp_path / "f.npy", np.ones((1, 2)))
    assert refusal(tmp_path / "f.npy", target=1).startswith("f.npy = 1 row: must have at least 2 rows")


def test_parts_have_rows():
    with pytest.raises(InvalidInput, match="rows = 0: must be at least 1"):
        next(chunks("f.csv", rows=0))


def test_the_command_line_runs_npy_data_as_csv_data(tmp_path, capsys):
    labels = np.where(RNG.standard_normal(N) + (X[:, 0] - 1e8) > 0, 1, 0)
    np.save(tmp_path / "f.npy", np.column_stack([X, labels]))
    lines = (f"{p!r},{q!r},{r!r},{y}\n" for (p, q, r), y in zip(X.tolist(), labels.tolist(), strict=True))
    write(tmp_path, "f.csv", "a,b,c,y\n" + "".join(lines))
    documents = []
    for name in ("f.csv", "f.npy"):
        options = ["--method", "gd,gdnp", "--loss", "softplus", "--steps", "30", "--json"]
        arguments = ["run", "halfspace_data", "--data", str(tmp_path / name), "--target", "3", *options]
        assert main([*arguments, "--out", str(tmp_path / "out")]) == 0
        documents.append(json.loads(capsys.readouterr().out))
    first, second = documents
    assert first["problem"]["classes"] == second["problem"]["classes"] == ["0", "1"]
    for key in ("mu", "L", "infimum"):
        assert second["problem"][key] == pytest.approx(first["problem"][key], rel=1e-12)
    for key in ("gd", "gdnp"):
        # 30 steps, each rounded anew
        assert second["methods"][key]["value"] == pytest.approx(first["methods"][key]["value"], rel=1e-12)
    assert main(["run", "halfspace_data", "--data", str(tmp_path / "f.npy"), "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("bntheory: target = None: must be the index of a column")
