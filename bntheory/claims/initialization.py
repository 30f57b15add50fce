r"""C6: how far the nearest optimum of the normalized network is from the initialization.

Setting. W_0 the initial weights, W* != 0 a local optimum of the plain network, both in R^d. At eps = 0 the normalized
network's loss is invariant under W -> cW, c > 0, so with W* every point of the open ray {c W*: c > 0} is an optimum.

Assumptions. eps = 0; W* is an optimum of the normalized network too; hat W* is the closest of these optima to W_0.

Main statement. If <W_0, W*> > 0 then
|W_0 - hat W*|^2 = |W_0 - W*|^2 - (|W*|^2 - <W*,W_0>)^2/|W*|^2, the squared distance from W_0 to the line through W*.
If <W_0, W*> <= 0 no point of the ray is closest; the distance to it is |W_0|, and the printed bound is false unless
<W_0, W*> = 0.

Source: Santurkar, Tsipras, Ilyas and Madry 2018, Lemma 4.5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from bntheory import transform
from bntheory.cases import exact_array, rational_vectors, rationals
from bntheory.cases.batches import Epsilon, sample_units, units
from bntheory.claim import Claim, Statement, Truth
from bntheory.numbers import sqrt


@dataclass(frozen=True, eq=False)
class Weights:
    """Initial weights and a local optimum, both of shape (d,), the latter not 0; c > 0 a factor."""

    W_0: Any
    W_star: Any
    c: Any


@st.composite
def weights(draw: DrawFn, acute: bool = False) -> Weights:
    """Rational weights for d = 1 to 4; `acute`: with <W_0, W*> > 0."""
    d = draw(st.integers(1, 4))
    W_star = draw(rational_vectors(d).filter(lambda w: any(v != 0 for v in w)))
    W_0 = draw(rational_vectors(d))
    product = W_0 @ W_star
    if acute and product <= 0:  # reflect W_0 to the other side of the plane orthogonal to W*, or move it off
        W_0 = exact_array(-W_0 if product < 0 else W_0 + W_star)
    return Weights(W_0, W_star, draw(rationals(positive=True)))


def sample_weights(acute: bool = False) -> Callable[[np.random.Generator, int], list[Weights]]:
    """The same in floats, for d = 1 to 20."""

    def sample(rng: np.random.Generator, n: int) -> list[Weights]:
        found = []
        for d in rng.integers(1, 21, n):
            W_0, W_star = 10.0 ** rng.uniform(-2, 2) * rng.standard_normal((2, d))
            sign = np.sign(W_0 @ W_star) if acute else 1.0
            found.append(Weights(sign * W_0, W_star, 10.0 ** rng.uniform(-2, 2)))
        return found

    return sample


def _distance_to_ray(case: Weights) -> Any:
    """|W_0 - c W*|^2 at the best c >= 0."""
    factor = max(case.W_0 @ case.W_star / (case.W_star @ case.W_star), 0)
    away = case.W_0 - factor * case.W_star
    return away @ away


def _right_side(case: Weights) -> Any:
    """The printed right side."""
    start = case.W_0 - case.W_star
    return start @ start - (case.W_star @ case.W_star - case.W_star @ case.W_0) ** 2 / (case.W_star @ case.W_star)


def _corrected(case: Weights) -> tuple[Any, Any]:
    squared, product, start = case.W_star @ case.W_star, case.W_star @ case.W_0, case.W_0 - case.W_star
    away = case.W_0 - max(product / squared, 0) * case.W_star
    return away @ away, start @ start - (squared - product) ** 2 / squared


def _to_line(case: Weights) -> tuple[Any, Any]:
    factor = case.W_0 @ case.W_star / (case.W_star @ case.W_star)
    away = case.W_0 - factor * case.W_star
    return away @ away, _right_side(case)


def _to_any_optimum(case: Weights) -> tuple[Any, Any]:
    away = case.W_0 - case.c * case.W_star
    return away @ away, _right_side(case)


def _none_is_closer(case: Weights) -> tuple[Any, Any]:
    """W* moved to c W* for any c > 0 is no closer than the bound says."""
    away = case.W_0 - case.c * case.W_star
    return _right_side(case), away @ away


@dataclass(frozen=True, eq=False)
class Scaled:
    """y = X W of a unit, for the weights W and for c W, c > 0; v a direction in which y^ is compared."""

    y: Any
    c: Any
    v: Any
    eps: Any


def _scaled(case: Scaled) -> tuple[Any, Any]:
    plain, scaled = (transform.standardize(c * case.y, case.eps).x_hat for c in (1, case.c))
    return case.v @ scaled, case.v @ plain


def _scaled_units(eps: Epsilon) -> dict[str, Any]:
    below, sample = units(eps, direction=True), sample_units(eps, direction=True)
    return {
        "cases": st.builds(lambda unit, c: Scaled(unit.y, c, unit.v, unit.eps), below, rationals(positive=True)),
        "sample": lambda rng, n: [
            Scaled(unit.y, 10.0 ** rng.uniform(-2, 2), unit.v, unit.eps) for unit in sample(rng, n)
        ],
    }


_ALL: dict[str, Any] = {"cases": weights(), "sample": sample_weights()}
_ACUTE: dict[str, Any] = {"cases": weights(acute=True), "sample": sample_weights(acute=True)}

PRINTED = Statement(
    id="C6.printed",
    tex=r"\|W_0-\hat W^*\|^2 \le \|W_0-W^*\|^2 - \frac1{\|W^*\|^2}\left(\|W^*\|^2-\langle W^*,W_0\rangle\right)^2",
    truth=Truth.FALSE,
    sides=lambda case: (_distance_to_ray(case), _right_side(case)),
    relation="<=",
    note="hat W* the closest point of the ray {c W*: c > 0} (or its end 0). It fails for <W_0, W*> < 0: the right side"
    " is the distance to the whole line.",
    witness=Weights(exact_array([1]), exact_array([-1]), 1),
    **_ALL,
)
CORRECTED = PRINTED.neighbour(
    "corrected",
    Truth.TRUE,
    r"\min_{c>0}\|W_0-cW^*\|^2 = \|W_0-W^*\|^2 - \frac1{\|W^*\|^2}\left(\|W^*\|^2-\langle W^*,W_0\rangle\right)^2"
    r"\quad\text{if }\langle W_0,W^*\rangle>0",
    _corrected,
    "eps = 0, W* optimal for the normalized network too, and hat W* the closest such optimum on the ray.",
    relation="==",
    **_ACUTE,
)
READINGS = (
    PRINTED.neighbour(
        "reading.acute",
        Truth.TRUE,
        PRINTED.tex + r"\quad\text{if }\langle W_0,W^*\rangle>0",
        PRINTED.sides,
        "the closest optimum on the ray, W_0 on its side.",
        **_ACUTE,
    ),
    PRINTED.neighbour(
        "reading.gamma-of-either-sign",
        Truth.TRUE,
        PRINTED.tex.replace(r"\hat W^*", r"cW^*") + r"\quad\text{for the best }c\in\mathbb{R}",
        _to_line,
        "gamma may change its sign, so that -W* is an optimum too: the closest point of the whole line.",
    ),
    PRINTED.neighbour(
        "reading.some-optimum",
        Truth.FALSE,
        PRINTED.tex.replace(r"\hat W^*", r"cW^*") + r"\quad\text{for every }c>0",
        _to_any_optimum,
        "hat W* a local optimum the training may end in: any point of the ray.",
        witness=Weights(exact_array([0]), exact_array([1]), 1),
    ),
)


def _neighbour(name: str, truth: Truth, tex: str, rhs: Callable[[Weights], Any], note: str) -> Statement:
    return CORRECTED.neighbour(f"mutant.{name}", truth, tex, lambda case: (_distance_to_ray(case), rhs(case)), note)


def _bracket(case: Weights) -> Any:
    return case.W_star @ case.W_star - case.W_star @ case.W_0


def _start(case: Weights) -> Any:
    away = case.W_0 - case.W_star
    return away @ away


MUTANTS = (
    _neighbour(
        "norm-once",
        Truth.FALSE,
        r"\ldots - \frac1{\|W^*\|}(\|W^*\|^2-\langle W^*,W_0\rangle)^2",
        lambda case: _start(case) - _bracket(case) ** 2 / sqrt(case.W_star @ case.W_star),
        "the norm enters squared",
    ),
    _neighbour(
        "fourth-power",
        Truth.FALSE,
        r"\ldots - \frac1{\|W^*\|^4}(\|W^*\|^2-\langle W^*,W_0\rangle)^2",
        lambda case: _start(case) - _bracket(case) ** 2 / (case.W_star @ case.W_star) ** 2,
        "the norm enters squared",
    ),
    _neighbour(
        "unsquared",
        Truth.FALSE,
        r"\ldots - \frac1{\|W^*\|^2}(\|W^*\|^2-\langle W^*,W_0\rangle)",
        lambda case: _start(case) - _bracket(case) / (case.W_star @ case.W_star),
        "Pythagoras needs the square",
    ),
    _neighbour(
        "plus",
        Truth.FALSE,
        r"\ldots + \frac1{\|W^*\|^2}(\ldots)^2",
        lambda case: _start(case) + _bracket(case) ** 2 / (case.W_star @ case.W_star),
        "the sign",
    ),
    _neighbour(
        "start-norm",
        Truth.FALSE,
        r"\ldots - \frac1{\|W^*\|^2}(\|W_0\|^2-\langle W^*,W_0\rangle)^2",
        lambda case: _start(case) - (case.W_0 @ case.W_0 - case.W_star @ case.W_0) ** 2 / (case.W_star @ case.W_star),
        "the projection is on W*",
    ),
    _neighbour(
        "no-gain",
        Truth.FALSE,
        r"\|W_0-\hat W^*\|^2 = \|W_0-W^*\|^2",
        _start,
        "the ray passes closer than W* unless W* is the foot of the perpendicular",
    ),
    CORRECTED.neighbour(
        "mutant.obtuse",
        Truth.FALSE,
        r"\text{the equality without }\langle W_0,W^*\rangle>0",
        CORRECTED.sides,
        "behind the end of the ray the distance is |W_0|",
        **_ALL,
    ),
    CORRECTED.neighbour(
        "mutant.scale-invariance-with-eps",
        Truth.FALSE,
        r"\widehat{cy}=\hat y\ (c>0),\ \epsilon>0",
        _scaled,
        "for eps > 0 the layer is not scale-invariant: c W* need not be an optimum",
        **_scaled_units("positive"),
    ),
    CORRECTED.neighbour(
        "mutant.scale-invariance",
        Truth.WEAKER,
        r"\widehat{cy}=\hat y\ (c>0),\ \epsilon=0",
        _scaled,
        "at eps = 0 the layer is scale-invariant: the premise of the claim",
        **_scaled_units("zero"),
    ),
    CORRECTED.neighbour(
        "mutant.bound",
        Truth.WEAKER,
        r"\|W_0-\hat W^*\|^2 \le \|W_0-W^*\|^2",
        lambda case: (_distance_to_ray(case), _start(case)),
        "a square less is subtracted",
        relation="<=",
    ),
    CORRECTED.neighbour(
        "mutant.none-is-closer",
        Truth.WEAKER,
        r"\|W_0-cW^*\|^2 \ge \text{the right side},\ c>0",
        _none_is_closer,
        "half of the equality: the right side is a minimum over the ray",
        relation="<=",
    ),
    _neighbour(
        "projected",
        Truth.EQUIVALENT,
        r"\|W_0-\hat W^*\|^2 = \|W_0\|^2 - \frac{\langle W^*,W_0\rangle^2}{\|W^*\|^2}",
        lambda case: case.W_0 @ case.W_0 - (case.W_star @ case.W_0) ** 2 / (case.W_star @ case.W_star),
        "the squared distance to the line, by Pythagoras from 0 instead of from W*",
    ),
)

C6 = Claim(
    id="C6",
    title="Better initialization",
    source="Santurkar et al. 2018, Lemma 4.5",
    assumes=("eps = 0", "W* is an optimum of the normalized network too", "hat W* is the closest such optimum"),
    printed=PRINTED,
    corrected=CORRECTED,
    readings=READINGS,
    mutants=MUTANTS,
    proof="initialization",
    figure="smoothness",
    note="The print does not say which optimum hat W* is. The right side is the squared distance from W_0 to the line"
    " through W*: an equality for the closest optimum if <W_0, W*> > 0 (or if gamma may change its sign), false on the"
    " other side and for optima elsewhere on the ray.",
)
CLAIMS = (C6,)
