"""C3: |grad_y L^|^2 = gamma^2/s^2 ( |g|^2 - <1,g>^2/m - (1+k) <g,y^>^2/m ), for batches of every size.

The backward pass of `bntheory.transform` runs on a batch y that is a formal vector: only <1,1> = m, <1,y> = m mean and
<y,y> = m (s^2 - eps + mean^2) are known of it, which is what s^2 = sigma^2 + eps says. At eps = 0 both sides of the
printed bound are equal.
"""

from __future__ import annotations

from bntheory.claims.gradient_bound import CORRECTED, MUTANTS, PRINTED
from bntheory.proof import Proof, proof_of
from bntheory.proofs.units import EVERY_UNIT, general_unit

RESTS_ON = (
    EVERY_UNIT,
    "the backward pass is the derivative of the forward pass (A4)",
)


def prove() -> Proof:
    """The equality for every eps, and the printed bound, as an equality, at eps = 0."""
    return proof_of(
        [(CORRECTED, general_unit()), (PRINTED, general_unit(eps=0))],
        [(mutant, general_unit(eps=0 if mutant.cases is PRINTED.cases else None)) for mutant in MUTANTS],
        RESTS_ON,
    )
