"""The main job keeps what is finished and current, and runs what is not (a plan in miniature)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from statements import broken, claim, false, true

import bntheory
from bntheory import ledger, reproduce, storage
from bntheory.claim import Truth
from bntheory.errors import InvalidInput
from bntheory.ledger import task_of
from bntheory.stems import perform


def named(*statements, **rest):
    """The claim of these statements, under an id of the source."""
    return replace(claim(*statements, **rest), id="A1")


@pytest.fixture(autouse=True)
def one_claim(monkeypatch):
    """Nothing is checked but one small claim."""
    monkeypatch.setattr(reproduce, "tasks", lambda: [task_of(named(true(), mutants=(false(),)))])


@pytest.fixture
def plan(monkeypatch):
    """One stem, quickly; records what was performed."""
    performed = []

    def counted(stem, options, *, progress, keep):
        performed.append(stem)
        return perform(stem, {"steps": 10} | dict(options), progress=progress, keep=keep)

    monkeypatch.setattr(reproduce, "STEMS", ("ols_rate",))
    monkeypatch.setattr(reproduce, "DEEP", ())
    monkeypatch.setattr(reproduce, "perform", counted)
    monkeypatch.setattr(reproduce, "is_current", lambda path, stem, options: path.exists())
    return performed


def test_an_interrupted_run_continues_and_does_nothing_twice(plan, tmp_path, monkeypatch, capsys):
    def interrupted(stem, out):
        raise KeyboardInterrupt

    monkeypatch.setattr(reproduce, "draw", interrupted)
    with pytest.raises(KeyboardInterrupt):
        reproduce.reproduce(tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr(reproduce, "tasks", list)
    monkeypatch.setattr(reproduce, "STEMS", ("ols_rate",))
    monkeypatch.setattr(reproduce, "is_current", lambda path, stem, options: path.exists())
    assert reproduce.reproduce(tmp_path) == 0
    assert plan == ["ols_rate"]
    assert (tmp_path / "figures" / "ols_rate.pdf").exists()
    assert "ols_rate: kept" in capsys.readouterr().err


def test_a_result_is_current_only_with_the_same_options_and_code(tmp_path, monkeypatch):
    path = storage.save(perform("ols_rate", {"steps": 10}), tmp_path)
    assert reproduce.is_current(path, "ols_rate", {"steps": 10})
    assert not reproduce.is_current(path, "ols_rate", {})
    assert not reproduce.is_current(tmp_path / "absent.npz", "ols_rate", {})
    monkeypatch.setattr(reproduce, "code_digest", lambda stem: "another")
    assert not reproduce.is_current(path, "ols_rate", {"steps": 10})


def test_a_summary_of_verdicts_comes_at_the_end(plan, tmp_path, monkeypatch, capsys):
    observed = [task for task in ledger.tasks() if task.id in ("A6", "C1")]
    theorems = [task_of(named(false(), corrected=true())), task_of(named(true())), task_of(named(true()))]
    monkeypatch.setattr(reproduce, "tasks", lambda: [*theorems, *observed])
    assert reproduce.reproduce(tmp_path) == 0
    *_, counts, verdicts, regimes, last = capsys.readouterr().err.splitlines()
    assert counts == "theorems of the source: 1 false, 2 true; of section F: none"
    assert verdicts == "observations: 1 depends, 1 reproduced"
    assert re.fullmatch(
        rf"regimes: 4 of \d+ regimes not as declared, of A6 \({tmp_path}/check.json lists them\)", regimes
    )
    assert last.startswith("results in ")
    monkeypatch.setattr(reproduce, "tasks", list)
    assert reproduce.reproduce(tmp_path) == 0
    assert capsys.readouterr().err.splitlines()[-3:-1] == [
        "theorems of the source: none; of section F: none",
        "observations: none",
    ]


def test_progress_goes_to_stderr_alone(plan, tmp_path, capsys):
    reproduce.reproduce(tmp_path)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "criteria met" in captured.err
    assert "\x1b" not in captured.err


def test_the_report_takes_the_figures_that_this_run_drew_and_no_older_ones(tmp_path, monkeypatch):
    (tmp_path / "figures").mkdir()
    for name, age in (("old", -60), ("new", 60), ("now", 0)):
        (tmp_path / "figures" / f"{name}.svg").touch()
        os.utime(tmp_path / "figures" / f"{name}.svg", (1e9 + age, 1e9 + age))
    taken = []
    monkeypatch.setattr(reproduce, "write_report", lambda *_, drawn, **options: taken.extend(drawn))
    reproduce.report([], tmp_path, examples=1, seconds=0.0, begun=1e9)
    assert sorted(path.name for path in taken) == ["new.svg", "now.svg"]


def test_a_missing_extra_skips_its_experiment_and_says_so(tmp_path, monkeypatch, capsys):
    from bntheory.errors import MissingExtra

    def perform_without(stem, options, *, progress, keep):
        raise MissingExtra("scikit-learn", "data", "the bundled data sets")

    monkeypatch.setattr(reproduce, "perform", perform_without)
    assert reproduce.reproduce(tmp_path) == 0
    errors = capsys.readouterr().err
    assert "ols_rate: skipped: scikit-learn is not installed: the bundled data sets needs it" in errors
    assert "pip install 'bntheory[data]'" in errors


def test_an_experiment_that_fails_is_said_and_counts_and_the_others_go_on(plan, tmp_path, monkeypatch, capsys):
    real = reproduce.perform

    def failing(stem, options, *, progress, keep):
        if stem == "smoothness":
            raise InvalidInput("treated, control", "not finite", "must be finite numbers", "leave out diverged runs")
        return real(stem, options, progress=progress, keep=keep)

    monkeypatch.setattr(reproduce, "perform", failing)
    monkeypatch.setattr(reproduce, "STEMS", ("smoothness", "ols_rate"))
    assert reproduce.reproduce(tmp_path) == 1
    errors = capsys.readouterr().err
    assert "[1/2] smoothness: FAILED: treated, control = not finite" in errors
    assert errors.rstrip().endswith("FAILED: smoothness")
    assert plan == ["ols_rate"]


def test_a_folder_that_cannot_be_written_stops_the_run(plan, tmp_path, monkeypatch):
    def full(stem, options, *, progress, keep):
        raise InvalidInput("out", keep, "cannot be written (No space left on device)", "give --out a folder")

    monkeypatch.setattr(reproduce, "perform", full)
    with pytest.raises(InvalidInput, match="No space left"):
        reproduce.reproduce(tmp_path)


def check_count(monkeypatch):
    """Records the cases a statement of every check that is run."""
    runs = []

    def counted(chosen, *, examples=0, **options):
        runs.extend([examples] if examples else [])
        return real(chosen, examples=examples or 1, **options)

    real = reproduce.check
    monkeypatch.setattr(reproduce, "check", counted)
    return runs


def test_the_check_is_recorded_and_run_again_every_time(plan, tmp_path, monkeypatch, capsys):
    runs, path = check_count(monkeypatch), tmp_path / "out" / "check.json"
    monkeypatch.setattr(reproduce, "EXAMPLES", 30)
    for _ in range(2):
        assert reproduce.reproduce(path.parent) == 0
    assert runs == [30, 30]
    assert capsys.readouterr().err.count(f"check: 0 problems, {path}") == 2
    stored = json.loads(path.read_text())
    assert [entry["id"] for entry in stored["claims"]] == ["A1"]
    assert stored["claims"][0]["statements"][1]["witness"]["case"] == "51"
    assert (stored["version"], stored["seed"], stored["problems"]) == (bntheory.__version__, 0, [])
    assert stored["examples"] == 30


def test_the_seconds_of_the_check_are_those_of_the_search_alone(plan, tmp_path, monkeypatch):
    clock = SimpleNamespace(now=0.0, perf_counter=lambda: clock.now, time=time.time)
    monkeypatch.setattr(reproduce, "time", clock)
    for name, seconds in (("check", 5.0), ("run_experiment", 100.0)):
        real = getattr(reproduce, name)

        def slow(*given, real=real, seconds=seconds, **options):
            clock.now += seconds
            return real(*given, **options)

        monkeypatch.setattr(reproduce, name, slow)
    assert reproduce.reproduce(tmp_path) == 0
    assert clock.now >= 110
    assert json.loads((tmp_path / "check.json").read_text())["seconds"] == 5.0


def test_a_record_that_says_all_is_well_is_not_believed(plan, tmp_path, monkeypatch):
    assert reproduce.reproduce(tmp_path) == 0
    monkeypatch.setattr(reproduce, "tasks", lambda: [task_of(named(false(truth=Truth.TRUE)))])
    assert reproduce.reproduce(tmp_path) == 1
    assert json.loads((tmp_path / "check.json").read_text())["problems"]


def test_an_interrupted_check_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "check.json"
    path.write_text("old")

    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(reproduce, "check", interrupted)
    with pytest.raises(KeyboardInterrupt):
        reproduce.reproduce(tmp_path)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["check.json"]


@pytest.mark.parametrize(
    ("statement", "code", "problem"),
    [
        (false(truth=Truth.TRUE), 1, "check: it.false: declared true, came out refuted at 51"),
        (broken(), 2, "check: it.broken: declared true, came out undecided: sides raise KeyError"),
    ],
)
def test_a_check_that_is_amiss_is_said_and_stops_nothing(statement, code, problem, plan, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reproduce, "tasks", lambda: [task_of(named(statement))])
    for _ in range(2):
        assert reproduce.reproduce(tmp_path) == code
        assert problem in capsys.readouterr().err
    assert plan == ["ols_rate"]


def test_quick_means_fewer_cases(plan, tmp_path, monkeypatch):
    runs = check_count(monkeypatch)
    reproduce.reproduce(tmp_path / "quick", quick=True)
    reproduce.reproduce(tmp_path / "full")
    assert runs == [200, 2000]


_WITHOUT_TORCH = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name="torch")

sys.meta_path.insert(0, Absent())
from bntheory.cli import main
print([main(arguments) for arguments in (
    ["run", "ols_rate", "--steps", "5"], ["run", "spectrum"], ["figures", "coupling"], ["check", "C7", "A1"])])
"""


def test_without_torch_the_numpy_part_works_and_the_rest_says_which_extra_it_needs(tmp_path):
    command = [sys.executable, "-c", _WITHOUT_TORCH]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "[0, 2, 0, 0]", done.stderr
    said = "bntheory: torch is not installed: the experiment spectrum needs it; run pip install 'bntheory[deep]'"
    assert done.stderr.splitlines().count(said) == 1
    assert "C7\tThe whole spectrum of the Hessian\tdepends\trecorded" in done.stdout
