"""E9 and F5: the GDNP step is the Rayleigh step, and the gradient splits, in every dimension and for every loss."""

from __future__ import annotations

from bntheory.cases import Quadratic
from bntheory.claims.gdnp_step import E9, E9_CORRECTED, F5, F5_PRINTED, Halfspace
from bntheory.gram import Space
from bntheory.proof import Proof, proof_of

RESTS_ON = (
    "Stein's lemma: grad f(w~) = E[phi'] u + E[phi''] Cov w~ for Gaussian z, with S = Cov + u u^T",
    "inner products <a, S^k b> satisfy every identity that holds for indeterminates; |w|_S > 0, u^T w, gamma, c1 != 0",
    "a vector a is determined by <a, v> for every v (E9)",
)


def general_halfspace() -> Halfspace:
    """S, best = S^-1 u, w, v in an unspecified dimension, <w, S w> = norm^2 > 0; gamma, a, b unspecified."""
    space = Space("norm gamma a b mu L", "best w v", "S", positive="norm L", powers=range(-1, 3))
    norm, gamma, a, b, mu, L = space.scalars("norm gamma a b mu L")
    space.let("w", "w", norm**2, operator="S", power=1)
    best, w, v = space.vectors("best w v")
    S = space.operator("S")
    return Halfspace(Quadratic(S, S.inverse, best, w, mu, L), gamma, a, b, v)


def prove() -> Proof:
    """Both."""
    case = general_halfspace()
    return proof_of(
        [(E9_CORRECTED, case), (F5_PRINTED, case)],
        [(mutant, case) for mutant in (*E9.mutants, *F5.mutants)],
        RESTS_ON,
    )
