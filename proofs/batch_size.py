"""D2: lambda decreases in B for leaky ReLU and for polynomials of degree 2; limits, and Gaussian Poincare.

Two sizes, x = 1/(B-1) > y = 1/(B'-1), with R, A, V_a of `leaky_relu` at x and S, C, U at y. The chord of the concave V
lies below its tangent at y: with slack = x (C - A) - (S - R) >= 0,

    V = U + (x-y)(2 pi a + (1-a)^2 C) - (1-a)^2 slack,

and with K = 2R - (1-2x)(x+y)/(R+S), Y = (1-2x) S, what the kink adds has the difference

    (1-a)^2 [ (x-y) ( U (K-Y) + Y (U - 2 pi a - (1-a)^2 C) ) + (1-a)^2 Y slack ] / ((1-2x)(1-2y) U V).
"""

from __future__ import annotations

from math import factorial
from typing import Any

from bntheory.claim import Statement
from bntheory.claims.batch_size import CORRECTED, D2
from bntheory.claims.explosion import Network
from bntheory.claims.leaky_relu import Leaky
from bntheory.gram import Scalar, Space
from bntheory.numbers import acos, sqrt
from bntheory.proof import Proof, proof_of
from bntheory.proofs.leaky_relu import cosine_size, variance
from bntheory.proofs.spectral_gap import Coefficients

RESTS_ON = (
    "the formulas of D1 and F8 for lambda; at B = infinity the moments are those of a standard normal",
    "angles and pi satisfy every identity that holds for indeterminates; B' > B >= 4, so that 0 < y < x <= 1/3",
    "a >= 0 in the rate of the limit",
    "slack >= 0: x (arccos y - arccos x) >= int_y^x t/sqrt(1-t^2) dt = sqrt(1-y^2) - sqrt(1-x^2), also for y = 0",
    "U, V > 0: they are 2 pi (q-p), or 2 pi Var[phi(Z)] at y = 0",
    "K > Y: 2R - (1-2x)(x+y)/(R+S) - (1-2x) S >= 2R - x (1-2x)/R - 1 > 0 for R >= sqrt(8)/3",
    "U - 2 pi a - (1-a)^2 C >= (1-a)^2 (pi/2 - S) > 0, by 2a >= -(1-a)^2/2 and C <= pi/2; pi > 3",
    "1 + 2x - x/(1+R) > 0 and R < 1; polynomials: every monomial is even in the coefficients with a positive factor",
    "the limit statement for n -> infinity is proved by itself, at y = 0",
)


def general_sizes(slope: int | None = None) -> Leaky:
    """Two sizes B and B + more, any slope or a given one, pi > 0, and the angles A and C with cosines x and y."""
    space = Space("v u pi A C a", positive="v u pi A C")
    v, u, pi, A, C, a = space.scalars("v u pi A C a")
    B, larger = cosine_size(1 + v), cosine_size(1 + u)
    for cosine, angle in ((1 / (B - 1), A), (1 / (larger - 1), C)):
        space.let_angle(cosine, angle)
        space.let_angle(-cosine, pi - angle)
    space.let_angle(0 * v - 1, pi)
    return Leaky(B, a if slope is None else 0 * a + slope, larger - B)


def corrected(case: Leaky) -> list[Scalar]:
    """What the kink adds at B, minus the same at B + more."""
    B, a, larger = case.B, case.a, case.B + case.more
    x, y, pi, kappa = 1 / (B - 1), 1 / (larger - 1), acos(0 * B - 1), (1 - a) ** 2
    R, S, A, C = sqrt(1 - x**2), sqrt(1 - y**2), acos(x), acos(y)
    U, Y = variance(larger, a), (1 - 2 * x) * S
    K = 2 * R - (1 - 2 * x) * (x + y) / (R + S)
    slack = x * (C - A) - (S - R)
    scale = kappa / ((1 - 2 * x) * (1 - 2 * y) * U * variance(B, a))
    tangent = U - 2 * pi * a - kappa * C
    return [scale * (x - y) * U * (K - Y), scale * (x - y) * Y * tangent, scale * kappa * Y * slack]


