"""D1 and F9: lambda(B) >= (B-2)/(B-3), for polynomials of degree 4 with any coefficients, and every B > 3.

lambda(B) - (B-2)/(B-3) = sum_k (k-1)(k+B-2) w_k/((B-3)(q-p)), where w_k, the part of q - p in the spherical harmonics
of degree k, is a square times a quotient of polynomials in B - 3 with positive coefficients. That is (r_k - r_1) w_k
with r_k = k + k^2/(B-3). For any activation: lambda(B) is B/(B-3) times the Rayleigh quotient of h = phi_a - phi_b.
"""

from __future__ import annotations

from collections.abc import Iterable

from bntheory.claim import Case, Statement
from bntheory.claims.explosion import CORRECTED, D1, Network
from bntheory.claims.spectral_gap import F9, PRINTED, Differences
from bntheory.gram import Scalar, Space
from bntheory.meanfield import harmonic_weights, polynomial_moments
from bntheory.proof import Proof, proof_of

RESTS_ON = (
    "lambda(B) is the factor of E|gradient|^2: gradients that come back are independent of the weights (Yang et al."
    " 2019); batch by batch the formula is the backward pass (D1.mutant.backward, tested)",
    "preactivations are Gaussian: x^ is uniform on the sphere, independent of sigma, E[1/sigma^2] = B/((q-p)(B-3))",
    "moments of x^ are E[x_a^i x_b^j] = B^((i+j)/2) E[g_a^i g_b^j]/E[chi_(B-1)^(i+j)], Isserlis' theorem",
    "coefficients and B - 3 > 0 satisfy every identity that holds for indeterminates; q > p since phi is not constant",
    "the weights w_k of the harmonics are nonnegative: squares by squared norms by 1 - G_k, |G_k| <= 1 (Gegenbauer)",
    "powers of L layers: 0 < x <= y implies x^L <= y^L",
    "any phi beside polynomials of degree 4: the spherical harmonics of degree k on S^(B-2) of radius sqrt(B) have"
    " E|grad h|^2 = (k(k+B-3)/B) E[h^2], and an odd h has none of degree 0 (F9.mutant.gap turns that into the bound)",
)


class Coefficients(list[Scalar]):
    """Formal coefficients, with what the sides ask of an array."""

    def tolist(self) -> list[Scalar]:
        """Themselves."""
        return list(self)


def general_network(degree: int = 4) -> Network:
    """Coefficients unspecified, B = 3 + s with s > 0."""
    names = " ".join(f"c{k}" for k in range(degree + 1))
    space = Space(f"s {names}", positive="s")
    s, *coefficients = space.scalars(f"s {names}")
    return Network(Coefficients(coefficients), 3 + s)


def general_differences() -> Differences:
    """Six vectors and B unspecified."""
    names = "phi_a phi_b slope_a slope_b psi_a psi_b"
    space = Space("B", names)
    return Differences(*space.scalars("B"), *space.vectors(names))


def certificate(case: Network, *, least: int = 1) -> list[Scalar]:
    """lambda(B) - (B-2)/(B-3), degree by degree; with least = 2, what is above the rate of degree 2 for k >= 2."""
    B = case.B
    moments = polynomial_moments(case.coefficients.tolist(), B)
    scale = (B - 3) * (moments.q - moments.p)
    weights = harmonic_weights(case.coefficients.tolist(), B)
    return [(k - least) * (k + least + B - 3) * w / scale for k, w in enumerate(weights, 1) if k > least]


def prove() -> Proof:
    """Polynomials of degree 4, and the identity for any activation."""
    case, cubic, affine = general_network(), general_network(3), general_network(1)
    own = {"gap": general_differences(), "sharp": affine, "next-size-attained": affine}

    def pairs(mutants: Iterable[Statement], names: str, network: Network) -> list[tuple[Statement, Case]]:
        by_name = {one.id.rpartition(".")[2]: one for one in mutants}
        return [(by_name[name], own.get(name, network)) for name in names.split()]

    shown = [(CORRECTED, case), (D1.printed, case), (PRINTED, case), *pairs(D1.mutants, "sharp", case)]
    shown += pairs(F9.mutants, "sharp harmonics gap only-affine", case)
    false = pairs(D1.mutants, "one-less uniform no-variance statistics-fixed sign uncentred inverse-moment", cubic)
    false += pairs(F9.mutants, "next-size-attained squared attained-always second-harmonic dimension", cubic)
    false += pairs(F9.mutants, "more-for-curvature decreasing", cubic)
    return proof_of(shown, false, RESTS_ON, certificates(case))


def certificates(case: Network) -> dict[str, list[Scalar]]:
    """For every bound that is proved: the surplus, degree by degree, and what 1 falls short of (B-2)/(B-3)."""
    surplus = certificate(case)
    return {
        CORRECTED.id: surplus,
        PRINTED.id: surplus,
        D1.printed.id: [*surplus, 1 / (case.B - 3)],
        "F9.mutant.only-affine": certificate(case, least=2),
    }
