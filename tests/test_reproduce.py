"""The main job keeps what is finished and current, and runs what is not (a plan in miniature)."""

from __future__ import annotations

import pytest

from bntheory import reproduce, storage
from bntheory.stems import perform


@pytest.fixture
def plan(monkeypatch):
    """Two stems, the quick one for both; records what was performed."""
    performed = []

    def counted(stem, options, *, progress):
        performed.append(stem)
        return perform(stem, {"steps": 10} | dict(options), progress=progress)

    monkeypatch.setattr(reproduce, "STEMS", ("ols_rate",))
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


def test_progress_goes_to_stderr_alone(plan, tmp_path, capsys):
    reproduce.reproduce(tmp_path)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "criteria met" in captured.err
    assert "\x1b" not in captured.err


def test_a_missing_extra_skips_its_experiment_and_says_so(tmp_path, monkeypatch, capsys):
    from bntheory.errors import MissingExtra

    def perform_without(stem, options, *, progress):
        raise MissingExtra("scikit-learn", "data", "the bundled data sets")

    monkeypatch.setattr(reproduce, "perform", perform_without)
    assert reproduce.reproduce(tmp_path) == 0
    errors = capsys.readouterr().err
    assert "ols_rate: skipped: scikit-learn is not installed: the bundled data sets needs it" in errors
    assert "pip install 'bntheory[data]'" in errors