def from_above(case: Leaky) -> list[Scalar]:
    """lambda(B) - lambda_inf - 1/(B-3): the same at y = 0."""
    B, a = case.B, case.a
    x, pi, kappa = 1 / (B - 1), acos(0 * B - 1), (1 - a) ** 2
    R, U = sqrt(1 - x**2), pi * (1 + a**2) - kappa
    slack = x * (pi / 2 - acos(x)) - (1 - R)
    scale = kappa / ((1 - 2 * x) * U * variance(B, a))
    flat, tangent = 1 + 2 * x - x / (1 + R), kappa * (pi / 2 - 1)
    return [scale * x * U * flat, scale * x * (1 - 2 * x) * tangent, scale * kappa * (1 - 2 * x) * slack]


def rate(case: Leaky) -> list[Scalar]:
    """lambda_inf + (2 lambda_inf - 1)/(B-3) - lambda(B), for a >= 0."""
    B, a = case.B, case.a
    x, pi, kappa = 1 / (B - 1), acos(0 * B - 1), (1 - a) ** 2
    R, U = sqrt(1 - x**2), pi * (1 + a**2) - kappa
    scale = kappa / ((1 - 2 * x) * U * variance(B, a))
    return [scale * part for part in (U * (1 - R), 2 * pi * a * x, kappa * (1 - R), kappa * x * acos(x))]


def general_quadratic() -> Network:
    """c_0, c_1, c_2 unspecified, B = 3 + s and B + more, with s, more > 0."""
    space = Space("s more c0 c1 c2", positive="s more")
    s, more, *coefficients = space.scalars("s more c0 c1 c2")
    return Network(Coefficients(coefficients), 3 + s, 1, more)


def monomials(value: Scalar) -> list[Scalar]:
    """The terms of the numerator, each over the denominator."""
    numerator, denominator = value.element.numer, value.element.denom
    ring = numerator.ring
    field = value.field.functions
    return [
        Scalar(value.field, field(ring.from_dict({powers: coefficient})) / field(denominator))
        for powers, coefficient in numerator.terms()
    ]


def general_polynomial() -> Network:
    """c_0 to c_4 unspecified, for limits."""
    names = " ".join(f"c{k}" for k in range(5))
    space = Space(f"B {names}", positive="B")
    B, *coefficients = space.scalars(f"B {names}")
    return Network(Coefficients(coefficients), B)


def hermite(coefficients: list[Any]) -> list[Any]:
    """h_k = E[phi He_k]/k!, so that phi = sum_k h_k He_k."""
    return [
        sum(
            c * (factorial(j) // (factorial(k) * 2 ** ((j - k) // 2) * factorial((j - k) // 2)))
            for j, c in enumerate(coefficients)
            if j >= k and (j - k) % 2 == 0
        )
        for k in range(len(coefficients))
    ]


def poincare(case: Network) -> list[Scalar]:
    """E[phi'^2]/Var[phi] - 1 = sum_k (k-1) k! h_k^2/sum_k k! h_k^2."""
    energies = [factorial(k) * h**2 for k, h in enumerate(hermite(case.coefficients.tolist()))][1:]
    return [(k - 1) * energy / sum(energies) for k, energy in enumerate(energies, 1)]


def prove() -> Proof:
    """All of D2 that holds."""
    mutants = {one.id.rpartition(".")[2]: one for one in D2.mutants}
    case, relu, linear = general_sizes(), general_sizes(0), general_sizes(1)
    quadratic, polynomial = general_quadratic(), general_polynomial()
    shown: list[tuple[Statement, Any]] = [
        (CORRECTED, case),
        (mutants["sharp"], linear),
        (mutants["limit-from-above"], case),
        (mutants["limit-rate"], case),
        (mutants["relu-limit"], relu),
        (mutants["quadratic"], quadratic),
        (mutants["poincare"], polynomial),
    ]
    smaller, larger = mutants["quadratic"].sides(quadratic)
    certificates = {
        CORRECTED.id: corrected(case),
        "D2.mutant.limit-from-above": from_above(case),
        "D2.mutant.limit-rate": rate(case),
        "D2.mutant.relu-limit": [*from_above(relu), 1 / (relu.B - 3)],
        "D2.mutant.quadratic": monomials(larger - smaller),
        "D2.mutant.poincare": poincare(polynomial),
    }
    false: list[tuple[Statement, Any]] = [
        (mutants["poincare-twice"], polynomial),
        (mutants["poincare-uncentred"], quadratic),
        (mutants["from-below"], relu),
    ]
    names = "one-limit twice-as-fast quadratic-rate twice-above"
    false += [(mutants[name], linear) for name in names.split()]
    return proof_of(shown, false, RESTS_ON, certificates)
