"""`bntheory report` ends like `bntheory check`, with a line for what is amiss; results are those that are named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_page import read
from statements import broken, claim, false, true

from bntheory import ledger, records, storage
from bntheory.claim import Truth
from bntheory.cli import main
from bntheory.ledger import task_of
from bntheory.report import contents

SVG = '<svg width="72pt" height="36pt" viewBox="0 0 72 36" xmlns="http://www.w3.org/2000/svg"><g/></svg>'


@pytest.fixture(autouse=True)
def figures_that_cost_nothing(monkeypatch):
    monkeypatch.setattr(contents, "svg", lambda stem, results: SVG)


@pytest.mark.parametrize(
    ("statement", "code", "lines"),
    [
        (true(), 0, []),
        (false(truth=Truth.TRUE), 1, ["bntheory: it.false: declared true, came out refuted at 51"]),
        (broken(), 2, ["bntheory: it.broken: declared true, came out undecided: sides raise KeyError"]),
    ],
    ids=["as declared", "otherwise", "undecided"],
)
def test_what_is_amiss_is_a_line_on_stderr_and_the_exit_code(statement, code, lines, tmp_path, monkeypatch, capsys):
    one = replace(claim(replace(statement, tex="x")), id="A1")
    monkeypatch.setattr(ledger, "tasks", lambda: [task_of(one)])
    file = tmp_path / "report.html"
    assert main(["report", "--examples", "90", "--out", str(file), "--results", str(tmp_path)]) == code
    output = capsys.readouterr()
    assert output.out == f"{file}\n"
    said = [line for line in output.err.splitlines() if line.startswith("bntheory: ")]
    assert len(said) == len(lines)
    assert all(line.startswith(start) for line, start in zip(said, lines, strict=True))


def test_observations_are_decided_by_the_results_that_are_named(tmp_path, monkeypatch):
    [b2] = [task for task in ledger.tasks() if task.id == "B2"]
    monkeypatch.setattr(ledger, "tasks", lambda: [b2])
    storage.save(records.load(records.RECORDS / "ics.npz"), tmp_path / "own")
    (tmp_path / "none").mkdir()
    origins = {}
    for folder in ("own", "none"):
        file = tmp_path / "report.html"
        assert main(["report", "--out", str(file), "--results", str(tmp_path / folder)]) == 0
        page = read(file.read_text())
        origins[folder] = page.one("article", id="claim-B2").one("dd", class_="origin").text
        assert page.one(id="stem-ics").one("p", class_="origin").text == origins[folder]
    assert origins["own"].startswith(f"run here, {tmp_path / 'own' / 'ics.npz'}")
    assert origins["none"].startswith("recorded, not run here")
