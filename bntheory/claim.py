"""What is claimed: statements with two sides to compare, claims that gather them, observations that are measured.

A `Statement` is data: two sides of one case, the relation that is claimed between them, the whole domain of cases,
and its truth as declared. It knows nothing of tolerances or of how it is decided (`bntheory.falsify`,
`bntheory.proof`). A `Claim` ties the printed statement, word for word, to the corrected one, to other defensible
readings of the print, and to mutants: false or equivalent neighbours on which every checker is tried.

Nothing is checked when one is made, so that one bad statement does not hide the rest of a file;
`defects` names what is wrong with it, and the checker reports that as undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from bntheory.errors import InvalidInput

if TYPE_CHECKING:
    import numpy as np
    from hypothesis.strategies import SearchStrategy

#: One point of a statement's domain: numbers, arrays, and tuples, lists, dicts, dataclasses of them.
Case: TypeAlias = Any
#: A float, int, Fraction, mpf, or an element of a field of symbols.
Number: TypeAlias = Any

Relation = Literal["<=", "=="]
RELATIONS: tuple[Relation, ...] = ("<=", "==")


class Truth(StrEnum):
    """The truth of a statement as declared.

    WEAKER: true, and says less than the statement it varies, or is a consequence or a premise of it, or stands beside
    it (that its constant is sharp), so that it has no part in the verdict on the print. EQUIVALENT:
    true, and the same as the statement it varies in other words. Both must survive every search, as TRUE ones must;
    FALSE ones must not.
    """

    TRUE = "true"
    FALSE = "false"
    WEAKER = "weaker"
    EQUIVALENT = "equivalent"


@dataclass(frozen=True, eq=False)
class Statement:
    """lhs <= rhs or lhs == rhs for every case of a domain.

    Parameters
    ----------
    id : str
        ``C3.printed``, ``C3.corrected``, ``C3.reading.own-y``, ``C3.mutant.drop-mean``.
    tex : str
        The statement in TeX.
    truth : Truth
        As declared.
    cases : hypothesis.strategies.SearchStrategy
        The whole domain. Draw integers and divide: rational cases are decided exactly, and shrink to small ones.
    sides : callable
        ``sides(case) -> (lhs, rhs)``, scalars; no tolerance in here. It is called on floats to rank cases and on
        Fractions, mpmath numbers or symbols to decide: take square roots and exponentials from `bntheory.numbers`.
    relation : {"<=", "=="}
    witness : Case, optional
        For a FALSE statement: a small exact counterexample, replayed whenever the statement is checked.
    sample : callable, optional
        ``sample(rng, n)`` gives n cases of the domain fast, for the bulk of the search.
    note : str
        Why a FALSE statement fails, or why a WEAKER or EQUIVALENT one survives.
    """

    id: str
    tex: str
    truth: Truth
    cases: SearchStrategy[Case]
    sides: Callable[[Case], tuple[Number, Number]]
    relation: Relation = "<="
    witness: Case | None = None
    sample: Callable[[np.random.Generator, int], Sequence[Case]] | None = None
    note: str = ""

    def neighbour(
        self,
        name: str,
        truth: Truth,
        tex: str,
        sides: Callable[[Case], tuple[Number, Number]],
        note: str,
        **changes: Any,
    ) -> Statement:
        """Another statement of the same claim, on the same cases unless `changes` says otherwise."""
        claim = self.id.split(".")[0]
        own = {"witness": None} | changes
        return replace(self, id=f"{claim}.{name}", truth=truth, tex=tex, sides=sides, note=note, **own)


@dataclass(frozen=True, eq=False)
class Claim:
    """A printed statement with what is true instead, and the false neighbours that its checks must catch.

    Parameters
    ----------
    id, title, source : str
        Number, subject, and where it is printed (paper, theorem).
    assumes : tuple of str
    printed : Statement
    corrected : Statement, optional
        What holds instead, or more exactly, than is printed.
    mutants : tuple of Statement
        FALSE ones must be refuted; WEAKER and EQUIVALENT ones must survive.
    proof : str, optional
        The stem of ``proofs/<stem>.py``.
    figure : str, optional
        The stem of the figure.
    note : str
        The argument for the verdict, in prose.
    readings : tuple of Statement
        Other defensible readings of the print. It is underspecified iff they differ from it in truth.
    instances : tuple of Case
        Cases of `main`, tight ones included, on which it is certified (`bntheory.certify`).
    """

    id: str
    title: str
    source: str
    assumes: tuple[str, ...]
    printed: Statement
    corrected: Statement | None
    mutants: tuple[Statement, ...]
    proof: str | None
    figure: str | None
    note: str = ""
    readings: tuple[Statement, ...] = ()
    instances: tuple[Case, ...] = ()

    @property
    def main(self) -> Statement:
        """The statement whose evidence is the claim's: the corrected one, else the printed one."""
        return self.corrected or self.printed

    @property
    def statements(self) -> Iterator[Statement]:
        """Every statement: printed, readings, corrected, mutants."""
        yield self.printed
        yield from self.readings
        if self.corrected is not None:
            yield self.corrected
        yield from self.mutants


@dataclass(frozen=True)
class Observation:
    """A claim whose evidence is an experiment: `stem` runs it, `criterion` says when it is reproduced."""

    id: str
    title: str
    source: str
    stem: str
    criterion: str
    figure: str | None
    note: str = ""


def defects(statement: Any) -> list[str]:
    """What is wrong with a statement, one phrase each; empty for a sound one."""
    from hypothesis.strategies import SearchStrategy

    if not isinstance(statement, Statement):
        return [f"is a {type(statement).__name__}; make it a bntheory.claim.Statement"]
    found: list[InvalidInput] = []

    def add(name: str, rule: str, remedy: str) -> None:
        found.append(InvalidInput(name, repr(getattr(statement, name)), rule, remedy))

    if not isinstance(statement.id, str) or not statement.id:
        add("id", "must be a name", "write one such as 'my.claim'")
    if not isinstance(statement.truth, Truth):
        add("truth", "must be a Truth", f"choose one of {', '.join(f'Truth.{truth.name}' for truth in Truth)}")
    if not isinstance(statement.cases, SearchStrategy):
        add("cases", "must be a Hypothesis strategy", "use hypothesis.strategies, or one of bntheory.cases")
    if not callable(statement.sides):
        add("sides", "must be a function", "make it take one case and return (lhs, rhs)")
    if statement.relation not in RELATIONS:
        add("relation", "must be '<=' or '=='", "write >= the other way round, and < as <= and ==")
    if statement.witness is not None and statement.truth is not Truth.FALSE:
        remedy = "leave it out, or declare Truth.FALSE"
        found.append(InvalidInput("witness", "given", "is for a FALSE statement alone", remedy))
    if statement.sample is not None and not callable(statement.sample):
        add("sample", "must be a function", "make it take (rng, n) and return n cases")
    return [str(one) for one in found]
