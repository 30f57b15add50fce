r"""A5: inference with population statistics.

Setting. A finite population of N numbers; batches of size m >= 2 drawn from it; E_B the mean over all batches of the
drawing, enumerated one by one. E[x] = E_B[mu_B], Var[x] = m/(m-1) E_B[sigma_B^2], and
y = gamma/sqrt(Var[x] + eps) x + (beta - gamma E[x]/sqrt(Var[x] + eps)).

Main statement. The print does not say how batches are drawn. Var[x] is the population variance (divisor N) for i.i.d.
draws, N/(N-1) times it for subsets without replacement, and neither for a fixed partition into batches.

Source: Ioffe and Szegedy 2015, Section 3.1 and Algorithm 2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from bntheory import transform
from bntheory.cases import exact_array, rational_vectors, rationals
from bntheory.claim import Claim, Statement, Truth
from bntheory.numbers import sqrt

QUANTITIES = ("variance", "mean", "map")


@dataclass(frozen=True, eq=False)
class Population:
    """N numbers, a batch size m <= N, how batches are drawn, and the quantity in question.

    values : shape (N,); x : the input at inference; gamma, beta, eps : numbers, eps > 0
    drawing : "iid", "subsets", or "partition" (then m divides N)
    """

    values: Any
    m: int
    drawing: str
    quantity: str
    x: Any
    gamma: Any
    beta: Any
    eps: Any


#: Population and batch sizes (N, m) whose batches are enumerated.
_WITH_ORDER = [(2, 2), (3, 2), (3, 3), (4, 2), (4, 3), (5, 2), (6, 2)]
_SIZES = {"iid": _WITH_ORDER, "subsets": _WITH_ORDER, "partition": [(4, 2), (6, 2), (6, 3)]}


@st.composite
def populations(draw: DrawFn, drawing: SearchStrategy[str], quantity: SearchStrategy[str]) -> Population:
    """Rational populations of 2 to 6 numbers."""
    scheme = draw(drawing)
    N, m = draw(st.sampled_from(_SIZES[scheme]))
    values = draw(rational_vectors(N))
    x, gamma, beta, eps = (draw(rationals(positive=k == 3)) for k in range(4))
    return Population(values, m, scheme, draw(quantity), x, gamma, beta, eps)


def _sampler(drawings: tuple[str, ...], quantities: tuple[str, ...]) -> Callable[..., list[Population]]:
    def population(rng: np.random.Generator, k: int) -> Population:
        drawing, quantity = drawings[k % len(drawings)], quantities[k // len(drawings) % len(quantities)]
        N, m = _SIZES[drawing][rng.integers(len(_SIZES[drawing]))]
        values = rng.standard_normal(N) * 10.0 ** rng.uniform(-2, 2)
        x, gamma, beta = rng.standard_normal(3)
        return Population(values, m, drawing, quantity, x, gamma, beta, 10.0 ** rng.uniform(-3, 1))

    return lambda rng, n: [population(rng, k) for k in range(n)]


def _batches(case: Population) -> Any:
    """Every batch of the drawing, as the columns of an array (m, number of batches)."""
    N, m = len(case.values), case.m
    draws = {
        "iid": lambda: list(product(range(N), repeat=m)),
        "subsets": lambda: list(combinations(range(N), m)),
        "partition": lambda: [tuple(range(k, k + m)) for k in range(0, N, m)],
    }
    return case.values[np.array(draws[case.drawing]()).T]


def _estimates(case: Population) -> tuple[Any, Any]:
    """E_B[mu_B] and m/(m-1) E_B[sigma_B^2], from the code's batch statistics."""
    batches = _batches(case)
    statistics = transform.moments(batches)
    count = batches.shape[1]
    return statistics.mean.sum() / count, transform.unbiased(statistics.variance.sum() / count, case.m)


def _inference(case: Population) -> Any:
    mean, variance = _estimates(case)
    return transform.inference_scale(variance, case.gamma, case.eps) * (case.x - mean) + case.beta


def _moments(case: Population) -> tuple[Any, Any, int]:
    """Mean and variance (divisor N) of the population, and N."""
    N = len(case.values)
    mean = case.values.sum() / N
    return mean, ((case.values - mean) ** 2).sum() / N, N


