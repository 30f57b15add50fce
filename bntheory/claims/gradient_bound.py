r"""C3: how large the gradient below a Batch Normalization layer is.

Setting. One unit, its batch y of shape (m,), z = gamma y^ + beta, two identical losses, one of them behind the layer:
L^(y) = L(z). g = dL/dz, s^2 = sigma^2 + eps, k = eps/s^2, <1, g> = sum_i g_i.

Assumptions. sigma^2 + eps > 0; gamma and beta constant; L differentiable at z.

Main statements.
- grad_y L^ = (gamma/s) Q g, Q = I - 11^T/m - y^ y^^T/m, is what the backward pass computes (A4).
- |grad_y L^|^2 = gamma^2/s^2 ( |g|^2 - <1,g>^2/m - (1+k) <g,y^>^2/m ), an equality: the printed bound at eps = 0.

Source: Santurkar, Tsipras, Ilyas and Madry 2018, Theorem 4.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from bntheory import transform
from bntheory.cases import Unit, sample_units, units
from bntheory.claim import Claim, Statement, Truth


class _Terms(NamedTuple):
    """The numbers of which the bound is made: |grad_y L^|^2 and m, s, k, |g|^2, <1,g>, <g,y^>."""

    squared: Any
    m: Any
    s: Any
    k: Any
    gg: Any
    total: Any
    correlation: Any


def _terms(unit: Unit, g: Any) -> _Terms:
    batch = transform.standardize(unit.y, unit.eps)
    gradient, _, _ = transform.backward(batch, unit.gamma, unit.g)
    m, k = unit.y.shape[0], unit.eps / batch.s**2
    return _Terms(gradient @ gradient, m, batch.s, k, g @ g, g.sum(), g @ batch.x_hat)


def _printed(unit: Unit) -> tuple[Any, Any]:
    n = _terms(unit, unit.g)
    return n.squared, unit.gamma**2 / n.s**2 * (n.gg - n.total**2 / n.m - n.correlation**2 / n.m)


def _corrected(unit: Unit) -> tuple[Any, Any]:
    n = _terms(unit, unit.g)
    removed = n.total**2 / n.m + (1 + n.k) * n.correlation**2 / n.m
    return n.squared, unit.gamma**2 / n.s**2 * (n.gg - removed)


def _own_y(unit: Unit) -> tuple[Any, Any]:
    """The plain network's gradient is taken at its own y: for the quadratic L with gradient g, Hessian H at z."""
    z = transform.forward(unit.y, unit.gamma, unit.beta, unit.eps)
    n = _terms(unit, unit.g + unit.H @ (unit.y - z))
    return n.squared, unit.gamma**2 / n.s**2 * (n.gg - n.total**2 / n.m - n.correlation**2 / n.m)


def _projected(unit: Unit) -> tuple[Any, Any]:
    batch = transform.standardize(unit.y, unit.eps)
    gradient, _, _ = transform.backward(batch, unit.gamma, unit.g)
    return gradient @ gradient, unit.gamma / batch.s * (unit.g @ gradient)


def _undivided_by_sigma(unit: Unit) -> tuple[Any, Any]:
    n = _terms(unit, unit.g)
    removed = n.total**2 / n.m + (1 + n.k) * n.correlation**2 / n.m
    return (1 - n.k) * n.s**2 * n.squared, unit.gamma**2 * (n.gg - removed)


def _with(rhs: Callable[[Any, _Terms], Any]) -> Callable[[Unit], tuple[Any, Any]]:
    def sides(unit: Unit) -> tuple[Any, Any]:
        n = _terms(unit, unit.g)
        return n.squared, rhs(unit.gamma, n)

    return sides


_AT_ZERO: dict[str, Any] = {"cases": units("zero"), "sample": sample_units("zero")}
_POSITIVE: dict[str, Any] = {"cases": units("positive"), "sample": sample_units("positive")}

