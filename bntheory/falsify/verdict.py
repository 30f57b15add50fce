"""`falsify`: how much is searched, and what comes of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from bntheory.claim import Statement, Truth, defects
from bntheory.errors import InvalidInput
from bntheory.falsify.exact import decide
from bntheory.falsify.exact_case import shown
from bntheory.falsify.finding import Decision, Finding, Outcome, Undecided
from bntheory.falsify.isolation import isolated
from bntheory.falsify.sampling import Samples
from bntheory.falsify.search import Search
from bntheory.falsify.witness import ratio, smaller

#: At most so many cases are drawn by Hypothesis where a sampler gives the bulk.
_DRAWN = 25
#: For a FALSE statement (sampled, drawn) cases, round after round, until one violates: 20,000 in all.
_ROUNDS_WITH_SAMPLER = ((1_800, 200), (16_200, 1_800))
_ROUNDS = ((0, 2_000),) * 10
#: How many calls make a counterexample smaller: of a statement that should have none, of a FALSE one with a witness
#: to show, and of another FALSE one. The first 40 remove most of what can be removed, as measured.
_EFFORT, _EFFORT_WITNESS, _EFFORT_FALSE = 200, 40, 12


def falsify(
    statement: Statement, *, examples: int = 2000, seed: int = 0, samples: Samples | None = None, minimize: bool = True
) -> Finding:
    """Search for a counterexample of a statement.

    Cases come from `statement.sample`, all but 25 of them where it is given, and from `statement.cases` by
    Hypothesis, which climbs towards a violation. Floats only rank them. Decided exactly are the worst 20, every case
    on which floats fail, and near ties: a relative gap of at least -1e-9 (for ==, of 1e-9), though only the first 50
    of a sampler that are no more than ties. A counterexample is made smaller. For a FALSE statement the stored
    witness is replayed, and another is searched for among 20,000 cases.

    Parameters
    ----------
    statement : Statement
        TRUE, WEAKER and EQUIVALENT ones are searched alike.
    examples : int
        How many cases to try, unless the statement is FALSE.
    seed : int
        The same seed gives the same finding.
    samples : Samples, optional
        Keeps the sampler's cases for other statements that share it; the finding is the same without.
    minimize : bool
        Whether the counterexample of a FALSE statement is made smaller; one that was not expected always is.

    Returns
    -------
    Finding
        undecided, with a message, where the statement is malformed, where one of its cases cannot be decided, or where
        a stored witness does not violate it or lies outside of a domain that was searched as a whole.

    Raises
    ------
    InvalidInput
        examples < 1 or seed < 0.
    """
    _check("examples", examples, 1)
    _check("seed", seed, 0)
    if flaws := defects(statement):
        name = getattr(statement, "id", None) or "a statement"
        return Finding(statement, "undecided", 0, None, None, f"{name}: {'; '.join(flaws)}")
    search = Search(statement, seed, Samples() if samples is None else samples)
    with isolated():
        try:
            return _refute(search, minimize) if statement.truth is Truth.FALSE else _try(search, examples)
        except Undecided as error:
            return _finding(search, "undecided", message=str(error).removeprefix(f"{statement.id}: "))


def _check(name: str, value: Any, least: int) -> None:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise InvalidInput(name, value, f"must be a whole number of at least {least}", f"give {max(least, 2000)}")


def _try(search: Search, examples: int) -> Finding:
    drawn = examples if search.statement.sample is None else min(_DRAWN, (examples + 1) // 2)
    if not search.round(examples - drawn, drawn, _EFFORT):
        return _finding(search, "held")
    return _finding(search, "refuted", search.witness, _doubt(search))


def _doubt(search: Search) -> str:
    """A remark on a counterexample that may only miss the domain by a rounding error."""
    assert search.witness is not None
    measured = ratio(search.witness, search.statement.relation)
    if search.statement.sample is None or not search.found_once or measured is None or measured > 1 + 1e-9:
        return ""
    return "violated by less than 1e-9, and in one case only: do the sampled cases lie in the domain exactly?"


def _refute(search: Search, minimize: bool) -> Finding:
    stored = None if search.statement.witness is None else _replay(search)
    effort = (_EFFORT_FALSE if stored is None else _EFFORT_WITNESS) if minimize else 0
    for sampled, drawn in _ROUNDS if search.statement.sample is None else _ROUNDS_WITH_SAMPLER:
        before = search.cases
        if search.round(sampled, drawn, effort):
            assert search.witness is not None
            return _finding(search, "refuted", search.witness if stored is None else smaller(stored, search.witness))
        if search.cases - before < sampled + drawn:  # the domain has no more cases
            break
    if stored is None:
        return _finding(search, "held")
    if search.domain is not None:
        raise Undecided(
            f"the stored witness violates it, but none of the {search.domain} cases of its domain does: it lies outside"
        )
    message = f"the stored witness violates it; a fresh search of {search.cases} cases found none"
    return _finding(search, "refuted", stored, message)


def _replay(search: Search) -> Decision:
    """The decision on the stored witness, which must violate."""
    statement = search.statement
    decision = decide(statement, statement.witness)
    if not decision.violated:
        sides = f"lhs = {shown(decision.lhs)}, rhs = {shown(decision.rhs)}"
        raise Undecided(f"the stored witness does not violate the statement: {sides}; mend or drop the witness")
    search.note(ratio(decision, statement.relation))
    return decision


def _finding(search: Search, outcome: Outcome, witness: Decision | None = None, message: str = "") -> Finding:
    text = f"{search.statement.id}: {message}" if message else ""
    return Finding(search.statement, outcome, search.cases, search.worst, witness, text)
