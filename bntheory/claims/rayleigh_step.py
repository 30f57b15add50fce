r"""E5: steps on the Rayleigh quotient of least squares.

Setting. S symmetric positive definite with extreme eigenvalues mu <= L, u != 0, rho(w) = -(u^T w)^2/(w^T S w),
rho* = min rho = -u^T S^-1 u, D = rho - rho* >= 0. Steps w+ = w - eta grad rho(w), eta = w^T S w/(2 L |rho(w)|).

Assumptions. u^T w != 0.

Main statements.
- D(w_t) <= (1 - mu/L)^(2t) D(w_0).
- The factor is sharp: for u along the top eigenvector and w_0 off it by a little of the bottom one, with
  |off|_S^2 = delta |best|_S^2, D(w_t) >= (1 - delta)^(2t) (1 - mu/L)^(2t) D(w_0). It is not attained for mu < L.

Source: Kohler et al. 2018, Theorem 1 and Section 4.1 (after Knyazev and Shorokhodov 1991).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st

from bntheory import decoupling
from bntheory.cases import Quadratic, quadratics, sample_quadratics, tight_quadratics
from bntheory.claim import Claim, Statement, Truth


@dataclass(frozen=True, eq=False)
class Steps:
    """An instance and how many steps are made on it."""

    instance: Quadratic
    count: int


@cache
def domain(*, tight: bool = False) -> dict[str, Any]:
    """Instances of every kind, or only those on which the rate is approached, and 1 to 3 steps."""
    general, worst = sample_quadratics(), sample_quadratics(tight=True)
    instances = tight_quadratics() if tight else quadratics() | tight_quadratics()
    return {
        "cases": st.builds(Steps, instances, st.integers(1, 3)),
        "sample": lambda rng, n: [
            Steps(instance, 1 + k % 2)
            for k, instance in enumerate(worst(rng, n) if tight else [*worst(rng, n // 2), *general(rng, n - n // 2)])
        ],
    }


def excess(instance: Quadratic, w: Any) -> Any:
    """D(w) = rho(w) - rho*."""
    return decoupling.rayleigh_quotient(w, instance.S, instance.u) + instance.u @ instance.best


def stepped(case: Steps, factor: Any = 1) -> Any:
    """w after the steps, each `factor` times as long as the theorem's."""
    instance, w = case.instance, case.instance.w
    for _ in range(case.count):
        eta = decoupling.rayleigh_step_size(w, instance.S, instance.u, instance.L)
        w = w - factor * eta * decoupling.rayleigh_gradient(w, instance.S, instance.u)
    return w


def contracted(instance: Quadratic, t: int) -> Any:
    """(1 - mu/L)^(2t) D(w_0)."""
    return (1 - instance.mu / instance.L) ** (2 * t) * excess(instance, instance.w)


def _contraction(case: Steps) -> tuple[Any, Any]:
    return excess(case.instance, stepped(case)), contracted(case.instance, case.count)


def _sharpness(case: Steps) -> tuple[Any, Any]:
    instance = case.instance
    off = instance.w - instance.best
    delta = off @ (instance.S @ off) / (instance.u @ instance.best)
    return (1 - delta) ** (2 * case.count) * contracted(instance, case.count), excess(instance, stepped(case))


def _with(rhs: Callable[[Quadratic, int, Any], Any], factor: Any = 1) -> Callable[[Steps], tuple[Any, Any]]:
    """D(w_t), for steps `factor` times as long, against another right side in the instance, t and D(w_0)."""

    def sides(case: Steps) -> tuple[Any, Any]:
        instance = case.instance
        return excess(instance, stepped(case, factor)), rhs(instance, case.count, excess(instance, instance.w))

    return sides


E5_PRINTED = Statement(
    id="E5.printed",
    tex=r"\rho(w_t)-\rho(w^*) \le \left(1-\frac\mu L\right)^{2t}(\rho(w_0)-\rho(w^*)),\quad"
    r"\eta_t=\frac{w_t^\top Sw_t}{2L|\rho(w_t)|}",
    truth=Truth.TRUE,
    sides=_contraction,
    relation="<=",
    note="any S, any dimension, rho(w_0) != 0; rho(w_t) never returns to 0.",
    **domain(),
)
E5_SHARP = E5_PRINTED.neighbour(
    "mutant.sharp",
    Truth.WEAKER,
    r"\rho(w_t)-\rho(w^*) \ge (1-\delta)^{2t}\left(1-\frac\mu L\right)^{2t}(\rho(w_0)-\rho(w^*)),\quad"
    r"\delta=\frac{\|w_0-S^{-1}u\|_S^2}{\|S^{-1}u\|_S^2}",
    _sharpness,
    "beside the bound, its factor cannot be lowered: u along the top eigenvector, w_0 = S^-1 u plus a little of the"
    " bottom one.",
    **domain(tight=True),
)


