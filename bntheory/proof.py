"""What a proof gives back: the residuals of the statements it proves, of false neighbours, and what it rests on.

A proof file ``proofs/<stem>.py`` runs the statements' own `sides` on symbolic cases that stand for the whole domain
(`bntheory.gram`), in every dimension at once. An equality is proved iff lhs - rhs is 0 in the canonical form of a
field of rational functions; a bound also where lhs - rhs is minus a product of squares and positive factors. The same
is done to false neighbours, which must not come out as proved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any, TypeAlias

from bntheory.claim import Case, Statement, Truth
from bntheory.gram import Scalar, UndecidedSign


@dataclass(frozen=True)
class Residual:
    """The two sides of a statement on a symbolic case, in canonical form.

    A certificate of a bound is a list of scalars that are nonnegative for reasons the proof states: it shows the bound
    if rhs - lhs is their sum.
    """

    statement: Statement
    case: Case
    lhs: Any
    rhs: Any
    certificate: tuple[Scalar, ...] = ()

    @property
    def value(self) -> Any:
        """lhs - rhs."""
        return self.lhs - self.rhs

    @cached_property
    def shown(self) -> bool:
        """Whether lhs - rhs is 0 or, for <=, certified: minus a sum of nonnegative terms, or of squares by factors."""
        value = self.value
        if value.is_zero or self.statement.relation == "==":
            return bool(value.is_zero)
        if self.certificate:
            return bool(sum(self.certificate, value).is_zero)
        if value.exceeds_zero_somewhere():
            return False
        try:
            return bool(value.sign(squares=True) <= 0)
        except UndecidedSign:
            return False


@dataclass(frozen=True)
class Proof:
    """The outcome of a derivation.

    Parameters
    ----------
    residuals : mapping
        Statement id -> its residuals, one for each symbolic case of which its domain is made up.
    neighbours : mapping
        Id of a FALSE statement -> its residuals on the same kind of cases; not all may be shown.
    rests_on : tuple of str
        The steps in prose that the algebra does not cover.
    """

    residuals: Mapping[str, tuple[Residual, ...]]
    neighbours: Mapping[str, tuple[Residual, ...]]
    rests_on: tuple[str, ...]

    @cached_property
    def accepted_neighbours(self) -> tuple[str, ...]:
        """The false statements that the algebra lets pass: there must be none."""
        return tuple(name for name, residuals in self.neighbours.items() if all(r.shown for r in residuals))

    @cached_property
    def proved(self) -> tuple[str, ...]:
        """The statements proved; none if the algebra also lets a false neighbour pass."""
        if self.accepted_neighbours:
            return ()
        return tuple(name for name, residuals in self.residuals.items() if all(r.shown for r in residuals))

    def proves(self, statement: Statement) -> bool:
        """Whether this very statement, and not another of its name, is proved."""
        own = self.residuals.get(statement.id, ())
        return statement.id in self.proved and all(residual.statement is statement for residual in own)


Pairs: TypeAlias = Iterable[tuple[Statement, Case]]
#: A certificate, or what makes one of a case.
Certificate: TypeAlias = Sequence[Scalar] | Callable[[Any], Sequence[Scalar]]


def proof_of(
    statements: Pairs,
    neighbours: Pairs,
    rests_on: tuple[str, ...],
    certificates: Mapping[str, Certificate] | None = None,
) -> Proof:
    """Run the sides of statements, and of those neighbours among them that are declared FALSE, on symbolic cases.

    A statement that is named with several cases is proved on all of them, or not at all. Bounds may have a certificate,
    by statement id; if cases differ in theirs, a function of the case.

    Raises
    ------
    ValueError
        A statement to be proved is declared FALSE, or there is no false neighbour to reject.
    """
    shown, false = list(statements), [(one, case) for one, case in neighbours if one.truth is Truth.FALSE]
    wrong = [statement.id for statement, _ in shown if statement.truth is Truth.FALSE]
    if wrong or not false:
        raise ValueError(f"declared false: {', '.join(wrong)}" if wrong else "no false neighbour is given to reject")
    return Proof(_residuals(shown, certificates or {}), _residuals(false, {}), rests_on)


def _residuals(pairs: Pairs, certificates: Mapping[str, Certificate]) -> dict[str, tuple[Residual, ...]]:
    found: dict[str, tuple[Residual, ...]] = {}
    for statement, case in pairs:
        given = certificates.get(statement.id, ())
        certificate = given(case) if callable(given) else given
        residual = Residual(statement, case, *statement.sides(case), tuple(certificate))
        found[statement.id] = (*found.get(statement.id, ()), residual)
    return found


def load_proof(stem: str) -> Proof:
    """Import ``proofs/<stem>.py`` and run its `prove`."""
    proof: Proof = import_module(f"bntheory.proofs.{stem}").prove()
    return proof
