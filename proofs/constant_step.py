"""F2: one step with the best constant contracts D by kappa^2, in every dimension, and on the tight family no faster.

As for E5, with r = M e, M = I - 2S/(L + mu), A = S - mu, B = L - S, K = L - mu, kappa = K/(L + mu):

(L + mu)^2 [ kappa^2 <e,Se> - <r,Sr> ] = 4 <e, S A B e> = 4 <Ae,BAe> + 4 (mu/K) ( <Ae,BAe> + <Be,ABe> ).
"""

from __future__ import annotations

from bntheory.cases import Quadratic
from bntheory.claims.constant_step import F2, F2_PRINTED, F2_SHARP, best_length, mirrored
from bntheory.claims.rayleigh_step import Steps
from bntheory.gram import Scalar, Space, Vector
from bntheory.proof import Proof, proof_of
from bntheory.proofs.rayleigh_step import general_quadratic

RESTS_ON = (
    "inner products <a, S^k b> satisfy every identity that holds for indeterminates; u^T w != 0, mu < L",
    "every w with u^T w != 0 is scale (best - e) with <e, S w> = 0, and then <w, S w> > 0",
    "A = S - mu and B = L - S are positive semidefinite and commute: <x, A x>, <x, B x> >= 0",
    "for mu = L one step ends at rho*: both sides are 0",
    "t steps by induction: D(w_t) < |rho*|, so that u^T w_t != 0; on the tight family delta falls",
)


def tight_quadratic() -> Quadratic:
    """S best = L best and w = best + error with S error = mu error, in an unspecified dimension."""
    space = Space("mu K size excess", "best error", "S", positive="mu K size excess", powers=range(-1, 4))
    mu, K, size, excess = space.scalars("mu K size excess")
    for power in range(-1, 4):
        name = "S" if power else ""
        space.let("best", "best", size * (mu + K) ** power, operator=name, power=power)
        space.let("best", "error", 0, operator=name, power=power)
        space.let("error", "error", excess * mu**power, operator=name, power=power)
    best, error = space.vectors("best error")
    S = space.operator("S")
    return Quadratic(S, S.inverse, best, best + error, mu, mu + K)


def contraction(case: Quadratic, e: Vector) -> list[Scalar]:
    """kappa^2 <e, Se> - <r, Sr>, r = (I - 2S/(L + mu)) e, as a sum of nonnegative terms."""
    S, mu, L = case.S, case.mu, case.L

    def A(x: Vector) -> Vector:
        return S @ x - mu * x

    def B(x: Vector) -> Vector:
        return L * x - S @ x

    by_A, by_B, share = A(e) @ B(A(e)), B(e) @ A(B(e)), mu / (L - mu)
    return [4 * term / (L + mu) ** 2 for term in (by_A, share * by_A, share * by_B)]


def certificate(case: Quadratic) -> list[Scalar]:
    """kappa^2 D(w) - D(w+) as a sum of nonnegative terms: the contraction, and what rescaling gains."""
    S = case.S
    e = case.best - case.w * ((case.u @ case.w) / (case.w @ (S @ case.w)))  # w at its optimal length
    after = case.best - (e - best_length(case) * (S @ e) / case.L)
    return [*contraction(case, e), ((case.best - after) @ (S @ after)) ** 2 / (after @ (S @ after))]


def prove() -> Proof:
    """One step; the tight family, or its mirror image, rejects the false neighbours."""
    general, tight = Steps(general_quadratic(), 1), Steps(tight_quadratic(), 1)
    mirror = Steps(mirrored(tight.instance), 1)
    elsewhere = ("optimal", "optimal-is-slower")  # a maximum of two
    return proof_of(
        [(F2_PRINTED, general), (F2_SHARP, tight)],
        [(one, case) for one in F2.mutants if not one.id.endswith(elsewhere) for case in (tight, mirror)],
        RESTS_ON,
        {F2_PRINTED.id: certificate(general.instance)},
    )
