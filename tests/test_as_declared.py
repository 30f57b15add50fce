"""Every claim comes out as declared, and proofs/README.md says what came out; the index of claims is complete."""

from __future__ import annotations

import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from bntheory import claims, ledger_page
from bntheory.claims import CLAIMS, IDS, OBSERVATIONS, claim, statement
from bntheory.errors import InvalidInput
from bntheory.ledger import check, declared_verdict, tasks
from bntheory.ledger_page import EXAMPLES, PAGE, SEED, page, row, write_page
from bntheory.proof import Proof
from bntheory.proofs import __main__ as command

#: What other seeds than the recorded ones said of the observations.
OBSERVED = dict.fromkeys(("A6", "B1", "B2", "C2", "C7", "D3", "E13"), "depends") | {"C1": "reproduced"}
#: The theory's verdicts on the print.
VERDICTS = {
    **dict.fromkeys(("A1", "A2", "A3", "A4", "C3", "C4", "E1", "E2", "E3", "E5", "E7"), "true"),
    **dict.fromkeys(("F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9"), "true"),
    **dict.fromkeys(("A5", "C6", "D1", "E11"), "underspecified"),
    **dict.fromkeys(("C5", "D2", "E4", "E6", "E8", "E9", "E10", "E12", "E14", "E15", "F10"), "false"),
}
SOURCE = [*(f"A{n}" for n in range(1, 7)), "B1", "B2", *(f"C{n}" for n in range(1, 8)), "D1", "D2", "D3"]
SOURCE += [f"E{n}" for n in range(1, 16)]


@pytest.mark.parametrize("task", tasks(), ids=lambda task: task.id)
def test_claim(task):
    [outcome] = check([task], examples=EXAMPLES, seed=SEED)
    assert outcome.problems == ()
    assert row(outcome) == _rows_on_the_page()[task.id], "make ledger writes the page anew"


def test_the_page_has_nothing_but_its_rows():
    assert page(_rows_on_the_page()) == PAGE.read_text(encoding="utf-8"), "make ledger writes the page anew"


def test_the_page_links_to_files_that_exist():
    for target in re.findall(r"\]\(([^)]+)\)", PAGE.read_text(encoding="utf-8")):
        assert (PAGE.parent / target).is_file(), target


def test_writing_the_page_is_checking(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger_page, "tasks", lambda: [task for task in tasks() if task.id in ("A1", "A6")])
    monkeypatch.setattr(ledger_page, "IDS", ("A1", "A6"))
    write_page(tmp_path / "README.md")
    rows = _rows_on_the_page()
    lines = (tmp_path / "README.md").read_text().splitlines()
    assert [line for line in lines if re.match(r"\| [A-F]\d", line)] == [rows["A1"], rows["A6"]]


def test_the_page_names_tests_that_exist():
    for name, line in _rows_on_the_page().items():
        if name in VERDICTS:
            assert f"[`test_as_declared.py::test_claim[{name}]`](" in line


ROOT = PAGE.parent.parent


def run_proof(*arguments):
    command = [sys.executable, "-m", "proofs", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_a_proof_runs_by_its_stem():
    outcome = run_proof("gradient_bound")
    assert (outcome.returncode, outcome.stderr) == (0, "")
    lines = outcome.stdout.splitlines()
    assert f"proved       C3.printed: {statement('C3.printed').tex}" in lines
    assert any(line.startswith("rejected     C3.mutant.drop-mean: ") for line in lines)
    assert "rests on     the backward pass is the derivative of the forward pass (A4)" in lines
    assert "NOT" not in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "value", "way_out"),
    [
        (["gradient_bond"], "gradient_bond", "did you mean gradient_bound?"),
        ([], "''", "choose one of alternating_units, "),
        (["units"], "units", "did you mean alternating_units or hidden_units?"),
        (["gradient_bound", "minimax_bound"], "gradient_bound minimax_bound", "did you mean gradient_bound?"),
    ],
)
def test_an_unknown_proof_is_refused_in_one_line(arguments, value, way_out):
    outcome = run_proof(*arguments)
    assert (outcome.returncode, outcome.stdout) == (2, "")
    [line] = outcome.stderr.splitlines()
    assert line.startswith(f"proofs: STEM = {value}: is not known; {way_out}")


def test_a_proof_that_fails_says_so_and_exits_with_1(monkeypatch, capsys):
    def residuals(name, shown):
        return {name: (SimpleNamespace(statement=statement(name), shown=shown),)}

    for shown, accepted, code, proved, rejected in [
        (False, False, 1, "NOT proved   ", "rejected     "),
        (True, True, 1, "NOT proved   ", "NOT rejected "),
        (True, False, 0, "proved       ", "rejected     "),
    ]:
        proof = Proof(residuals("C3.printed", shown), residuals("C3.mutant.drop-mean", accepted), ())
        monkeypatch.setattr(command, "load_proof", lambda stem, proof=proof: proof)
        assert command.main(["gradient_bound"]) == code
        first, second = capsys.readouterr().out.splitlines()
        assert first.startswith(f"{proved}C3.printed: ")
        assert second.startswith(f"{rejected}C3.mutant.drop-mean: ")


def _rows_on_the_page():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return {line.split()[1]: line for line in lines if re.match(r"\| [A-F]\d", line)}


def test_every_id_of_the_source_is_a_claim_or_an_observation_in_its_order():
    stated = [entry.id for entry in (*CLAIMS, *OBSERVATIONS)]
    assert sorted(stated) == sorted(set(IDS))
    assert [name for name in IDS if name in SOURCE] == SOURCE
    assert [task.id for task in tasks()] == list(IDS)
    assert {name[0] for name in IDS} == set(claims.SECTIONS)


def test_the_declared_verdicts_are_those_of_the_theory():
    declared = {task.id: declared_verdict(task) for task in tasks()}
    assert declared == {name: OBSERVED.get(name) or VERDICTS[name] for name in IDS}


def test_lookups_know_every_id_in_any_case():
    for entry in CLAIMS:
        assert claim(entry.id.lower()) is entry
        for one in entry.statements:
            assert statement(one.id) is statement(one.id.upper()) is one


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("C33", r"claim = C33: .* did you mean C3\?"),
        ("Z9", "claim = Z9: "),
        ("A6", "claim = A6: is an observation, without statements to search; run bntheory show A6 for "),
        ("", "claim = '': is not known"),
    ],
)
def test_what_is_no_claim_is_refused(name, message):
    for lookup in (claim, statement):
        with pytest.raises(InvalidInput, match=message):
            lookup(name)


def test_an_unknown_statement_is_refused_with_the_nearest():
    with pytest.raises(InvalidInput, match=r"did you mean C3\.mutant\.drop-mean\?"):
        statement("C3.mutant.drop-men")
