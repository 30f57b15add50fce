"""What comes out of a decision and of a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from bntheory.claim import Case, Statement

Arithmetic = Literal["rational", "50 digits"]
Outcome = Literal["held", "refuted", "undecided"]


class Undecided(ArithmeticError):
    """A case that no exact arithmetic decides; the message names the statement, the cause and the way out."""


@dataclass(frozen=True, eq=False)
class Decision:
    """Whether one case violates a statement, decided without floats.

    Attributes
    ----------
    violated : bool
    case : Case
        The case with its floats as Fractions.
    lhs, rhs : Fraction, int or mpf
        The two sides; mpmath numbers of 50 digits where `arithmetic` says so.
    arithmetic : {"rational", "50 digits"}
        In digits a violation exceeds 1e-40 of the larger side, and was confirmed with twice as many digits.
    """

    violated: bool
    case: Case
    lhs: Any
    rhs: Any
    arithmetic: Arithmetic


@dataclass(frozen=True, eq=False)
class Finding:
    """What a search found.

    Attributes
    ----------
    statement : Statement
    outcome : {"held", "refuted", "undecided"}
    cases : int
        How many cases were tried, those of the minimization aside.
    worst : float or None
        Largest 1 + (lhs - rhs)/max(|lhs|, |rhs|), with |lhs - rhs| for ==; 1 is tight. None where nothing counted:
        0 against 0 does not.
    witness : Decision or None
        For a refuted statement, the smallest counterexample found.
    message : str
        Why it is undecided, or a remark on how it was refuted; else empty.
    """

    statement: Statement
    outcome: Outcome
    cases: int
    worst: float | None
    witness: Decision | None
    message: str
