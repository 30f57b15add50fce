"""E10: one bisection step leaves a slope of at most (zeta/mu) |b - a|/2, in every dimension, whichever half is kept."""

from __future__ import annotations

from bntheory.cases import Quadratic
from bntheory.cases.brackets import Search
from bntheory.claims.length_search import CORRECTED, MUTANTS
from bntheory.gram import Space
from bntheory.proof import Proof, proof_of

RESTS_ON = (
    "mu |w|^2 <= |w|_S^2 <= L |w|^2: |w|_S^2/|w|^2 = mu + above, L = mu + above + below with nonnegative numbers",
    "nonnegative numbers are written as positive ones: both sides are continuous, and the bound is closed",
    "any zeta-smooth f: the bracket that is left has a root of psi, by continuity, and psi(a_T) = k (a_T - root) with"
    " 0 <= k <= zeta |v|^2, by the mean value theorem",
    "t steps by induction: a step halves the bracket, and keeps the change of sign",
)


def general_search(*, left: bool, inside: bool = True, scalars: str = "") -> Search:
    """Any S, w, H; the root `near` away from one end and near + rest from the other: the left half is kept, or not.

    With inside=False the root lies to the left of the bracket. More scalars may stand in the same space.
    """
    names = "size mu above below sphere lam near rest"
    space = Space(f"{names} root {scalars}", "best w", "S", positive=names, powers=range(-1, 3))
    size, mu, above, below, sphere, lam, near, rest, root = space.scalars(f"{names} root")
    space.let("w", "w", size, operator="S", power=1)
    space.let("w", "w", size / (mu + above))
    best, w = space.vectors("best w")
    S = space.operator("S")
    instance = Quadratic(S, S.inverse, best, w, mu, mu + above + below)
    before, after = (near, near + rest) if left else (near + rest, near)
    if not inside:
        before = -before
        after = near + near + rest
    return Search(instance, sphere, lam, root, root - before, root + after, 1)


def prove() -> Proof:
    """One step."""
    cases = general_search(left=True), general_search(left=False)
    return proof_of(
        [(CORRECTED, case) for case in cases],
        [(mutant, case) for mutant in MUTANTS for case in cases if not mutant.id.endswith("change-of-sign")]
        + [(mutant, general_search(left=True, inside=False)) for mutant in MUTANTS if mutant.id.endswith("of-sign")],
        RESTS_ON,
    )
