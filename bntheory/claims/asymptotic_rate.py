r"""F3: how fast the steps on the Rayleigh quotient of least squares are in the end, on a given instance.

Setting. As in `rayleigh_step`, with best = S^-1 u, the minimum. C e = S e - (<best, S^2 e>/<best, S best>) best is the
compression of S to the e with <e, S best> = 0, in the inner product of S; with v = S^(1/2) e it is that of S itself to
the orthogonal complement of S^(-1/2) u. nu is its smallest eigenvalue. A start is w = best + t e + O(t^2), up to scale,
t -> 0, and [t^2] is a coefficient of a Taylor series.

Assumptions. <e, S best> = 0, and d >= 2, so that there is such an e != 0.

Main statements.
- [t^2] D(w+) = |(I - C/L) e|_S^2 <= (1 - nu/L)^2 |e|_S^2 = (1 - nu/L)^2 [t^2] D(w).
- Equality for the eigenvectors of nu, which the iterates turn to from almost every start: since 0 <= nu <= C <= L, the
  map e -> (I - C/L) e of one step contracts everything else more, and D(w_{t+1})/D(w_t) -> (1 - nu/L)^2.
- nu >= mu: in the end never slower than gradient descent with step 1/(2L).

Source: bntheory; sharpens Kohler et al. 2018, Theorem 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from bntheory import decoupling
from bntheory.cases.approaches import Approach, approaches, sample_approaches
from bntheory.claim import Claim, Statement, Truth
from bntheory.claims.rayleigh_step import Steps, excess, stepped


def _before(case: Approach) -> Any:
    """[t^2] D(best + t e)."""
    return excess(case.instance, case.start).coefficients[2]


def _after(case: Approach) -> Any:
    """[t^2] D after one step."""
    q = replace(case.instance, w=case.start)
    return excess(q, stepped(Steps(q, 1))).coefficients[2]


def _kept(eigenvalue: Any, L: Any) -> Any:
    """What a step leaves of an eigenvector of the compression."""
    return 1 - eigenvalue / L


def _contraction(case: Approach) -> tuple[Any, Any]:
    return _after(case), _kept(case.nu, case.instance.L) ** 2 * _before(case)


def _linearized(case: Approach) -> tuple[Any, Any]:
    """[t^2] D(w+) against |(I - C/L) e|_S^2."""
    q, image = case.instance, case.instance.S @ case.e
    compressed = image - (q.u @ image) / (q.u @ q.best) * q.best
    moved = case.e - compressed / q.L
    return _after(case), moved @ (q.S @ moved)


def _with(factor: Callable[[Approach], Any]) -> Callable[[Approach], tuple[Any, Any]]:
    """Another factor of one step."""
    return lambda case: (_after(case), factor(case) * _before(case))


def _of_gradient_descent(part: Any = 1) -> Callable[[Approach], tuple[Any, Any]]:
    """The asymptotic factor against (a part of) gradient descent's."""
    return lambda case: (
        _kept(case.nu, case.instance.L) ** 2,
        decoupling.contraction_factor(case.instance.mu, case.instance.L) * part,
    )


def _euclidean(case: Approach) -> Any:
    """The compression of S to the orthogonal complement of u itself, in two dimensions."""
    return (case.e @ (case.instance.S @ case.e)) / (case.e @ case.e)


_SLOWEST: dict[str, Any] = {"cases": approaches(slowest=True), "sample": sample_approaches(slowest=True)}
_PLANE: dict[str, Any] = {"cases": approaches().filter(lambda case: len(case.e) == 2), "sample": None}

