"""A2 and A3: mean, variance, scale and shift of a batch of any size, by running the forward pass on symbols."""

from __future__ import annotations

from bntheory.claims.normalization import A2, A3
from bntheory.proof import Proof, proof_of
from bntheory.proofs.units import EVERY_UNIT, general_unit


def prove() -> Proof:
    """A2 for every eps and, as printed, at eps = 0; A3 against every vector v."""
    symbolic = [m for m in A2.mutants if not m.id.endswith(("outside", "unbiased"))]
    return proof_of(
        [(A2.main, general_unit()), (A2.printed, general_unit(0)), (A3.main, general_unit())],
        [*((mutant, general_unit()) for mutant in symbolic), *((mutant, general_unit()) for mutant in A3.mutants)],
        (
            EVERY_UNIT,
            "the mean of (x^ + c)^2 for every c gives the mean and the mean square of x^ (A2)",
            "a vector a is determined by <a, v> for every v (A3)",
        ),
    )