PRINTED = Statement(
    id="C3.printed",
    tex=r"\|\nabla_{y_j}\hat L\|^2 \le \frac{\gamma^2}{\sigma_j^2}\left(\|\nabla_{y_j}L\|^2"
    r" - \frac1m\langle 1,\nabla_{y_j}L\rangle^2 - \frac1m\langle\nabla_{y_j}L,\hat y_j\rangle^2\right)",
    truth=Truth.TRUE,
    sides=_printed,
    relation="<=",
    note="eps = 0 and grad L read at z, as the assumptions say; it then holds with equality.",
    **_AT_ZERO,
)
CORRECTED = Statement(
    id="C3.corrected",
    tex=r"\|\nabla_y\hat L\|^2 = \frac{\gamma^2}{s^2}\left(\|g\|^2 - \frac1m\langle 1,g\rangle^2"
    r" - \frac{1+k}{m}\langle g,\hat y\rangle^2\right)",
    truth=Truth.TRUE,
    cases=units("any"),
    sample=sample_units("any"),
    sides=_corrected,
    relation="==",
    note="every eps >= 0 with sigma^2 + eps > 0; g = grad L at z = gamma y^ + beta, s^2 = sigma^2 + eps, k = eps/s^2.",
)


def _false(name: str, tex: str, rhs: Callable[[Any, _Terms], Any], note: str, **changes: Any) -> Statement:
    return CORRECTED.neighbour(f"mutant.{name}", Truth.FALSE, tex, _with(rhs), note, **changes)


