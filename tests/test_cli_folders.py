"""The folder of results on the command line: refused before any work, and what is in it is told truly."""

from __future__ import annotations

import pytest

from bntheory import figures, records, reproduce, stems
from bntheory.cli import main
from bntheory.experiments import ols_rate
from bntheory.records import RECORDS
from bntheory.stems import STEMS
from bntheory.storage import save


@pytest.fixture
def no_work(monkeypatch):
    """Whatever computes or draws is too late."""

    def too_late(*_, **__):
        raise AssertionError("something was computed or drawn")

    for module, name in ((stems, "perform"), (reproduce, "perform"), (reproduce, "check"), (figures, "draw")):
        monkeypatch.setattr(module, name, too_late)


COMMANDS = (
    ["run", "ols_rate"],
    ["run", "ols_rate", "--figure"],
    ["figures"],
    ["figures", "ics"],
    ["reproduce", "--quick"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("place", ["a file", "below a file", "/proc/x", "full disk"])
def test_a_folder_that_cannot_be_written_is_refused_before_any_work(
    command, place, no_work, tmp_path, monkeypatch, capsys
):
    (tmp_path / "file").write_text("")
    if place == "full disk":

        def full_disk(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", full_disk)
    out = {"a file": tmp_path / "file", "below a file": tmp_path / "file" / "x", "/proc/x": "/proc/x"}
    out = out.get(place, tmp_path / "new")
    assert main([*command, "--out", str(out)]) == 2
    captured = capsys.readouterr()
    [line] = captured.err.splitlines()
    assert line.startswith(f"bntheory: out = {out}")
    assert "cannot be written (" in line
    assert captured.out == ""
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_folder_at_all_is_refused(command, no_work, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main([*command, "--out", ""]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("bntheory: --out = '': names no folder; leave it out for ./bntheory-results")
    assert list(tmp_path.iterdir()) == []


def drawn(monkeypatch, *undrawable):
    """What is drawn, without drawing it."""
    stems_drawn = []

    def draw(stem, out):
        records.stored(stem, out)
        if stem in undrawable:
            raise figures.InvalidInput("results", stem, "cannot be drawn", "run it again")
        stems_drawn.append(stem)
        return [out / f"{stem}.pdf"]

    monkeypatch.setattr(figures, "draw", draw)
    return stems_drawn


def test_what_is_drawn_from_records_and_what_is_left_out_is_said(tmp_path, monkeypatch, capsys):
    stems_drawn = drawn(monkeypatch)
    save(ols_rate.measure(steps=5), tmp_path)
    assert main(["figures", "--out", str(tmp_path)]) == 0
    recorded = [stem for stem in STEMS if (RECORDS / f"{stem}.npz").exists()]
    absent = [stem for stem in STEMS if stem not in (*recorded, "ols_rate")]
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == len(stems_drawn) == len(recorded) + 1
    assert captured.err.splitlines() == [
        f"bntheory: drawn from records, not run here: {', '.join(recorded)}",
        f"bntheory: left out, with neither a result in {tmp_path} nor a record: {', '.join(absent)};"
        " bntheory run STEM makes one",
    ]
    assert main(["figures", "ols_rate", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().err == ""


def test_one_damaged_and_one_undrawable_result_stop_no_other_figure(tmp_path, monkeypatch, capsys):
    stems_drawn = drawn(monkeypatch, "landscape")
    (tmp_path / "motivations.npz").write_bytes(b"damaged")
    assert main(["figures", "--out", str(tmp_path)]) == 2
    first, second, *_ = capsys.readouterr().err.splitlines()
    assert first.startswith(f"bntheory: results = {tmp_path / 'motivations.npz'}: is not a result file of this version")
    assert second == "bntheory: results = landscape: cannot be drawn; run it again"
    assert not {"motivations", "landscape"} & set(stems_drawn)
    assert {"ics", "coupling", "halfspace_data"} <= set(stems_drawn)


def test_a_disk_that_gets_full_stops_all_figures(tmp_path, monkeypatch, capsys):
    tried = []

    def draw(stem, out):
        tried.append(stem)
        raise figures.InvalidInput("out", out, "cannot be written", "give another")

    monkeypatch.setattr(figures, "draw", draw)
    assert main(["figures", "--out", str(tmp_path)]) == 2
    assert len(tried) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("command", [["check", "C1", "C2"], ["show", "C1"]], ids=" ".join)
def test_a_damaged_result_that_is_passed_over_is_said(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "bntheory-results"
    folder.mkdir()
    assert main(command) == 0
    assert capsys.readouterr().err == ""
    (folder / "landscape.npz").write_bytes((RECORDS / "landscape.npz").read_bytes()[:-40])
    assert main(command) == 0
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [
        "bntheory: results = bntheory-results/landscape.npz: is not a result file of this version;"
        " run bntheory run landscape again; until then its record counts"
    ]
    assert "reproduced" in captured.out


def test_a_figure_that_fails_in_the_main_job_stops_no_other(tmp_path, monkeypatch, capsys):
    tried = []

    def draw(stem, out):
        tried.append(stem)
        raise figures.InvalidInput("results", stem, "cannot be drawn", "run it again")

    monkeypatch.setattr(reproduce, "tasks", list)
    monkeypatch.setattr(reproduce, "STEMS", ("ols_rate", "mlp_rate"))
    monkeypatch.setattr(reproduce, "is_current", lambda path, stem, options: True)
    monkeypatch.setattr(reproduce, "draw", draw)
    assert main(["reproduce", "--out", str(tmp_path)]) == 1
    assert tried == ["ols_rate", "mlp_rate"]
    assert "FAILED: ols_rate, mlp_rate" in capsys.readouterr().err
