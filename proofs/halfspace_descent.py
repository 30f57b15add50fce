"""F10: one gradient step contracts the distance to the minimizer by 1 - mu_f/zeta, in every dimension.

With A = H - mu_f, B = zeta - H, K = zeta - mu_f = A + B and e the error, e+ = B e/zeta:

K^2 |e|^2 - |B e|^2 = |A e|^2 + 2 <A e, B e>, K <A e, B e> = <A e, B A e> + <B e, A B e>.
"""

from __future__ import annotations

from bntheory.cases import Quadratic
from bntheory.claims.halfspace_descent import CORRECTED, MUTANTS
from bntheory.claims.rayleigh_step import Steps
from bntheory.gram import Scalar, Vector
from bntheory.proof import Proof, proof_of
from bntheory.proofs.gradient_descent import general_error

RESTS_ON = (
    "grad f(w~) = H (w~ - w~*), H the mean of Hess f on the segment between: the fundamental theorem of calculus",
    "inner products <a, H^k b> satisfy every identity that holds for indeterminates; mu_f < zeta",
    "A = H - mu_f and B = zeta - H are positive semidefinite and commute: <x, A x>, <x, B x> >= 0",
    "for mu_f = zeta one step ends at the minimum: both sides are 0",
    "t steps by induction, with another H at each, as long as all lie between mu_f and zeta",
)


def contraction(case: Quadratic) -> list[Scalar]:
    """(1 - mu_f/zeta)^2 |e|^2 - |e+|^2 as a sum of nonnegative terms."""
    H, mu, zeta, e = case.S, case.mu, case.L, case.w - case.best

    def A(x: Vector) -> Vector:
        return H @ x - mu * x

    def B(x: Vector) -> Vector:
        return zeta * x - H @ x

    mixed = 2 * (A(e) @ B(A(e)) + B(e) @ A(B(e))) / (zeta - mu)
    return [A(e) @ A(e) / zeta**2, mixed / zeta**2]


def prove() -> Proof:
    """One step."""
    case = Steps(general_error(), 1)
    return proof_of(
        [(CORRECTED, case)],
        [(mutant, case) for mutant in MUTANTS],
        RESTS_ON,
        {CORRECTED.id: contraction(case.instance)},
    )
