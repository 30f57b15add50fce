"""F8: the rate of leaky ReLU, and its place among the others, for every slope a and every B > 3.

With x = 1/(B-1), R = sqrt(1-x^2), A = arccos x and V_a = pi (1+a^2+2ax) - (1-a)^2 (R - xA) = 2 pi (q-p) > 0,

    lambda_a = (B-2)/(B-3) + (1-a)^2 R/((1-2x) V_a),   V_a - (1-a)^2 V_0 = 2 pi a (1+x).

B is written in w > 1 with B - 1 = (w + 1/w)/2, so that R = (w^2-1)/(w^2+1); pi and A are symbols.
"""

from __future__ import annotations

from typing import Any

from bntheory.claims.leaky_relu import F8, PRINTED, READINGS, Leaky
from bntheory.gram import Scalar, Space
from bntheory.numbers import acos, sqrt
from bntheory.proof import Proof, proof_of

RESTS_ON = (
    "D1's formula for lambda; phi'(t) t = phi(t) for positively homogeneous phi",
    "E[sign sign] = (2/pi) arcsin c and E|x_a x_b| = (2/pi)(sqrt(1-c^2) + c arcsin c) for correlation c, on the sphere"
    " as for Gaussians since both are homogeneous",
    "pi = arccos(-x) + arccos x, and else nothing of the angle: A, pi, a, w satisfy every identity of indeterminates",
    "V_a = 2 pi (q-p) > 0 for every a, since phi is not constant; 1 - 2x = (B-3)/(B-1) > 0",
)


def cosine_size(w: Any) -> Any:
    """B = 1 + (w + 1/w)/2."""
    return 1 + (w + 1 / w) / 2


def general_leaky() -> Leaky:
    """B > 2, any slope, pi > 0 and the angle with cosine x unspecified."""
    space = Space("v pi A a", positive="v pi A")
    v, pi, A, a = space.scalars("v pi A a")
    case = Leaky(cosine_size(1 + v), a)
    x = 1 / (case.B - 1)
    for cosine, angle in ((x, A), (-x, pi - A), (v * 0 - 1, pi)):
        space.let_angle(cosine, angle)
    return case


def variance(B: Any, a: Any) -> Any:
    """V_a."""
    x = 1 / (B - 1)
    return acos(0 * x - 1) * (1 + a**2 + 2 * a * x) - (1 - a) ** 2 * (sqrt(1 - x**2) - x * acos(x))


def kink(B: Any, a: Any) -> Any:
    """(1-a)^2 R/((1-2x) V_a), what is above the linear rate."""
    x = 1 / (B - 1)
    return (1 - a) ** 2 * sqrt(1 - x**2) / ((1 - 2 * x) * variance(B, a))


def certificates(case: Leaky) -> dict[str, list[Scalar]]:
    """rhs - lhs of the bounds: each one nonnegative term."""
    B, a = case.B, case.a
    x, pi = 1 / (B - 1), acos(0 * B - 1)
    scale = sqrt(1 - x**2) / ((1 - 2 * x) * variance(B, a))
    below_relu = 2 * pi * a**2 * (1 + x) * scale / variance(B, 0)
    below_largest = 2 * pi * (1 + a) ** 2 * (1 + x) * scale / variance(B, -1)
    return {
        "F8.reading.linear": [kink(B, a)],
        "F8.reading.relu": [below_relu],
        "F8.mutant.absolute-value": [below_largest],
    }


def prove() -> Proof:
    """All of F8 that holds."""
    case = general_leaky()
    mutants = {one.id.rpartition(".")[2]: one for one in F8.mutants}
    true = [mutants[name] for name in ("split", "reciprocal", "absolute-value")]
    names = "between even unsquared correlation twist no-psi scale angle no-variance statistics-fixed"
    return proof_of(
        [(one, case) for one in (PRINTED, *READINGS, *true)],
        [(mutants[name], case) for name in names.split()],
        RESTS_ON,
        certificates(case),
    )
