r"""D1: gradients explode in deep batch-normalized networks at initialization, whatever the nonlinearity.

Setting. L layers phi(BN(W h)) as in `bntheory.meanfield`: infinitely wide, Gaussian weights, a batch of B > 3 samples,
eps = 0, gamma = 1, beta = 0, at the exchangeable fixed point. lambda(B) is the factor, a layer, of E|gradient|^2.

Assumptions. phi is not constant on [-sqrt(B-1), sqrt(B-1)], where x^ lives. The cases are polynomials of degree at most
4, for which lambda is rational; the bound holds for every phi with a square-integrable derivative (F9).

Main statements.
- After L layers E|gradient|^2 has grown by lambda(B)^L >= ((B-2)/(B-3))^L > 1, with equality for linear networks.
- lambda is the factor of the squared norm, and depends on B.

Source: Yang et al. 2019, Theorem 3.9 and Section 4; the bound is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from bntheory.cases import exact_array, rational_vectors
from bntheory.claim import Claim, Statement, Truth
from bntheory.meanfield import ActivationMoments, Path, growth_rate, polynomial_moments


@dataclass(frozen=True, eq=False)
class Network:
    """phi(t) = sum_k coefficients[k] t^k, a batch of B samples, `count` layers, and a larger batch of B + more."""

    coefficients: Any
    B: Any
    count: int = 1
    more: Any = Fraction(1)


@dataclass(frozen=True, eq=False)
class BackwardPass:
    """A batch h of one unit, B >= 4 entries, not all equal, and the values of phi' at its normalized entries."""

    h: Any
    slopes: Any


#: Batch sizes, and how many samples more, most of them few; Fractions, since the quotient of two integers is a float.
SIZES = (st.integers(4, 12) | st.integers(4, 2000)).map(Fraction)
MORE = (st.integers(1, 12) | st.integers(1, 2000)).map(Fraction)


def sample_sizes(rng: np.random.Generator, n: int, least: int) -> list[Fraction]:
    """From `least` to 12, and a fifth to 2000."""
    sizes = np.where(rng.random(n) < 0.8, rng.integers(least, 13, n), rng.integers(least, 2001, n))
    return [Fraction(size) for size in sizes.tolist()]


def networks(*counts: int) -> st.SearchStrategy[Network]:
    """Activations with so many coefficients, not constant."""
    kinds = [rational_vectors(count).filter(lambda c: any(c[1:])) for count in counts]
    return st.builds(Network, st.one_of(*kinds), SIZES, st.integers(1, 3), MORE)


def sample(rng: np.random.Generator, n: int, degrees: tuple[int, ...] = (1, 2, 3, 3, 3, 4, 4, 3)) -> list[Network]:
    """Small whole coefficients, some of them 0, and mostly small batches."""
    degree = np.resize(degrees, n)
    coefficients = rng.integers(-9, 10, (n, 5)) * rng.integers(0, 2, (n, 5))
    coefficients[np.arange(n), degree] = rng.integers(1, 10, n)
    numbers = zip(sample_sizes(rng, n, 4), rng.integers(1, 4, n).tolist(), sample_sizes(rng, n, 1), strict=True)
    rows = coefficients.astype(float)
    return [Network(row[: 1 + k], *drawn) for row, k, drawn in zip(rows, degree, numbers, strict=True)]


@cache
def domain(*, affine: bool = False) -> dict[str, Any]:
    """Polynomials of degree 1 to 4, or of degree 1 only."""
    if affine:
        return {"cases": networks(2), "sample": lambda rng, n: sample(rng, n, degrees=(1,))}
    return {"cases": networks(2, 3, 4, 5), "sample": sample}


def rate(case: Network, through: Path = "both") -> Any:
    """lambda(B)."""
    return growth_rate(case.B, polynomial_moments(case.coefficients.tolist(), case.B), through)


def larger(case: Network) -> Network:
    """The same network with a batch of B + more."""
    return Network(case.coefficients, case.B + case.more, case.count, case.more)


def _linear(B: Any) -> Any:
    return (B - 2) / (B - 3)


def _explosion(case: Network) -> tuple[Any, Any]:
    return _linear(case.B) ** case.count, rate(case) ** case.count


