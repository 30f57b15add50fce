"""F4: one step of GDNP is free of the loss and of the length, in every dimension."""

from __future__ import annotations

from bntheory.cases import Quadratic
from bntheory.claim import Truth
from bntheory.claims.gdnp_directions import F4, PRINTED, Meeting, TwoRuns
from bntheory.gram import Space
from bntheory.proof import Proof, proof_of
from bntheory.proofs.gdnp_step import RESTS_ON as ON_THE_STEP

RESTS_ON = (
    *(step.replace(" (E9)", "") for step in ON_THE_STEP),
    "t steps by induction: u^T w_t != 0 since rho does not rise (E5), and c1 != 0 at each, else GDNP has stopped",
)


def general_runs() -> TwoRuns:
    """One step from any w in an unspecified dimension, <w, S w> = norm^2 > 0, with two losses and two lengths."""
    met = "gamma a b delta c d"
    space = Space(f"norm mu L {met}", "best w v", "S", positive="norm L", powers=range(-1, 3))
    norm, mu, L, *numbers = space.scalars(f"norm mu L {met}")
    space.let("w", "w", norm**2, operator="S", power=1)
    best, w, v = space.vectors("best w v")
    S = space.operator("S")
    first, second = Meeting(*numbers[:3]), Meeting(*numbers[3:])
    return TwoRuns(Quadratic(S, S.inverse, best, w, mu, L), (first,), (second,), v)


def prove() -> Proof:
    """The closed form, and that two runs agree."""
    case = general_runs()
    same = [mutant for mutant in F4.mutants if mutant.truth is Truth.EQUIVALENT]
    others = [mutant for mutant in F4.mutants if not mutant.id.endswith(("printed-h", "mean-alone"))]  # these may stop
    return proof_of([(mutant, case) for mutant in (PRINTED, *same)], [(mutant, case) for mutant in others], RESTS_ON)
