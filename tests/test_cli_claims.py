"""list, show, check and refute: what they print, and their exit codes."""

from __future__ import annotations

import io
import json
import re
import sys

import pytest
from statements import broken, claim, false, true

from bntheory import claims_terminal, cli_claims, ledger, records
from bntheory.claim import Truth
from bntheory.claims import statement
from bntheory.cli import _parser, main
from bntheory.ledger import task_of
from bntheory.statistics import OUTCOMES


@pytest.fixture
def built_in(monkeypatch):
    """Makes a small claim the only one that there is."""

    def only(*entries):
        monkeypatch.setattr(ledger, "tasks", lambda: [task_of(entry) for entry in entries])
        monkeypatch.setattr(cli_claims, "_tasks", lambda target: [task_of(entry) for entry in entries])

    return only


def test_list_names_every_id_with_its_declared_verdict(capsys):
    assert main(["list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    by_id = {row["id"]: row for row in rows}
    assert by_id["C5"] == {
        "id": "C5",
        "section": "C",
        "title": "Minimax bound in weight space",
        "kind": "theorem",
        "verdict": "false",
        "level": None,
    }
    assert (by_id["A6"]["kind"], by_id["A6"]["verdict"]) == ("observation", "depends")
    assert list(by_id)[:3] == ["A1", "A2", "A3"]
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "id\ttitle\tkind\tdeclared verdict"
    assert "C5\tMinimax bound in weight space\ttheorem\tfalse" in lines


def test_check_exits_with_0_and_json_alone_if_all_is_as_declared(capsys):
    assert main(["check", "c6", "A6", "--examples", "10", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [entry["id"] for entry in report["claims"]] == ["C6", "A6"]
    closed, observed = report["claims"]
    assert (closed["verdict"], closed["level"]) == ("underspecified", "proved")
    assert (observed["kind"], observed["level"], observed["statements"]) == ("observation", "recorded", [])
    assert observed["verdict"] in ("reproduced", "not-reproduced", "depends")
    assert observed["origin"].startswith("recorded, not run here, of 20")
    for regime in observed["regimes"]:
        assert set(regime) >= {"name", "declared", "measured", "effect", "ci95", "p", "seeds"}
    witness = closed["statements"][0]["witness"]
    assert set(witness) == {"case", "lhs", "rhs"}
    assert all(isinstance(text, str) for text in witness.values())


def test_check_prints_a_table_and_counts(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(records, "RECORDS", tmp_path)
    assert main(["check", "A1", "a1", "B2", "b2", "--examples", "10", "--seed", "4"]) == 0
    captured = capsys.readouterr()
    header, first, second, _, counts = captured.out.splitlines()
    assert header == "id\ttitle\tverdict\tlevel\theld\trefuted\tworst"
    assert first.startswith("A1\tBatch statistics\ttrue\tcertified\t")
    assert second == "B2\tCorrelation of gradients before and after an update\tskipped\tskipped\t-\t-\t-"
    assert counts == "2 checked: 1 as declared, 1 skipped"
    assert captured.err == "check:   0 % A1\n"
    assert "\x1b" not in captured.out


def test_the_number_of_cases_is_the_ledgers():
    assert {_parser().parse_args([*command]).examples for command in (["check"], ["show", "x"], ["refute", "x"])} == {
        ledger.EXAMPLES
    }


def test_one_statement_can_be_checked_alone(capsys):
    assert main(["check", "c3.mutant.DROP-mean", "--examples", "10", "--json"]) == 0
    [entry] = json.loads(capsys.readouterr().out)["claims"]
    assert (entry["id"], entry["verdict"], entry["level"]) == ("C3.mutant.drop-mean", "false", "refuted")
    assert [statement["id"] for statement in entry["statements"]] == ["C3.mutant.drop-mean"]


def test_what_is_named_twice_is_checked_once(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "A1").write_text("a file is not taken for an id")
    assert main(["check", "C6.printed", "c6.PRINTED", "A1", "a1", "C6.corrected", "--examples", "5", "--json"]) == 0
    assert [entry["id"] for entry in json.loads(capsys.readouterr().out)["claims"]] == [
        "C6.printed",
        "A1",
        "C6.corrected",
    ]


def test_check_exits_with_1_if_something_came_out_otherwise(built_in, capsys):
    built_in(claim(false(truth=Truth.TRUE), mutants=(true("it.survivor", Truth.FALSE),)))
    assert main(["check", "--examples", "20"]) == 1
    captured = capsys.readouterr()
    assert "it\ta title\tfalse\trefuted\t1\t1\t" in captured.out
    refuted, survivor = captured.err.splitlines()
    assert refuted == "bntheory: it.false: declared true, came out refuted at 51: lhs = 51, rhs = 50"
    assert survivor.startswith("bntheory: it.survivor: declared false, came out held, no counterexample in ")


def test_check_exits_with_2_if_something_is_undecided_whatever_else(built_in, capsys):
    built_in(claim(broken(), mutants=(false("it.kept", Truth.WEAKER),)), claim(true("b")))
    assert main(["check", "--examples", "20"]) == 2
    captured = capsys.readouterr()
    assert "bntheory: it.broken: declared true, came out undecided: sides raise KeyError" in captured.err
    assert "2 checked: 1 as declared, 1 undecided" in captured.out


BAD = {
    "unknown claim": (["check", "C33"], "claim = C33: is not one of ", "did you mean C3?"),
    "unknown statement": (["check", "C3.print"], "statement = C3.print: ", "did you mean C3.printed?"),
    "statement of an observation": (["check", "A6.printed"], "claim = A6: is an observation", "bntheory show A6"),
    "no examples": (["check", "--examples", "0"], "--examples = 0: must be a whole number, at least 1", "2000"),
    "negative seed": (["check", "--seed", "-1"], "--seed = -1: must be at least 0", "such as 0"),
    "unknown claim to show": (["show", "Z9"], "claim = Z9: ", ""),
    "unknown claim to cite": (["show", "Z9", "--bibtex"], "claim = Z9: ", ""),
    "observation to refute": (["refute", "E13"], "claim = E13: is an observation", "halfspace_data"),
    "no examples to refute": (["refute", "C3", "--examples", "0"], "--examples = 0", ""),
    "absent file": (
        ["check", "none.py"],
        "file = none.py: cannot be read (No such file or directory)",
        "bntheory list",
    ),
    "other file": (["check", "notes.txt"], "file = notes.txt: is not a Python file", ".py"),
    "folder": (["refute", "."], "file = .: is not a Python file", ".py"),
    "statement to show": (["show", "C3.printed"], "claim = C3.printed: is a statement", "bntheory show C3"),
    "link to itself": (["check", "loop.py"], "file = loop.py: ", ""),
    "good and bad": (["check", "A1", "none.py"], "file = none.py: cannot be read", ""),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_exit_code_two(case, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    arguments, problem, remedy = BAD[case]
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    [line] = captured.err.splitlines()
    assert line.startswith("bntheory: ")
    assert problem in line
    assert remedy in line


@pytest.mark.parametrize("arguments", [["show"], ["refute"], ["check", "--examples", "many"], ["show", "C3", "C4"]])
def test_usage_errors_are_short(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) <= 3


def test_refuting_a_claim_is_refuting_its_print_and_readings(capsys):
    assert main(["refute", "C6", "--examples", "10", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    names = [entry["id"] for entry in report["statements"]]
    assert names[0] == "C6.printed"
    assert len(names) > 1
    assert all(name.startswith("C6.reading.") for name in names[1:])


def test_show_says_everything(capsys):
    assert main(["show", "c6", "--examples", "10"]) == 0
    text = capsys.readouterr().out
    for line in (
        "C6  Better initialization",
        "printed    C6.printed: refuted, as declared (false)",
        "           " + statement("C6.printed").tex,
        "verdict    underspecified",
        "reading    C6.reading.acute: proved, as declared (true)",
        "corrected  C6.corrected: proved, as declared (true)",
        "level      proved: worst ratio 1 in 10 cases of C6.corrected",
        "proof      proofs/initialization.py",
        "figure     paper_figs/smoothness.py",
        "mutant     C6.mutant.norm-once: refuted, as declared (false)",
    ):
        assert line in text.splitlines()
    assert "reference  Santurkar, Tsipras, Ilyas and Madry (2018). " in text
    assert " (rational arithmetic)\n" in text
    assert [line[:10].strip() for line in text.splitlines()].count("assumes") == 1
    assert main(["show", "c6", "--examples", "10", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["statements"][0]["tex"].startswith(r"\|W_0")
    assert {"id", "verdict", "level", "source", "assumes", "note", "proof", "figure", "problems"} <= set(report)


def test_show_marks_what_is_not_as_declared(built_in, monkeypatch, capsys):
    monkeypatch.setattr("bntheory.claims.known_id", lambda name: name)
    built_in(claim(false(truth=Truth.TRUE)))
    assert main(["show", "it", "--examples", "10"]) == 1
    captured = capsys.readouterr()
    assert "it.false: refuted, NOT as declared (true)" in captured.out
    assert "bntheory: it.false: declared true, came out refuted at 51" in captured.err


def test_show_of_an_observation_says_what_decides_it(capsys):
    assert main(["show", "e13"]) == 0
    text = capsys.readouterr().out
    assert "verdict    depends: recorded, not run here, of 20" in text
    assert "experiment bntheory run halfspace_data" in text
    assert "regime     digits, softplus, to 0.1, GDNP ahead of GD: reproduced, as declared" in text
    assert "of 8 seeds (smallest possible p: 0.0039)" in text
    assert f"words      {OUTCOMES}\n" in text
    assert main(["show", "e13", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["stem"], report["level"], report["statements"]) == ("halfspace_data", "recorded", [])
    assert main(["show", "e6", "--bibtex"]) == 0
    assert capsys.readouterr().out.startswith("@misc{kohler2018,")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("columns", [80, 120])
def test_nothing_but_tex_is_wider_than_the_terminal(columns, monkeypatch, capsys):
    from bntheory.outcome import Checked

    monkeypatch.setenv("COLUMNS", str(columns))
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    outcomes = [Checked(task, "underspecified", "machine-checked") for task in ledger.tasks()]
    assert main(["list"]) == 0
    claims_terminal.print_check(outcomes)
    claims_terminal.print_claim(ledger.check([task for task in ledger.tasks() if task.id == "C6"], examples=5)[0])
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in screen.getvalue().splitlines() if "\\" not in line]
    assert max(map(len, lines)) <= columns
    assert len(lines) > 100
