"""The claims as data: verdicts, mutants, witnesses, and that a single mistake in a true formula is found out."""

from __future__ import annotations

import inspect
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import latex2mathml.converter
import numpy as np
import pytest
from flips import flips

from bntheory.claim import Truth, defects
from bntheory.claims import CLAIMS, claim
from bntheory.falsify import decide, falsify

STATEMENTS = [statement for entry in CLAIMS for statement in entry.statements]


def test_every_statement_is_sound_and_has_a_name_of_its_own():
    assert [defects(statement) for statement in STATEMENTS if defects(statement)] == []
    assert [name for name, count in Counter(s.id for s in STATEMENTS).items() if count > 1] == []


def test_ids_tell_claim_and_kind():
    for entry in CLAIMS:
        assert entry.printed.id == f"{entry.id}.printed"
        assert entry.corrected is None or entry.corrected.id == f"{entry.id}.corrected"
        assert all(reading.id.startswith(f"{entry.id}.reading.") for reading in entry.readings)
        assert all(mutant.id.startswith(f"{entry.id}.mutant.") for mutant in entry.mutants)


def test_there_are_many_mutants_of_every_kind():
    kinds = Counter(mutant.truth for entry in CLAIMS for mutant in entry.mutants)
    assert kinds[Truth.FALSE] >= 60
    assert kinds[Truth.WEAKER] >= 8
    assert kinds[Truth.EQUIVALENT] >= 6
    assert kinds[Truth.TRUE] == 0
    assert all(len(entry.mutants) >= 5 for entry in CLAIMS)


def test_formulas_are_whole():
    for statement in STATEMENTS:
        tex = statement.tex
        assert tex.count(r"\left") - tex.count(r"\leftarrow") == tex.count(r"\right") - tex.count(r"\rightarrow"), tex
        assert tex.count("{") - tex.count(r"\{") == tex.count("}") - tex.count(r"\}"), tex
        assert "=ft" not in tex, tex
        latex2mathml.converter.convert(tex)


def test_every_verdict_has_its_reason():
    assert all(entry.note and entry.source and entry.assumes for entry in CLAIMS)
    assert all(statement.note and statement.tex for statement in STATEMENTS)


#: Changes of a helper that change no statement, and why.
HARMLESS = {
    ("_moved", "1 -> 2"),  # a Taylor series cut later
    ("_batches", "k + m -> k - m"),  # only the partition of a false reading
    ("_batches", "0 -> 1"),
}


@pytest.mark.parametrize("entry", CLAIMS, ids=lambda entry: entry.id)
def test_a_changed_sign_exponent_or_constant_is_found_out(entry, monkeypatch):
    """In the sides of what holds, and in the functions of the same file that they call."""
    module = inspect.getmodule(entry.main.sides)
    true = [s for s in entry.statements if s.truth is not Truth.FALSE]  # sharpness may be among the mutants
    assert all(falsify(statement, examples=200).outcome == "held" for statement in true)
    mistakes = list(flips(entry.main.sides))
    helpers = reachable(entry.main.sides, module)
    assert len(mistakes) + sum(len(list(flips(helper))) for helper in helpers.values()) >= 4
    for what, sides in mistakes:  # declared FALSE, so that no time goes into a small counterexample
        assert falsify(replace(entry.main, sides=sides, truth=Truth.FALSE)).outcome != "held", what
    for name, helper in helpers.items():
        for what, changed in flips(helper):
            monkeypatch.setattr(module, name, changed)
            red = any(falsify(statement, examples=200).outcome != "held" for statement in true)
            assert red or (name, what) in HARMLESS, f"{name}: {what}"
            monkeypatch.setattr(module, name, helper)


def reachable(function, module):
    """The functions of a module that a function of it calls, directly or not, by name."""
    found, waiting = {}, [function]
    while waiting:
        for name in waiting.pop().__code__.co_names:
            called = getattr(module, name, None)
            if inspect.isfunction(called) and called.__module__ == module.__name__ and name not in found:
                found[name] = called
                waiting.append(called)
    return found


FALSE_IN_PRINT = [
    statement for entry in CLAIMS for statement in (entry.printed, *entry.readings) if statement.truth is Truth.FALSE
]


@pytest.mark.parametrize("statement", FALSE_IN_PRINT, ids=lambda statement: statement.id)
def test_every_false_print_has_a_small_rational_witness(statement):
    for case in (statement.witness, falsify(statement).witness.case):
        decision = decide(statement, case)
        assert decision.violated
        assert decision.arithmetic == "rational"
        numbers = list(leaves(case))
        assert all(isinstance(number, int | Fraction) for number in numbers)
        largest = 10**5 if hasattr(case, "bits") else 12  # a box about a critical point has the digits it needs
        assert max(abs(number.numerator) for number in numbers) <= largest
        assert max(number.denominator for number in numbers) <= largest


def leaves(case):
    if isinstance(case, int | Fraction):
        yield case
    elif isinstance(case, np.ndarray):
        assert max(case.shape) <= 4
        yield from case.flat
    elif hasattr(case, "__dataclass_fields__"):
        for name in case.__dataclass_fields__:
            yield from leaves(getattr(case, name))


def test_claims_are_found_by_id():
    assert claim("c3") is claim("C3")
