r"""E11: GDNP's gradient in the direction, on Gaussian halfspaces.

Setting. z Gaussian with u = E[z], S = E[z z^T], Cov = S - u u^T; w~ = gamma w/|w|_S; mu and L the extreme eigenvalues
of S; rho(w) = -(u^T w)^2/(w^T S w), rho* = -u^T S^-1 u, D = rho - rho*. w_t are GDNP's directions, hence those of E5,
whatever the loss and gamma_t (E9). A case has a length gamma_t and the numbers a = E[phi'(z^T w~_t)] and
b = E[phi''(z^T w~_t)]; every pair is that of some smooth phi. c1 = a - b u^T w~_t.

Assumptions. u^T w_0 != 0.

Main statements.
- |w_t|_S^2 |grad_w f|^2_{S^-1} = gamma_t^2 c1^2 D(w_t), so that it is <= (1 - mu/L)^(2t) c1^2 gamma_t^2 D(w_0).
- The print has Phi^2 in place of c1^2 and does not say what Phi is. With Phi = sup_t |c1(w~_t)| it is true, with
  Phi = sup|phi'| it is false: c1 is the mean of phi' (1 - kappa X), X normal, kappa^2 = |rho(w)|/(1 - |rho(w)|) (F7).
- True again: Phi^2/(1 - u^T S^-1 u) with Phi = sup|phi'|; and 1 for softplus, whose c1 lies in (0, 1).

The cases of Phi = sup|phi'| are bumps phi'(t) = -K X exp(-X^2/4), X = (t - m)/sigma, m = u^T w~, sigma^2 = w~^T Cov w~:
|phi'| <= K sqrt(2/e), E[phi'] = 0, sigma E[phi''] = -K (2/3)^(3/2). So a = 0 and any b with sigma^2 b^2 <= (2/5) Phi^2
are those of a smooth phi with |phi'| <= Phi, as 4e/27 > 2/5.

Source: Kohler et al. 2018, Theorem 2 and its proof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from bntheory import decoupling
from bntheory.cases import Quadratic, exact_array
from bntheory.cases.directions import (
    Direction,
    Softened,
    directions,
    sample_directions,
    sample_softened,
    softened,
)
from bntheory.claim import Claim, Statement, Truth
from bntheory.claims.gdnp_step import direction_gradient
from bntheory.claims.rayleigh_step import Steps, contracted, excess, stepped
from bntheory.gaussian import normal_cdf, normal_density
from bntheory.numbers import sqrt


def reached(case: Direction) -> Quadratic:
    """The instance with w_t in place of w_0."""
    return replace(case.instance, w=stepped(Steps(case.instance, case.count)))


def direction_coefficient(case: Direction, q: Quadratic) -> Any:
    """c1, at the q that is reached."""
    return decoupling.stein_coefficient(case.a, case.b, case.ratio * (q.u @ q.w))


def _direction_part(case: Direction, q: Quadratic) -> Any:
    """|w_t|_S^2 |grad_w f|^2_{S^-1}."""
    along_w = direction_gradient(q, decoupling.stein_gradient(case.a, case.b * case.ratio * q.w, q.S, q.u), case.ratio)
    return (q.w @ (q.S @ q.w)) * (along_w @ (q.inverse @ along_w))


def squared_length(case: Direction, q: Quadratic) -> Any:
    """gamma_t^2."""
    return case.ratio**2 * (q.w @ (q.S @ q.w))


def _identity(case: Direction) -> tuple[Any, Any]:
    q = reached(case)
    return _direction_part(case, q), squared_length(case, q) * direction_coefficient(case, q) ** 2 * excess(q, q.w)


def _rate(case: Direction) -> tuple[Any, Any]:
    q, start = reached(case), contracted(case.instance, case.count)
    return _direction_part(case, q), squared_length(case, q) * direction_coefficient(case, q) ** 2 * start


def _with(factor: Callable[[Direction, Quadratic], Any]) -> Callable[[Direction], tuple[Any, Any]]:
    """(1 - mu/L)^(2t) gamma_t^2 D(w_0) times a factor."""

    def sides(case: Direction) -> tuple[Any, Any]:
        q, start = reached(case), contracted(case.instance, case.count)
        return _direction_part(case, q), factor(case, q) * squared_length(case, q) * start

    return sides


def _with_start(start: Callable[[Quadratic, int], Any]) -> Callable[[Direction], tuple[Any, Any]]:
    """gamma_t^2 c1^2 times another bound on D(w_t) in the instance and t."""

    def sides(case: Direction) -> tuple[Any, Any]:
        q = reached(case)
        coefficient = squared_length(case, q) * direction_coefficient(case, q) ** 2
        return _direction_part(case, q), coefficient * start(case.instance, case.count)

    return sides


def _spread(case: Direction, q: Quadratic) -> Any:
    """sigma^2 = w~^T Cov w~."""
    return case.ratio**2 * (q.w @ (q.S @ q.w) - (q.u @ q.w) ** 2)


def _squared_coefficient(case: Direction) -> Any:
    return direction_coefficient(case, reached(case)) ** 2


def _second_moment(case: Direction, factor: Any = 1) -> Any:
    """a^2 + sigma^2 b^2 <= E[phi'^2], by Bessel; a bump has a = 0 and sigma^2 b^2 = (4e/27) sup|phi'|^2."""
    return case.a**2 + factor * _spread(case, reached(case)) * case.b**2


def _domain(least: Callable[[Direction], Any] | None = None, **kind: Any) -> dict[str, Any]:
    return {"cases": directions(least, **kind), "sample": partial(sample_directions, least=least, **kind)}


_ANY = _domain()


def _of_softened(case: Softened) -> Direction:
    """E[phi'] = N(y), E[phi''] = N'(y)/sqrt(tau^2 + sigma^2), y = m/sqrt(tau^2 + sigma^2); 1 bounds |phi'|."""
    plain = Direction(case.instance, case.count, case.ratio, 0, 0, 1)
    q = reached(plain)
    deviation = sqrt(case.tau**2 + _spread(plain, q))
    y = case.ratio * (q.u @ q.w) / deviation
    return replace(plain, a=normal_cdf(y), b=normal_density(y) / deviation)


_SOFTENED: dict[str, Any] = {"cases": softened(), "sample": sample_softened}


def _with_softened(factor: Any) -> Callable[[Softened], tuple[Any, Any]]:
    sides = _with(lambda case, q: case.bound * factor)
    return lambda case: sides(_of_softened(case))


def _norm_of(norm: Callable[[Quadratic, Any], Any]) -> Callable[[Direction], tuple[Any, Any]]:
    """Another norm of grad_w f."""

    def sides(case: Direction) -> tuple[Any, Any]:
        q = reached(case)
        along_w = direction_gradient(
            q, decoupling.stein_gradient(case.a, case.b * case.ratio * q.w, q.S, q.u), case.ratio
        )
        return norm(q, along_w), _rate(case)[1]

    return sides


def _witness() -> Direction:
    """A counterexample found by the search: S = diag(1, 2), u = (1/6, 4/3), t = 0."""
    zero, one, two = Fraction(0), Fraction(1), Fraction(2)
    S, inverse = exact_array([[one, zero], [zero, two]]), exact_array([[one, zero], [zero, one / 2]])
    best, w = exact_array([Fraction(1, 6), Fraction(2, 3)]), exact_array([zero, one])
    return Direction(Quadratic(S, inverse, best, w, one, two), 0, one, zero, one, Fraction(3, 4))


_LEFT = r"\|w_t\|_S^2\,\|\nabla_wf(w_t,\gamma_t)\|_{S^{-1}}^2 \le "
_RATE = r"\left(1-\frac\mu L\right)^{2t}"
_REST = r"\gamma_t^2(\rho(w_0)-\rho^*)"
PRINTED = Statement(
    id="E11.printed",
    tex=_LEFT + _RATE + r"\Phi^2" + _REST + r",\quad\Phi=\sup|\varphi'|",
    truth=Truth.FALSE,
    sides=_with(lambda case, q: case.bound**2),
    relation="<=",
    witness=_witness(),
    note="Phi read as the bound on phi' that E7 asks for. c1 also has E[phi''] u^T w~, which that does not bound: on"
    " bumps it is up to 0.63 kappa Phi, beyond every bound as u^T S^-1 u tends to 1.",
    **_domain(partial(_second_moment, factor=Fraction(5, 2)), mean=False),
)
READING = PRINTED.neighbour(
    "reading.sup-c1",
    Truth.TRUE,
    _LEFT + _RATE + r"\Phi^2" + _REST + r",\quad\Phi=\sup_t|c_1(\tilde w_t)|",
    PRINTED.sides,
    "what the proof needs of Phi: a bound on the coefficient of u in the gradient.",
    **_domain(_squared_coefficient),
)
CORRECTED = PRINTED.neighbour(
    "corrected",
    Truth.TRUE,
    _LEFT + _RATE + r"c_1(\tilde w_t)^2" + _REST,
    _rate,
    "the identity with D(w_t), and E5's contraction of that.",
    **_ANY,
)


def _mutant(name: str, truth: Truth, tex: str, sides: Callable[[Any], Any], note: str, **changes: Any) -> Statement:
    return CORRECTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **changes)


MUTANTS = (
    _mutant(
        "identity",
        Truth.WEAKER,
        _LEFT.replace(r" \le ", " = ") + r"\gamma_t^2c_1(\tilde w_t)^2(\rho(w_t)-\rho^*)",
        _identity,
        "a premise of the bound: the direction's part of F5",
        relation="==",
    ),
    _mutant(
        "covariance",
        Truth.WEAKER,
        _LEFT + _RATE + r"\frac{\Phi^2}{1-u^\top S^{-1}u}" + _REST + r",\quad\Phi=\sup|\varphi'|",
        _with(lambda case, q: case.bound**2 / (1 - case.instance.u @ case.instance.best)),
        "from |phi'| <= Phi alone: a^2 + sigma^2 b^2 <= E[phi'^2] by Bessel, and c1 = a - kappa sigma b",
        **_domain(_second_moment),
    ),
    _mutant(
        "softplus",
        Truth.WEAKER,
        _LEFT + _RATE + _REST + r"\ \text{for softplus}",
        _with_softened(1),
        "with phi' = N(t/tau), c1 = N(y) - y N'(y) grows from 0 to 1; softplus has a mixture of these for phi', since"
        " the logistic distribution is a mixture of normal ones over their scale",
        **_SOFTENED,
    ),
    _mutant(
        "softplus-half",
        Truth.FALSE,
        _LEFT + _RATE + r"\tfrac14" + _REST + r"\ \text{for softplus}",
        _with_softened(Fraction(1, 4)),
        "c1 takes every value between 0 and 1",
        **_SOFTENED,
    ),
    _mutant(
        "rate-4t",
        Truth.FALSE,
        _LEFT + r"(1-\mu/L)^{4t}c_1^2" + _REST,
        _with_start(lambda q, t: (1 - q.mu / q.L) ** (4 * t) * excess(q, q.w)),
        "E5's tight family",
        **_domain(tight=True),
    ),
    _mutant(
        "unsquared",
        Truth.FALSE,
        _LEFT + _RATE + r"|c_1|" + _REST,
        _with(lambda case, q: abs(direction_coefficient(case, q))),
        "the gradient is linear in phi, its square is not",
    ),
    _mutant(
        "mean-of-dphi",
        Truth.FALSE,
        _LEFT + _RATE + r"\mathrm E[\varphi']^2" + _REST,
        _with(lambda case, q: case.a**2),
        "c1, not E[phi']: that is the coefficient of u when Cov stands beside it",
    ),
    _mutant(
        "no-length",
        Truth.FALSE,
        _LEFT + _RATE + r"c_1^2(\rho(w_0)-\rho^*)",
        _with(lambda case, q: direction_coefficient(case, q) ** 2 / squared_length(case, q)),
        "grad_w f is proportional to gamma_t",
    ),
    _mutant(
        "no-norm-of-w",
        Truth.FALSE,
        r"\|\nabla_wf\|_{S^{-1}}^2 \le " + _RATE + r"c_1^2" + _REST,
        _norm_of(lambda q, g: g @ (q.inverse @ g)),
        "grad_w f scales as 1/|w|",
    ),
    _mutant(
        "plain-norm",
        Truth.FALSE,
        r"\|w_t\|_S^2\,\|\nabla_wf\|^2 \le " + _RATE + r"c_1^2" + _REST,
        _norm_of(lambda q, g: (q.w @ (q.S @ q.w)) * (g @ g)),
        "the S^-1-norm; the plain one costs a factor L",
    ),
    _mutant(
        "no-minimum",
        Truth.FALSE,
        _LEFT + _RATE + r"c_1^2\gamma_t^2|\rho(w_0)|",
        _with_start(lambda q, t: (1 - q.mu / q.L) ** (2 * t) * abs(decoupling.rayleigh_quotient(q.w, q.S, q.u))),
        "the excess over rho*, not the quotient",
    ),
)

E11 = Claim(
    id="E11",
    title="Direction: convergence of GDNP",
    source="Kohler et al. 2018, Theorem 2 and its proof",
    assumes=("z Gaussian", "u^T w_0 != 0", "S symmetric positive definite with extreme eigenvalues mu, L"),
    printed=PRINTED,
    corrected=CORRECTED,
    readings=(READING,),
    mutants=MUTANTS,
    proof="direction_rate",
    figure="halfspace_rate",
    note="Underspecified: Phi is not defined. With a bound on |c1| the statement is an identity and E5; with the bound"
    " on phi' that E7 asks for it is false, as c1 = E[phi' (1 - kappa X)] exceeds it where u^T S^-1 u is near 1.",
)
CLAIMS = (E11,)
