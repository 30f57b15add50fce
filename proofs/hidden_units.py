"""E14: the parts of two units off the line of S^-1 u, in every dimension.

With best = S^-1 u, S^-1 grad_i = (a_i - u^T x_i) best + x_i, x_i = sum_j b_ij w_j. Off the line, that is along every v
with <v, best> = 0, only x_i is left: b <v, W> = <v, S^-1 grad>, and the adjugate of b solves it.
"""

from __future__ import annotations

from dataclasses import replace

from bntheory.cases import Quadratic
from bntheory.claim import Statement, Truth
from bntheory.claims.hidden_units import E14_CORRECTED, E14_MUTANTS
from bntheory.claims.network_gradient import TwoUnits
from bntheory.gram import Space
from bntheory.proof import Proof, proof_of

RESTS_ON = (
    "Stein's lemma: grad_i f = a_i u + Cov sum_j b_ij w_j for Gaussian z, with S = Cov + u u^T and b symmetric",
    "inner products <a, S^k b> satisfy every identity that holds for indeterminates",
    "every v orthogonal to S^-1 u is, up to scale, what is left of some vector orthogonal to S^-1 u",
    "a weight with <v, w> = 0 for all of them is a multiple of S^-1 u",
    "two units, the first of them; more by the same rule, adj(b) b = det(b) I, the others by exchanging names",
    "where Cov^-1 is spoken of, it is S^-1 + S^-1 u u^T S^-1/(1 - |rho*|), |rho*| < 1 (Sherman and Morrison)",
)


def general_units(*, on_the_line: bool = False, symmetric: bool = True) -> TwoUnits:
    """S, best = S^-1 u, both weights and v in an unspecified dimension; a and b unspecified.

    `on_the_line`: w_2 = c best. `symmetric`: b_21 = b_12.
    """
    space = Space("a1 a2 b11 b12 b21 b22 c mu L", "best w w_2 v", "S", powers=range(-1, 3))
    a1, a2, b11, b12, b21, b22, c, mu, L = space.scalars("a1 a2 b11 b12 b21 b22 c mu L")
    best, w, w_2, v = space.vectors("best w w_2 v")
    S = space.operator("S")
    b = ((b11, b12), (b12 if symmetric else b21, b22))
    return TwoUnits(Quadratic(S, S.inverse, best, w, mu, L), c * best if on_the_line else w_2, (a1, a2), b, v)


def general_critical() -> TwoUnits:
    """a = 0, b = p p^T, w_1 = p_2 w and w_2 = -p_1 w: a critical point."""
    case = general_units()
    (p1, p2), q = case.a, case.instance
    b = ((p1 * p1, p1 * p2), (p1 * p2, p2 * p2))
    return replace(case, instance=replace(q, w=p2 * q.w), w_2=-p1 * q.w, a=(0 * p1, 0 * p2), b=b)


def prove() -> Proof:
    """Cramer's rule off the line, the same with Cov^-1, what it comes from, and one unit alone."""

    def case_of(statement: Statement) -> TwoUnits:
        if statement.id.endswith("singular"):
            return general_critical()
        return general_units(on_the_line=statement.id.endswith("others-on-the-line"))

    pairs = [(mutant, case_of(mutant)) for mutant in E14_MUTANTS]
    return proof_of(
        [(E14_CORRECTED, general_units()), *(pair for pair in pairs if pair[0].truth is not Truth.FALSE)],
        pairs,
        RESTS_ON,
    )
