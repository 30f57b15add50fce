r"""C4: the curvature below a Batch Normalization layer, along its gradient.

Setting. As in `bntheory.claims.gradient_bound`; H = d2L/dz2 at z, Q = I - 11^T/m - y^ y^^T/m.

Assumptions. sigma^2 + eps > 0; gamma and beta constant; L twice differentiable at z. Nothing else is asked of L: the
second derivative of L^ sees L only through g and H, so L is run as its own quadratic expansion.

Main statement, for every eps.
- Along v = grad_y L^, v^T d2L^ v
  = (gamma/s)^2 (Qv)^T H (Qv) - (gamma/(m s^2)) <g,y^> [ (1+2k)|v|^2 - <y^,v>^2/m ]; the printed bound at eps = 0.

Source: Santurkar, Tsipras, Ilyas and Madry 2018, Theorem 4.2.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import Any

from bntheory import transform
from bntheory.cases import Unit, sample_units, units
from bntheory.claim import Claim, Statement, Truth
from bntheory.claims.hessian_terms import (
    Formula,
    Terms,
    along_any,
    along_gradient,
    gradient,
    second_derivative,
    terms,
)
from bntheory.numbers import sqrt


def _corrected(unit: Unit) -> tuple[Any, Any]:
    v = gradient(unit)
    n = terms(unit, v)
    curved = (n.gamma / n.s) ** 2 * (n.Qv @ (n.H @ n.Qv))
    bent = n.gamma / (n.m * n.s**2) * n.correlation * ((1 + 2 * n.k) * (v @ v) - (n.x_hat @ v) ** 2 / n.m)
    return second_derivative(unit, v), curved - bent


def _along_projected(unit: Unit) -> tuple[Any, Any]:
    v = terms(unit, unit.v).Qv
    return second_derivative(unit, v), _print(terms(unit, v))


def _print(n: Terms) -> Any:
    """The printed right side."""
    return n.gamma**2 / n.s**2 * (n.v @ (n.H @ n.v)) - n.gamma / (n.m * n.s**2) * n.correlation * (n.v @ n.v)


def _own_y(unit: Unit) -> tuple[Any, Any]:
    """The inner product is with the plain network's gradient at its own y, L being its quadratic expansion at z."""
    v = gradient(unit)
    z = transform.forward(unit.y, unit.gamma, unit.beta, unit.eps)
    n = terms(unit, v)
    return second_derivative(unit, v), _print(n._replace(correlation=(unit.g + unit.H @ (unit.y - z)) @ n.x_hat))


def _convex(unit: Unit) -> Unit:
    """A unit as the layer smooths: H >= 0, gamma <g,y^> >= 0, and y stretched until gamma^2 <= sigma^2."""
    _, centred, variance = transform.moments(unit.y)
    stretch = unit.gamma**2 / variance
    factor: Any = 1 if stretch <= 1 else int(stretch) + 1
    if isinstance(stretch, Fraction) and stretch > 1:
        with suppress(TypeError):  # equality, where it is exact
            factor = sqrt(stretch)
    sign = 1 if unit.gamma * (unit.g @ centred) >= 0 else -1
    return replace(unit, y=factor * unit.y, gamma=sign * unit.gamma, H=unit.H @ unit.H)


def _smoother(unit: Unit) -> tuple[Any, Any]:
    v = gradient(unit)
    return second_derivative(unit, v), v @ (unit.H @ v)


_AT_ZERO: dict[str, Any] = {"cases": units("zero", hessian=True), "sample": sample_units("zero", hessian=True)}
_POSITIVE: dict[str, Any] = {
    "cases": units("positive", hessian=True),
    "sample": sample_units("positive", hessian=True),
}
_ANY: dict[str, Any] = {"cases": units("any", hessian=True), "sample": sample_units("any", hessian=True)}
_DIRECTED: dict[str, Any] = {
    "cases": units("zero", hessian=True, direction=True),
    "sample": sample_units("zero", hessian=True, direction=True),
}