MUTANTS = (
    _false(
        "drop-mean",
        r"\|\nabla_y\hat L\|^2 = \frac{\gamma^2}{s^2}(\|g\|^2 - \frac{1+k}m\langle g,\hat y\rangle^2)",
        lambda gamma, n: gamma**2 / n.s**2 * (n.gg - (1 + n.k) * n.correlation**2 / n.m),
        "the layer also removes the mean of the gradient",
    ),
    _false(
        "drop-correlation",
        r"\|\nabla_y\hat L\|^2 = \frac{\gamma^2}{s^2}(\|g\|^2 - \frac1m\langle 1,g\rangle^2)",
        lambda gamma, n: gamma**2 / n.s**2 * (n.gg - n.total**2 / n.m),
        "the layer also removes the part along y^",
    ),
    _false(
        "plus-mean",
        r"\|\nabla_y\hat L\|^2 = \frac{\gamma^2}{s^2}(\|g\|^2 + \frac1m\langle 1,g\rangle^2 - \ldots)",
        lambda gamma, n: gamma**2 / n.s**2 * (n.gg + n.total**2 / n.m - (1 + n.k) * n.correlation**2 / n.m),
        "the mean is subtracted",
    ),
    _false(
        "gamma",
        r"\|\nabla_y\hat L\|^2 = \frac{\gamma}{s^2}(\ldots)",
        lambda gamma, n: gamma / n.s**2 * (n.gg - n.total**2 / n.m - (1 + n.k) * n.correlation**2 / n.m),
        "a squared norm scales with gamma^2",
    ),
    _false(
        "sigma",
        r"\|\nabla_y\hat L\|^2 = \frac{\gamma^2}{s}(\ldots)",
        lambda gamma, n: gamma**2 / n.s * (n.gg - n.total**2 / n.m - (1 + n.k) * n.correlation**2 / n.m),
        "a squared norm scales with 1/s^2",
    ),
    _false(
        "unsquared-mean",
        r"\|\nabla_y\hat L\|^2 = \frac{\gamma^2}{s^2}(\|g\|^2 - \frac1m\langle 1,g\rangle - \ldots)",
        lambda gamma, n: gamma**2 / n.s**2 * (n.gg - n.total / n.m - (1 + n.k) * n.correlation**2 / n.m),
        "not homogeneous in g",
    ),
    _false(
        "unsquared-correlation",
        r"\|\nabla_y\hat L\|^2 = \frac{\gamma^2}{s^2}(\|g\|^2 - \ldots - \frac{1+k}m\langle g,\hat y\rangle)",
        lambda gamma, n: gamma**2 / n.s**2 * (n.gg - n.total**2 / n.m - (1 + n.k) * n.correlation / n.m),
        "not homogeneous in g",
    ),
    _false(
        "undivided-mean",
        r"\|\nabla_y\hat L\|^2 = \frac{\gamma^2}{s^2}(\|g\|^2 - \langle 1,g\rangle^2 - \ldots)",
        lambda gamma, n: gamma**2 / n.s**2 * (n.gg - n.total**2 - (1 + n.k) * n.correlation**2 / n.m),
        "|1|^2 = m, so the projection on 1 takes <1,g>^2/m away",
    ),
    _false(
        "undivided-correlation",
        r"\|\nabla_y\hat L\|^2 = \frac{\gamma^2}{s^2}(\|g\|^2 - \ldots - (1+k)\langle g,\hat y\rangle^2)",
        lambda gamma, n: gamma**2 / n.s**2 * (n.gg - n.total**2 / n.m - (1 + n.k) * n.correlation**2),
        "|y^|^2 = m (1 - k), not 1",
    ),
    _false(
        "minus-k",
        r"\|\nabla_y\hat L\|^2 = \frac{\gamma^2}{s^2}(\ldots - \frac{1-k}m\langle g,\hat y\rangle^2)",
        lambda gamma, n: gamma**2 / n.s**2 * (n.gg - n.total**2 / n.m - (1 - n.k) * n.correlation**2 / n.m),
        "Q y^ = k y^, so <g, Q^2 g> loses (2 - (1 - k)) <g,y^>^2/m",
        **_POSITIVE,
    ),
    _false(
        "eps-in-the-equality",
        r"\|\nabla_y\hat L\|^2 = \frac{\gamma^2}{s^2}(\ldots - \frac1m\langle g,\hat y\rangle^2),\ \epsilon>0",
        lambda gamma, n: gamma**2 / n.s**2 * (n.gg - n.total**2 / n.m - n.correlation**2 / n.m),
        "the equality at eps = 0 is strict for eps > 0 and <g,y^> != 0",
        **_POSITIVE,
    ),
    CORRECTED.neighbour(
        "mutant.sigma-for-s",
        Truth.FALSE,
        r"\sigma^2\|\nabla_y\hat L\|^2 = \gamma^2(\ldots),\ \epsilon>0",
        _undivided_by_sigma,
        "the layer divides by s, not by sigma",
        **_POSITIVE,
    ),
    PRINTED.neighbour(
        "mutant.own-y",
        Truth.FALSE,
        r"\|\nabla_y\hat L\|^2 \le \frac{\gamma^2}{\sigma^2}(\|\nabla L(y)\|^2 - \ldots)",
        _own_y,
        "the plain network's gradient at its own y has nothing to do with the gradient at z",
        cases=units("zero", hessian=True),
        sample=sample_units("zero", hessian=True),
    ),
    PRINTED.neighbour(
        "mutant.bound-without-mean",
        Truth.WEAKER,
        r"\|\nabla_y\hat L\|^2 \le \frac{\gamma^2}{\sigma^2}(\|g\|^2 - \frac1m\langle g,\hat y\rangle^2)",
        _with(lambda gamma, n: gamma**2 / n.s**2 * (n.gg - n.correlation**2 / n.m)),
        "a square less is subtracted: as a bound it survives, which is why the equality is tested",
    ),
    PRINTED.neighbour(
        "mutant.bound-without-correlation",
        Truth.WEAKER,
        r"\|\nabla_y\hat L\|^2 \le \frac{\gamma^2}{\sigma^2}(\|g\|^2 - \frac1m\langle 1,g\rangle^2)",
        _with(lambda gamma, n: gamma**2 / n.s**2 * (n.gg - n.total**2 / n.m)),
        "a square less is subtracted",
    ),
    PRINTED.neighbour(
        "mutant.bound-with-eps",
        Truth.WEAKER,
        r"\|\nabla_y\hat L\|^2 \le \frac{\gamma^2}{s^2}(\|g\|^2 - \frac1m\langle 1,g\rangle^2"
        r" - \frac1m\langle g,\hat y\rangle^2),\ \epsilon>0",
        _printed,
        "k <g,y^>^2/m less is subtracted: the printed bound with s for sigma holds for every eps, as a bound",
        **_POSITIVE,
    ),
    PRINTED.neighbour(
        "mutant.projected",
        Truth.EQUIVALENT,
        r"\|\nabla_y\hat L\|^2 = \frac\gamma\sigma\langle g,\nabla_y\hat L\rangle",
        _projected,
        "at eps = 0, Q is an orthogonal projector: |Qg|^2 = <g,Qg>",
        relation="==",
    ),
)

C3 = Claim(
    id="C3",
    title="Gradient bound of a unit",
    source="Santurkar et al. 2018, Theorem 4.1",
    assumes=("eps = 0 in print; sigma^2 + eps > 0 in the corrected form", "gamma, beta constant", "grad L at z"),
    printed=PRINTED,
    corrected=CORRECTED,
    mutants=MUTANTS,
    proof="gradient_bound",
    figure="smoothness",
    note="True, and an equality at eps = 0: the layer's Jacobian (gamma/s) Q removes the parts of the gradient along 1"
    " and y^ and keeps the rest. Nothing is bounded away, so the gain is exactly gamma^2/sigma^2 and what is removed.",
)
CLAIMS = (C3,)
