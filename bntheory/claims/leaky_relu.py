r"""F8: the growth rate of gradients for leaky ReLU.

Setting. As in `explosion`, with phi(t) = t for t > 0 and a t for t < 0, any real a: a = 1 is linear, a = 0 is ReLU,
a = -1 the absolute value. Two entries of x^ have the correlation c = -1/(B-1), and phi(t) = (1+a)/2 t + (1-a)/2 |t|.

Main statements. With J = (sqrt(1-c^2) + (pi - arccos c) c)/pi and J' = (pi - arccos c)/pi:
- lambda(B) = ( ((B-1)(1+a^2) + (1-a)^2 J' + 2a)/(1+a^2 - (1-a)^2 J - 2ac) - 1 )/(B-3), the formula of D1.
- It exceeds the linear rate (B-2)/(B-3) for every a != 1, ReLU's for every a < 0, and is below ReLU's for every a > 0.
- a and 1/a have the same rate. The largest is that of a = -1.

Source: ours; ReLU is in Yang et al. 2019, Section 4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from bntheory.cases import rationals
from bntheory.claim import Claim, Statement, Truth
from bntheory.claims.explosion import MORE, SIZES, sample_sizes
from bntheory.meanfield import ActivationMoments, Path, growth_rate, harmonic_rate, leaky_relu_rate
from bntheory.numbers import acos, sqrt


@dataclass(frozen=True, eq=False)
class Leaky:
    """A batch of B samples, the slope a of the negative part, and a larger batch of B + more."""

    B: Any
    a: Any
    more: Any = Fraction(1)


_SLOPES = (Fraction(0), Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(2), Fraction(-1, 2), Fraction(-2))


def leaky_networks(slopes: st.SearchStrategy[Fraction]) -> st.SearchStrategy[Leaky]:
    """With a slope among these."""
    return st.builds(Leaky, SIZES, slopes, MORE)


def sample_leaky(rng: np.random.Generator, n: int, *, least: float = -np.inf) -> list[Leaky]:
    """Slopes of any sign, the special ones of a tenth; |a| in place of a for least = 0."""
    slopes = (3 * rng.standard_normal(n)).tolist()
    for k, special in zip(range(0, n, 10), rng.integers(0, len(_SLOPES), n).tolist(), strict=False):
        slopes[k] = _SLOPES[special]
    numbers = zip(sample_sizes(rng, n, 4), slopes, sample_sizes(rng, n, 1), strict=True)
    return [Leaky(B, a if a >= least else -a, extra) for B, a, extra in numbers]


def rate(case: Leaky) -> Any:
    """lambda(B)."""
    return leaky_relu_rate(case.B, case.a)


def relu(case: Leaky) -> Any:
    """ReLU's lambda(B)."""
    return leaky_relu_rate(case.B, 0 * case.a)


def _moments(case: Leaky) -> ActivationMoments:
    """From the odd and the even part: t phi'(t) = phi(t), E[sign sign] = (2/pi) arcsin c, and E|x_a x_b|."""
    odd, even, c = (1 + case.a) / 2, (1 - case.a) / 2, -1 / (case.B - 1)
    half_turn = acos(c) + acos(-c)
    signs = (acos(-c) - acos(c)) / half_turn
    sizes = 2 * sqrt(1 - c**2) / half_turn + c * signs
    q, p = odd**2 + even**2, odd**2 * c + even**2 * sizes
    return ActivationMoments(q, p, q, odd**2 + even**2 * signs, q, p)


def _formula(case: Leaky) -> tuple[Any, Any]:
    return growth_rate(case.B, _moments(case)), rate(case)


def _broken(through: Path) -> Callable[[Leaky], tuple[Any, Any]]:
    return lambda case: (growth_rate(case.B, _moments(case), through), rate(case))


