"""Results come back from disk as they were, byte for byte from the same result, and never half-written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import bntheory
from bntheory.errors import InvalidInput
from bntheory.experiment import Criterion, Instance, MethodRun, Result, describe, document
from bntheory.experiments import ols_rate
from bntheory.methods import GradientDescent
from bntheory.problems import LeastSquares
from bntheory.provenance import code_digest, sources
from bntheory.statistics import Effect, IntervalCriterion, Regime
from bntheory.storage import check_writable, check_writable_file, load, load_arrays, save, save_arrays, save_json, write
from bntheory.trace import run


@pytest.fixture
def result():
    problem = LeastSquares(np.diag([0.5, 1.0]), np.array([1.0, 1.0]))
    trace = run(GradientDescent(), problem, np.ones(2), steps=30, observe={"size": lambda it: abs(it.w_tilde).max()})
    instance = Instance("one", describe(problem.metric), {"gd": MethodRun(trace, 0.25)})
    return Result(
        "ols_rate",
        3,
        {"steps": 30},
        (Criterion("c", 1.0, "<=", 2.0),),
        (instance,),
        {"grid": np.arange(6.0).reshape(2, 3)},
        {"nan": float("nan"), "count": np.int64(3)},
        {"digest": "abc"},
        (Regime("B2", "small", "reproduced", IntervalCriterion("above 0", 0.0), Effect(0.5, (0.1, 1.0), (0.1, 0.9))),),
    )


def test_a_result_comes_back_as_it_was(result, tmp_path):
    back = load(save(result, tmp_path / "new folder"))
    assert document(back) == document(result)
    assert back.regimes == result.regimes
    assert (back.arrays["grid"] == result.arrays["grid"]).all()
    trace, stored = result.instances[0].runs["gd"].trace, back.instances[0].runs["gd"].trace
    assert (stored.observed["size"] == trace.observed["size"]).all()
    assert (stored.w_tilde == trace.w_tilde).all()


def test_the_same_result_gives_the_same_bytes(result, tmp_path):
    assert save(result, tmp_path / "a").read_bytes() == save(result, tmp_path / "b").read_bytes()


def test_a_failed_write_leaves_the_old_result(result, tmp_path, monkeypatch):
    path = save(result, tmp_path)
    before = path.read_bytes()

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(
        InvalidInput, match=r"cannot be written \(No space left on device\); give --out a place of yours with room"
    ):
        save(result, tmp_path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["ols_rate.npz"]


_KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from bntheory.storage import save_arrays
os.replace = lambda *names: os.kill(os.getpid(), signal.SIGKILL)
save_arrays({"number": np.zeros(3)}, Path(sys.argv[1]))
"""


def test_what_a_killed_write_left_goes_with_the_next_write_of_the_same_file(tmp_path):
    target = tmp_path / "a [b].npz"
    assert subprocess.run([sys.executable, "-c", _KILLED, target], check=False).returncode == -signal.SIGKILL
    [part] = tmp_path.iterdir()
    assert part.suffix == ".part"
    others = {tmp_path / name for name in ("other.npz.x.part", "a b.npz.x.part", "a [b].npz2", "a [b].npz.x")}
    for other in others:
        other.write_text("")
    save_arrays({"number": np.arange(4)}, target)
    assert set(tmp_path.iterdir()) == {target, *others}
    assert (load_arrays(target)["number"] == np.arange(4)).all()


def test_of_two_writes_at_once_one_whole_file_is_left(tmp_path, monkeypatch):
    target, compressed = tmp_path / "x.npz", np.savez_compressed

    def interrupted(file, **arrays):
        monkeypatch.undo()
        save_arrays({"number": np.ones(2)}, target)
        compressed(file, **arrays)

    monkeypatch.setattr(np, "savez_compressed", interrupted)
    save_arrays({"number": np.zeros(2)}, target)
    assert list(tmp_path.iterdir()) == [target]
    assert (load_arrays(target)["number"] == 1).all()

    def vanishing(file, **arrays):
        compressed(file, **arrays)
        target.unlink()
        os.unlink(file.name)

    monkeypatch.setattr(np, "savez_compressed", vanishing)
    with pytest.raises(InvalidInput, match="cannot be written"):
        save_arrays({"number": np.zeros(2)}, target)


def test_a_file_that_is_missing_while_another_is_written_is_told(tmp_path):
    """A font that a figure needs, say: not to be taken for a part that another run has removed."""
    target = tmp_path / "x.svg"
    target.write_text("old")
    with pytest.raises(InvalidInput, match=r"cannot be written \(No such file or directory\)"):
        write(target, lambda file: (tmp_path / "font").read_bytes())
    assert list(tmp_path.iterdir()) == [target]
    assert target.read_text() == "old"


def test_document_is_json_without_nan(result):
    text = json.dumps(document(result, ["x.npz"]), allow_nan=False)
    report = json.loads(text)
    assert report["results"] == {"nan": None, "count": 3}
    assert report["files"] == ["x.npz"]
    entry = report["methods"]["gd"]
    assert entry == report["instances"][0]["methods"]["gd"]
    assert len(entry["suboptimality"]) == len(entry["grad_norm"]) == entry["iterations"] + 1
    assert entry["rate"]["factor"] == pytest.approx(0.25, rel=1e-6)
    assert entry["bound"] == 0.25


def test_absent_and_damaged_results_are_named(tmp_path):
    with pytest.raises(InvalidInput, match=r"ols_rate.npz: do not exist; run bntheory run ols_rate first"):
        load(tmp_path / "ols_rate.npz")
    (tmp_path / "ols_rate.npz").write_bytes(b"not a zip file")
    with pytest.raises(InvalidInput, match="is not a result file of this version; run bntheory run ols_rate again"):
        load(tmp_path / "ols_rate.npz")


