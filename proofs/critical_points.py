"""E8: the distance of a critical point from the line of S^-1 u, and Stein's lemma for polynomials, in every dimension.

S^-1 grad f = c1 best + c2 w~ with best = S^-1 u. Its S-orthogonal part off the line of best is that of c2 w~, so that
|grad f|^2_{S^-1} - c2^2 dist_S^2 is the square of its part on the line, (best^T grad f)^2/|rho*|.

For a polynomial phi, E[phi(z^T w)] is a polynomial in the mean and the variance of z^T w; its derivative along w~ + t v
is taken by truncated power series.
"""

from __future__ import annotations

from bntheory.cases import Quadratic
from bntheory.claim import Statement, Truth
from bntheory.claims.critical_points import E8_CORRECTED, E8_MUTANTS
from bntheory.claims.gaussian_gradient import Point, Polynomial
from bntheory.gram import Space
from bntheory.proof import Proof, proof_of

RESTS_ON = (
    "Stein's lemma: grad f(w~) = E[phi'] u + E[phi''] Cov w~ for Gaussian z, with S = Cov + u u^T; for polynomials phi"
    " of degree 4 it is shown here from the moments of a normal variable",
    "inner products <a, S^k b> satisfy every identity that holds for indeterminates; |rho*| = <best, S best> > 0",
    "a vector a is determined by <a, v> for every v (the gradient)",
    "where Cov^-1 is spoken of, it is S^-1 + S^-1 u u^T S^-1/(1 - |rho*|), |rho*| < 1 (Sherman and Morrison)",
)


def general_point(*, spread: bool = False) -> Point:
    """S, best = S^-1 u, w~, v in an unspecified dimension, |rho*| = <best, S best> = r > 0; a, b unspecified.

    `spread`: |rho*| = odds/(1 + odds) < 1, so that Cov has an inverse.
    """
    space = Space("r odds a b mu L", "best w v", "S", positive="r odds", powers=range(-1, 4))
    r, odds, a, b, mu, L = space.scalars("r odds a b mu L")
    space.let("best", "best", odds / (1 + odds) if spread else r, operator="S", power=1)
    best, w, v = space.vectors("best w v")
    S = space.operator("S")
    return Point(Quadratic(S, S.inverse, best, w, mu, L), a, b, v)


def general_polynomial() -> Polynomial:
    """S, best, w~, v in an unspecified dimension, and five unspecified coefficients."""
    space = Space("c0 c1 c2 c3 c4 mu L", "best w v", "S", powers=range(-1, 3))
    *coefficients, mu, L = space.scalars("c0 c1 c2 c3 c4 mu L")
    best, w, v = space.vectors("best w v")
    S = space.operator("S")
    return Polynomial(Quadratic(S, S.inverse, best, w, mu, L), coefficients, v)


def prove() -> Proof:
    """The bound, what it leaves out, the gradient, and the lemma for polynomials."""
    point, spread, polynomial = general_point(), general_point(spread=True), general_polynomial()

    def case_of(statement: Statement) -> Point | Polynomial:
        if ".stein" in statement.id:
            return polynomial
        return spread if statement.id.endswith("covariance-norms") else point

    pairs = [(mutant, case_of(mutant)) for mutant in E8_MUTANTS]
    return proof_of(
        [(E8_CORRECTED, point), *((mutant, case) for mutant, case in pairs if mutant.truth is not Truth.FALSE)],
        [pair for pair in pairs if not pair[0].id.endswith("unsquared")],  # |c2| has no sign here
        RESTS_ON,
    )
