r"""F9: the growth rate of gradients and the spherical harmonics of the nonlinearity.

Setting. As in `explosion`: x^ uniform on the sphere of radius sqrt(B) in the complement of 1 in R^B, of dimension
B - 2 >= 2; h(x^) = phi(x^_a) - phi(x^_b) is odd under the exchange of a and b, and 2(q-p) = E[h^2].

Main statements.
- (B-3) lambda(B) E[h^2] = B E|grad h|^2, the gradient along the sphere.
- So lambda(B) is the mean of k + k^2/(B-3) = k(k+B-3)/(B-3), weighted by the parts of E[h^2] in the spherical
  harmonics of degree k >= 1; hence lambda(B) >= (B-2)/(B-3) for every phi, with equality iff phi is affine on
  [-sqrt(B-1), sqrt(B-1)].
- lambda need not decrease in B: for phi(t) = 3t - t^3 it is 18/5 at B = 4 and 99/26 at B = 5.

Source: ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from bntheory.cases import exact_array, rational_vectors
from bntheory.claim import Claim, Statement, Truth
from bntheory.claims.explosion import SIZES, Network, domain, larger, rate, sample_sizes
from bntheory.meanfield import (
    ActivationMoments,
    growth_rate,
    harmonic_rate,
    harmonic_weights,
    polynomial_moments,
    sphere_moment,
)


@dataclass(frozen=True, eq=False)
class Differences:
    """B, and values of phi, phi' and psi at two entries a, b of x^, in the same sample points: any numbers whatever."""

    B: Any
    phi_a: Any
    phi_b: Any
    slope_a: Any
    slope_b: Any
    psi_a: Any
    psi_b: Any


def _floor(B: Any) -> Any:
    """(B-2)/(B-3)."""
    return 1 + 1 / (B - 3)


def _bound(case: Network) -> tuple[Any, Any]:
    return _floor(case.B), rate(case)


def _against(lhs: Callable[[Any], Any]) -> Callable[[Network], tuple[Any, Any]]:
    """A number that depends on B alone, and lambda(B)."""
    return lambda case: (lhs(case.B), rate(case))


def _mean(of_degree: Callable[[int, Any], Any]) -> Callable[[Network], tuple[Any, Any]]:
    """lambda(B) as a mean over the degrees of harmonics, without the quotient."""

    def sides(case: Network) -> tuple[Any, Any]:
        weights = harmonic_weights(case.coefficients.tolist(), case.B)
        total = sum(weight * of_degree(k, case.B) for k, weight in enumerate(weights, 1))
        return rate(case) * sum(weights), total

    return sides


def _curved(surplus: Callable[[Any], Any]) -> Callable[[Network], tuple[Any, Any]]:
    """(B-2)/(B-3) + surplus (1 - share), share = (B/(B-1)) E[x^ phi(x^)]^2/(q-p) that of the linear part of phi."""

    def sides(case: Network) -> tuple[Any, Any]:
        B, coefficients = case.B, case.coefficients.tolist()
        moments = polynomial_moments(coefficients, B)
        slope = sum(c * sphere_moment(B, k + 1, 0) for k, c in enumerate(coefficients))
        share = B / (B - 1) * slope**2 / (moments.q - moments.p)
        return _floor(B) + surplus(B) * (1 - share), growth_rate(B, moments)

    return sides


def _gap(case: Differences) -> tuple[Any, Any]:
    """Sums for means; a and b change places."""
    B, h = case.B, case.phi_a - case.phi_b
    slopes, psis = case.slope_a - case.slope_b, case.psi_a - case.psi_b
    gradient = case.slope_a @ case.slope_a + case.slope_b @ case.slope_b - (slopes @ slopes + psis @ psis) / B
    pairs = ((case.phi_a, case.phi_b), (case.slope_a, case.slope_b), (case.psi_a, case.psi_b))
    means = [mean for a, b in pairs for mean in ((a @ a + b @ b) / 2, a @ b)]
    return (B - 3) * growth_rate(B, ActivationMoments(*means)) * (h @ h), B * gradient


def _sample_differences(rng: np.random.Generator, n: int) -> list[Differences]:
    return [Differences(B, *rng.standard_normal((6, 2))) for B in sample_sizes(rng, n, 4)]


_DIFFERENCES = st.builds(Differences, SIZES, *[rational_vectors(2)] * 6).filter(
    lambda case: any(case.phi_a != case.phi_b)
)
#: Found by the search: 3t - t^3, at B = 4 and 5.
RISING = Network(exact_array([Fraction(0), Fraction(3), Fraction(0), Fraction(-1)]), Fraction(4))

PRINTED = Statement(
    id="F9.printed",
    tex=r"\lambda(B) \ge \frac{B-2}{B-3} = 1+\frac1{B-3}",
    truth=Truth.TRUE,
    sides=_bound,
    relation="<=",
    note="every phi that is not constant: k = 1 is the smallest degree among the harmonics of an odd function.",
    **domain(),
)


def _mutant(name: str, truth: Truth, tex: str, sides: Callable[[Any], Any], note: str, **changes: Any) -> Statement:
    return PRINTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **changes)


