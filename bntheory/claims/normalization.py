r"""A2 and A3: the normalized batch, and its scale and shift.

Setting. One feature, a batch x of shape (m,): x^_i = (x_i - mu_B)/sqrt(sigma_B^2 + eps), y_i = gamma x^_i + beta.

Assumptions. sigma_B^2 + eps > 0.

Main statements.
- A2: x^ has mean 0 and variance sigma_B^2/(sigma_B^2 + eps), 1 at eps = 0. Both at once: the mean of (x^ + c)^2 is
  c^2 + sigma_B^2/(sigma_B^2 + eps) for every number c.
- A3: <v, y> = gamma <v, x - mu_B>/sqrt(sigma_B^2 + eps) + beta <1, v> for every v.

Source: Ioffe and Szegedy 2015, Algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bntheory import transform
from bntheory.cases import Unit, sample_units, units
from bntheory.claim import Claim, Statement, Truth
from bntheory.numbers import sqrt


def _mean_square(unit: Unit) -> Any:
    """(1/m) sum_i (x^_i + c)^2, c = beta."""
    shifted = transform.forward(unit.y, 1, unit.beta, unit.eps)
    return (shifted @ shifted) / unit.y.shape[0]


def _unit_variance(unit: Unit) -> tuple[Any, Any]:
    return _mean_square(unit), 1 + unit.beta**2


def _true_variance(unit: Unit) -> tuple[Any, Any]:
    centred = unit.y - unit.y.sum() / unit.y.shape[0]
    variance = (centred @ centred) / unit.y.shape[0]
    return _mean_square(unit), variance / (variance + unit.eps) + unit.beta**2


def _divided_by(scale: Callable[[Any, Any, Any], Any]) -> Callable[[Unit], tuple[Any, Any]]:
    """x^ with another scale(sigma^2, eps, m), against a vector v."""

    def sides(unit: Unit) -> tuple[Any, Any]:
        _, centred, variance = transform.moments(unit.y)
        divisor = scale(variance, unit.eps, unit.y.shape[0])
        return unit.v @ transform.standardize(unit.y, unit.eps).x_hat, (unit.v @ centred) / divisor

    return sides


A2_PRINTED = Statement(
    id="A2.printed",
    tex=r"\frac1m\sum_i\hat x_i = 0,\quad \frac1m\sum_i\hat x_i^2 = 1\quad(\epsilon=0)",
    truth=Truth.TRUE,
    cases=units("zero"),
    sample=sample_units("zero"),
    sides=_unit_variance,
    relation="==",
    note='"if eps is not taken into account" read as eps = 0, sigma > 0; both at once, by (1/m) sum (x^_i + c)^2.',
)
A2_CORRECTED = A2_PRINTED.neighbour(
    "corrected",
    Truth.TRUE,
    r"\frac1m\sum_i(\hat x_i+c)^2 = \frac{\sigma_B^2}{\sigma_B^2+\epsilon} + c^2\quad\text{for every }c",
    _true_variance,
    "every eps >= 0 with sigma_B^2 + eps > 0.",
    cases=units("any"),
    sample=sample_units("any"),
)


def _scaled(name: str, tex: str, scale: Callable[[Any, Any, Any], Any], note: str) -> Statement:
    tex = r"\hat x_i = (x_i-\mu_B)/" + tex
    domain = {"cases": units("positive", direction=True), "sample": sample_units("positive", direction=True)}
    return A2_CORRECTED.neighbour(f"mutant.{name}", Truth.FALSE, tex, _divided_by(scale), note, **domain)


A2 = Claim(
    id="A2",
    title="Normalized activations: mean and variance",
    source="Ioffe and Szegedy 2015, Algorithm 1",
    assumes=("sigma_B^2 + eps > 0", "eps = 0 for unit variance"),
    printed=A2_PRINTED,
    corrected=A2_CORRECTED,
    mutants=(
        A2_PRINTED.neighbour(
            "mutant.unit-variance-with-eps",
            Truth.FALSE,
            r"\frac1m\sum_i(\hat x_i+c)^2 = 1 + c^2,\ \epsilon>0",
            _unit_variance,
            "the variance is sigma^2/(sigma^2 + eps)",
            cases=units("positive"),
            sample=sample_units("positive"),
        ),
        _scaled("no-root", r"(\sigma_B^2+\epsilon)", lambda variance, eps, m: variance + eps, "the root is missing"),
        _scaled(
            "eps-outside",
            r"(\sigma_B+\epsilon)",
            lambda variance, eps, m: sqrt(variance) + eps,
            "eps stands under the root",
        ),
        _scaled(
            "unbiased",
            r"\sqrt{\tfrac m{m-1}\sigma_B^2+\epsilon}",
            lambda variance, eps, m: sqrt(variance * m / max(m - 1, 1) + eps),
            "training uses the divisor m",
        ),
        A2_PRINTED.neighbour(
            "mutant.at-most-one",
            Truth.WEAKER,
            r"\frac1m\sum_i(\hat x_i+c)^2 \le 1 + c^2",
            _unit_variance,
            "eps only shrinks",
            relation="<=",
            cases=units("any"),
            sample=sample_units("any"),
        ),
    ),
    proof="normalization",
    figure=None,
    note="True at eps = 0 and sigma > 0; otherwise the variance is sigma^2/(sigma^2 + eps). A constant feature at eps ="
    " 0 is an error, not a NaN.",
)


def _scale_and_shift(unit: Unit) -> tuple[Any, Any]:
    m = unit.y.shape[0]
    centred = unit.y - unit.y.sum() / m
    along = unit.gamma * (unit.v @ centred) / sqrt((centred @ centred) / m + unit.eps)
    return unit.v @ transform.forward(unit.y, unit.gamma, unit.beta, unit.eps), along + unit.beta * unit.v.sum()


def _from_x_hat(formula: Callable[[Unit, Any], Any]) -> Callable[[Unit], tuple[Any, Any]]:
    def sides(unit: Unit) -> tuple[Any, Any]:
        x_hat = transform.standardize(unit.y, unit.eps).x_hat
        forward = transform.forward(unit.y, unit.gamma, unit.beta, unit.eps)
        return unit.v @ forward, unit.v @ formula(unit, x_hat)

    return sides


A3_PRINTED = Statement(
    id="A3.printed",
    tex=r"y_i = \gamma\hat x_i + \beta",
    truth=Truth.TRUE,
    cases=units("any", direction=True),
    sample=sample_units("any", direction=True),
    sides=_scale_and_shift,
    relation="==",
    note="as <v, y> for every v.",
)


def _third(name: str, truth: Truth, tex: str, formula: Callable[[Unit, Any], Any], note: str) -> Statement:
    return A3_PRINTED.neighbour(f"mutant.{name}", truth, "y_i = " + tex, _from_x_hat(formula), note)


A3 = Claim(
    id="A3",
    title="The learned scale and shift",
    source="Ioffe and Szegedy 2015, Algorithm 1",
    assumes=("sigma_B^2 + eps > 0",),
    printed=A3_PRINTED,
    corrected=None,
    mutants=(
        _third(
            "shift-inside",
            Truth.FALSE,
            r"\gamma(\hat x_i+\beta)",
            lambda unit, x_hat: unit.gamma * (x_hat + unit.beta),
            "beta is added after gamma",
        ),
        _third("no-shift", Truth.FALSE, r"\gamma\hat x_i", lambda unit, x_hat: unit.gamma * x_hat, "beta is missing"),
        _third(
            "minus",
            Truth.FALSE,
            r"\gamma\hat x_i-\beta",
            lambda unit, x_hat: unit.gamma * x_hat - unit.beta,
            "the sign",
        ),
        _third(
            "gamma-squared",
            Truth.FALSE,
            r"\gamma^2\hat x_i+\beta",
            lambda unit, x_hat: unit.gamma**2 * x_hat + unit.beta,
            "gamma once",
        ),
        A3_PRINTED.neighbour(
            "mutant.shifted-batch",
            Truth.WEAKER,
            r"BN(x+c) = BN(x)",
            lambda unit: (
                unit.v @ transform.forward(unit.y + unit.beta, unit.gamma, 0, unit.eps),
                unit.v @ transform.forward(unit.y, unit.gamma, 0, unit.eps),
            ),
            "a consequence: the batch is centred",
        ),
    ),
    proof="normalization",
    figure=None,
    note="True: a definition, which the code follows.",
)
CLAIMS = (A2, A3)
