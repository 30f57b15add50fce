"""E2 and E3: the loss in length and direction, and what eliminating the length leaves, in every dimension."""

from __future__ import annotations

from bntheory.cases import Quadratic
from bntheory.claims.least_squares import E2, E3, Fit, Length
from bntheory.gram import Space
from bntheory.proof import Proof, proof_of

RESTS_ON = (
    "inner products of vectors satisfy every identity that holds for indeterminates (where |w|_S > 0)",
    "the loss sees X and w through p = X w alone; u^T w = -<y,p>/n and |w|_S^2 = <p,p>/n (E2)",
    "S has an inverse (E3's consequence)",
)


def general_fit() -> Fit:
    """y, p and gamma for any number of rows n, with |p|^2 = n norm^2, norm > 0."""
    space = Space("norm gamma", "y p", positive="norm")
    norm, gamma = space.scalars("norm gamma")
    space.let("p", "p", space.dimension * norm**2)
    return Fit(*space.vectors("y p"), gamma)


def general_length() -> Length:
    """S, best = S^-1 u and w in an unspecified dimension, with <w, S w> = norm^2, norm > 0."""
    space = Space("norm gamma mu L", "best w", "S", positive="norm", powers=range(-1, 3))
    norm, gamma, mu, L = space.scalars("norm gamma mu L")
    space.let("w", "w", norm**2, operator="S", power=1)
    S = space.operator("S")
    return Length(Quadratic(S, S.inverse, *space.vectors("best w"), mu, L), gamma)


def prove() -> Proof:
    """Both, and the identity between gradient and excess."""
    fit, length = general_fit(), general_length()
    dominance = next(mutant for mutant in E3.mutants if mutant.id.endswith("dominance"))
    return proof_of(
        [(E2.printed, fit), (E3.printed, length), (dominance, length)],
        [*((mutant, fit) for mutant in E2.mutants), *((mutant, length) for mutant in E3.mutants)],
        RESTS_ON,
    )