def _split(case: Leaky) -> tuple[Any, Any]:
    """What is above the linear rate, in the cosine x = 1/(B-1)."""
    a, x, kink = case.a, 1 / (case.B - 1), (1 - case.a) ** 2
    angle, sine = acos(x), sqrt(1 - x**2)
    variance = (acos(-x) + angle) * (1 + a**2 + 2 * a * x) - kink * (sine - x * angle)
    return rate(case), harmonic_rate(1, case.B) + kink * sine / ((1 - 2 * x) * variance)


def _with(change: Callable[[Any, Any], dict[str, Any]]) -> Callable[[Leaky], tuple[Any, Any]]:
    """The closed form with one of its parts changed."""

    def sides(case: Leaky) -> tuple[Any, Any]:
        B, a = case.B, case.a
        parts = {"c": -1 / (B - 1), "kink": (1 - a) ** 2, "twist": -2 * a, "less": 1, "scale": B - 3} | change(B, a)
        c, kink = parts["c"], parts["kink"]
        half_turn, below = acos(c) + acos(-c), acos(-c)
        J = (sqrt(1 - c**2) + below * c) / half_turn
        slopes = (B - 1) * (1 + a**2) + kink * parts.get("J'", below / half_turn) + 2 * a
        return rate(case), (slopes / (1 + a**2 - kink * J + parts["twist"] * c) - parts["less"]) / parts["scale"]

    return sides


def _domain(slopes: st.SearchStrategy[Fraction]) -> dict[str, Any]:
    return {"cases": leaky_networks(slopes), "sample": sample_leaky}


PRINTED = Statement(
    id="F8.printed",
    tex=r"\lambda(B) = \frac1{B-3}\left(\frac{(B-1)(1+a^2)+(1-a)^2J'+2a}{1+a^2-(1-a)^2J-2ac}-1\right)",
    truth=Truth.TRUE,
    sides=_formula,
    relation="==",
    note="D1's formula at the moments of leaky ReLU, found from its odd and even part.",
    **_domain(rationals() | st.sampled_from(_SLOPES)),
)


def _reading(name: str, tex: str, sides: Callable[[Leaky], Any], note: str) -> Statement:
    return PRINTED.neighbour(f"reading.{name}", Truth.TRUE, tex, sides, note, relation="<=")


def _mutant(name: str, truth: Truth, tex: str, sides: Callable[[Leaky], Any], note: str, **changes: Any) -> Statement:
    return PRINTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **changes)


def _wrong(name: str, tex: str, change: Callable[[Any, Any], dict[str, Any]], note: str) -> Statement:
    return _mutant(name, Truth.FALSE, r"\lambda(B) = \ldots,\ " + tex, _with(change), note)


