"""E12: one direction step and one bisection step together, in every dimension; the gradient splits as in F5."""

from __future__ import annotations

from bntheory.cases.brackets import Search
from bntheory.claims.gdnp_rate import CORRECTED, MUTANTS, squared_coefficient
from bntheory.claims.gdnp_runs import Run, reached
from bntheory.claims.length_search import curvature, smoothness
from bntheory.gram import Scalar
from bntheory.proof import Proof, proof_of
from bntheory.proofs.direction_rate import RESTS_ON as ON_DIRECTIONS
from bntheory.proofs.length_search import RESTS_ON as ON_LENGTHS
from bntheory.proofs.length_search import general_search
from bntheory.proofs.rayleigh_step import certificate as contraction
from bntheory.proofs.rayleigh_step import general_quadratic

RESTS_ON = tuple(dict.fromkeys((*ON_DIRECTIONS, *ON_LENGTHS, "<w, (S - mu) w> >= 0")))


def general_run(*, left: bool = True) -> Run:
    """One step from any w_0, for any S, u, c1, H and bracket of which the left half is kept, or the right one.

    <best, best> is what makes |w|_S^2/|w|^2 = mu + above along the direction w of the search.
    """
    positive = "above sphere lam near rest"
    q = general_quadratic(f"root c {positive}", positive)
    space = q.best.space
    root, c, above, sphere, lam, near, rest = space.scalars(f"root c {positive}")
    before, after = (near, near + rest) if left else (near + rest, near)
    search = Search(q, sphere, lam, root, root - before, root + after, 1)
    w = reached(search, 1).instance.w
    space.let("best", "best", 0)
    without = w @ w
    space.let("best", "best", 1)
    by_unit = w @ w - without
    space.let("best", "best", ((w @ (q.S @ w)) / (q.mu + above) - without) / by_unit)
    return Run(search, 1, c)


def general_end(*, left: bool = True) -> Run:
    """No step from a w that may be any w_{T_d}."""
    search = general_search(left=left, scalars="c")
    return Run(search, 0, *search.instance.w.space.scalars("c"))


def certificate(case: Run) -> list[Scalar]:
    """E5's contraction times c1^2; what the bound on the curvature k gains; what the length gains for this k."""
    search = reached(case.search, case.directions)
    q, k, largest = search.instance, curvature(search), smoothness(search) / search.instance.mu
    above = q.w @ (q.S @ q.w) - q.mu * (q.w @ q.w)
    gained = [search.sphere * above / (q.mu * (q.w @ (q.S @ q.w))), search.lam * (q.L - q.mu) / q.mu]  # largest - k
    half, (near, rest) = (search.b - search.a) / 2, q.best.space.scalars("near rest")
    # half^2 - (root - a_T)^2, where root - a_T is near if the left half is kept, else rest/2
    shorter = rest / 2 * (2 * near + rest / 2) if search.root < search.a + half else near * (near + rest)
    direction = squared_coefficient(case, search)
    return [
        *(direction * term for term in contraction(case.search.instance)),
        *(term * (largest + k) * half**2 for term in gained),
        k**2 * shorter,
    ]


def prove() -> Proof:
    """The split at the end of any run, and one step of the bound, for both halves of the bracket."""
    split = [mutant for mutant in MUTANTS if mutant.id.endswith("split")]
    # |c1| has no sign, and rates are equal where no step is made
    others = [mutant for mutant in MUTANTS if not mutant.id.split(".")[-1].startswith(("unsquared", "rate"))]
    ends = general_end(), general_end(left=False)
    return proof_of(
        [(CORRECTED, general_run()), (CORRECTED, general_run(left=False))]
        + [(mutant, end) for mutant in split for end in ends],
        [(mutant, ends[0]) for mutant in others],
        RESTS_ON,
        {CORRECTED.id: certificate},
    )
