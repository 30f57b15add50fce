"""C6: the squared distance from W_0 to the ray through W*, in every dimension.

That no point of the ray is closer is shown for every c > 0: |W_0 - c W*|^2 exceeds the right side by the square
(c |W*|^2 - <W_0,W*>)^2/|W*|^2.
"""

from __future__ import annotations

from bntheory.claims.initialization import CORRECTED, MUTANTS, PRINTED, READINGS, Scaled, Weights
from bntheory.gram import Space
from bntheory.proof import Proof, proof_of
from bntheory.proofs.units import general_unit

RESTS_ON = (
    "inner products of vectors in R^d satisfy every identity that holds for indeterminates (where |W*| > 0)",
    "a vector a is determined by <a, v> for every v",
    "y = X W: with W* every c W*, c > 0, is an optimum of the normalized network, whose y^ is the same",
    "W* is an optimum of the normalized network (assumed)",
)


def general_weights(*, acute: bool = True) -> Weights:
    """W_0 and W* in an unspecified dimension, |W*| > 0, c > 0; `acute`: with <W_0, W*> > 0."""
    space = Space("norm product c", "W_0 W*", positive="norm c product" if acute else "norm c")
    norm, product, c = space.scalars("norm product c")
    space.let("W*", "W*", norm**2)
    space.let("W_0", "W*", product)
    return Weights(*space.vectors("W_0 W*"), c)


def general_scaled() -> Scaled:
    """A batch at eps = 0 and an unspecified c > 0."""
    unit = general_unit(0, scalars="c", positive="c")
    return Scaled(unit.y, *unit.y.space.scalars("c"), unit.v, unit.eps)


def prove() -> Proof:
    """The equality for <W_0, W*> > 0, that it is a minimum over the ray, both true readings, scale invariance."""
    shown = [CORRECTED, *(s for s in (*READINGS, *MUTANTS) if s.id.endswith(("acute", "none-is-closer", "projected")))]
    invariance = next(s for s in MUTANTS if s.id.endswith("scale-invariance"))
    line = next(s for s in READINGS if s.id.endswith("either-sign"))
    false = [s for s in (*READINGS, *MUTANTS) if s.cases in (PRINTED.cases, CORRECTED.cases) and "obtuse" not in s.id]
    return proof_of(
        [
            *((s, general_weights()) for s in shown),
            (line, general_weights(acute=False)),
            (invariance, general_scaled()),
        ],
        [(s, general_weights()) for s in false],
        RESTS_ON,
    )