def _e5(name: str, truth: Truth, tex: str, sides: Callable[[Steps], Any], note: str, **changes: Any) -> Statement:
    return E5_PRINTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **changes)


_D = r"D(w_t)\le"
E5_MUTANTS = (
    E5_SHARP,
    _e5(
        "swapped",
        Truth.WEAKER,
        _D + r"(1-L/\mu)^{2t}D(w_0)",
        _with(lambda q, t, d: (1 - q.L / q.mu) ** (2 * t) * d),
        "(L - mu)/mu >= (L - mu)/L: with mu and L in each other's place the bound is only larger",
    ),
    _e5(
        "exponent-4t",
        Truth.FALSE,
        _D + r"(1-\mu/L)^{4t}D(w_0)",
        _with(lambda q, t, d: (1 - q.mu / q.L) ** (4 * t) * d),
        "the tight family approaches (1 - mu/L)^(2t)",
    ),
    _e5(
        "smaller-factor",
        Truth.FALSE,
        _D + r"0.99(1-\mu/L)^{2t}D(w_0)",
        _with(lambda q, t, d: (1 - q.mu / q.L) ** (2 * t) * d * 99 / 100),
        "the supremum is approached",
    ),
    _e5(
        "twice-mu",
        Truth.FALSE,
        _D + r"(1-2\mu/L)^{2t}D(w_0)",
        _with(lambda q, t, d: (1 - 2 * q.mu / q.L) ** (2 * t) * d),
        "1 - mu/L per step of length 1/L on f/2",
    ),
    _e5(
        "best-constant-factor",
        Truth.FALSE,
        _D + r"\left(\frac{L-\mu}{L+\mu}\right)^{2t}D(w_0)",
        _with(lambda q, t, d: ((q.L - q.mu) / (q.L + q.mu)) ** (2 * t) * d),
        "that factor needs 1/(L + mu) in place of 1/(2L)",
    ),
    _e5(
        "twice-the-step",
        Truth.FALSE,
        _D + r"(1-\mu/L)^{2t}D(w_0),\ \eta_t=\frac{w_t^\top Sw_t}{L|\rho(w_t)|}",
        _with(lambda q, t, d: (1 - q.mu / q.L) ** (2 * t) * d, factor=2),
        "an error along the top eigenvector only changes its sign",
    ),
    _e5(
        "quotient-itself",
        Truth.FALSE,
        r"|\rho(w_t)|\le(1-\mu/L)^{2t}|\rho(w_0)|",
        lambda case: (
            abs(excess(case.instance, stepped(case)) - case.instance.u @ case.instance.best),
            (1 - case.instance.mu / case.instance.L) ** (2 * case.count)
            * abs(excess(case.instance, case.instance.w) - case.instance.u @ case.instance.best),
        ),
        "rho* is missing: rho tends to it, not to 0",
    ),
    _e5(
        "exponent-t",
        Truth.WEAKER,
        _D + r"(1-\mu/L)^tD(w_0)",
        _with(lambda q, t, d: (1 - q.mu / q.L) ** t * d),
        "a larger factor",
    ),
    _e5("monotone", Truth.WEAKER, r"D(w_t)\le D(w_0)", _with(lambda q, t, d: d), "a larger factor"),
)

E5 = Claim(
    id="E5",
    title="Linear convergence of the direction on least squares",
    source="Kohler et al. 2018, Theorem 1",
    assumes=("S symmetric positive definite with extreme eigenvalues mu, L", "u^T w_0 != 0"),
    printed=E5_PRINTED,
    corrected=None,
    mutants=E5_MUTANTS,
    proof="rayleigh_step",
    figure="ols_rate",
    note="True. Up to scale the step is a gradient step of length 1/L on f/2 from the optimally scaled w~, and optimal"
    " rescaling after it can only help. The factor is approached on the tight family and, for mu < L, not attained.",
)

CLAIMS = (E5,)