F3_PRINTED = Statement(
    id="F3.printed",
    tex=r"[t^2]\,D(w_+)\le\left(1-\frac\nu L\right)^2[t^2]\,D(w),\quad w=S^{-1}u+te,\ u^\top e=0,\ \nu="
    r"\min_{u^\top e=0}\frac{e^\top S^2e}{e^\top Se}",
    truth=Truth.TRUE,
    cases=approaches() | approaches(slowest=True),
    sides=_contraction,
    relation="<=",
    sample=lambda rng, n: [*_SLOWEST["sample"](rng, n // 16), *sample_approaches()(rng, n - n // 16)],
    note="to first order in the error a step is e -> (I - C/L) e, C the compression. That almost every start turns to"
    " the eigenvectors of nu, and D(w_{t+1})/D(w_t) to (1 - nu/L)^2, is the power method: prose.",
)


def _f3(name: str, truth: Truth, tex: str, sides: Callable[[Any], Any], note: str, **changes: Any) -> Statement:
    return F3_PRINTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **changes)


_FACTOR = r"[t^2]\,D(w_+)\le%s\,[t^2]\,D(w)"
_EQUAL = r"[t^2]\,D(w_+)=%s\,[t^2]\,D(w)"
F3_ATTAINED = _f3(
    "attained",
    Truth.WEAKER,
    _EQUAL % r"(1-\nu/L)^2" + r"\text{ if }e\text{ is an eigenvector of }\nu",
    _contraction,
    "beside the bound: its factor is that of the direction to which almost every start turns",
    relation="==",
    **_SLOWEST,
)
F3_LINEARIZED = _f3(
    "linearized",
    Truth.WEAKER,
    r"[t^2]\,D(w_+)=\left\|\left(I-\tfrac1LC\right)e\right\|_S^2,\ Ce=Se-\frac{u^\top Se}{u^\top S^{-1}u}S^{-1}u",
    _linearized,
    "a premise: what a step does near the minimum",
    relation="==",
)
F3_MUTANTS = (
    F3_ATTAINED,
    F3_LINEARIZED,
    _f3(
        "never-slower-than-gd",
        Truth.WEAKER,
        r"(1-\nu/L)^2\le(1-\mu/L)^2",
        _of_gradient_descent(),
        "nu >= mu: the compression of S is at least its smallest eigenvalue",
    ),
    _f3(
        "with-mu",
        Truth.WEAKER,
        _FACTOR % r"(1-\mu/L)^2",
        _with(lambda case: _kept(case.instance.mu, case.instance.L) ** 2),
        "E5's factor, which is larger unless u is orthogonal to an eigenvector of mu",
    ),
    _f3(
        "mu-attained",
        Truth.FALSE,
        _EQUAL % r"(1-\mu/L)^2" + r"\text{ if }e\text{ is an eigenvector of }\nu",
        _with(lambda case: _kept(case.instance.mu, case.instance.L) ** 2),
        "nu > mu in general",
        relation="==",
        **_SLOWEST,
    ),
    _f3(
        "always-faster-than-gd",
        Truth.FALSE,
        r"(1-\nu/L)^2\le0.99(1-\mu/L)^2",
        _of_gradient_descent(Fraction(99, 100)),
        "nu = mu where u is orthogonal to an eigenvector of mu",
    ),
    _f3(
        "largest",
        Truth.FALSE,
        _FACTOR % r"(1-\nu_{\max}/L)^2",
        _with(lambda case: _kept(case.nu_max, case.instance.L) ** 2),
        "the slowest direction decides",
    ),
    _f3(
        "every-direction",
        Truth.FALSE,
        _EQUAL % r"(1-\nu/L)^2",
        _contraction,
        "only along the eigenvectors of nu",
        relation="==",
    ),
    _f3(
        "exponent-4",
        Truth.FALSE,
        _FACTOR % r"(1-\nu/L)^4",
        _with(lambda case: _kept(case.nu, case.instance.L) ** 4),
        "D is quadratic near its minimum",
    ),
    _f3(
        "twice-nu",
        Truth.FALSE,
        _FACTOR % r"(1-2\nu/L)^2",
        _with(lambda case: _kept(2 * case.nu, case.instance.L) ** 2),
        "the step is 1/L on f/2",
    ),
    _f3(
        "complement-of-u",
        Truth.FALSE,
        _EQUAL % r"\left(1-\frac{e^\top Se}{L\,e^\top e}\right)^2" + r"\text{ for }d=2",
        _with(lambda case: _kept(_euclidean(case), case.instance.L) ** 2),
        "S is compressed to the complement of S^(-1/2) u, not of u",
        relation="==",
        **_PLANE,
    ),
)

F3 = Claim(
    id="F3",
    title="The asymptotic factor of an instance",
    source="bntheory; sharpens Kohler et al. 2018, Theorem 1",
    assumes=("S symmetric positive definite with extreme eigenvalues mu, L, d >= 2", "a generic start"),
    printed=F3_PRINTED,
    corrected=None,
    mutants=F3_MUTANTS,
    proof="asymptotic_rate",
    figure="ols_rate",
    note="True, for the linearization at the minimum: its factor is (1 - nu/L)^2, that of the eigenvectors of nu."
    " That the iterates of almost every start turn to these is the power method, said in prose and tested on iterates.",
)
CLAIMS = (F3,)