READINGS = (
    _reading(
        "linear",
        r"\lambda_{\mathrm{linear}}(B) = \frac{B-2}{B-3} \le \lambda(B)",
        lambda case: (harmonic_rate(1, case.B), rate(case)),
        "between the two, and above the linear rate for every other slope too",
    ),
    _reading(
        "relu",
        r"a\,\lambda(B) \le a\,\lambda_{\mathrm{ReLU}}(B)",
        lambda case: (case.a * rate(case), case.a * relu(case)),
        "below ReLU's rate for 0 < a, above it for a < 0, whatever the size of a",
    ),
)
MUTANTS = (
    _mutant(
        "split",
        Truth.EQUIVALENT,
        r"\lambda(B) = \frac{B-2}{B-3}+\frac{(1-a)^2\sqrt{1-x^2}}{(1-2x)\left(\pi(1+a^2+2ax)"
        r"-(1-a)^2(\sqrt{1-x^2}-x\arccos x)\right)},\ x=\frac1{B-1}",
        _split,
        "the linear rate and what the kink adds, (1-a)^2 times a decreasing function of 2a/(1-a)^2",
    ),
    _mutant(
        "reciprocal",
        Truth.WEAKER,
        r"\lambda_a(B) = \lambda_{1/a}(B)",
        lambda case: (rate(case), leaky_relu_rate(case.B, 1 / case.a)),
        "phi_a(-t) = -a phi_{1/a}(t): the law of x^ is even, and lambda does not see a factor of phi",
        cases=leaky_networks(rationals(nonzero=True)),
        sample=lambda rng, n: [case for case in sample_leaky(rng, n) if case.a],
    ),
    _mutant(
        "absolute-value",
        Truth.WEAKER,
        r"\lambda_a(B) \le \lambda_{-1}(B)",
        lambda case: (rate(case), leaky_relu_rate(case.B, 0 * case.a - 1)),
        "2a/(1-a)^2 >= -1/2, with equality for a = -1",
        relation="<=",
    ),
    _mutant(
        "between",
        Truth.FALSE,
        r"\lambda(B) \le \lambda_{\mathrm{ReLU}}(B)",
        lambda case: (rate(case), relu(case)),
        "negative slopes are above ReLU",
        relation="<=",
    ),
    _mutant(
        "even",
        Truth.FALSE,
        r"\lambda_a(B) = \lambda_{-a}(B)",
        lambda case: (rate(case), leaky_relu_rate(case.B, -case.a)),
        "the absolute value is not linear",
    ),
    _wrong("unsquared", r"1-a", lambda B, a: {"kink": 1 - a}, "(1-a)^2"),
    _wrong("correlation", r"c=+\frac1{B-1}", lambda B, a: {"c": 1 / (B - 1)}, "the entries of x^ sum to 0"),
    _wrong("batch", r"c=-\frac1B", lambda B, a: {"c": -1 / B}, "x^ lives in B - 1 dimensions"),
    _wrong("twist", r"+2ac", lambda B, a: {"twist": 2 * a}, "the sign of 2ac"),
    _wrong("no-psi", r"\text{without }-1", lambda B, a: {"less": 0}, "the gradient through the variance"),
    _wrong("scale", r"\frac1{B-2}", lambda B, a: {"scale": B - 2}, "E[1/sigma^2] = B/((q-p)(B-3))"),
    _wrong("angle", r"J'=1/2", lambda B, a: {"J'": Fraction(1, 2)}, "its limit as B grows"),
    _mutant(
        "no-variance",
        Truth.FALSE,
        r"\lambda(B)\ \text{without }\nabla\sigma_B",
        _broken("mean"),
        "no gradient through the variance: 1.9882 in place of 1.7882 for ReLU at B = 8",
    ),
    _mutant(
        "no-mean",
        Truth.FALSE,
        r"\lambda(B)\ \text{without }\nabla\mu_B",
        _broken("variance"),
        "no gradient through the mean: 1.845 for ReLU at B = 8",
    ),
    _mutant(
        "statistics-fixed",
        Truth.FALSE,
        r"\lambda(B)\ \text{without }\nabla\mu_B,\nabla\sigma_B",
        _broken("neither"),
        "no gradient through either: 2.134 for ReLU at B = 8",
    ),
)
F8 = Claim(
    id="F8",
    title="The growth rate of gradients for leaky ReLU",
    source="bntheory; ReLU in Yang et al. 2019, Section 4",
    assumes=(
        "as in D1: infinite width, Gaussian weights, B >= 4, eps = 0, gamma = 1, beta = 0",
        "any real slope a",
        "c = -1/(B-1), J = (sqrt(1-c^2) + (pi - arccos c) c)/pi, J' = (pi - arccos c)/pi",
    ),
    printed=PRINTED,
    corrected=None,
    mutants=MUTANTS,
    readings=READINGS,
    proof="leaky_relu",
    figure="explosion",
    note="True: the formula, and its place between linear and ReLU for 0 <= a <= 1, indeed for every a >= 0 since a and"
    " 1/a have one rate; above ReLU for every a < 0. What the kink adds decreases in 2a/(1-a)^2.",
)
CLAIMS = (F8,)