def _against(lhs: Callable[[Any], Any]) -> Callable[[Network], tuple[Any, Any]]:
    """A factor a layer that depends on B alone."""
    return lambda case: (lhs(case.B) ** case.count, rate(case) ** case.count)


def _formula(change: Callable[[ActivationMoments, Any], Any]) -> Callable[[Network], tuple[Any, Any]]:
    """lambda(B) against another formula in the moments and B."""

    def sides(case: Network) -> tuple[Any, Any]:
        moments = polynomial_moments(case.coefficients.tolist(), case.B)
        return growth_rate(case.B, moments), change(moments, case.B)

    return sides


def _backward(case: BackwardPass) -> tuple[Any, Any]:
    """The squared gradient that comes back, pair of samples by pair, and what the formula makes of it."""
    h, slopes, B = case.h, case.slopes, len(case.h)
    centred = h - h.sum() / B
    square, psi = centred @ centred, centred * slopes
    back = 0 * square
    for i in range(B):
        for j in range(i):  # the gradient e_i - e_j, times phi', without its part along 1 and x^
            apart, along = slopes[i] - slopes[j], psi[i] - psi[j]
            back = back + slopes[i] ** 2 + slopes[j] ** 2 - apart**2 / B - along**2 / square
    means = []
    for values in (slopes, psi):
        squares = values @ values
        means += [squares / B, (values.sum() ** 2 - squares) / (B * (B - 1))]
    slope, slope_pair, turned, turned_pair = means
    moments = ActivationMoments(1, 0, slope, slope_pair, turned * B / square, turned_pair * B / square)
    return back, (B - 1) * (B - 3) * growth_rate(B, moments)


def _sample_passes(rng: np.random.Generator, n: int) -> list[BackwardPass]:
    return [BackwardPass(*rng.standard_normal((2, B))) for B in rng.integers(4, 6, n).tolist()]


_PASSES = st.integers(4, 5).flatmap(
    lambda B: st.builds(BackwardPass, rational_vectors(B).filter(lambda h: len(set(h)) > 1), rational_vectors(B))
)
#: Found by the search: a linear network with a batch of 4.
_IDENTITY = Network(exact_array([Fraction(0), Fraction(1)]), Fraction(4))

PRINTED = Statement(
    id="D1.printed",
    tex=r"\mathrm E|\nabla_{h^0}|^2 = \lambda(B)^L\,\mathrm E|\nabla_{h^L}|^2,\quad \lambda(B) \ge 1",
    truth=Truth.TRUE,
    sides=_against(lambda B: 1),
    relation="<=",
    note="the norm squared, at a fixed batch size, lambda(B) > 1 by the corrected statement. The print is about the"
    " weights of the first layer, whose gradient grows with that of its outputs, and leaves open of what norm lambda"
    " is the rate.",
    **domain(),
)
CORRECTED = PRINTED.neighbour(
    "corrected",
    Truth.TRUE,
    r"\lambda(B)^L \ge \left(\frac{B-2}{B-3}\right)^L > 1",
    _explosion,
    "any nonlinearity and B > 3, in the setting that `assumes` spells out; equality for linear networks.",
)


def _reading(name: str, tex: str, sides: Callable[[Network], Any], note: str, **changes: Any) -> Statement:
    return PRINTED.neighbour(f"reading.{name}", Truth.FALSE, tex, sides, note, witness=_IDENTITY, **changes)


def _mutant(name: str, truth: Truth, tex: str, sides: Callable[[Any], Any], note: str, **changes: Any) -> Statement:
    return CORRECTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **changes)


def _wrong(name: str, tex: str, formula: Callable[[ActivationMoments, Any], Any], note: str) -> Statement:
    text = r"\lambda(B) = " + tex
    return _mutant(name, Truth.FALSE, text, _formula(formula), note, relation="==")