def _corrected(case: Population) -> tuple[Any, Any]:
    mean, variance, N = _moments(case)
    if case.drawing == "subsets":
        variance = variance * N / (N - 1)
    if case.quantity == "mean":
        return _estimates(case)[0], mean
    if case.quantity == "variance":
        return _estimates(case)[1], variance
    root = sqrt(variance + case.eps)
    return _inference(case), case.gamma / root * case.x + (case.beta - case.gamma * mean / root)


def _against(divisor: Callable[[int], int]) -> Callable[[Population], tuple[Any, Any]]:
    """Var[x] against the population variance with a divisor."""

    def sides(case: Population) -> tuple[Any, Any]:
        _, variance, N = _moments(case)
        return _estimates(case)[1], variance * N / divisor(N)

    return sides


def _factor(factor: Callable[[int], Fraction]) -> Callable[[Population], tuple[Any, Any]]:
    """Another factor in place of m/(m-1), for i.i.d. draws."""
    return lambda case: (_estimates(case)[1] * (case.m - 1) / case.m * factor(case.m), _moments(case)[1])


def _map(formula: Callable[[Population, Any, Any], Any]) -> Callable[[Population], tuple[Any, Any]]:
    """Another map of x at inference, from E[x] and sqrt(Var[x] + eps)."""

    def sides(case: Population) -> tuple[Any, Any]:
        mean, variance = _estimates(case)
        return formula(case, mean, sqrt(variance + case.eps)), _inference(case)

    return sides


def _domain(drawings: tuple[str, ...], quantities: tuple[str, ...]) -> dict[str, Any]:
    strategy = populations(st.sampled_from(drawings), st.sampled_from(quantities))
    return {"cases": strategy, "sample": _sampler(drawings, quantities)}


def _witness(values: Sequence[int], drawing: str) -> Population:
    """A counterexample found by the search, in batches of 2."""
    fractions = exact_array([Fraction(value) for value in values])  # m is a size and stays an integer
    return Population(fractions, 2, drawing, "variance", x=0, gamma=0, beta=0, eps=1)


_IID, _MAP = _domain(("iid",), ("variance",)), _domain(("iid",), ("map",))
_VARIANCE = r"\frac{m}{m-1}\mathrm{E}_B[\sigma_B^2] = "
PRINTED = Statement(
    id="A5.printed",
    tex=r"\mathrm{E}[x]=\mathrm{E}_B[\mu_B],\ \mathrm{Var}[x]=\frac m{m-1}\mathrm{E}_B[\sigma_B^2],\quad"
    r" y=\frac\gamma{\sqrt{\mathrm{Var}[x]+\epsilon}}x+\left(\beta-\frac{\gamma\,\mathrm{E}[x]}"
    r"{\sqrt{\mathrm{Var}[x]+\epsilon}}\right)",
    truth=Truth.TRUE,
    sides=_corrected,
    relation="==",
    note="batches of i.i.d. draws.",
    **_domain(("iid",), QUANTITIES),
)
CORRECTED = PRINTED.neighbour(
    "corrected",
    Truth.TRUE,
    _VARIANCE + r"\mathrm{Var}[x]\ \text{(i.i.d.)},\ \frac N{N-1}\mathrm{Var}[x]\ \text{(without replacement)}",
    _corrected,
    "Var[x] with divisor N; E[x] and the affine map as printed, in both cases.",
    **_domain(("iid", "subsets"), QUANTITIES),
)
READINGS = (
    PRINTED.neighbour(
        "reading.subsets",
        Truth.FALSE,
        _VARIANCE + r"\frac1N\sum_i(x_i-\mathrm{E}[x])^2\ \text{without replacement}",
        _against(lambda N: N),
        "batches are subsets without replacement, the variance has divisor N.",
        witness=_witness([0, 1], "subsets"),
        **_domain(("subsets",), ("variance",)),
    ),
    PRINTED.neighbour(
        "reading.subsets-unbiased",
        Truth.TRUE,
        _VARIANCE + r"\frac1{N-1}\sum_i(x_i-\mathrm{E}[x])^2\ \text{without replacement}",
        _against(lambda N: N - 1),
        "batches are subsets without replacement, the variance has divisor N - 1.",
        **_domain(("subsets",), ("variance",)),
    ),
    PRINTED.neighbour(
        "reading.partition",
        Truth.FALSE,
        _VARIANCE + r"\frac1N\sum_i(x_i-\mathrm{E}[x])^2\ \text{for a partition into batches}",
        _against(lambda N: N),
        "one fixed partition into batches, as in an epoch.",
        witness=_witness([0, 0, 0, 1], "partition"),
        **_domain(("partition",), ("variance",)),
    ),
)


