"""F1: the worst case of one step at every distance from the minimum, in every dimension, and that it is attained.

In the inner product of S, with |best| = 1 and x = 1 - k^2 = sin^2(theta): w = scale (best - e), |e|^2 = x, and w+ is
along z = best - y, y = M e, M = I - S/L. E' = <y, q e - y> = <e, M (q - M) e> >= 0 says that z is in the ball of
radius (q/2) sin(theta) around best - (q/2) e. Let h = <best, z>, sin(theta) p the length of what z has besides, and nu
the cosine of the angle between that and what e has besides best. With phi = alpha + beta, A = sin(phi)/sin(theta) and
C = cos(phi)

D(w+)/|rho*| = x p^2/(h^2 + x p^2), q x (h A - p C) = E' + q x k p (1 - nu) + (h - 1 + qx/2 + qxA/2)^2
+ x (p - qk/2 - qC/2)^2, A^2 (h^2 + x p^2) - p^2 = (h A - p C) (h A + p C).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from bntheory.cases import Quadratic
from bntheory.claims.worst_case import F1, F1_PRINTED, F1_SHARP
from bntheory.gram import Scalar, Space, Vector
from bntheory.proof import Proof, proof_of

RESTS_ON = (
    "inner products <a, S^k b> satisfy every identity that holds for indeterminates; u^T w != 0",
    "every w with u^T w != 0 is scale (best - e) with <e, S w> = 0; k = cos(theta) > 0",
    "root = sqrt(1 - q sin^2(theta)) and k stand for mu and theta: k < root < 1",
    "h > 0, since the ball does not reach the plane h = 0; p >= 0; nu <= 1 by Cauchy and Schwarz",
    "S - mu and L - S are positive semidefinite and commute, so that <e, M (q - M) e> >= 0",
    "A > 0 and C = cos(alpha + beta) > 0, since root > k and 1 - (q/2) sin^2(theta) > 1/2 > (q^2/4) sin^2(theta)",
    "for mu = L and for theta = 0 both sides are 0",
    "sharpness: in two dimensions a projection times q takes the place of M, along any direction",
)


class Plane(NamedTuple):
    """q, x = sin^2(theta), A = sin(alpha + beta)/sin(theta), C = cos(alpha + beta), from k and root."""

    q: Any
    x: Any
    A: Any
    C: Any


def plane(k: Any, root: Any) -> Plane:
    """From the cosine of theta and root = sqrt(1 - q sin^2(theta))."""
    x = 1 - k**2
    q = (1 - root**2) / x
    centre = 1 - q * x + q**2 * x / 4
    A = q / 2 * (k * root + 1 - q * x / 2) / centre
    return Plane(q, x, A, ((1 - q * x / 2) * root - q**2 / 4 * x * k) / centre)


def general_step(*, extremal: bool = False, bounded: bool = True) -> Quadratic:
    """best and e in an unspecified dimension, <best, S best> = R, <e, S e> = <best, S e> = x R; y = M e by h, p and nu.

    An `extremal` y is where the line from the origin touches the ball: h = root C, p = root A, nu = 1. Without
    `bounded` <best, S y> alone is given by h: nothing is said of the other products.
    """
    space = Space("k root R L scale h p nu", "best e", "S", positive="k root R L h p", powers=range(-1, 4))
    k, root, R, L, scale, h, p, nu = space.scalars("k root R L scale h p nu")
    flat = plane(k, root)
    if extremal:
        h, p, nu = root * flat.C, root * flat.A, 1
    off = flat.x * R
    space.let("best", "best", R, operator="S", power=1)
    for other in ("best", "e"):
        space.let(other, "e", off, operator="S", power=1)
    space.let("best", "e", L * (off - R * (1 - h)), operator="S", power=2)
    best, e = space.vectors("best e")
    S = space.operator("S")
    if bounded:
        second = L * (off - flat.x * R * (1 - h) - nu * R * flat.x * k * p)  # <e, S e> - <e, S y>, times L
        square = R * (1 - h) ** 2 + R * flat.x * p**2  # <y, S y>
        space.let("e", "e", second, operator="S", power=2)
        space.let("e", "e", L**2 * (square - off + 2 * second / L), operator="S", power=3)
    return Quadratic(S, S.inverse, best, scale * (best - e), L * (1 - flat.q), L)


def certificate(case: Quadratic) -> list[Scalar]:
    """The bound minus D(w+) as a sum of nonnegative terms."""
    space = case.best.space
    [e] = space.vectors("e")
    k, root, R, L, h, p, nu = space.scalars("k root R L h p nu")
    q, x, A, C = plane(k, root)
    S, mu = case.S, case.mu

    def below(v: Vector) -> Vector:
        return S @ v - mu * v

    def above(v: Vector) -> Vector:
        return L * v - S @ v

    # <y, S (q e - y)> = <e, S (L - S) (S - mu) e>/L^2, S = (S - mu) + mu, and L - mu = (L - S) + (S - mu)
    share = mu / (L - mu)
    first, second = below(e) @ above(below(e)), above(e) @ below(above(e))
    ball = [term / (R * L**2) for term in (first, share * first, share * second)]
    planar = [q * x * k * p * (1 - nu), (h - 1 + q * x / 2 * (1 + A)) ** 2, x * (p - q / 2 * (k + C)) ** 2]
    factor = R * (h * A + p * C) / (q * (h**2 + x * p**2))
    return [factor * term for term in (*ball, *planar)]


def prove() -> Proof:
    """The bound, and its equality where the ball is touched."""
    general, extremal = general_step(), general_step(extremal=True)
    elsewhere = ("twice-mu",)  # its root is not a quotient of polynomials in k and root
    return proof_of(
        [(F1_PRINTED, general), (F1_SHARP, extremal)],
        [(mutant, extremal) for mutant in F1.mutants if not mutant.id.endswith(elsewhere)],
        RESTS_ON,
        {F1_PRINTED.id: certificate(general)},
    )
