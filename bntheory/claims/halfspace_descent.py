r"""F10: plain gradient descent on Gaussian halfspaces.

Setting. f(w~) = E[phi(z^T w~)] with a minimizer w~*; H the mean of Hess f on the segment from w~* to w~, so that
grad f(w~) = H (w~ - w~*). Steps w~+ = w~ - grad f(w~)/zeta. A case is H with its extreme eigenvalues mu_f <= zeta (S,
mu and L of its instance), w~* = best and w~ = w; all t steps have one H. H = lam S is the halfspace with
phi(t) = lam t^2/2 + p t and w~* = -(p/lam) S^-1 u, whose phi' is made constant far out as in `length_search`.

Assumptions. 0 < mu_f <= H <= zeta wherever the iterates are.

Main statements.
- The distance to the minimizer contracts: |w~+ - w~*| <= (1 - mu_f/zeta) |w~ - w~*|, with equality where the error is
  an eigenvector of H to mu_f.
- "Only sub-linearly", read as a lower bound of order 1/t, is false.
- Softplus has such a mu_f on nondegenerate Gaussians: f is strictly convex, and coercive as z^T w~ takes both signs, so
  that Hess f is bounded from below on every sublevel set, which no step of length 1/zeta leaves. The bound collapses as
  u^T S^-1 u tends to 1 (w~* moves off to infinity); that of GDNP's directions (E5) does not. The sigmoid loss has no
  minimizer for u != 0: there descent is sub-linear, and GDNP's theorem does not apply either.

Source: Kohler et al. 2018, Section 4.2, for the print; Nesterov 2004, Theorem 2.1.15, for what holds.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from bntheory.cases import Quadratic, exact_array
from bntheory.claim import Claim, Statement, Truth
from bntheory.claims import gradient_descent
from bntheory.claims.gradient_descent import error_after
from bntheory.claims.rayleigh_step import Steps, domain


def _distance(case: Steps, step: Any = 1) -> Any:
    """|w~_t - w~*|^2, for steps `step` times as long."""
    error = error_after(case, step)
    return error @ error


def _start(instance: Quadratic) -> Any:
    """|w~_0 - w~*|^2."""
    error = instance.w - instance.best
    return error @ error


def _bound(case: Steps) -> Any:
    """(1 - mu_f/zeta)^(2t) |w~_0 - w~*|^2."""
    return (1 - case.instance.mu / case.instance.L) ** (2 * case.count) * _start(case.instance)


def _linear(case: Steps) -> tuple[Any, Any]:
    return _distance(case), _bound(case)


def _with(
    factor: Callable[[Any, Any, int], Any], step: Callable[[Quadratic], Any] = lambda instance: 1
) -> Callable[[Steps], tuple[Any, Any]]:
    """Another factor, in mu_f, zeta and t, or steps of another length."""

    def sides(case: Steps) -> tuple[Any, Any]:
        q = case.instance
        return _distance(case, step(q)), factor(q.mu, q.L, case.count) * _start(q)

    return sides


def _witness() -> Steps:
    """A counterexample found by the search: d = 1, where one step ends at the minimum."""
    one = exact_array([Fraction(1)])
    return Steps(Quadratic(one[:, None], one[:, None], one, 2 * one, Fraction(1), Fraction(1)), 1)


PRINTED = Statement(
    id="F10.printed",
    tex=r"(f-f^*)(\tilde w_t) \ge \frac{1}{1+t}(f-f^*)(\tilde w_0)",
    truth=Truth.FALSE,
    sides=gradient_descent.PRINTED.sides,
    relation="<=",
    witness=_witness(),
    note='"converges only sub-linearly" read as a lower bound of order 1/t, as in E6; the cases are halfspaces with'
    " quadratic phi. By the corrected statement no constant would do.",
    **domain(),
)
CORRECTED = PRINTED.neighbour(
    "corrected",
    Truth.TRUE,
    r"\|\tilde w_t-\tilde w^*\|^2 \le \left(1-\frac{\mu_f}\zeta\right)^{2t}\|\tilde w_0-\tilde w^*\|^2,"
    r"\quad\text{step }\frac1\zeta,\ \mu_f\le H\le\zeta",
    _linear,
    "linear wherever the mean Hessian has a positive lower bound, as for softplus.",
)


def _mutant(
    name: str, truth: Truth, factor: str, sides: Callable[[Steps], tuple[Any, Any]], note: str, **changes: Any
) -> Statement:
    tex = r"\|\tilde w_t-\tilde w^*\|^2 \le " + factor + r"\|\tilde w_0-\tilde w^*\|^2"
    return CORRECTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **changes)


MUTANTS = (
    CORRECTED.neighbour(
        "mutant.bottom-eigenvector",
        Truth.WEAKER,
        r"\|\tilde w_t-\tilde w^*\|^2 = (1-\mu_f/\zeta)^{2t}\|\tilde w_0-\tilde w^*\|^2\ \text{if }He_0=\mu_fe_0",
        _linear,
        "equality is attained: the bound is sharp",
        relation="==",
        **domain(tight=True),
    ),
    _mutant("monotone", Truth.WEAKER, "", _with(lambda mu, zeta, t: 1), "a larger factor"),
    _mutant(
        "exponent-4t",
        Truth.FALSE,
        r"(1-\mu_f/\zeta)^{4t}",
        _with(lambda mu, zeta, t: (1 - mu / zeta) ** (4 * t)),
        "the factor of the distance, squared once",
    ),
    _mutant(
        "twice-mu",
        Truth.FALSE,
        r"(1-2\mu_f/\zeta)^{2t}",
        _with(lambda mu, zeta, t: (1 - 2 * mu / zeta) ** (2 * t)),
        "I - H/zeta has the eigenvalue 1 - mu_f/zeta",
    ),
    _mutant(
        "best-constant-factor",
        Truth.FALSE,
        r"\left(\frac{\zeta-\mu_f}{\zeta+\mu_f}\right)^{2t}",
        _with(lambda mu, zeta, t: ((zeta - mu) / (zeta + mu)) ** (2 * t)),
        "that factor needs the step 2/(zeta + mu_f)",
    ),
    _mutant(
        "twice-the-step",
        Truth.FALSE,
        r"(1-\mu_f/\zeta)^{2t}\ \text{with step }2/\zeta\text{: }",
        _with(lambda mu, zeta, t: (1 - mu / zeta) ** (2 * t), lambda instance: 2),
        "an error along the top eigenvector only changes its sign",
    ),
    _mutant(
        "step-by-mu",
        Truth.FALSE,
        r"(1-\mu_f/\zeta)^{2t}\ \text{with step }1/\mu_f\text{: }",
        _with(lambda mu, zeta, t: (1 - mu / zeta) ** (2 * t), lambda instance: instance.L / instance.mu),
        "it diverges along the top eigenvector if zeta > 2 mu_f",
    ),
    CORRECTED.neighbour(
        "mutant.sublinear-distance",
        Truth.FALSE,
        r"\|\tilde w_t-\tilde w^*\| \ge \frac{1}{1+t}\|\tilde w_0-\tilde w^*\|",
        lambda case: (_start(case.instance), (1 + case.count) ** 2 * _distance(case)),
        "the print for the distance is as false",
    ),
)

F10 = Claim(
    id="F10",
    title="Gradient descent on Gaussian halfspaces",
    source="Kohler et al. 2018, Section 4.2",
    assumes=("a minimizer", "0 < mu_f <= mean Hessian <= zeta where the iterates are", "step 1/zeta"),
    printed=PRINTED,
    corrected=CORRECTED,
    mutants=MUTANTS,
    proof="halfspace_descent",
    figure="halfspace_separability",
    note="False: wherever the Hessian has a positive lower bound gradient descent is linear, on softplus among others,"
    " though slower and slower as u^T S^-1 u tends to 1. For the sigmoid loss it is sub-linear: there is no minimizer.",
)
CLAIMS = (F10,)
