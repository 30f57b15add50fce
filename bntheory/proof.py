"""What a proof gives back: the residuals of the statements it proves, of false neighbours, and what it rests on.

A proof file ``proofs/<stem>.py`` runs the statements' own `sides` on symbolic cases that stand for the whole domain
(`bntheory.gram`), in every dimension at once. An equality is proved iff lhs - rhs is 0 in the canonical form of a
field of rational functions; a bound also where lhs - rhs is minus a product of squares and positive factors. The same
is done to false neighbours, which must not come out as proved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module

from bntheory.claim import Case, Relation, Statement, Truth
from bntheory.gram import Scalar, UndecidedSign


@dataclass(frozen=True)
class Residual:
    """lhs - rhs of a statement on a symbolic case, in canonical form.

    A certificate of a bound is a list of scalars that are nonnegative for reasons the proof states: it shows the bound
    if rhs - lhs is their sum.
    """

    value: Scalar
    relation: Relation
    certificate: tuple[Scalar, ...] = ()

    @cached_property
    def vanishes(self) -> bool:
        """Whether the statement is shown: lhs - rhs is 0 or, for <=, a certified -(squares times positive factors)."""
        if self.relation == "==" or self.value == 0:
            return bool(self.value == 0)
        if self.certificate:
            return bool(sum(self.certificate, self.value) == 0)
        if self.value.exceeds_zero_somewhere():
            return False
        try:
            return self.value.sign(squares=True) <= 0
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
        Id of a FALSE statement -> its residuals on the same kind of cases; not all may vanish.
    rests_on : tuple of str
        The steps in prose that the algebra does not cover.
    """

    residuals: Mapping[str, tuple[Residual, ...]]
    neighbours: Mapping[str, tuple[Residual, ...]]
    rests_on: tuple[str, ...]

    @property
    def accepted_neighbours(self) -> tuple[str, ...]:
        """The false statements that the algebra lets pass: there must be none."""
        return tuple(name for name, residuals in self.neighbours.items() if all(r.vanishes for r in residuals))

    @property
    def proved(self) -> tuple[str, ...]:
        """The statements proved; none if the algebra also lets a false neighbour pass."""
        if self.accepted_neighbours:
            return ()
        return tuple(name for name, residuals in self.residuals.items() if all(r.vanishes for r in residuals))


def proof_of(
    statements: Iterable[tuple[Statement, Case]],
    neighbours: Iterable[tuple[Statement, Case]],
    rests_on: tuple[str, ...],
    certificates: Mapping[str, Sequence[Scalar]] | None = None,
) -> Proof:
    """Run the sides of statements, and of those neighbours among them that are declared FALSE, on symbolic cases.

    A statement that is named with several cases is proved on all of them, or not at all. Bounds may have a certificate,
    by statement id.
    """
    false = [(neighbour, case) for neighbour, case in neighbours if neighbour.truth is Truth.FALSE]
    return Proof(_residuals(statements, certificates or {}), _residuals(false, {}), rests_on)


def _residuals(
    pairs: Iterable[tuple[Statement, Case]], certificates: Mapping[str, Sequence[Scalar]]
) -> dict[str, tuple[Residual, ...]]:
    found: dict[str, tuple[Residual, ...]] = {}
    for statement, case in pairs:
        lhs, rhs = statement.sides(case)
        residual = Residual(lhs - rhs, statement.relation, tuple(certificates.get(statement.id, ())))
        found[statement.id] = (*found.get(statement.id, ()), residual)
    return found


def load_proof(stem: str) -> Proof:
    """Import ``proofs/<stem>.py`` and run its `prove`."""
    proof: Proof = import_module(f"bntheory.proofs.{stem}").prove()
    return proof
