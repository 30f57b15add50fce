r"""D2: the growth rate of gradients against the batch size, and its limit.

Setting. As in `explosion` and `leaky_relu`: lambda(B) for a batch of B samples, B >= 4.

Main statements.
- Leaky ReLU with any slope a (linear: 1, ReLU: 0): lambda(B) decreases, by at least what the linear rate 1 + 1/(B-3)
  decreases, to lambda_inf = (1+a^2)/(1+a^2-(1-a)^2/pi), which is pi/(pi-1) for ReLU; and for a >= 0
  lambda_inf + 1/(B-3) <= lambda(B) <= lambda_inf + (2 lambda_inf - 1)/(B-3).
- Polynomials of degree 2: lambda(B) decreases. Of degree 3 it need not: 3t - t^3 rises from B = 4 to 7.
- Any phi: lambda_inf = E[phi'(Z)^2]/Var[phi(Z)] >= 1 for Z standard normal, with equality iff phi is affine (Poincare).

Source: Yang et al. 2019, Section 4, for the print; what holds is ours, but for Gaussian Poincare (Chernoff 1981).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from bntheory.cases import rationals
from bntheory.claim import Claim, Statement, Truth
from bntheory.claims import explosion, leaky_relu
from bntheory.claims.explosion import Network
from bntheory.claims.leaky_relu import Leaky, leaky_networks, sample_leaky
from bntheory.claims.spectral_gap import RISING
from bntheory.meanfield import leaky_relu_limit, leaky_relu_rate, polynomial_limit
from bntheory.numbers import sqrt


def _slopes(*special: int, least: float | None = None) -> dict[str, Any]:
    """Any slope, slopes from `least` on, or only these."""
    if special:
        values = [Fraction(a) for a in special]
        return {
            "cases": leaky_networks(st.sampled_from(values)),
            "sample": lambda rng, n: [Leaky(case.B, values[0], case.more) for case in sample_leaky(rng, n)],
        }
    if least is None:
        return {"cases": leaky_networks(rationals()), "sample": sample_leaky}
    return {
        "cases": leaky_networks(rationals().filter(lambda a: a >= least)),
        "sample": lambda rng, n: sample_leaky(rng, n, least=least),
    }


def _decrease(case: Leaky) -> tuple[Any, Any]:
    """lambda(B + n), and what is gone of the linear rate 1 + 1/(B-3) by then."""
    B, n = case.B, case.more
    return leaky_relu_rate(B + n, case.a) + n / ((B - 3) * (B + n - 3)), leaky_relu_rate(B, case.a)


def _corrected(case: Leaky) -> tuple[Any, Any]:
    return _decrease(case)


def _limit(case: Leaky) -> Any:
    return leaky_relu_limit(case.a)


def _above(surplus: Callable[[Any, Any], Any]) -> Callable[[Leaky], tuple[Any, Any]]:
    """lambda_inf + surplus(lambda_inf, B) <= lambda(B)."""
    return lambda case: (_limit(case) + surplus(_limit(case), case.B), leaky_relu.rate(case))


def _below(surplus: Callable[[Any, Any], Any]) -> Callable[[Leaky], tuple[Any, Any]]:
    """lambda(B) <= lambda_inf + surplus(lambda_inf, B)."""
    return lambda case: (leaky_relu.rate(case), _limit(case) + surplus(_limit(case), case.B))


def _larger_batch(case: Network) -> tuple[Any, Any]:
    return explosion.rate(explosion.larger(case)), explosion.rate(case)


def _poincare(least: int) -> Callable[[Network], tuple[Any, Any]]:
    return lambda case: (least, polynomial_limit(case.coefficients.tolist()))


def _uncentred(case: Network) -> tuple[Any, Any]:
    """E[phi(Z)^2] in place of the variance, for phi(t) = c_0 + c_1 t."""
    mean, slope, *_ = case.coefficients
    return mean**2 + slope**2, slope**2


PRINTED = Statement(
    id="D2.printed",
    tex=r"\lambda(B') \le \lambda(B)\ \text{for }B'>B",
    truth=Truth.FALSE,
    sides=_larger_batch,
    relation="<=",
    witness=RISING,
    note="for any nonlinearity: 3t - t^3 is nearly flat where x^ lives for B = 4, and bends more on a larger sphere.",
    **explosion.domain(),
)
CORRECTED = PRINTED.neighbour(
    "corrected",
    Truth.TRUE,
    r"\lambda(B+n) \le \lambda(B)-\left(\frac1{B-3}-\frac1{B+n-3}\right)\ \text{for leaky ReLU of any slope}",
    _corrected,
    "linear, ReLU and every other slope: what the kink adds to the linear rate decreases too.",
    **_slopes(),
)


def _mutant(name: str, truth: Truth, tex: str, sides: Callable[[Any], Any], note: str, **changes: Any) -> Statement:
    return CORRECTED.neighbour(f"mutant.{name}", truth, tex, sides, note, **changes)


_INF = r"\lambda_\infty=\frac{1+a^2}{1+a^2-(1-a)^2/\pi}"
MUTANTS = (
    _mutant(
        "sharp",
        Truth.WEAKER,
        r"\lambda(B+n) = \lambda(B)-\left(\frac1{B-3}-\frac1{B+n-3}\right)\ \text{for }a=1",
        _corrected,
        "beside the bound: linear networks attain it",
        relation="==",
        **_slopes(1),
    ),
    _mutant(
        "limit-from-above",
        Truth.WEAKER,
        r"\lambda_\infty+\frac1{B-3} \le \lambda(B),\quad " + _INF,
        _above(lambda limit, B: 1 / (B - 3)),
        "n -> infinity in the corrected statement",
    ),
    _mutant(
        "limit-rate",
        Truth.WEAKER,
        r"\lambda(B) \le \lambda_\infty+\frac{2\lambda_\infty-1}{B-3}\ \text{for }a\ge0",
        _below(lambda limit, B: (2 * limit - 1) / (B - 3)),
        "beside it: the limit is lambda_inf, approached like 1/B; with equality for a = 1",
        **_slopes(least=0),
    ),
    _mutant(
        "relu-limit",
        Truth.WEAKER,
        r"\frac\pi{\pi-1} \le \lambda_{\mathrm{ReLU}}(B)",
        _above(lambda limit, B: 0),
        "the printed limit, approached from above, for the norm squared",
        **_slopes(0),
    ),
    _mutant(
        "quadratic",
        Truth.WEAKER,
        r"\lambda(B') \le \lambda(B)\ \text{for polynomials }\varphi\text{ of degree 2}",
        _larger_batch,
        "beside it: degree 3 is the least that a counterexample needs",
        cases=explosion.networks(2, 3),
        sample=lambda rng, n: explosion.sample(rng, n, degrees=(1, 2, 2, 2)),
    ),
    _mutant(
        "poincare",
        Truth.WEAKER,
        r"\lim_{B\to\infty}\lambda(B) = \frac{\mathrm E[\varphi'(Z)^2]}{\mathrm{Var}[\varphi(Z)]} \ge 1",
        _poincare(1),
        "beside it, for any phi: the limit is 1 iff phi is affine",
        **explosion.domain(),
    ),
    _mutant(
        "poincare-twice",
        Truth.FALSE,
        r"\frac{\mathrm E[\varphi'(Z)^2]}{\mathrm{Var}[\varphi(Z)]} \ge 2",
        _poincare(2),
        "that is the constant without the linear part",
        **explosion.domain(),
    ),
    _mutant(
        "poincare-uncentred",
        Truth.FALSE,
        r"\mathrm E[\varphi(Z)^2] \le \mathrm E[\varphi'(Z)^2]",
        _uncentred,
        "a constant added to phi changes neither gradient nor variance",
        **explosion.domain(affine=True),
    ),
    _mutant(
        "norm",
        Truth.FALSE,
        r"\sqrt{\lambda_{\mathrm{ReLU}}(B)} \ge \frac\pi{\pi-1}",
        lambda case: (_limit(case), sqrt(leaky_relu.rate(case))),
        "pi/(pi-1) is the limit for the norm squared; the norm grows by its root",
        **_slopes(0),
    ),
    _mutant(
        "from-below",
        Truth.FALSE,
        r"\lambda_{\mathrm{ReLU}}(B) \le \frac\pi{\pi-1}",
        _below(lambda limit, B: 0),
        "from above",
        **_slopes(0),
    ),
    _mutant(
        "one-limit",
        Truth.FALSE,
        r"\lambda(B) \ge \frac\pi{\pi-1}\ \text{for }a\ge0",
        lambda case: (leaky_relu_limit(0 * case.a), leaky_relu.rate(case)),
        "the limit depends on the slope: 1 for a = 1",
        **_slopes(least=0),
    ),
    _mutant(
        "twice-as-fast",
        Truth.FALSE,
        r"\lambda(B+n) \le \lambda(B)-2\left(\frac1{B-3}-\frac1{B+n-3}\right)",
        lambda case: (
            2 * _decrease(case)[0] - leaky_relu.rate(Leaky(case.B + case.more, case.a)),
            leaky_relu.rate(case),
        ),
        "linear networks decrease once as fast",
    ),
    _mutant(
        "quadratic-rate",
        Truth.FALSE,
        r"\lambda(B) \le \lambda_\infty+\frac{2\lambda_\infty-1}{(B-3)^2}",
        _below(lambda limit, B: (2 * limit - 1) / (B - 3) ** 2),
        "the distance is of order 1/B",
        **_slopes(least=0),
    ),
    _mutant(
        "rate-any-slope",
        Truth.FALSE,
        r"\lambda(B) \le \lambda_\infty+\frac{2\lambda_\infty-1}{B-3}",
        _below(lambda limit, B: (2 * limit - 1) / (B - 3)),
        "not for slopes near -1, the absolute value",
    ),
    _mutant(
        "twice-above",
        Truth.FALSE,
        r"\lambda_\infty+\frac2{B-3} \le \lambda(B)",
        _above(lambda limit, B: 2 / (B - 3)),
        "linear networks are above by 1/(B-3)",
    ),
)
D2 = Claim(
    id="D2",
    title="The growth rate against the batch size; the limit for ReLU",
    source="Yang et al. 2019, Section 4",
    assumes=(
        "as in D1: infinite width, Gaussian weights, B >= 4, eps = 0, gamma = 1, beta = 0, fixed point; lambda too",
    ),
    printed=PRINTED,
    corrected=CORRECTED,
    mutants=MUTANTS,
    proof="batch_size",
    figure="explosion",
    note="False for nonlinearities at large: for 3t - t^3 the rate rises from B = 4 to 7. True for leaky ReLU of every"
    " slope, ReLU and linear among them, and for degree 2. The limit pi/(pi-1) of ReLU is right for the norm squared.",
)
CLAIMS = (D2,)
