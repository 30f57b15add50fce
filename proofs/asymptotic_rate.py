"""F3: near the minimum a step contracts D by (1 - nu/L)^2, in every dimension, and eigenvectors of nu exactly so.

In the inner product of S, for the e orthogonal to best, C the compression of S to them, X = C - nu, Y = L - C, K = L -
nu: L^2 [ (1 - nu/L)^2 |e|^2 - |(I - C/L) e|^2 ] = <e, X Y e> + K <e, X e>, K <e, X Y e> = <Xe, Y Xe> + <Ye, X Ye>.
"""

from __future__ import annotations

from bntheory.cases import Quadratic
from bntheory.cases.approaches import Approach
from bntheory.claims.asymptotic_rate import F3, F3_ATTAINED, F3_LINEARIZED, F3_PRINTED
from bntheory.gram import Scalar, Space, Vector
from bntheory.proof import Proof, proof_of

RESTS_ON = (
    "inner products <a, S^k b> satisfy every identity that holds for indeterminates; u != 0, nu < L",
    "near its minimum D is what its Taylor series says; w = best + t e + O(t^2) up to scale, with <e, S best> = 0",
    "nu <= C <= L on these e: nu is the smallest eigenvalue of C, and <e, S C e> = <e, S^2 e> <= L <e, S e>",
    "C - nu and L - C commute, so that <Xe, Y Xe>, <Ye, X Ye> >= 0",
    "for nu = L one step ends at rho* to this order: both sides are 0",
    "D(w_{t+1})/D(w_t) -> (1 - nu/L)^2 for generic starts: the power method for I - C/L, 0 <= I - C/L <= 1 - nu/L, and"
    " that the starts whose error dies out faster are a null set (a fast stable manifold): not proved here",
)


def general_approach(*, slowest: bool = False, orthogonal: bool = True) -> Approach:
    """best and e in an unspecified dimension, <e, S best> = 0 if `orthogonal`; e may be an eigenvector of nu."""
    space = Space("nu K mu R", "best e", "S", positive="nu K R", powers=range(-1, 5))
    nu, K, mu, R = space.scalars("nu K mu R")
    best, e = space.vectors("best e")
    S = space.operator("S")
    space.let("best", "best", R, operator="S", power=1)
    if orthogonal:
        space.let("best", "e", 0, operator="S", power=1)
    if slowest:  # S e = nu e + share best
        share = (best @ (S @ (S @ e))) / R
        size = e @ (S @ e)
        space.let("e", "e", nu * size, operator="S", power=2)
        square = nu * (e @ (S @ (S @ e))) + share * (best @ (S @ (S @ e)))
        space.let("e", "e", square, operator="S", power=3)
    return Approach(Quadratic(S, S.inverse, best, best, mu, nu + K), e, nu, nu + K)


def certificate(case: Approach) -> list[Scalar]:
    """(1 - nu/L)^2 |e|_S^2 - |(I - C/L) e|_S^2 as a sum of nonnegative terms."""
    q, e, nu = case.instance, case.e, case.nu
    S, L, K = q.S, q.L, q.L - case.nu

    def compressed(v: Vector) -> Vector:
        image = S @ v
        return image - (q.u @ image) / (q.u @ q.best) * q.best

    def X(v: Vector) -> Vector:
        return compressed(v) - nu * v

    def Y(v: Vector) -> Vector:
        return L * v - compressed(v)

    products = [X(e) @ (S @ Y(X(e))) / K, Y(e) @ (S @ X(Y(e))) / K, K * (e @ (S @ X(e)))]
    return [term / L**2 for term in products]


def prove() -> Proof:
    """The linearization, its bound, and the equality along the eigenvectors of nu."""
    general, slowest = general_approach(), general_approach(slowest=True)
    elsewhere = ("than-gd", "mu-attained", "complement-of-u", "every-direction")
    false = [mutant for mutant in F3.mutants if not mutant.id.endswith(elsewhere)]
    equalities = [mutant for mutant in F3.mutants if mutant.id.endswith(elsewhere[1:])]
    return proof_of(
        [(F3_PRINTED, general), (F3_ATTAINED, slowest), (F3_LINEARIZED, general)],
        [*((mutant, slowest) for mutant in false), *((mutant, general) for mutant in equalities)],
        RESTS_ON,
        {F3_PRINTED.id: certificate(general)},
    )
