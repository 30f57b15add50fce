"""A4: the printed derivatives and the closed form, for batches of every size and every eps.

The forward pass of `bntheory.transform` runs on Taylor series whose coefficients are formal vectors: the coefficient
of t is the derivative, which the printed terms must equal against every vector v.
"""

from __future__ import annotations

from bntheory.claim import Truth
from bntheory.claims.backpropagation import ABOUT, CODE, CODED, CORRECTED, PRINTED, TERMS, Derivative
from bntheory.proof import Proof, proof_of
from bntheory.proofs.units import EVERY_UNIT, general_unit

RESTS_ON = (
    EVERY_UNIT,
    "the coefficient of t of a formula run on truncated Taylor series is its derivative (the chain rule)",
    "a vector a is determined by <a, v> for every v",
)


def prove() -> Proof:
    """Each printed term, the package's backward pass, and the closed form."""
    general = {term: Derivative(general_unit(), term) for term in TERMS}
    mutants = [(mutant, general[term]) for term, mutants in ABOUT.items() for mutant in mutants]
    equivalent = [(mutant, case) for mutant, case in mutants if mutant.truth is Truth.EQUIVALENT]
    return proof_of(
        [
            *((PRINTED, case) for case in general.values()),
            *((CODE, general[term]) for term in CODED),
            (CORRECTED, general["dx"]),
            *equivalent,
        ],
        mutants,
        RESTS_ON,
    )
