"""Every claim comes out as declared, and proofs/README.md says what came out; the index of claims is complete."""

from __future__ import annotations

import re

import pytest

from bntheory import claims, ledger_page
from bntheory.claims import CLAIMS, IDS, OPEN, claim, statement
from bntheory.errors import InvalidInput
from bntheory.ledger import check, declared_verdict, tasks
from bntheory.ledger_page import EXAMPLES, PAGE, SEED, page, row, write_page

#: The theory's verdicts on the print; an id that is not here is open.
VERDICTS = {
    **dict.fromkeys(("A1", "A2", "A3", "A4", "C3", "C4", "E5", "F6"), "true"),
    **dict.fromkeys(("A5", "C6"), "underspecified"),
    "C5": "false",
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
    monkeypatch.setattr(ledger_page, "tasks", lambda: [task for task in tasks() if task.id in ("A1", "E4")])
    monkeypatch.setattr(ledger_page, "IDS", ("A1", "E4"))
    write_page(tmp_path / "README.md")
    rows = _rows_on_the_page()
    lines = (tmp_path / "README.md").read_text().splitlines()
    assert [line for line in lines if re.match(r"\| [A-F]\d", line)] == [rows["A1"], rows["E4"]]


def _rows_on_the_page():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return {line.split()[1]: line for line in lines if re.match(r"\| [A-F]\d", line)}


def test_every_id_of_the_source_is_stated_or_open_in_its_order():
    stated = [entry.id for entry in CLAIMS]
    assert sorted([*stated, *OPEN]) == sorted(set(IDS))
    assert [name for name in IDS if name in SOURCE] == SOURCE
    assert [task.id for task in tasks()] == list(IDS)
    assert {name[0] for name in IDS} == set(claims.SECTIONS)


def test_the_declared_verdicts_are_those_of_the_theory():
    declared = {task.id: declared_verdict(task) for task in tasks()}
    assert declared == {name: VERDICTS.get(name, "open") for name in IDS}


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
        ("E6", "claim = E6: is open: nothing is stated for it yet; bntheory list"),
        ("", "claim = : is not known"),
    ],
)
def test_an_unknown_or_open_claim_is_refused(name, message):
    for lookup in (claim, statement):
        with pytest.raises(InvalidInput, match=message):
            lookup(name)


def test_an_unknown_statement_is_refused_with_the_nearest():
    with pytest.raises(InvalidInput, match=r"did you mean C3\.mutant\.drop-mean\?"):
        statement("C3.mutant.drop-men")
