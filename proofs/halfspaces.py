"""E7: the first two moments of z = -y x, for any number and dimension of inputs.

Multiplication by the labels, entry by entry, is a symmetric operator Y on vectors of outputs, whose square is 1; the
labels themselves are Y 1. Weights are written as the vectors of their outputs (`Rows`).
"""

from __future__ import annotations

from typing import Any

from bntheory.claim import Truth
from bntheory.claims.halfspaces import MUTANTS, PRINTED, Labelled
from bntheory.gram import Space, Vector
from bntheory.proof import Proof, proof_of
from bntheory.proofs.reparametrization import Rows

RESTS_ON = (
    "inner products of vectors in R^n satisfy every identity that holds for indeterminates",
    "the sides see X and w through p = X w alone: <w, X^T q> = <p, q>",
    "y_i^2 = 1: multiplication by y is a symmetric operator with <Y a, Y b> = <a, b>",
    "E[z] and E[z z^T], which is symmetric, are determined by the mean of (z^T w + c)^2 for every w and c",
    "n equally likely pairs stand for every law: with <a, b>/n for E[ab] the algebra is the same",
)


class Labels(Vector):
    """y = Y 1, with y * q = Y q."""

    def __mul__(self, other: Any) -> Any:
        return self.space.operator("Y") @ other


def general_labelled(*, signs: bool = True) -> Labelled:
    """p, y and c for any n; `signs`: with y_i^2 = 1."""
    space = Space("c", "p", "Y")
    [c], [one], [p] = space.scalars("c"), space.vectors("1"), space.vectors("p")
    if signs:
        for left, right in ("11", "1p", "pp"):
            space.let(left, right, space.vectors(left)[0] @ space.vectors(right)[0], operator="Y", power=2)
    return Labelled(Rows(space), Labels(space, (space.operator("Y") @ one).parts), p, c)


def prove() -> Proof:
    """Both moments at once, and the covariance."""
    case, any_labels = general_labelled(), general_labelled(signs=False)
    outputs = [mutant for mutant in MUTANTS if not mutant.id.endswith("minimizer")]
    return proof_of(
        [(PRINTED, case), *((mutant, case) for mutant in outputs if mutant.truth is not Truth.FALSE)],
        [(mutant, any_labels if ".labels-" in mutant.id else case) for mutant in outputs],
        RESTS_ON,
    )
