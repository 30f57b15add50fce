"""E6: one gradient step contracts f - f* by (1 - mu/L)^2, for every S with mu <= S <= L in every dimension."""

from __future__ import annotations

from bntheory.cases import Quadratic
from bntheory.claims.gradient_descent import CORRECTED, MUTANTS
from bntheory.claims.rayleigh_step import Steps
from bntheory.gram import Space
from bntheory.proof import Proof, proof_of
from bntheory.proofs.rayleigh_step import contraction

RESTS_ON = (
    "inner products <a, S^k b> satisfy every identity that holds for indeterminates; mu < L",
    "A = S - mu and B = L - S are positive semidefinite and commute: <x, A x>, <x, B x> >= 0",
    "for mu = L one step ends at the minimum: both sides are 0",
    "t steps by induction",
)


def general_error() -> Quadratic:
    """S, best and w = best + error in an unspecified dimension; L = mu + K."""
    space = Space("mu K", "best error", "S", positive="mu K", powers=range(-1, 4))
    mu, K = space.scalars("mu K")
    best, error = space.vectors("best error")
    S = space.operator("S")
    return Quadratic(S, S.inverse, best, best + error, mu, mu + K)


def prove() -> Proof:
    """One step."""
    case = Steps(general_error(), 1)
    plain = [mutant for mutant in MUTANTS if not mutant.id.endswith("faster")]  # that one is about E5's steps too
    return proof_of(
        [(CORRECTED, case)],
        [(mutant, case) for mutant in plain],
        RESTS_ON,
        {CORRECTED.id: contraction(case.instance, case.instance.w - case.instance.best)},
    )