_MEAN = r"\lambda(B) = \frac{\sum_kw_k\,r_k}{\sum_kw_k},\ r_k="
_CURVED = r"\lambda(B) \ge \frac{B-2}{B-3}+r\left(1-\frac{B\,\mathrm E[x\varphi]^2}{(B-1)(q-p)}\right),\ r="
MUTANTS = (
    _mutant(
        "sharp",
        Truth.WEAKER,
        r"\lambda(B) = \frac{B-2}{B-3}\ \text{for affine }\varphi",
        _bound,
        "beside the bound: affine phi attain it",
        relation="==",
        **domain(affine=True),
    ),
    _mutant(
        "harmonics",
        Truth.EQUIVALENT,
        _MEAN + r"k+\frac{k^2}{B-3}",
        _mean(harmonic_rate),
        "exactly: w_k >= 0 is the part of (q-p) in the harmonics of degree k, and r_k >= r_1",
        relation="==",
    ),
    _mutant(
        "gap",
        Truth.EQUIVALENT,
        r"(B-3)\,\lambda(B)\,\mathrm E[h^2] = B\,\mathrm E|\nabla h|^2,\quad h=\varphi(\hat x_a)-\varphi(\hat x_b)",
        _gap,
        "whatever the moments: it turns E|grad h|^2 >= ((B-2)/B) E[h^2], the sphere's spectral gap, into the bound",
        relation="==",
        cases=_DIFFERENCES,
        sample=_sample_differences,
    ),
    _mutant(
        "only-affine",
        Truth.WEAKER,
        _CURVED + r"\frac B{B-3}",
        _curved(lambda B: B / (B - 3)),
        "beside the bound: with equality only where phi is its own linear part. r = r_2 - r_1, attained by phi = t^2",
    ),
    _mutant("above-1", Truth.WEAKER, r"\lambda(B) \ge 1", _against(lambda B: 1), "a smaller bound"),
    _mutant(
        "next-size",
        Truth.WEAKER,
        r"\lambda(B) \ge \frac{B-1}{B-2}",
        _against(lambda B: (B - 1) / (B - 2)),
        "a smaller bound",
    ),
    _mutant(
        "next-size-attained",
        Truth.FALSE,
        r"\lambda(B) = \frac{B-1}{B-2}\ \text{for affine }\varphi",
        _against(lambda B: (B - 1) / (B - 2)),
        "E[1/sigma^2] has B - 3 in it",
        relation="==",
        **domain(affine=True),
    ),
    _mutant(
        "squared",
        Truth.FALSE,
        r"\lambda(B) \ge \left(\frac{B-2}{B-3}\right)^2",
        _against(lambda B: _floor(B) ** 2),
        "lambda is the factor of the norm squared already",
    ),
    _mutant(
        "attained-always",
        Truth.FALSE,
        r"\lambda(B) = \frac{B-2}{B-3}",
        _bound,
        "a nonlinear phi has harmonics of higher degree",
        relation="==",
    ),
    _mutant(
        "second-harmonic",
        Truth.FALSE,
        r"\lambda(B) \ge 2+\frac4{B-3}",
        _against(lambda B: harmonic_rate(2, B)),
        "the rate of even phi = t^2; an odd phi has k = 1",
    ),
    _mutant(
        "dimension",
        Truth.FALSE,
        _MEAN + r"\frac{k(k+B-2)}{B-3}",
        _mean(lambda k, B: k * (k + B - 2) / (B - 3)),
        "the sphere lies in the complement of 1: its dimension is B - 2",
        relation="==",
    ),
    _mutant(
        "more-for-curvature",
        Truth.FALSE,
        _CURVED + r"\frac{B+1}{B-3}",
        _curved(lambda B: (B + 1) / (B - 3)),
        "phi = t^2 attains B/(B-3)",
    ),
    _mutant(
        "decreasing",
        Truth.FALSE,
        r"\lambda(B') \le \lambda(B)\ \text{for }B'>B",
        lambda case: (rate(larger(case)), rate(case)),
        "a larger sphere reaches where phi bends more: 18/5 < 99/26 for 3t - t^3 at B = 4 and 5",
        witness=RISING,
    ),
)
F9 = Claim(
    id="F9",
    title="The growth rate is at least that of linear networks",
    source="bntheory; sharpens Yang et al. 2019, Section 4",
    assumes=(
        "x^ uniform on the sphere of radius sqrt(B) in the complement of 1, B >= 4; a != b two of its entries",
        "q = E[phi_a^2], p = E[phi_a phi_b], psi(t) = t phi'(t); lambda as in D1",
        "phi not constant on [-sqrt(B-1), sqrt(B-1)], phi' square-integrable",
    ),
    printed=PRINTED,
    corrected=None,
    mutants=MUTANTS,
    proof="spectral_gap",
    figure="explosion",
    note="True, with equality iff phi is affine on [-sqrt(B-1), sqrt(B-1)]: lambda(B) is the mean of k + k^2/(B-3) over"
    " the degrees of the spherical harmonics of phi(x_a) - phi(x_b). It is not monotone in B for every phi: 3t - t^3.",
)
CLAIMS = (F9,)
