r"""E12: GDNP on Gaussian halfspaces, direction and length together.

Setting. As in `direction_rate` and `length_search`: T_d direction steps from w_0, then T_s bisection steps on [a, b]
for the length of w = w_{T_d}, which leave gamma = a_{T_s}; w~ = gamma w/|w|_S, v = w/|w|_S. With c1 the coefficient of
u in the gradient and psi = d_gamma f, grad f(w~) = c1 u + (psi - c1 u^T v) S v.

Cases. c1 = c |w|_S with any c, and psi(gamma) = k (gamma - root) as in E10: nothing else of a loss enters. Halfspaces
with phi(t) = lam t^2/2 + p t have c1 = p and root = -p u^T v/lam; on these the false statements are refuted.

Assumptions. z Gaussian, u^T w_0 != 0, psi(a) <= 0 <= psi(b), f zeta-smooth, C >= |c1(w~)|.

Main statements.
- |grad f(w~)|^2_{S^-1} = c1^2 D(w) + psi(gamma)^2 <= (1 - mu/L)^(2 T_d) C^2 D(w_0) + (zeta/mu)^2 4^(-T_s) |b - a|^2.
- The plain norm costs a factor L: |g|^2 <= L |g|^2_{S^-1}.

Source: Kohler et al. 2018, Theorem 2.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from bntheory.cases import Quadratic, exact_array
from bntheory.cases.brackets import Search
from bntheory.claim import Claim, Statement, Truth
from bntheory.claims.gdnp_runs import Run, domain, reached
from bntheory.claims.length_search import found_length, length_bound, slope, smoothness
from bntheory.claims.rayleigh_step import contracted, excess
from bntheory.claims.softplus_run import RUNS, softplus_run
from bntheory.numbers import sqrt


def scaled_gradient(case: Run, search: Search) -> Any:
    """grad f(w~)/|w|_S, along the search that is reached."""
    q, psi = search.instance, slope(search, found_length(search))
    Sw = q.S @ q.w
    return case.c * q.u + (psi - case.c * (q.u @ q.w)) / (q.w @ Sw) * Sw


def squared_coefficient(case: Run, search: Search) -> Any:
    """c1^2."""
    w = search.instance.w
    return case.c**2 * (w @ (search.instance.S @ w))


def _squared(case: Run, search: Search, norm: Callable[[Quadratic, Any], Any]) -> Any:
    """|grad f(w~)|^2 in a norm, given its square."""
    q = search.instance
    return (q.w @ (q.S @ q.w)) * norm(q, scaled_gradient(case, search))


def _dual(q: Quadratic, g: Any) -> Any:
    """|g|^2_{S^-1}."""
    return g @ (q.inverse @ g)


def _plain(q: Quadratic, g: Any) -> Any:
    return g @ g


def _of_covariance(q: Quadratic, g: Any) -> Any:
    """|g|^2_{Cov^-1}, by Sherman and Morrison."""
    return _dual(q, g) + (g @ q.best) ** 2 / (1 - q.u @ q.best)


def _bound(case: Run, search: Search) -> Any:
    """(1 - mu/L)^(2 T_d) c1^2 D(w_0) + (zeta/mu)^2 4^(-T_s) |b - a|^2."""
    start = contracted(case.search.instance, case.directions)
    return squared_coefficient(case, search) * start + length_bound(search)


def _together(case: Run) -> tuple[Any, Any]:
    search = reached(case.search, case.directions)
    return _squared(case, search, _dual), _bound(case, search)


def _split(case: Run) -> tuple[Any, Any]:
    search = reached(case.search, case.directions)
    direction = squared_coefficient(case, search) * excess(search.instance, search.instance.w)
    return _squared(case, search, _dual), direction + slope(search, found_length(search)) ** 2


def _printed_length(search: Search) -> Any:
    """2^(-T_s) zeta |b - a|/mu^2."""
    return smoothness(search) * (search.b - search.a) / search.instance.mu**2 / 2**search.count


def _printed(case: Run) -> tuple[Any, Any]:
    """With |c1|, the least that Phi can be, for Phi."""
    search = reached(case.search, case.directions)
    direction = squared_coefficient(case, search) * contracted(case.search.instance, case.directions)
    return _squared(case, search, _plain), direction + _printed_length(search)


def _with(
    rhs: Callable[[Run, Search], Any], norm: Callable[[Quadratic, Any], Any] = _dual
) -> Callable[[Run], tuple[Any, Any]]:
    """Another norm of the gradient against another right side."""

    def sides(case: Run) -> tuple[Any, Any]:
        search = reached(case.search, case.directions)
        return _squared(case, search, norm), rhs(case, search)

    return sides


def _other_rate(rate: Callable[[Any, int], Any]) -> Callable[[Run], tuple[Any, Any]]:
    """Another factor of the direction, in mu/L and T_d."""

    def rhs(case: Run, search: Search) -> Any:
        q = case.search.instance
        start = squared_coefficient(case, search) * excess(q, q.w)
        return rate(q.mu / q.L, case.directions) * start + length_bound(search)

    return _with(rhs)


def _witness() -> Run:
    """A counterexample found by the search: S = 1, u = 1/2, phi(t) = t^2/2 - 2 t."""
    one, half = exact_array([Fraction(1)]), exact_array([Fraction(1, 2)])
    instance = Quadratic(one[:, None], one[:, None], half, half, Fraction(1), Fraction(1))
    search = Search(instance, Fraction(0), Fraction(1), Fraction(1), Fraction(-1), Fraction(5), 1)
    return Run(search, 2, Fraction(-4))


_HALFSPACES = domain("halfspace")
_RATE, _START = r"\left(1-\frac\mu L\right)^{2T_d}", r"(\rho(w_0)-\rho^*)"
_LENGTH = r"\left(\frac\zeta\mu\right)^24^{-T_s}|b^{(0)}-a^{(0)}|^2"
_DUAL, _TWO = r"\|\nabla f(\tilde w_{T_d})\|_{S^{-1}}^2", r"\|\nabla f(\tilde w_{T_d})\|^2"
PRINTED = Statement(
    id="E12.printed",
    tex=_TWO + r" \le " + _RATE + r"\Phi^2" + _START + r"+2^{-T_s}\zeta\frac{|b^{(0)}-a^{(0)}|}{\mu^2}",
    truth=Truth.FALSE,
    sides=_printed,
    relation="<=",
    witness=_witness(),
    note="already with Phi = sup|c1|: the term of the length has other units than the rest (E10), and the norm is not"
    " that of the proof.",
    **_HALFSPACES,
)
CORRECTED = PRINTED.neighbour(
    "corrected",
    Truth.TRUE,
    _DUAL + r" \le " + _RATE + "C^2" + _START + "+" + _LENGTH + r",\quad C=\sup|c_1|",
    _together,
    "F5 splits the gradient, E11 and E10 bound its parts.",
    **domain("any"),
)


def _mutant(name: str, truth: Truth, tex: str, sides: Callable[[Any], Any], note: str, **changes: Any) -> Statement:
    return CORRECTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **({} if changes else _HALFSPACES) | changes)


MUTANTS = (
    _mutant(
        "split",
        Truth.WEAKER,
        _DUAL + r" = c_1^2(\rho(w_{T_d})-\rho^*)+(\partial_\gamma f)^2",
        _split,
        "a premise: F5 at the end of the run",
        relation="==",
        **domain("any"),
    ),
    _mutant(
        "sharp",
        Truth.WEAKER,
        CORRECTED.tex.replace(r" \le ", " = ") + r"\ \text{for }S=\mu I,\ b\text{ the root}",
        _together,
        "beside the bound, it is attained for mu = L",
        relation="==",
        **domain("sharp"),
    ),
    _mutant(
        "plain-norm-by-l",
        Truth.WEAKER,
        _TWO + r" \le L\left(" + _RATE + "C^2" + _START + "+" + _LENGTH + r"\right)",
        _with(lambda case, search: search.instance.L * _bound(case, search), _plain),
        "|g|^2 <= L |g|^2_{S^-1}",
        **domain("any"),
    ),
    _mutant(
        "plain-norm",
        Truth.FALSE,
        CORRECTED.tex.replace(_DUAL, _TWO),
        _with(_bound, _plain),
        "the bound is one in the S^-1-norm",
    ),
    _mutant(
        "covariance-norm",
        Truth.FALSE,
        CORRECTED.tex.replace("S^{-1}", r"\mathrm{Cov}^{-1}", 1),
        _with(_bound, _of_covariance),
        "Cov = S - u u^T is smaller than S, its inverse larger",
    ),
    _mutant(
        "no-length",
        Truth.FALSE,
        _DUAL + r" \le " + _RATE + "C^2" + _START,
        _with(lambda case, search: _bound(case, search) - length_bound(search)),
        "a bisection ends beside the root",
    ),
    _mutant(
        "no-direction",
        Truth.FALSE,
        _DUAL + r" \le " + _LENGTH,
        _with(lambda case, search: length_bound(search)),
        "the direction has its own part",
    ),
    _mutant(
        "unsquared",
        Truth.FALSE,
        _DUAL + r" \le " + _RATE + "C" + _START + "+" + _LENGTH,
        _with(
            lambda case, search: (
                sqrt(squared_coefficient(case, search)) * contracted(case.search.instance, case.directions)
                + length_bound(case.search)
            )
        ),
        "C squared: the gradient is linear in c1",
    ),
    _mutant(
        "printed-length",
        Truth.FALSE,
        _DUAL + r" \le " + _RATE + "C^2" + _START + r"+2^{-T_s}\zeta|b-a|/\mu^2",
        _with(lambda case, search: _printed(case)[1]),
        "E10's print; the norm is not all that is wrong",
    ),
    _mutant(
        "rate-4t",
        Truth.FALSE,
        _DUAL + r" \le (1-\mu/L)^{4T_d}C^2" + _START + "+" + _LENGTH,
        _other_rate(lambda q, t: (1 - q) ** (4 * t)),
        "E5's tight family",
    ),
    _mutant(
        "softplus",
        Truth.WEAKER,
        CORRECTED.tex + r"\ \text{for }\varphi(t)=\log(1+e^t),\ C=1,\ \zeta=L/4",
        softplus_run,
        "a consequence: runs on softplus itself, enclosed in balls",
        cases=RUNS,
        sample=None,
    ),
)

E12 = Claim(
    id="E12",
    title="Length and direction together",
    source="Kohler et al. 2018, Theorem 2",
    assumes=(
        "z Gaussian, u^T w_0 != 0, f zeta-smooth",
        "T_d direction steps, then T_s bisection steps on [a, b]; psi = d_gamma f, psi(a) <= 0 <= psi(b)",
        "C >= |c1(w~)|, c1 = E[phi'] - E[phi''] u^T w~ the coefficient of u in the gradient",
    ),
    printed=PRINTED,
    corrected=CORRECTED,
    mutants=MUTANTS,
    proof="gdnp_rate",
    figure="halfspace_rate",
    note="False in the plain norm and with the printed term of the length. In the S^-1-norm the squared gradient is"
    " c1^2 D + psi^2, and each part has its bound: E11 and E10 corrected.",
)
CLAIMS = (E12,)
