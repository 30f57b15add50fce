r"""E10: the bisection for the length, along one direction w.

Setting. v = w/|w|_S, psi(gamma) = d_gamma f(gamma v) = v^T grad f(gamma v); f is zeta-smooth, that is |Hess f| <= zeta.
T_s bisection steps on a bracket [a, b] with psi(a) <= 0 <= psi(b); a_T is the left end that is left (E9).

Cases. f(w~) = w~^T H w~/2 + p u^T w~ with H = sphere I + lam S, sphere, lam >= 0, so that zeta = sphere + lam L and
psi(gamma) = k (gamma - root), k = v^T H v; p is what makes psi vanish at `root`. With sphere = 0 this is the Gaussian
halfspace with phi(t) = lam t^2/2 + p t. Its phi' is not bounded, as E7 asks, but making it constant far out, with
0 <= phi'' <= lam, keeps zeta = lam L and changes psi on a bracket as little as one likes: strict violations stay.
For any other f the mean value theorem gives psi(a_T) = k (a_T - root) with 0 <= k <= zeta |v|^2 and a root in the last
bracket; these are the slopes of H = sphere I.

Assumptions. S symmetric positive definite with extreme eigenvalues mu <= L; the change of sign on [a, b].

Main statements.
- psi(a_T)^2 <= (zeta/mu)^2 4^(-T_s) |b - a|^2: psi is zeta |v|^2-Lipschitz, and |v|^2 <= |v|_S^2/mu = 1/mu.
- Equality where w is a bottom eigenvector, H = zeta I, and the root is b; for mu = L also on halfspaces.
- In terms of M = sup|phi''| neither mu nor L enters: psi(a_T)^2 <= M^2 4^(-T_s) |b - a|^2, for
  |psi'| = |E[phi''(z^T w~) (z^T v)^2]| <= M |v|_S^2.

Source: Kohler et al. 2018, proof of Theorem 2.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

from bntheory.cases import Quadratic, exact_array
from bntheory.cases.brackets import ANYWHERE, AT_B, Search, sample_searches, searches
from bntheory.claim import Claim, Statement, Truth
from bntheory.methods.length import bisected


def curvature(case: Search) -> Any:
    """k = v^T H v, the slope of psi."""
    q = case.instance
    return case.sphere * (q.w @ q.w) / (q.w @ (q.S @ q.w)) + case.lam


def smoothness(case: Search) -> Any:
    """zeta, the largest eigenvalue of H."""
    return case.sphere + case.lam * case.instance.L


def slope(case: Search, gamma: Any) -> Any:
    """psi(gamma)."""
    return curvature(case) * (gamma - case.root)


def found_length(case: Search) -> Any:
    """a_T."""
    return bisected(partial(slope, case), case.a, case.b, case.count)[0]


def length_bound(case: Search) -> Any:
    """(zeta/mu)^2 4^(-T_s) |b - a|^2."""
    return (smoothness(case) / case.instance.mu) ** 2 * (case.b - case.a) ** 2 / 4**case.count


def _squared_slope(case: Search) -> Any:
    return slope(case, found_length(case)) ** 2


def _bounded(case: Search) -> tuple[Any, Any]:
    return _squared_slope(case), length_bound(case)


def _bounded_along_the_ray(case: Search) -> tuple[Any, Any]:
    """With M = sup|phi''|, which is lam."""
    return _squared_slope(case), case.lam**2 * (case.b - case.a) ** 2 / 4**case.count


def _with(rhs: Callable[[Any, Any, Any, Any, int], Any]) -> Callable[[Search], tuple[Any, Any]]:
    """The slope against another right side in zeta, mu, L, |b - a| and T_s."""

    def sides(case: Search) -> tuple[Any, Any]:
        q = case.instance
        return _squared_slope(case), rhs(smoothness(case), q.mu, q.L, case.b - case.a, case.count)

    return sides


_HALFSPACES: dict[str, Any] = {
    "cases": searches("halfspace"),
    "sample": partial(sample_searches, family="halfspace"),
}


def _witness() -> Search:
    """A counterexample found by the search: S = 1, phi'' = 3."""
    one = exact_array([Fraction(1)])
    instance = Quadratic(one[:, None], one[:, None], one, one, Fraction(1), Fraction(1))
    return Search(instance, Fraction(0), Fraction(3), Fraction(0), Fraction(-1), Fraction(0), 1)


_LEFT = r"(\partial_\gamma f(w,a^{(T_s)}))^2 \le "
PRINTED = Statement(
    id="E10.printed",
    tex=_LEFT + r"2^{-T_s}\zeta\frac{|b^{(0)}-a^{(0)}|}{\mu^2}",
    truth=Truth.FALSE,
    sides=_with(lambda zeta, mu, L, width, T: zeta * width / mu**2 / 2**T),
    relation="<=",
    witness=_witness(),
    note="it is not homogeneous: with c f in place of f the left side grows by c^2, the right one by c; likewise with"
    " the width. On halfspaces with quadratic phi, whose derivative may be made constant far out.",
    **_HALFSPACES,
)
CORRECTED = PRINTED.neighbour(
    "corrected",
    Truth.TRUE,
    _LEFT + r"\left(\frac\zeta\mu\right)^24^{-T_s}|b^{(0)}-a^{(0)}|^2",
    _bounded,
    "given a change of sign on the bracket; for every zeta-smooth f.",
    cases=searches("any"),
    sample=sample_searches,
)


def _mutant(name: str, truth: Truth, tex: str, rhs: Callable[[Any, Any, Any, Any, int], Any], note: str) -> Statement:
    return CORRECTED.neighbour(f"mutant.{name}", truth, _LEFT + tex, _with(rhs), note, **_HALFSPACES)


MUTANTS = (
    CORRECTED.neighbour(
        "mutant.sharp",
        Truth.WEAKER,
        CORRECTED.tex.replace(r" \le ", " = ")
        + r"\ \text{for }w\text{ at the bottom, }\nabla^2f=\zeta I,\ b\text{ the root}",
        _bounded,
        "beside the bound, it is attained: for every mu <= L by H = zeta I, for mu = L by halfspaces",
        relation="==",
        cases=searches("sharp"),
        sample=partial(sample_searches, family="sharp", places=AT_B),
    ),
    CORRECTED.neighbour(
        "mutant.sup-d2phi",
        Truth.WEAKER,
        _LEFT + r"\sup|\varphi''|^2\,4^{-T_s}|b^{(0)}-a^{(0)}|^2",
        _bounded_along_the_ray,
        "beside the bound: |psi'| = |E[phi'' (z^T v)^2]| <= sup|phi''| since |v|_S = 1, whatever mu and L",
        **_HALFSPACES,
    ),
    _mutant(
        "half", Truth.WEAKER, r"(\zeta/\mu)^22^{-T_s}|b-a|^2", lambda z, mu, L, b, T: (z / mu * b) ** 2 / 2**T, "2 < 4"
    ),
    _mutant(
        "eighth",
        Truth.FALSE,
        r"(\zeta/\mu)^28^{-T_s}|b-a|^2",
        lambda z, mu, L, b, T: (z / mu * b) ** 2 / 8**T,
        "the bracket is halved, its square a quarter",
    ),
    _mutant(
        "unsquared",
        Truth.FALSE,
        r"(\zeta/\mu)\,4^{-T_s}|b-a|",
        lambda z, mu, L, b, T: z / mu * b / 4**T,
        "the bound on |psi| is squared",
    ),
    _mutant(
        "width-unsquared",
        Truth.FALSE,
        r"(\zeta/\mu)^24^{-T_s}|b-a|",
        lambda z, mu, L, b, T: (z / mu) ** 2 * b / 4**T,
        "the width is squared too",
    ),
    _mutant(
        "no-mu",
        Truth.FALSE,
        r"\zeta^24^{-T_s}|b-a|^2",
        lambda z, mu, L, b, T: (z * b) ** 2 / 4**T,
        "|v|_S = 1, not |v| = 1",
    ),
    _mutant(
        "mu-unsquared",
        Truth.FALSE,
        r"\frac{\zeta^2}\mu4^{-T_s}|b-a|^2",
        lambda z, mu, L, b, T: (z * b) ** 2 / mu / 4**T,
        "zeta |v|^2 <= zeta/mu is squared",
    ),
    _mutant(
        "one-step-more",
        Truth.FALSE,
        r"(\zeta/\mu)^24^{-(T_s+1)}|b-a|^2",
        lambda z, mu, L, b, T: (z / mu * b) ** 2 / 4 ** (T + 1),
        "the left end, not the middle, is returned",
    ),
    CORRECTED.neighbour(
        "mutant.swapped",
        Truth.FALSE,
        _LEFT + r"(\zeta/L)^24^{-T_s}|b-a|^2",
        _with(lambda z, mu, L, b, T: (z / L * b) ** 2 / 4**T),
        "an equality for quadratic phi, and false for f at large; on halfspaces it fails where phi'' is concentrated"
        " about one point and u is along the bottom eigenvector",
    ),
    CORRECTED.neighbour(
        "mutant.no-change-of-sign",
        Truth.FALSE,
        CORRECTED.tex + r"\ \text{on any bracket}",
        _bounded,
        "the bisection then runs to an end, where the slope is what it is",
        cases=searches("halfspace", ANYWHERE),
        sample=partial(sample_searches, family="halfspace", places=ANYWHERE),
    ),
)

E10 = Claim(
    id="E10",
    title="Length: convergence of the bisection",
    source="Kohler et al. 2018, proof of Theorem 2",
    assumes=(
        "f zeta-smooth",
        "S symmetric positive definite with extreme eigenvalues mu, L",
        "psi = d_gamma f(w, .), psi(a) <= 0 <= psi(b)",
        "a^(T_s) the left end after T_s bisection steps",
    ),
    printed=PRINTED,
    corrected=CORRECTED,
    mutants=MUTANTS,
    proof="length_search",
    figure=None,
    note="False: the two sides have different units. The bracket is halved T_s times and psi is zeta/mu-Lipschitz: that"
    " gives the corrected bound. For the sigmoid loss there is no bracket: psi has the sign of u^T w all along a ray.",
)
CLAIMS = (E10,)
