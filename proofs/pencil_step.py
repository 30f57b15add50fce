"""E4: one step contracts the error by q^2, in every dimension; for errors along the second eigenvector exactly so.

In the A-inner product let T = A^-1 B, w = scale (x_1 + e) with T x_1 = lambda_1 x_1 and e orthogonal to x_1. With
M = T - lambda_min, C = lambda_2 - T, tau = lambda_2 - lambda_min, gap = lambda_1 - lambda_2, kappa = tau + gap the
error is N/P, N = <e, (C + gap) e>, P = gap - <e, C e> > 0, and w+ is along kappa x_1 + M e, so that the new one is
N+/P+ with

tau^2 N - N+ = <e, C (tau + M) (C + gap) e>, P+ - kappa^2 P = <e, C (kappa + M) (C + gap) e>.
"""

from __future__ import annotations

from bntheory.cases.pencils import Pencil
from bntheory.claims.pencil_errors import Ascent
from bntheory.claims.pencil_step import E4, E4_CORRECTED, E4_SHARP
from bntheory.gram import Operator, Scalar, Space, Vector
from bntheory.proof import Proof, proof_of

RESTS_ON = (
    "inner products <a, T^k b> satisfy every identity that holds for indeterminates; lambda_1 > lambda_2 > lambda_min",
    "a congruence, w = A^(-1/2) v, turns A into the identity, B into the symmetric T, and grad into the A-gradient",
    "every w with rho(w) > lambda_2 is scale (x_1 + e), scale != 0, with <x_1, T^k x_1> = lambda_1^k, <x_1, T^k e> = 0",
    "M = T - lambda_min and C = lambda_2 - T are positive semidefinite where e is, and commute",
    "P > 0 is rho(w) > lambda_2; N and P+ - kappa^2 P are nonnegative, so that P+ > 0 too",
    "for lambda_2 = lambda_min one step ends along x_1: both sides are 0",
    "w_t is again such a w, by induction: its error does not rise",
)


def general_pencil(*, along_second: bool = False, eigenvector: bool = True) -> Pencil:
    """T, x_1 and e in an unspecified dimension, gap, tau and P = gap - <e, C e> positive; e may be along x_2 only.

    Without `eigenvector` nothing is said of <x_1, T^k e>.
    """
    powers = range(4)
    space = Space("low tau gap scale P size", "x e", "T", positive="tau gap P size", powers=powers)
    low, tau, gap, scale, P, size = space.scalars("low tau gap scale P size")
    x, e = space.vectors("x e")
    second = low + tau
    for power in powers:
        name = "T" if power else ""
        space.let("x", "x", (second + gap) ** power, operator=name, power=power)
        if eigenvector:
            space.let("x", "e", 0, operator=name, power=power)
        if along_second:
            space.let("e", "e", size * second**power, operator=name, power=power)
    if not along_second:
        space.let("e", "e", P - gap + second * (e @ e), operator="T", power=1)
    one = Operator("T", 0)
    return Pencil(space.operator("T"), one, one, scale * (x + e), second + gap, second, low)


def certificate(pencil: Pencil, e: Vector) -> list[Scalar]:
    """q^2 N/P - N+/P+ as a sum of nonnegative terms."""
    T, first, second = pencil.B, pencil.lambda_1, pencil.lambda_2
    tau, gap, kappa = second - pencil.lambda_min, first - second, first - pencil.lambda_min

    def M(v: Vector) -> Vector:
        return T @ v - pencil.lambda_min * v

    def C(v: Vector) -> Vector:
        return second * v - T @ v

    # <e, C (c + M) (C + gap) e>, in which <e, C M e> = (<C e, M C e> + <M e, C M e>)/tau, since C + M = tau
    mixed = [gap * (C(e) @ M(C(e))) / tau, gap * (M(e) @ C(M(e))) / tau, C(e) @ M(C(e))]

    def product(c: Scalar) -> list[Scalar]:
        return [c * (C(e) @ C(e)), c * gap * (e @ C(e)), *mixed]

    N, P = e @ C(e) + gap * (e @ e), gap - e @ C(e)
    P_after = gap * kappa**2 - M(e) @ C(M(e))
    falls = [term / P_after for term in product(tau)]
    rises = [tau**2 * N * term / (kappa**2 * P * P_after) for term in product(kappa)]
    return [*falls, *rises]


def prove() -> Proof:
    """One step from any w, and its equality on errors along the second eigenvector."""
    pencil, along = general_pencil(), general_pencil(along_second=True)
    [e] = pencil.w.space.vectors("e")
    elsewhere = ("special-case", "of-b", "euclidean", "below-second")  # other cases; A = I; the same sides
    mutants = [mutant for mutant in E4.mutants if not mutant.id.endswith(elsewhere)]
    return proof_of(
        [(E4_CORRECTED, Ascent(pencil, 0)), (E4_SHARP, Ascent(along, 0))],
        [(mutant, Ascent(along, 0)) for mutant in mutants],
        RESTS_ON,
        {E4_CORRECTED.id: certificate(pencil, e)},
    )