PRINTED = Statement(
    id="C4.printed",
    tex=r"(\nabla_{y_j}\hat L)^\top\frac{\partial^2\hat L}{\partial y_j\partial y_j}(\nabla_{y_j}\hat L) \le"
    r" \frac{\gamma^2}{\sigma^2}\left(\frac{\partial\hat L}{\partial y_j}\right)^\top"
    r"\frac{\partial^2 L}{\partial y_j\partial y_j}\frac{\partial\hat L}{\partial y_j}"
    r" - \frac{\gamma}{m\sigma^2}\langle\nabla_{y_j}L,\hat y_j\rangle"
    r"\left\|\frac{\partial\hat L}{\partial y_j}\right\|^2",
    truth=Truth.TRUE,
    sides=along_gradient(_print),
    relation="<=",
    note="eps = 0 and L read at z; it then holds with equality.",
    **_AT_ZERO,
)
CORRECTED = Statement(
    id="C4.corrected",
    tex=r"v^\top\nabla^2\hat L\,v = \frac{\gamma^2}{s^2}(Qv)^\top H(Qv) - \frac{\gamma}{m s^2}\langle g,\hat y\rangle"
    r"\left[(1+2k)\|v\|^2 - \frac1m\langle\hat y,v\rangle^2\right],\quad v=\nabla_y\hat L",
    truth=Truth.TRUE,
    sides=_corrected,
    relation="==",
    note="every eps >= 0 with sigma^2 + eps > 0; g, H at z = gamma y^ + beta, s^2 = sigma^2 + eps, k = eps/s^2.",
    **_ANY,
)


def _false(name: str, tex: str, rhs: Formula, note: str, **changes: Any) -> Statement:
    # judged as an equality at eps = 0, unless `changes` says otherwise
    return PRINTED.neighbour(
        f"mutant.{name}", Truth.FALSE, tex, along_gradient(rhs), note, **({"relation": "=="} | changes)
    )


