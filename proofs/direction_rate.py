"""E11: the direction's part of the gradient is gamma^2 c1^2 D(w_t), and one step contracts that, in every dimension."""

from __future__ import annotations

from bntheory.cases.directions import Direction
from bntheory.claims.direction_rate import CORRECTED, MUTANTS, direction_coefficient, reached, squared_length
from bntheory.gram import Scalar
from bntheory.proof import Proof, proof_of
from bntheory.proofs.rayleigh_step import RESTS_ON as ON_THE_STEP
from bntheory.proofs.rayleigh_step import certificate as contraction
from bntheory.proofs.rayleigh_step import general_quadratic

RESTS_ON = (
    *ON_THE_STEP,
    "GDNP's directions are those of E5, by E9",
    "Stein's lemma: grad f(w~) = E[phi'] u + E[phi''] Cov w~ for Gaussian z, with S = Cov + u u^T",
)


def general_direction(steps: int = 1) -> Direction:
    """Any S, u, w_0 and length, with unspecified moments of phi, after 0 steps or 1."""
    case = general_quadratic("ratio a b")
    return Direction(case, steps, *case.best.space.scalars("ratio a b"), 1)


def certificate(case: Direction) -> list[Scalar]:
    """E5's, times gamma^2 c1^2."""
    q = reached(case)
    factor = squared_length(case, q) * direction_coefficient(case, q) ** 2
    return [factor * term for term in contraction(case.instance)]


def prove() -> Proof:
    """The identity, at a w that may be any w_t, and one step of the bound."""
    one_step, here = general_direction(), general_direction(0)
    identity = [mutant for mutant in MUTANTS if mutant.id.endswith("identity")]
    # softplus has cases of another kind, |c1| no sign, and rates are equal where no step is made
    others = [
        mutant for mutant in MUTANTS if not mutant.id.split(".")[-1].startswith(("softplus", "unsquared", "rate"))
    ]
    return proof_of(
        [(CORRECTED, one_step), *((mutant, here) for mutant in identity)],
        [(mutant, here) for mutant in others],
        RESTS_ON,
        {CORRECTED.id: certificate(one_step)},
    )
