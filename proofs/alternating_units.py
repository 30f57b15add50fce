"""E15: with the other units on the line of S^-1 u, a unit's gradient is that of a halfspace, in every dimension.

Cov S^-1 u = (1 - |rho*|) u, so that units on the line add to the coefficient of u alone.
"""

from __future__ import annotations

from bntheory.cases import Quadratic
from bntheory.claim import Truth
from bntheory.claims.alternating_units import CORRECTED, MUTANTS, HeldUnits
from bntheory.gram import Space
from bntheory.proof import Proof, proof_of

RESTS_ON = (
    "Stein's lemma: grad_i f = a_i u + Cov sum_j b_ij w_j for Gaussian z, with S = Cov + u u^T",
    "inner products <a, S^k b> satisfy every identity that holds for indeterminates; w_i != 0 where it is divided by",
    "a vector a is determined by <a, v> for every v",
    "two other units stand for any number: only sum b_ij c_j is seen of them",
    "E11 and E12 for the unit follow from those of a halfspace, whose c1 may be any number",
)


def general_units() -> HeldUnits:
    """S, best = S^-1 u, w_i, v in an unspecified dimension; a_i, b_ii, and b_ij, c_j of two other units."""
    space = Space("a b b1 b2 c1 c2 mu L", "best w v", "S", powers=range(-1, 3))
    a, b, b1, b2, c1, c2, mu, L = space.scalars("a b b1 b2 c1 c2 mu L")
    best, w, v = space.vectors("best w v")
    S = space.operator("S")
    return HeldUnits(Quadratic(S, S.inverse, best, w, mu, L), a, b, (b1, b2), (c1, c2), v)


def prove() -> Proof:
    """The gradient of one unit, and how it splits into direction and length."""
    case = general_units()
    pairs = [(mutant, case) for mutant in MUTANTS if not mutant.id.endswith("moment")]  # those are about passes
    return proof_of([(CORRECTED, case), *(pair for pair in pairs if pair[0].truth is not Truth.FALSE)], pairs, RESTS_ON)
