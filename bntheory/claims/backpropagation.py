r"""A4: backpropagation through the transform.

Setting. One feature, a batch x of shape (m,), y = gamma x^ + beta, a loss l with dl/dy = d. Derivatives are taken by
running the forward pass on a Taylor series (`bntheory.jets`), so the printed formulas are compared with the code's own
derivative and not with another copy of themselves. Vectors are compared through <., v> for every v.

Assumptions. sigma_B^2 + eps > 0.

Main statements, for every eps.
- The printed terms are the partial derivatives that they name.
- dl/dx = (gamma/s)(d - mean(d) - x^ mean(d x^)), s = sqrt(sigma_B^2 + eps).
- The second term of dl/dmu_B, through sigma_B^2, is 0: dropping it changes nothing.
- For m = 2 and eps = 0, dl/dx = 0.

Source: Ioffe and Szegedy 2015, Section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from bntheory import transform
from bntheory.cases import Unit, sample_units, units
from bntheory.cases.batches import Epsilon
from bntheory.claim import Claim, Statement, Truth
from bntheory.jets import variable

#: The printed formulas, by the derivative they give.
TERMS = ("dx", "dsigma2", "dmu", "dx_hat", "dgamma", "dbeta")
#: Those that the package's backward pass returns.
CODED = ("dx", "dgamma", "dbeta")


@dataclass(frozen=True, eq=False)
class Derivative:
    """A unit, of which g is dl/dy and y the batch, and the name of one derivative."""

    unit: Unit
    term: str


def _domain(terms: Sequence[str], eps: Epsilon = "any", m: int | None = None) -> dict[str, Any]:
    below, sample = units(eps, m, direction=True), sample_units(eps, m, direction=True)
    return {
        "cases": st.builds(Derivative, below, st.sampled_from(terms)),
        "sample": lambda rng, n: [Derivative(unit, terms[k % len(terms)]) for k, unit in enumerate(sample(rng, n))],
    }


def _moved(case: Derivative) -> Any:
    """y, as a function of t, when what the derivative is taken by moves by t, or by t v."""
    unit, t = case.unit, variable(1)
    batch = transform.moments(unit.y)
    if case.term == "dx":
        batch = transform.moments(unit.y + unit.v * t)
    elif case.term == "dsigma2":
        batch = batch._replace(variance=batch.variance + t)
    elif case.term == "dmu":  # by hand: in the deviations, and in sigma_B^2 through them
        centred = batch.centred - t
        batch = batch._replace(centred=centred, variance=(centred * centred).sum() / unit.y.shape[0])
    standardized = transform.rescale(batch, unit.eps)
    if case.term == "dx_hat":
        standardized = standardized._replace(x_hat=standardized.x_hat + unit.v * t)
    gamma = unit.gamma + t if case.term == "dgamma" else unit.gamma
    beta = unit.beta + t if case.term == "dbeta" else unit.beta
    return transform.scale_and_shift(standardized, gamma, beta)


def _derivative(case: Derivative) -> Any:
    return (case.unit.g * _moved(case)).sum().derivative(1)


def _printed_terms(case: Derivative) -> tuple[Any, Any]:
    unit = case.unit
    chain = transform.chain(transform.standardize(unit.y, unit.eps), unit.gamma, unit.g)
    if case.term == "dmu":
        return chain.dmu_through_x_hat + chain.dmu_through_sigma2, _derivative(case)
    value = getattr(chain, case.term)
    return value @ unit.v if case.term in ("dx", "dx_hat") else value, _derivative(case)


def _code(case: Derivative) -> tuple[Any, Any]:
    """The backward pass as the package computes it."""
    unit = case.unit
    dx, dgamma, dbeta = transform.backward(transform.standardize(unit.y, unit.eps), unit.gamma, unit.g)
    return {"dx": lambda: dx @ unit.v, "dgamma": lambda: dgamma, "dbeta": lambda: dbeta}[case.term](), _derivative(case)


def _closed(case: Derivative) -> tuple[Any, Any]:
    unit, m = case.unit, case.unit.y.shape[0]
    x_hat, s, _ = transform.standardize(unit.y, unit.eps)
    d, v = unit.g, unit.v
    projected = d @ v - d.sum() * v.sum() / m - (d @ x_hat) * (x_hat @ v) / m
    return unit.gamma / s * projected, _derivative(case)


def _vanishes(case: Derivative) -> tuple[Any, Any]:
    return _derivative(case), 0


Formula = Callable[[Unit, transform.Standardized, transform.Chain, Any], Any]


def _with(formula: Formula) -> Callable[[Derivative], tuple[Any, Any]]:
    """A formula in the unit, x^, s, x - mu_B, the printed terms, and m, against the derivative that it names."""

    def sides(case: Derivative) -> tuple[Any, Any]:
        unit = case.unit
        batch = transform.standardize(unit.y, unit.eps)
        chain = transform.chain(batch, unit.gamma, unit.g)
        return formula(unit, batch, chain, unit.y.shape[0]), _derivative(case)

    return sides


PRINTED = Statement(
    id="A4.printed",
    tex=r"\frac{\partial\ell}{\partial\hat x_i}=\gamma\frac{\partial\ell}{\partial y_i},\quad"
    r"\frac{\partial\ell}{\partial\gamma}=\sum_i\frac{\partial\ell}{\partial y_i}\hat x_i,\quad"
    r"\frac{\partial\ell}{\partial\beta}=\sum_i\frac{\partial\ell}{\partial y_i},\quad"
    r"\frac{\partial\ell}{\partial\sigma_B^2}=\sum_i\frac{\partial\ell}{\partial y_i}(x_i-\mu_B)"
    r"\left(-\frac\gamma2\right)(\sigma_B^2+\epsilon)^{-3/2},\quad"
    r"\frac{\partial\ell}{\partial\mu_B}=\sum_i\frac{\partial\ell}{\partial y_i}\frac{-\gamma}{\sqrt{\sigma_B^2+"
    r"\epsilon}}+\frac{\partial\ell}{\partial\sigma_B^2}\frac1m\sum_i(-2)(x_i-\mu_B),\quad"
    r"\frac{\partial\ell}{\partial x_i}=\frac{\partial\ell}{\partial\hat x_i}\frac1{\sqrt{\sigma_B^2+\epsilon}}"
    r"+\frac{\partial\ell}{\partial\sigma_B^2}\frac{2(x_i-\mu_B)}m+\frac{\partial\ell}{\partial\mu_B}\frac1m",
    truth=Truth.TRUE,
    sides=_printed_terms,
    relation="==",
    note="every eps; each term against the derivative it names.",
    **_domain(TERMS),
)
CORRECTED = PRINTED.neighbour(
    "corrected",
    Truth.TRUE,
    r"\frac{\partial\ell}{\partial x}=\frac\gamma s\left(d-\bar d-\hat x\,\overline{d\hat x}\right),\ d=\frac"
    r"{\partial\ell}{\partial y},\ s=\sqrt{\sigma_B^2+\epsilon}",
    _closed,
    "the closed form of the last line, every eps.",
    **_domain(["dx"]),
)


CODE = PRINTED.neighbour(
    "mutant.code",
    Truth.EQUIVALENT,
    r"\texttt{backward}=\left(\frac{\partial\ell}{\partial x},\frac{\partial\ell}{\partial\gamma},\frac{\partial\ell}"
    r"{\partial\beta}\right)",
    _code,
    "`bntheory.transform.backward` is the derivative of `bntheory.transform.forward`.",
    **_domain(CODED),
)


def _mutant(name: str, term: str, tex: str, formula: Formula, note: str, truth: Truth = Truth.FALSE) -> Statement:
    return PRINTED.neighbour(f"mutant.{name}", truth, tex, _with(formula), note, **_domain([term]))


_DX, _DS, _DM = (rf"\frac{{\partial\ell}}{{\partial {name}}}=" for name in ("x_i", r"\sigma_B^2", r"\mu_B"))
#: The mutants of each formula.
ABOUT = {
    "dsigma2": (
        _mutant(
            "exponent",
            "dsigma2",
            _DS + r"\ldots(-\tfrac\gamma2)(\sigma_B^2+\epsilon)^{-1/2}",
            lambda unit, batch, chain, m: chain.dsigma2 * batch.s**2,
            "d(s^-1)/d(s^2) = -s^-3/2",
        ),
        _mutant(
            "constant",
            "dsigma2",
            _DS + r"\ldots(-\gamma)(\sigma_B^2+\epsilon)^{-3/2}",
            lambda unit, batch, chain, m: 2 * chain.dsigma2,
            "d(s^-1)/d(s^2) = -s^-3/2",
        ),
        _mutant(
            "sign",
            "dsigma2",
            _DS + r"\ldots(+\tfrac\gamma2)(\sigma_B^2+\epsilon)^{-3/2}",
            lambda unit, batch, chain, m: -chain.dsigma2,
            "a larger variance shrinks x^",
        ),
    ),
    "dmu": (
        _mutant(
            "mu-sign",
            "dmu",
            _DM + r"\sum_i\frac{\partial\ell}{\partial y_i}\frac{\gamma}{s}+\ldots",
            lambda unit, batch, chain, m: -chain.dmu_through_x_hat + chain.dmu_through_sigma2,
            "the mean is subtracted",
        ),
        _mutant(
            "mu-dropped-term",
            "dmu",
            _DM + r"\sum_i\frac{\partial\ell}{\partial y_i}\frac{-\gamma}{s}",
            lambda unit, batch, chain, m: chain.dmu_through_x_hat,
            "the deviations sum to 0, and with them the second term: the change is equivalent",
            Truth.EQUIVALENT,
        ),
    ),
    "dx_hat": (
        _mutant(
            "gamma-dropped",
            "dx_hat",
            r"\frac{\partial\ell}{\partial\hat x_i}=\frac{\partial\ell}{\partial y_i}",
            lambda unit, batch, chain, m: unit.g @ unit.v,
            "gamma multiplies x^",
        ),
    ),
    "dgamma": (
        _mutant(
            "gamma-of-x",
            "dgamma",
            r"\frac{\partial\ell}{\partial\gamma}=\sum_i\frac{\partial\ell}{\partial y_i}x_i",
            lambda unit, batch, chain, m: unit.g @ unit.y,
            "gamma multiplies x^, not x",
        ),
    ),
    "dbeta": (
        _mutant(
            "beta-mean",
            "dbeta",
            r"\frac{\partial\ell}{\partial\beta}=\frac1m\sum_i\frac{\partial\ell}{\partial y_i}",
            lambda unit, batch, chain, m: chain.dbeta / m,
            "a sum, not a mean",
        ),
    ),
    "dx": (
        _mutant(
            "statistics-fixed",
            "dx",
            _DX + r"\frac{\partial\ell}{\partial\hat x_i}\frac1s",
            lambda unit, batch, chain, m: (chain.dx_hat @ unit.v) / batch.s,
            "mu_B and sigma_B^2 depend on x too",
        ),
        _mutant(
            "undivided",
            "dx",
            _DX + r"\ldots+\frac{\partial\ell}{\partial\mu_B}",
            lambda unit, batch, chain, m: chain.dx @ unit.v + chain.dmu_through_x_hat * unit.v.sum() * (m - 1) / m,
            "mu_B is a mean: 1/m",
        ),
        _mutant(
            "factor-two",
            "dx",
            _DX + r"\ldots+\frac{\partial\ell}{\partial\sigma_B^2}\frac{x_i-\mu_B}m+\ldots",
            lambda unit, batch, chain, m: chain.dx @ unit.v - chain.dsigma2 * (batch.centred @ unit.v) / m,
            "the derivative of a square",
        ),
    ),
}
PAIRS = (
    PRINTED.neighbour(
        "mutant.pairs",
        Truth.WEAKER,
        r"\frac{\partial\ell}{\partial x_i}=0\ \text{for}\ m=2,\ \epsilon=0",
        _vanishes,
        "two normalized numbers are 1 and -1 whatever they were: no gradient passes",
        relation="==",
        **_domain(["dx"], "zero", 2),
    ),
    PRINTED.neighbour(
        "mutant.pairs-with-eps",
        Truth.FALSE,
        r"\frac{\partial\ell}{\partial x_i}=0\ \text{for}\ m=2,\ \epsilon>0",
        _vanishes,
        "with eps > 0 the spread of the two still counts",
        relation="==",
        **_domain(["dx"], "positive", 2),
    ),
)
MUTANTS = (*(mutant for mutants in ABOUT.values() for mutant in mutants), CODE, *PAIRS)

A4 = Claim(
    id="A4",
    title="Backpropagation through the transform",
    source="Ioffe and Szegedy 2015, Section 3",
    assumes=("sigma_B^2 + eps > 0",),
    printed=PRINTED,
    corrected=CORRECTED,
    mutants=MUTANTS,
    proof="backpropagation",
    figure=None,
    note="True for every eps. The second term of dl/dmu_B is identically 0; the closed form says the same in one line.",
)
CLAIMS = (A4,)
