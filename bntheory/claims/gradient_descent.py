r"""E6: plain gradient descent on least squares.

Setting. f(w~) = 2 u^T w~ + w~^T S w~ with mu <= S <= L, minimizer w~* = -S^-1 u, (f - f*)(w~) = |w~ - w~*|_S^2. Steps
w~_{t+1} = w~_t - (1/(2L)) grad f(w~_t), so that e_{t+1} = (I - S/L) e_t for e = w~ - w~*. A case's error is w - best.

Main statements.
- Plain gradient descent is linear: (f - f*)(w~_t) <= (1 - mu/L)^(2t) (f - f*)(w~_0), the very factor of E5, with
  equality where the error is an eigenvector of mu.
- "Only sub-linearly" is false: no bound c/t from below holds, whatever c > 0.

Source: Kohler et al. 2018, Section 4.1, for the print; Nesterov 2004, Theorem 2.1.15, for what holds.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from bntheory.cases import Quadratic, exact_array
from bntheory.claim import Claim, Statement, Truth
from bntheory.claims.rayleigh_step import Steps, domain, excess, stepped


def error_after(case: Steps, factor: Any) -> Any:
    """e_t, for steps `factor` times as long."""
    instance = case.instance
    error = instance.w - instance.best
    for _ in range(case.count):
        error = error - factor * (instance.S @ error) / instance.L
    return error


def _after(case: Steps, factor: Any = 1) -> Any:
    """(f - f*)(w~_t), for steps `factor` times as long."""
    error = error_after(case, factor)
    return error @ (case.instance.S @ error)


def _before(instance: Quadratic) -> Any:
    """(f - f*)(w~_0)."""
    error = instance.w - instance.best
    return error @ (instance.S @ error)


def _bound(case: Steps) -> Any:
    """(1 - mu/L)^(2t) (f - f*)(w~_0)."""
    return (1 - case.instance.mu / case.instance.L) ** (2 * case.count) * _before(case.instance)


def _sublinear(case: Steps) -> tuple[Any, Any]:
    return _before(case.instance) / (1 + case.count), _after(case)


def _linear(case: Steps) -> tuple[Any, Any]:
    return _after(case), _bound(case)


def _faster(case: Steps) -> tuple[Any, Any]:
    """D(w_t)/D(w_0) <= 0.99 (f - f*)(w~_t)/(f - f*)(w~_0), without the quotients."""
    instance = case.instance
    direction = excess(instance, stepped(case)) * _before(instance)
    return direction, _after(case) * excess(instance, instance.w) * 99 / 100


def _one_dimension() -> Steps:
    """A counterexample found by the search: S = 1, where one step ends at the minimum."""
    one = exact_array([Fraction(1)])
    return Steps(Quadratic(one[:, None], one[:, None], one, 2 * one, Fraction(1), Fraction(1)), 1)


PRINTED = Statement(
    id="E6.printed",
    tex=r"(f-f^*)(\tilde w_t) \ge \frac{1}{1+t}(f-f^*)(\tilde w_0)",
    truth=Truth.FALSE,
    sides=_sublinear,
    relation="<=",
    witness=_one_dimension(),
    note='"converges only sub-linearly" read as a lower bound of order 1/t. By the corrected statement no constant'
    " would do: c/t <= (1 - mu/L)^(2t) fails for large t.",
    **domain(),
)
CORRECTED = PRINTED.neighbour(
    "corrected",
    Truth.TRUE,
    r"(f-f^*)(\tilde w_t) \le \left(1-\frac\mu L\right)^{2t}(f-f^*)(\tilde w_0),\quad\text{step }\frac1{2L}",
    _linear,
    "the factor of GDNP's bound (E5), with equality on the eigenvectors of mu.",
)


def _mutant(
    name: str, truth: Truth, factor: str, sides: Callable[[Steps], tuple[Any, Any]], note: str, **changes: Any
) -> Statement:
    tex = r"(f-f^*)(\tilde w_t) \le " + factor + r"(f-f^*)(\tilde w_0)"
    return CORRECTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **changes)


def _factor(factor: Callable[[Any, Any, int], Any], step: Any = 1) -> Callable[[Steps], tuple[Any, Any]]:
    """Another factor, in mu, L and t, or steps of another length."""

    def sides(case: Steps) -> tuple[Any, Any]:
        instance = case.instance
        return _after(case, step), factor(instance.mu, instance.L, case.count) * _before(instance)

    return sides


MUTANTS = (
    _mutant(
        "exponent-4t",
        Truth.FALSE,
        r"(1-\mu/L)^{4t}",
        _factor(lambda mu, L, t: (1 - mu / L) ** (4 * t)),
        "f is quadratic: its factor is the square of the error's, once",
    ),
    _mutant(
        "twice-mu",
        Truth.FALSE,
        r"(1-2\mu/L)^{2t}",
        _factor(lambda mu, L, t: (1 - 2 * mu / L) ** (2 * t)),
        "the step is 1/(2L) on f, whose Hessian is 2S",
    ),
    _mutant(
        "best-constant-factor",
        Truth.FALSE,
        r"\left(\frac{L-\mu}{L+\mu}\right)^{2t}",
        _factor(lambda mu, L, t: ((L - mu) / (L + mu)) ** (2 * t)),
        "that factor needs the step 1/(L + mu)",
    ),
    _mutant(
        "twice-the-step",
        Truth.FALSE,
        r"(1-\mu/L)^{2t}\ \text{with step }1/L\text{: }",
        _factor(lambda mu, L, t: (1 - mu / L) ** (2 * t), step=2),
        "an error along the top eigenvector only changes its sign",
    ),
    CORRECTED.neighbour(
        "mutant.gdnp-is-faster",
        Truth.FALSE,
        r"\frac{D(w_t)}{D(w_0)} \le 0.99\,\frac{(f-f^*)(\tilde w_t)}{(f-f^*)(\tilde w_0)}",
        _faster,
        "GDNP and plain gradient descent share their worst case",
        **domain(tight=True),
    ),
    CORRECTED.neighbour(
        "mutant.bottom-eigenvector",
        Truth.WEAKER,
        r"(f-f^*)(\tilde w_t) = (1-\mu/L)^{2t}(f-f^*)(\tilde w_0)\ \text{if }Se_0=\mu e_0",
        _linear,
        "equality is attained: the bound is sharp",
        relation="==",
        **domain(tight=True),
    ),
    _mutant(
        "exponent-t",
        Truth.WEAKER,
        r"(1-\mu/L)^t",
        _factor(lambda mu, L, t: (1 - mu / L) ** t),
        "a larger factor",
    ),
)

E6 = Claim(
    id="E6",
    title="Gradient descent on least squares",
    source="Kohler et al. 2018, Section 4.1",
    assumes=("S symmetric positive definite with extreme eigenvalues mu, L", "step 1/(2L) on f"),
    printed=PRINTED,
    corrected=CORRECTED,
    mutants=MUTANTS,
    proof="gradient_descent",
    figure="ols_rate",
    note="False: plain gradient descent with step 1/(2L) has the very factor of GDNP's bound, attained on the"
    " eigenvectors of mu. The best constant step, 1/(L + mu), has ((L - mu)/(L + mu))^2.",
)
CLAIMS = (E6,)
