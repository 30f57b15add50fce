"""The ledger: verdicts and levels come from what ran, and whatever is amiss is named."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from statements import broken, claim, false, true

from bntheory import ledger, records
from bntheory.claim import Truth
from bntheory.errors import InvalidInput
from bntheory.ledger import check, task_of, tasks
from bntheory.outcome import document
from bntheory.proof import Proof


@dataclass
class Left:
    """A residual: its statement, whether it is shown, and what is left of lhs - rhs."""

    statement: Any
    shown: bool = True
    value: Any = "x - 1"


def checked(it, **options):
    [outcome] = check([task_of(it)], examples=30, **options)
    return outcome


def with_proof(monkeypatch, *residuals, neighbours=()):
    """A proof with these residuals is what every claim finds."""
    proof = Proof(by_id(residuals), by_id(neighbours), ("a step in prose",))
    monkeypatch.setattr(ledger, "load_proof", lambda stem: proof)


def by_id(residuals):
    names = dict.fromkeys(left.statement.id for left in residuals)
    return {name: tuple(left for left in residuals if left.statement.id == name) for name in names}


VERDICTS = {
    "true": (claim(true()), "true", "tested"),
    "false": (claim(false()), "false", "refuted"),
    "corrected": (claim(false(), corrected=true()), "false", "tested"),
    "reading differs": (claim(true("it.a"), readings=(false("it.b"),)), "underspecified", "tested"),
    "reading agrees": (claim(false("it.a"), readings=(false("it.b"),)), "false", "refuted"),
    "mutants have no say": (claim(true("it.a"), mutants=(false("it.b"),)), "true", "tested"),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_verdict_and_level_come_from_what_came_out(case):
    it, verdict, level = VERDICTS[case]
    outcome = checked(it)
    assert (outcome.verdict, outcome.level, outcome.problems) == (verdict, level, ())


def test_a_declaration_does_not_change_verdict_or_level():
    outcome = checked(claim(false("it.wrong", Truth.TRUE)))
    assert (outcome.verdict, outcome.level) == ("false", "refuted")
    [problem] = outcome.problems
    assert problem == "it.wrong: declared true, came out refuted at 51: lhs = 51, rhs = 50"
    assert not outcome.undecided


def test_a_false_statement_that_survives_is_not_as_declared():
    outcome = checked(claim(true("it.right", Truth.FALSE)))
    assert outcome.verdict == "true"
    assert "it.right: declared false, came out held, no counterexample in " in outcome.problems[0]


@pytest.mark.parametrize("truth", [Truth.WEAKER, Truth.EQUIVALENT])
def test_a_mutant_declared_harmless_must_survive(truth):
    assert checked(claim(true("it.a"), mutants=(true("it.b", truth),))).problems == ()
    [problem] = checked(claim(true("it.a"), mutants=(false("it.b", truth),))).problems
    assert problem.startswith(f"it.b: declared {truth}, came out refuted at 51")


def test_a_broken_statement_is_undecided_and_hides_no_other():
    outcome = checked(claim(broken(), corrected=true(), mutants=(false(), false("it.kept", Truth.WEAKER))))
    assert (outcome.verdict, outcome.level, outcome.undecided) == ("undecided", "tested", True)
    assert [entry.outcome for entry in outcome.entries] == ["undecided", "held", "refuted", "refuted"]
    assert "it.broken: declared true, came out undecided: sides raise KeyError" in outcome.problems[0]
    assert outcome.problems[1].startswith("it.kept: declared weaker")
    assert checked(claim(true(), corrected=broken())).level is None


def test_a_search_that_raises_is_that_statements_trouble_alone(monkeypatch):
    def falsify(statement, **options):
        if statement.id == "it.false":
            raise RecursionError("too\ndeep")
        return real(statement, **options)

    real = ledger.falsify
    monkeypatch.setattr(ledger, "falsify", falsify)
    outcome = checked(claim(true(), mutants=(false(),)))
    assert outcome.undecided
    assert outcome.problems == (
        "it.false: declared false, came out undecided: the search raises RecursionError: too deep",
    )


def test_a_proof_lifts_what_it_proves_and_only_that(monkeypatch):
    it = claim(true(), readings=(true("it.other"),), mutants=(true("it.same", Truth.EQUIVALENT),), proof="x")
    with_proof(monkeypatch, Left(it.printed), neighbours=[Left(false("it.n"), False)])
    outcome = checked(it)
    assert [entry.outcome for entry in outcome.entries] == ["proved", "held", "held"]
    assert [entry.rests_on for entry in outcome.entries] == [("a step in prose",), (), ()]
    assert (outcome.level, outcome.problems) == ("proved", ())


def test_a_proof_of_another_statement_of_the_same_name_is_no_proof(monkeypatch):
    with_proof(monkeypatch, Left(true()))
    outcome = checked(claim(true(), proof="x"))
    assert (outcome.level, outcome.problems) == ("tested", ("it: its proof does not derive it.true",))


def test_everything_that_a_proof_names_and_does_not_show_is_a_problem(monkeypatch):
    it = claim(true(), readings=(true("it.half"),), mutants=(true("it.same", Truth.EQUIVALENT),), proof="x")
    half, same = it.readings[0], it.mutants[0]
    with_proof(monkeypatch, Left(it.printed), Left(half), Left(half, False), Left(same, False, "y"))
    outcome = checked(it)
    assert [entry.outcome for entry in outcome.entries] == ["proved", "held", "held"]
    assert outcome.problems == (
        "it: its proof leaves lhs - rhs = x - 1 of it.half, which does not show it",
        "it: its proof leaves lhs - rhs = y of it.same, which does not show it",
    )
    [alone] = check([task_of(it, half)], examples=10)
    assert alone.problems == outcome.problems


def test_a_proof_without_a_search_that_held_proves_nothing(monkeypatch):
    it = claim(false(), proof="x")
    with_proof(monkeypatch, Left(it.printed))
    outcome = checked(it)
    assert outcome.level == "refuted"
    [problem] = outcome.problems
    assert problem.startswith("it.false: its proof says that it holds, the search refutes it at 51")
    it = claim(broken(), proof="x")
    with_proof(monkeypatch, Left(it.printed))
    assert checked(it).level is None


def test_a_proof_is_not_asked_about_what_is_no_statement(monkeypatch):
    with_proof(monkeypatch, Left(true()))
    assert checked(claim(3, proof="x")).undecided
    assert checked(claim(true([]), proof="x")).undecided


IT = claim(true(), proof="x")
PROOFS = {
    "accepts a false neighbour": ((Left(IT.printed),), [Left(false("it.n"))], "lets false statements pass: it.n"),
    "derives another": ((Left(true("it.other")),), [], "does not derive it.true"),
    "leaves something": ((Left(IT.printed, False),), [], "leaves lhs - rhs = x - 1 of it.true"),
}


@pytest.mark.parametrize("case", PROOFS)
def test_a_proof_that_does_not_do_its_work_is_named(case, monkeypatch):
    residuals, neighbours, problem = PROOFS[case]
    with_proof(monkeypatch, *residuals, neighbours=neighbours)
    outcome = checked(IT)
    assert (outcome.verdict, outcome.level) == ("true", "tested")
    assert problem in outcome.problems[0]
    assert not outcome.undecided


def test_a_missing_or_broken_proof_is_the_claims_problem_alone(monkeypatch):
    outcome = checked(claim(true(), proof="no_such_proof"))
    assert outcome.level == "tested"
    assert outcome.problems == ("it: its proof proofs/no_such_proof.py is missing",)

    def load_proof(stem):
        raise {"raises": ZeroDivisionError("in\nit"), "needs": ModuleNotFoundError(name="flint")}[stem]

    monkeypatch.setattr(ledger, "load_proof", load_proof)
    assert checked(claim(true(), proof="raises")).problems == (
        "it: its proof proofs/raises.py raises ZeroDivisionError: in it",
    )
    assert checked(claim(true(), proof="needs")).problems == (
        "it: its proof proofs/needs.py needs flint, which is absent",
    )
    monkeypatch.setattr(ledger, "load_proof", lambda stem: None)
    assert "gives a NoneType, not a Proof" in checked(claim(true(), proof="none")).problems[0]


def test_a_proof_runs_once_for_all_the_claims_that_name_it(monkeypatch):
    runs = []

    def load_proof(stem):
        runs.append(stem)
        return Proof(by_id([Left(one.printed)]), {}, ())

    monkeypatch.setattr(ledger, "load_proof", load_proof)
    one = claim(true(), proof="x")
    assert [outcome.level for outcome in check([task_of(one), task_of(one)], examples=5)] == ["proved", "proved"]
    assert runs == ["x"]


def test_one_statement_alone_is_judged_by_itself(monkeypatch):
    mutant = false()
    it = claim(true(), mutants=(mutant,), proof="x")
    with_proof(monkeypatch, Left(it.printed), neighbours=[Left(mutant)])
    [outcome] = check([task_of(it, mutant)], examples=10)
    assert (outcome.task.id, outcome.verdict, outcome.level) == ("it.false", "false", "refuted")
    assert outcome.problems == ()  # the bad proof is not its business
    [outcome] = check([task_of(it, it.printed)], examples=10)
    assert "lets false statements pass" in outcome.problems[0]


def test_an_observation_that_was_not_measured_is_neither_failed_nor_passed(monkeypatch, tmp_path):
    monkeypatch.setattr(records, "RECORDS", tmp_path)
    task = next(task for task in tasks() if task.claim is None)
    [outcome] = check([task], examples=1, results=tmp_path)
    assert (outcome.verdict, outcome.level, outcome.entries, outcome.problems) == ("skipped", "skipped", (), ())
    assert not outcome.undecided


@pytest.mark.parametrize("wrong", [{"examples": 0}, {"examples": -3}, {"seed": -1}])
def test_bad_numbers_are_refused_even_if_there_is_nothing_to_check(wrong):
    with pytest.raises(InvalidInput, match=r"--\w+ = -?\d: must be"):
        check([], **wrong)


def test_progress_runs_from_0_towards_1_over_all_tasks():
    seen = []
    two = [task_of(claim(true("a"), mutants=(false("b"),))), task_of(claim(true("c")))]
    check(two, examples=5, progress=lambda fraction, label: seen.append((round(fraction, 3), label)))
    assert seen == [(0, "it"), (0.333, "it"), (0.667, "it")]


def test_the_document_is_plain_json_with_exact_witnesses(monkeypatch):
    it = claim(true(), mutants=(false(), broken()), proof="x")
    with_proof(monkeypatch, Left(it.printed))
    report = json.loads(json.dumps(document([checked(it)], seed=3, seconds=1.5), allow_nan=False))
    assert {"version", "seed", "seconds", "claims"} == set(report)
    [entry] = report["claims"]
    statements = entry.pop("statements")
    assert entry == {
        "id": "it",
        "title": "a title",
        "kind": "theorem",
        "verdict": "true",
        "level": "proved",
        "regimes": [],
        "origin": "",
    }
    assert statements[0] == {
        "id": "it.true",
        "truth": "true",
        "outcome": "proved",
        "cases": 30,
        "worst": 1.0,
        "witness": None,
        "rests_on": ["a step in prose"],
        "certificate": None,
        "message": "",
    }
    assert statements[1]["witness"] == {"case": "51", "lhs": "51", "rhs": "50"}
    assert (statements[2]["outcome"], statements[2]["worst"]) == ("undecided", None)


def test_the_same_seed_gives_the_same_document():
    it = claim(true(), mutants=(false(),))
    first, second = (document([checked(it, seed=5)], seed=5, seconds=0) for _ in range(2))
    assert first == second