def test_a_folder_in_the_place_of_a_result_is_named(tmp_path):
    (tmp_path / "ols_rate.npz").mkdir()
    with pytest.raises(InvalidInput, match="is not a result file of this version"):
        load(tmp_path / "ols_rate.npz")


def test_truncated_and_outdated_results_are_named(result, tmp_path):
    path = save(result, tmp_path)
    whole = path.read_bytes()
    for size in (10, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:size])
        with pytest.raises(InvalidInput, match="is not a result file of this version"):
            load(path)
    np.savez(path, meta=np.array(json.dumps({"stem": "ols_rate"})))
    with pytest.raises(InvalidInput, match="is not a result file of this version"):
        load(path)


@pytest.mark.parametrize(
    ("measured", "relation", "met"),
    [(1.0, "<=", True), (1.0, "<", False), (1.0, ">=", True), (1.0, ">", False), (float("nan"), "<=", False)],
)
def test_criteria_decide_as_they_read(measured, relation, met):
    assert Criterion("c", measured, relation, 1.0).met is met


def test_the_digest_follows_what_the_numbers_depend_on(tmp_path):
    """A changed formula or script changes it; a changed report, another experiment or a figure does not."""
    package = tmp_path / "bntheory"
    shutil.copytree(Path(bntheory.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(Path(ols_rate.__file__).parent, tmp_path / "experiments")
    before = code_digest("ols_rate", package)
    for name, changes in (
        ("bntheory/cli.py", False),
        ("bntheory/terminal.py", False),
        ("bntheory/claims/gradient_bound.py", False),
        ("bntheory/falsify/exact.py", False),
        ("bntheory/jets.py", False),
        ("bntheory/meanfield.py", False),
        ("bntheory/data/csv_file.py", False),
        ("experiments/mlp_rate.py", False),
        ("bntheory/decoupling.py", True),
        ("bntheory/methods/gdnp.py", True),
        ("experiments/ols_rate.py", True),
    ):
        file = tmp_path / name
        text = file.read_text()
        file.write_text(text + "# changed\n")
        assert (code_digest("ols_rate", package) != before) is changes, name
        file.write_text(text)
    assert code_digest("ols_rate", package) == before
    shutil.move(tmp_path / "experiments", package / "experiments")
    assert code_digest("ols_rate", package) == before, "an installed package has the digest of a checkout"


def test_the_digest_reads_the_imports_of_imports_and_those_inside_functions():
    names = {str(path.relative_to(Path(bntheory.__file__).parent.parent)) for path in sources("halfspace_data")}
    assert {"experiments/halfspace_data.py", "bntheory/data/table.py", "bntheory/numbers.py"} <= names
    assert "bntheory/methods/reference.py" in names  # imported inside a function
    assert not {"bntheory/storage.py", "bntheory/meanfield.py", "experiments/mlp_rate.py"} & names


def test_looking_whether_a_folder_can_be_written_leaves_nothing_behind(tmp_path, monkeypatch):
    check_writable(tmp_path / "new" / "folder")
    (tmp_path / "old").mkdir()
    check_writable(tmp_path / "old")
    assert [entry.name for entry in tmp_path.rglob("*")] == ["old"]
    (tmp_path / "file").write_text("kept")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InvalidInput, match=rf"^out = {folder}: cannot be written \("):
            check_writable(folder)

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(InvalidInput, match="No space left on device"):
        check_writable(tmp_path / "new" / "folder")
    assert sorted(entry.name for entry in tmp_path.rglob("*")) == ["file", "old"]
    assert (tmp_path / "file").read_text() == "kept"


def test_looking_whether_a_folder_can_be_written_touches_no_file_that_is_there(tmp_path):
    for name in (".probe", ".part", ".probe.part"):
        (tmp_path / name).write_text("kept")
    check_writable(tmp_path)
    assert {entry.name: entry.read_text() for entry in tmp_path.iterdir()} == dict.fromkeys(
        (".probe", ".part", ".probe.part"), "kept"
    )


def test_json_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "check.json"
    save_json({"a": [1, None, "é"]}, path)
    assert json.loads(path.read_text()) == {"a": [1, None, "é"]}
    with pytest.raises(TypeError):
        save_json({"a": object()}, path)
    assert json.loads(path.read_text()) == {"a": [1, None, "é"]}
    assert [entry.name for entry in path.parent.iterdir()] == ["check.json"]
    with pytest.raises(InvalidInput, match="cannot be written"):
        save_json({}, path / "below" / "x.json")


def test_a_link_is_followed_and_what_is_no_regular_file_stays(tmp_path):
    (tmp_path / "there").mkdir()
    link, aim, pipe = tmp_path / "link.json", tmp_path / "there" / "aim.json", tmp_path / "pipe"
    link.symlink_to(aim)
    for number in (1, 2):  # the first makes the file that the link names
        check_writable_file(link)
        save_json(number, link)
        assert link.is_symlink()
        assert aim.read_text() == str(number)
    os.mkfifo(pipe)
    for path in (pipe, tmp_path / "there"):
        for refused in (check_writable_file, partial(save_json, {})):
            with pytest.raises(InvalidInput, match=rf"^out = {path}: is no regular file; give another name$"):
                refused(path)
    assert pipe.is_fifo()


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_the_umask_counts_and_stays(umask, tmp_path):
    before = os.umask(umask)
    try:
        save_json({}, tmp_path / "x.json")
    finally:
        assert os.umask(before) == umask
    assert (tmp_path / "x.json").stat().st_mode & 0o777 == 0o666 & ~umask