READINGS = (
    _reading(
        "only-the-nonlinearity",
        r"\lambda(B) = \lambda(B')",
        lambda case: (rate(case), rate(larger(case))),
        "the batch size enters, for linear networks already: 2 at B = 4, 3/2 at B = 5",
        relation="==",
    ),
    _reading(
        "norm",
        r"\left(\lambda(B)^L\right)^2 \le \frac{\mathrm E|\nabla_{h^0}|^2}{\mathrm E|\nabla_{h^L}|^2}",
        lambda case: (rate(case) ** (2 * case.count), rate(case) ** case.count),
        "the norm itself grows by sqrt(lambda) a layer",
    ),
)
MUTANTS = (
    _mutant(
        "sharp",
        Truth.WEAKER,
        r"\lambda(B) = \frac{B-2}{B-3}\ \text{for affine }\varphi",
        _explosion,
        "beside the bound: linear networks attain it",
        relation="==",
        **domain(affine=True),
    ),
    _mutant(
        "backward",
        Truth.EQUIVALENT,
        r"\frac12\sum_{i,j}\left|\sigma J^\top D(e_i-e_j)\right|^2 = (B-1)\big((B-1)\overline{\varphi'^2}"
        r"+\overline{\varphi'_a\varphi'_b}-\overline{\psi^2}+\overline{\psi_a\psi_b}\big)",
        _backward,
        "the formula is one backward pass through BN and phi' for gradients of covariance I - 11^T/B, batch by batch:"
        " bars are means over the entries, and over pairs of them; E[1/sigma^2] = B/((q-p)(B-3)) does the rest",
        relation="==",
        cases=_PASSES,
        sample=_sample_passes,
    ),
    _mutant(
        "one-less",
        Truth.FALSE,
        r"\lambda(B) \ge \frac{B-1}{B-3}",
        _against(lambda B: (B - 1) / (B - 3)),
        "the sphere has dimension B - 2",
    ),
    _mutant(
        "uniform",
        Truth.FALSE,
        r"\lambda(B) \ge 1.1",
        _against(lambda B: Fraction(11, 10)),
        "no constant above 1 serves every batch size: for linear networks lambda -> 1",
    ),
    _wrong(
        "no-variance",
        r"\frac{(B-1)\mathrm E[\varphi'^2]+\mathrm E[\varphi'_a\varphi'_b]}{(B-3)(q-p)}",
        lambda moments, B: growth_rate(B, moments, "mean"),
        "no gradient through the variance",
    ),
    _wrong(
        "no-mean",
        r"\lambda\ \text{without }\nabla\mu_B",
        lambda moments, B: growth_rate(B, moments, "variance"),
        "no gradient through the mean",
    ),
    _wrong(
        "statistics-fixed",
        r"\frac{B\,\mathrm E[\varphi'^2]}{(B-3)(q-p)}",
        lambda moments, B: growth_rate(B, moments, "neither"),
        "no gradient through either statistic",
    ),
    _wrong(
        "sign",
        r"\frac{\ldots-\mathrm E[\psi_a\psi_b]}{(B-3)(q-p)}",
        lambda moments, B: growth_rate(B, moments._replace(psis=-moments.psis)),
        "the sign of the last term",
    ),
    _wrong(
        "uncentred",
        r"\frac{\ldots}{(B-3)q}",
        lambda moments, B: growth_rate(B, moments._replace(p=0 * B)),
        "BN sees q - p, the variance within a batch",
    ),
    _wrong(
        "inverse-moment",
        r"\frac{\ldots}{(B-1)(q-p)}",
        lambda moments, B: growth_rate(B, moments) * (B - 3) / (B - 1),
        "E[1/sigma^2] is not 1/E[sigma^2]",
    ),
)
D1 = Claim(
    id="D1",
    title="Gradient explosion at initialization",
    source="Yang et al. 2019, Theorem 3.9",
    assumes=(
        "infinite width, Gaussian weights of variance 1/width",
        "batch size B > 3, eps = 0, gamma = 1, beta = 0",
        "the covariance of a batch is at its exchangeable fixed point",
        "phi not constant on [-sqrt(B-1), sqrt(B-1)], phi' square-integrable",
        "lambda(B) the factor, a layer, of the squared norm of the gradient (bntheory.meanfield)",
    ),
    printed=PRINTED,
    corrected=CORRECTED,
    mutants=MUTANTS,
    readings=READINGS,
    proof="spectral_gap",
    figure="explosion",
    note="Under-specified: lambda > 1 holds for every nonlinearity at each batch size, for the norm squared; but it"
    " depends on the batch size too, tends to 1 for linear networks as that grows, and the norm grows by sqrt(lambda)."
    " A fast-growing phi (exp) need not reach the fixed point.",
)
CLAIMS = (D1,)
