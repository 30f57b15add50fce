"""C5 corrected: lambda^2 times the equality of C3, and the matrix of rank one that attains the maximum."""

from __future__ import annotations

from bntheory.claim import Truth
from bntheory.claims.minimax_bound import CORRECTED, MUTANTS, PRINTED, READINGS, BoundedData
from bntheory.proof import Proof, proof_of
from bntheory.proofs.units import EVERY_UNIT, general_unit

RESTS_ON = (
    EVERY_UNIT,
    "|X^T a| <= |X| |a| for the operator norm: no X with |X| <= lambda exceeds lambda^2 |a|^2",
    "|a w^T| = |a| |w|: the X that attains it. It makes another y than the one held fixed, which the claim allows",
    "the backward pass is the derivative of the forward pass (A4); grad_w = X^T grad_y for y = X w",
)


def general_data() -> BoundedData:
    """A unit at eps = 0 with an unspecified lambda, another column of X, and a unit vector w."""
    unit = general_unit(0, scalars="lambda", vectors="w column")
    space = unit.y.space
    space.let("w", "w", 1)
    w, column = space.vectors("w column")
    return BoundedData(unit, *space.scalars("lambda"), w, column)


def prove() -> Proof:
    """The equality, and that the maximum over X is attained."""
    attained = [mutant for mutant in MUTANTS if mutant.truth is Truth.EQUIVALENT]
    symbolic = [s for s in (PRINTED, *READINGS, *MUTANTS) if not s.id.endswith("moving-statistics")]  # needs a root
    return proof_of(
        [(statement, general_data()) for statement in (CORRECTED, *attained)],
        [(statement, general_data()) for statement in symbolic],
        RESTS_ON,
    )
