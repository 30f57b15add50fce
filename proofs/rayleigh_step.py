"""E5: one step contracts D by (1 - mu/L)^2, for every S with mu <= S <= L in every dimension.

With e the S-orthogonal part of best = S^-1 u, w = scale (best - e), and r = (I - S/L) e the same part after a gradient
step, D(w) = <e,Se>, and D(w+) falls short of <r,Sr> by a square: optimal rescaling helps. With A = S - mu, B = L - S,
K = L - mu:

K L^2 [ (1-mu/L)^2 <e,Se> - <r,Sr> ] = K <Ae,BAe> + K^2 |Ae|^2 + mu ( <Ae,BAe> + <Be,ABe> ) + mu K^2 <e,Ae>.
"""

from __future__ import annotations

from bntheory.cases import Quadratic
from bntheory.claims.rayleigh_step import E5, E5_PRINTED, Steps
from bntheory.gram import Scalar, Space, Vector
from bntheory.proof import Proof, proof_of

RESTS_ON = (
    "inner products <a, S^k b> satisfy every identity that holds for indeterminates; u^T w != 0, mu < L",
    "every w with u^T w != 0 is scale (best - e) with <e, S w> = 0, and then <w, S w> > 0",
    "A = S - mu and B = L - S are positive semidefinite and commute: <x, A x>, <x, B x> >= 0",
    "for mu = L one step ends at rho*: both sides are 0",
    "t steps by induction, since u^T w_t != 0: rho does not rise",
)


def general_quadratic(scalars: str = "", positive: str = "") -> Quadratic:
    """S, best and w in an unspecified dimension; <e, Se> = off > 0, and |best - e|_S^2 = along > 0.

    More scalars, some of them positive, may stand in the same space.
    """
    names = f"mu K scale off along {scalars}"
    space = Space(names, "best e", "S", positive=f"mu K off along {positive}", powers=range(-1, 4))
    mu, K, scale, off, along = space.scalars("mu K scale off along")
    best, e = space.vectors("best e")
    space.let("e", "e", off, operator="S", power=1)
    space.let("best", "e", off, operator="S", power=1)
    space.let("best", "best", off + along, operator="S", power=1)
    S = space.operator("S")
    return Quadratic(S, S.inverse, best, scale * (best - e), mu, mu + K)


def contraction(case: Quadratic, e: Vector) -> list[Scalar]:
    """(1 - mu/L)^2 <e, Se> - <r, Sr>, r = (I - S/L) e, as a sum of nonnegative terms."""
    S, mu, L, K = case.S, case.mu, case.L, case.L - case.mu

    def A(x: Vector) -> Vector:
        return S @ x - mu * x

    def B(x: Vector) -> Vector:
        return L * x - S @ x

    mixed = mu * (A(e) @ B(A(e)) + B(e) @ A(B(e))) / (K * L**2)
    return [A(e) @ B(A(e)) / L**2, K * (A(e) @ A(e)) / L**2, mixed, mu * K * (e @ A(e)) / L**2]


def certificate(case: Quadratic) -> list[Scalar]:
    """(1 - mu/L)^2 D(w) - D(w+) as a sum of nonnegative terms: the contraction, and what rescaling gains."""
    S = case.S
    e = case.best - case.w * ((case.u @ case.w) / (case.w @ (S @ case.w)))  # w at its optimal length
    after = case.best - (e - S @ e / case.L)
    return [*contraction(case, e), ((case.best - after) @ (S @ after)) ** 2 / (after @ (S @ after))]


def prove() -> Proof:
    """One step."""
    case = general_quadratic()
    return proof_of(
        [(E5_PRINTED, Steps(case, 1))],
        [(mutant, Steps(case, 1)) for mutant in E5.mutants if not mutant.id.endswith("itself")],
        RESTS_ON,
        {E5_PRINTED.id: certificate(case)},
    )