_LEFT = r"v^\top\nabla^2\hat L\,v = "
MUTANTS = (
    _false(
        "no-second-term",
        _LEFT + r"\frac{\gamma^2}{\sigma^2}v^\top Hv",
        lambda n: n.gamma**2 / n.s**2 * (n.v @ (n.H @ n.v)),
        "the layer bends: its own second derivative enters with <g,y^>",
    ),
    _false(
        "plus",
        _LEFT + r"\frac{\gamma^2}{\sigma^2}v^\top Hv + \frac\gamma{m\sigma^2}\langle g,\hat y\rangle\|v\|^2",
        lambda n: n.gamma**2 / n.s**2 * (n.v @ (n.H @ n.v)) + n.gamma / (n.m * n.s**2) * n.correlation * (n.v @ n.v),
        "the sign",
    ),
    _false(
        "gamma-squared-twice",
        _LEFT + r"\frac{\gamma^2}{\sigma^2}v^\top Hv - \frac{\gamma^2}{m\sigma^2}\langle g,\hat y\rangle\|v\|^2",
        lambda n: n.gamma**2 / n.s**2 * (n.v @ (n.H @ n.v)) - n.gamma**2 / (n.m * n.s**2) * n.correlation * (n.v @ n.v),
        "the layer's own second derivative is linear in gamma",
    ),
    _false(
        "gamma-once",
        _LEFT + r"\frac{\gamma}{\sigma^2}v^\top Hv - \frac{\gamma}{m\sigma^2}\langle g,\hat y\rangle\|v\|^2",
        lambda n: n.gamma / n.s**2 * (n.v @ (n.H @ n.v)) - n.gamma / (n.m * n.s**2) * n.correlation * (n.v @ n.v),
        "H is met with gamma on both sides",
    ),
    _false(
        "sigma-once",
        _LEFT + r"\frac{\gamma^2}{\sigma}v^\top Hv - \frac{\gamma}{m\sigma}\langle g,\hat y\rangle\|v\|^2",
        lambda n: n.gamma**2 / n.s * (n.v @ (n.H @ n.v)) - n.gamma / (n.m * n.s) * n.correlation * (n.v @ n.v),
        "two derivatives of y^ = (y - mean)/sigma",
    ),
    _false(
        "undivided",
        _LEFT + r"\frac{\gamma^2}{\sigma^2}v^\top Hv - \frac{\gamma}{\sigma^2}\langle g,\hat y\rangle\|v\|^2",
        lambda n: n.gamma**2 / n.s**2 * (n.v @ (n.H @ n.v)) - n.gamma / n.s**2 * n.correlation * (n.v @ n.v),
        "sigma^2 is a mean over the batch: its derivatives carry 1/m",
    ),
    _false(
        "halved",
        _LEFT + r"\frac{\gamma^2}{\sigma^2}v^\top Hv - \frac{\gamma}{2m\sigma^2}\langle g,\hat y\rangle\|v\|^2",
        lambda n: (
            n.gamma**2 / n.s**2 * (n.v @ (n.H @ n.v)) - n.gamma / (2 * n.m * n.s**2) * n.correlation * (n.v @ n.v)
        ),
        "the constant is 1",
    ),
    PRINTED.neighbour(
        "mutant.own-y",
        Truth.FALSE,
        r"\ldots - \frac{\gamma}{m\sigma^2}\langle\nabla L(y),\hat y\rangle\|v\|^2",
        _own_y,
        "the plain network's gradient at its own y has nothing to do with the gradient at z",
    ),
    PRINTED.neighbour(
        "mutant.any-direction",
        Truth.FALSE,
        r"v^\top\nabla^2\hat L\,v \le \frac{\gamma^2}{\sigma^2}v^\top Hv - \ldots\ \text{for every }v",
        along_any(_print),
        "off the space orthogonal to 1 and y^ the terms with y^ and Q matter",
        **_DIRECTED,
    ),
    PRINTED.neighbour(
        "mutant.eps",
        Truth.FALSE,
        r"\text{the printed bound with }s\text{ for }\sigma,\ \epsilon>0",
        PRINTED.sides,
        "for eps > 0, Q v != v: C4.corrected has the exact terms",
        **_POSITIVE,
    ),
    _false(
        "one-k",
        _LEFT + r"\ldots - \frac{\gamma}{m s^2}\langle g,\hat y\rangle[(1+k)\|v\|^2 - \frac1m\langle\hat y,v\rangle^2]",
        lambda n: (
            n.gamma**2 / n.s**2 * (n.Qv @ (n.H @ n.Qv))
            - n.gamma / (n.m * n.s**2) * n.correlation * ((1 + n.k) * (n.v @ n.v) - (n.x_hat @ n.v) ** 2 / n.m)
        ),
        "both cross terms give k |v|^2",
        **_POSITIVE,
    ),
    _false(
        "no-cross",
        _LEFT + r"\ldots - \frac{\gamma}{m s^2}\langle g,\hat y\rangle(1+2k)\|v\|^2",
        lambda n: (
            n.gamma**2 / n.s**2 * (n.Qv @ (n.H @ n.Qv))
            - n.gamma / (n.m * n.s**2) * n.correlation * (1 + 2 * n.k) * (n.v @ n.v)
        ),
        "for eps > 0 the gradient has a part along y^",
        **_POSITIVE,
    ),
    _false(
        "unprojected",
        _LEFT + r"\frac{\gamma^2}{s^2}v^\top Hv - \frac{\gamma}{m s^2}\langle g,\hat y\rangle[\ldots],\ \epsilon>0",
        lambda n: (
            n.gamma**2 / n.s**2 * (n.v @ (n.H @ n.v))
            - n.gamma / (n.m * n.s**2) * n.correlation * ((1 + 2 * n.k) * (n.v @ n.v) - (n.x_hat @ n.v) ** 2 / n.m)
        ),
        "H is met between two Jacobians; for eps > 0, Q v != v",
        **_POSITIVE,
    ),
    PRINTED.neighbour(
        "mutant.smoother",
        Truth.FALSE,
        r"v^\top\nabla^2\hat L\,v \le v^\top Hv",
        _smoother,
        "the printed remark needs H >= 0, gamma <g,y^> >= 0 and |gamma| <= sigma",
    ),
    PRINTED.neighbour(
        "mutant.smoother-if",
        Truth.WEAKER,
        r"v^\top\nabla^2\hat L\,v \le v^\top Hv\ \text{if }H\succeq0,\ \gamma\langle g,\hat y\rangle\ge0,"
        r"\ |\gamma|\le\sigma",
        _smoother,
        "the remark with the hypotheses it needs: it follows from the equality",
        cases=_AT_ZERO["cases"].map(_convex),
        sample=lambda rng, n: [_convex(unit) for unit in _AT_ZERO["sample"](rng, n)],
    ),
    PRINTED.neighbour(
        "mutant.orthogonal",
        Truth.WEAKER,
        r"v^\top\nabla^2\hat L\,v = \frac{\gamma^2}{\sigma^2}v^\top Hv - \frac{\gamma}{m\sigma^2}"
        r"\langle g,\hat y\rangle\|v\|^2\ \text{for every }v\perp 1,\hat y",
        _along_projected,
        "not about the gradient alone: the equality at eps = 0 needs only Q v = v; it follows from F6",
        relation="==",
        **_DIRECTED,
    ),
)

C4 = Claim(
    id="C4",
    title="Hessian bound of a unit along its gradient",
    source="Santurkar et al. 2018, Theorem 4.2",
    assumes=("eps = 0 in print; sigma^2 + eps > 0 in the corrected form", "gamma, beta constant", "L read at z"),
    printed=PRINTED,
    corrected=CORRECTED,
    mutants=MUTANTS,
    proof="hessian_bound",
    figure="smoothness",
    note="True, and an equality at eps = 0 along the gradient, or any v orthogonal to 1 and y^; false along other"
    " directions and for eps > 0. That the landscape is smoother does not follow without H positive semidefinite,"
    " gamma <g,y^> >= 0 and |gamma| <= sigma.",
)
CLAIMS = (C4,)
