"""C4 and F6: the second derivative of the loss below a layer, along its gradient and in every direction.

The forward pass of `bntheory.transform` runs on y + t v, a Taylor series in t whose coefficients are formal vectors;
the loss is its own quadratic expansion with gradient g and symmetric Hessian H. Twice the coefficient of t^2 is
v^T d2L^ v, for batches of every size.
"""

from __future__ import annotations

from bntheory.claims import hessian, hessian_bound
from bntheory.claims.hessian import Directions
from bntheory.proof import Proof, proof_of
from bntheory.proofs.units import EVERY_UNIT, general_unit

RESTS_ON = (
    EVERY_UNIT,
    "the chain rule: the second derivative of L^ along a line sees L only through its expansion g, H at z (L is C^2)",
    "a matrix is determined by its bilinear form (F6)",
    "the backward pass is the derivative of the forward pass (A4), for the direction v = grad_y L^ of C4",
)


def general_directions() -> Directions:
    """A unit with its direction v, and another one."""
    unit = general_unit(vectors="w")
    return Directions(unit, *unit.y.space.vectors("w"))


def prove() -> Proof:
    """F6 in every direction; C4 along the gradient for every eps; the printed bound, as an equality, at eps = 0."""
    printed = hessian_bound.PRINTED
    return proof_of(
        [
            (hessian.PRINTED, general_directions()),
            (hessian_bound.CORRECTED, general_unit()),
            (printed, general_unit(eps=0)),
        ],
        [
            *((mutant, general_directions()) for mutant in hessian.MUTANTS),
            *((m, general_unit(eps=0 if m.cases is printed.cases else None)) for m in hessian_bound.MUTANTS),
        ],
        RESTS_ON,
    )