def _mutant(
    name: str, tex: str, sides: Callable[[Population], Any], note: str, domain: dict[str, Any], truth: Truth
) -> Statement:
    return PRINTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **domain)


_OF_X = r"y=\frac\gamma{\sqrt{\mathrm{Var}[x]+\epsilon}}x+\left(\beta-\frac{\gamma\,\mathrm{E}[x]}{\ldots}\right)"
MUTANTS = (
    _mutant(
        "no-factor",
        r"\mathrm{Var}[x]=\mathrm{E}_B[\sigma_B^2]",
        _factor(lambda m: Fraction(1)),
        "the batch variance is too small by (m-1)/m on average",
        _IID,
        Truth.FALSE,
    ),
    _mutant(
        "inverted",
        r"\mathrm{Var}[x]=\frac{m-1}m\mathrm{E}_B[\sigma_B^2]",
        _factor(lambda m: Fraction(m - 1, m)),
        "the factor is m/(m-1)",
        _IID,
        Truth.FALSE,
    ),
    _mutant(
        "m-plus-one",
        r"\mathrm{Var}[x]=\frac m{m+1}\mathrm{E}_B[\sigma_B^2]",
        _factor(lambda m: Fraction(m, m + 1)),
        "the factor is m/(m-1)",
        _IID,
        Truth.FALSE,
    ),
    _mutant(
        "sign",
        _OF_X.replace("-", "+"),
        _map(lambda case, mean, root: case.gamma / root * case.x + case.beta + case.gamma * mean / root),
        "E[x] is subtracted",
        _MAP,
        Truth.FALSE,
    ),
    _mutant(
        "eps-outside",
        r"y=\frac\gamma{\sqrt{\mathrm{Var}[x]}+\epsilon}(x-\mathrm{E}[x])+\beta",
        _map(lambda case, mean, root: case.gamma / (sqrt(root**2 - case.eps) + case.eps) * (case.x - mean) + case.beta),
        "eps stands under the root",
        _MAP,
        Truth.FALSE,
    ),
    _mutant(
        "unscaled-mean",
        r"y=\frac\gamma{\sqrt{\mathrm{Var}[x]+\epsilon}}x+\beta-\mathrm{E}[x]",
        _map(lambda case, mean, root: case.gamma / root * case.x + case.beta - mean),
        "the mean is scaled with x",
        _MAP,
        Truth.FALSE,
    ),
    _mutant(
        "centred",
        r"y=\gamma\frac{x-\mathrm{E}[x]}{\sqrt{\mathrm{Var}[x]+\epsilon}}+\beta",
        _map(lambda case, mean, root: case.gamma * ((case.x - mean) / root) + case.beta),
        "the same map, as the code computes it",
        _MAP,
        Truth.EQUIVALENT,
    ),
)

A5 = Claim(
    id="A5",
    title="Inference with population statistics",
    source="Ioffe and Szegedy 2015, Section 3.1",
    assumes=("m >= 2, eps > 0", "how batches are drawn: not said in print", "searched for N <= 6, m <= 3"),
    printed=PRINTED,
    corrected=CORRECTED,
    readings=READINGS,
    mutants=MUTANTS,
    proof=None,
    figure=None,
    instances=tuple(
        Population(exact_array([Fraction(v) for v in range(N)]), m, drawing, quantity, *map(Fraction, (3, 2, -1, 1)))
        for drawing in ("iid", "subsets")
        for N, m in _SIZES[drawing]
        for quantity in ("variance", "mean")
    ),
    note="The factor m/(m-1) gives the population variance for i.i.d. draws, the variance with divisor N-1 for subsets"
    " without replacement, and neither for a fixed partition. The map is affine and deterministic in x as printed.",
)
CLAIMS = (A5,)
