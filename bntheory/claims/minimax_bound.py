r"""C5: the largest gradient in weight space, over all data of bounded size.

Setting. y = X w for one unit j (a column w of W), X of shape (m, d), |X| its largest singular value. The gradients in
w are X^T grad_y L and X^T grad_y L^. g_j = max |grad_W L|^2 and g^_j = max |grad_W L^|^2 over |X| <= lambda.

Assumptions. eps = 0; the unit's g = grad L, sigma and y^ are held fixed while X varies. Then max |X^T a|^2 =
lambda^2 |a|^2, attained by X = lambda a w^T/|a| with any unit vector w.

Main statement. g^_j = gamma^2/sigma^2 ( g_j - lambda^2 m mean(g)^2 - (lambda^2/m) <g,y^>^2 ), lambda^2 times C3.

Source: Santurkar, Tsipras, Ilyas and Madry 2018, Theorem 4.4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from bntheory import transform
from bntheory.cases import Unit, exact_array, rational_vectors, rationals, sample_units, units
from bntheory.claim import Claim, Statement, Truth


@dataclass(frozen=True, eq=False)
class BoundedData:
    """A unit, the bound lambda > 0 on |X|, a unit vector w of shape (2,) and a second column of shape (m,)."""

    unit: Unit
    lam: Any
    w: Any
    column: Any


@st.composite
def bounded_data(draw: DrawFn) -> BoundedData:
    """Units at eps = 0 with a bound, and rational unit vectors."""
    unit = draw(units("zero"))
    w = _unit_vector(draw(st.integers(-3, 3)), draw(st.integers(1, 3)))
    return BoundedData(unit, draw(rationals(positive=True)), w, draw(rational_vectors(len(unit.y))))


def sample_bounded_data(rng: np.random.Generator, n: int) -> list[BoundedData]:
    """The same in floats, but for w: a rounded unit vector is none."""

    def data(unit: Unit) -> BoundedData:
        w = _unit_vector(int(rng.integers(-9, 10)), int(rng.integers(1, 10)))
        return BoundedData(unit, 10.0 ** rng.uniform(-2, 2), w, rng.standard_normal(len(unit.y)))

    return [data(unit) for unit in sample_units("zero")(rng, n)]


def _unit_vector(p: int, q: int) -> Any:
    """(q^2 - p^2, 2 p q)/(p^2 + q^2)."""
    return exact_array([Fraction(q * q - p * p, p * p + q * q), Fraction(2 * p * q, p * p + q * q)])


class _Terms(NamedTuple):
    """g^_j and g_j by their maxima, m, gamma, sigma, lambda, mean(g), <g,y^>."""

    normalized: Any
    plain: Any
    m: Any
    gamma: Any
    sigma: Any
    lam: Any
    mean: Any
    correlation: Any


def _terms(data: BoundedData) -> _Terms:
    unit, m = data.unit, data.unit.y.shape[0]
    batch = transform.standardize(unit.y, unit.eps)
    gradient, _, _ = transform.backward(batch, unit.gamma, unit.g)
    normalized, plain = data.lam**2 * (gradient @ gradient), data.lam**2 * (unit.g @ unit.g)
    return _Terms(normalized, plain, m, unit.gamma, batch.s, data.lam, unit.g.sum() / m, unit.g @ batch.x_hat)


def _corrected(data: BoundedData) -> tuple[Any, Any]:
    n = _terms(data)
    removed = n.lam**2 * n.m * n.mean**2 + n.lam**2 / n.m * n.correlation**2
    return n.normalized, n.gamma**2 / n.sigma**2 * (n.plain - removed)


def _with(rhs: Callable[[_Terms], Any]) -> Callable[[BoundedData], tuple[Any, Any]]:
    def sides(data: BoundedData) -> tuple[Any, Any]:
        n = _terms(data)
        return n.normalized, rhs(n)

    return sides


def _gradients(data: BoundedData) -> tuple[Any, Any]:
    """grad_y L^, and gamma^2/sigma^2 times what C3 leaves of |g|^2."""
    n = _terms(data)
    batch = transform.standardize(data.unit.y, data.unit.eps)
    gradient, _, _ = transform.backward(batch, data.unit.gamma, data.unit.g)
    return gradient, _corrected(data)[1] / n.lam**2


def _pointwise(data: BoundedData) -> tuple[Any, Any]:
    """X with the columns y and another: |X^T grad_y L^|^2 against gamma^2/sigma^2 |X^T g|^2."""
    gradient, _ = _gradients(data)
    scale = (data.unit.gamma / _terms(data).sigma) ** 2
    columns = (data.unit.y, data.column)
    return sum((column @ gradient) ** 2 for column in columns), scale * sum((c @ data.unit.g) ** 2 for c in columns)


def _any_matrix(data: BoundedData) -> tuple[Any, Any]:
    """X with columns y and another, lambda = its Frobenius norm, which is at least |X|."""
    gradient, left = _gradients(data)
    columns = (data.unit.y, data.column)
    return sum((column @ gradient) ** 2 for column in columns), sum(column @ column for column in columns) * left


def _attained(data: BoundedData) -> tuple[Any, Any]:
    """X = a w^T with a = grad_y L^ and |w| = 1, so that |X| = |a|: X^T a = |a|^2 w."""
    gradient, left = _gradients(data)
    image = (gradient @ gradient) * data.w
    return image @ image, (gradient @ gradient) * left


def _moving(data: BoundedData) -> tuple[Any, Any]:
    """X_0 = [y, column] and X = [t y, column] with t = lambda/(1 + lambda) < 1, w = (1, 0), so that |X| <= |X_0|.

    |grad_w L^|^2 at X, against the bound at X_0 with |X_0|_F^2 for lambda^2.
    """
    _, left = _gradients(data)
    shrunk = data.lam / (1 + data.lam) * data.unit.y
    gradient, _, _ = transform.backward(transform.standardize(shrunk, data.unit.eps), data.unit.gamma, data.unit.g)
    columns = (data.unit.y, data.column)
    return (shrunk @ gradient) ** 2 + (data.column @ gradient) ** 2, sum(c @ c for c in columns) * left


def _witness(y: Sequence[int], g: Sequence[int]) -> BoundedData:
    """A counterexample found by the search: gamma = lambda = 1, w = (1, 0), the other column 0."""
    unit = Unit(exact_array(y), exact_array(g), gamma=1, beta=0, eps=0)
    return BoundedData(unit, 1, exact_array([1, 0]), exact_array([0] * len(y)))


_CASES: dict[str, Any] = {"cases": bounded_data(), "sample": sample_bounded_data}
_SCALE = r"\hat g_j \le \frac{\gamma^2}{\sigma_j^2}"
PRINTED = Statement(
    id="C5.printed",
    tex=_SCALE + r"\left(g_j^2 - m\mu_{g_j}^2 - \lambda^2\langle\nabla_{y_j}L,\hat y_j\rangle^2\right)",
    truth=Truth.FALSE,
    sides=_with(lambda n: n.gamma**2 / n.sigma**2 * (n.plain**2 - n.m * n.mean**2 - n.lam**2 * n.correlation**2)),
    relation="<=",
    witness=_witness([1, -1], [0, 1]),
    note="g_j is a square already: g_j^2 is of degree 4 in L, the other terms of degree 2; and two factors are wrong.",
    **_CASES,
)
CORRECTED = PRINTED.neighbour(
    "corrected",
    Truth.TRUE,
    r"\hat g_j = \frac{\gamma^2}{\sigma_j^2}\left(g_j - \lambda^2 m\,\mu_{g_j}^2"
    r" - \frac{\lambda^2}{m}\langle\nabla_{y_j}L,\hat y_j\rangle^2\right)",
    _corrected,
    "g, sigma_j and y^_j held fixed while X varies over |X| <= lambda; eps = 0.",
    relation="==",
)
READINGS = (
    PRINTED.neighbour(
        "reading.squares-outside",
        Truth.FALSE,
        _SCALE + r"\left(g_j - m\mu_{g_j}^2 - \lambda^2\langle\nabla_{y_j}L,\hat y_j\rangle^2\right)",
        _with(lambda n: n.gamma**2 / n.sigma**2 * (n.plain - n.m * n.mean**2 - n.lam**2 * n.correlation**2)),
        "g_j^2 read as max |grad_W L|^2: lambda^2 is missing before mu_g^2, and 1/m before the inner product.",
        witness=_witness([1, -1], [0, 1]),
    ),
)


def _neighbour(
    name: str, truth: Truth, tex: str, sides: Callable[[BoundedData], Any], note: str, relation: str = "=="
) -> Statement:
    return PRINTED.neighbour(f"mutant.{name}", truth, tex, sides, note, relation=relation)


_EQUAL = r"\hat g_j = \frac{\gamma^2}{\sigma_j^2}"
MUTANTS = (
    _neighbour(
        "no-lambda",
        Truth.FALSE,
        _EQUAL + r"(g_j - m\mu_g^2 - \frac{\lambda^2}m\langle g,\hat y\rangle^2)",
        _with(lambda n: n.gamma**2 / n.sigma**2 * (n.plain - n.m * n.mean**2 - n.lam**2 / n.m * n.correlation**2)),
        "every term carries lambda^2",
    ),
    _neighbour(
        "undivided",
        Truth.FALSE,
        _EQUAL + r"(g_j - \lambda^2m\mu_g^2 - \lambda^2\langle g,\hat y\rangle^2)",
        _with(lambda n: n.gamma**2 / n.sigma**2 * (n.plain - n.lam**2 * n.m * n.mean**2 - n.lam**2 * n.correlation**2)),
        "|y^|^2 = m",
    ),
    _neighbour(
        "mean-without-m",
        Truth.FALSE,
        _EQUAL + r"(g_j - \lambda^2\mu_g^2 - \frac{\lambda^2}m\langle g,\hat y\rangle^2)",
        _with(lambda n: n.gamma**2 / n.sigma**2 * (n.plain - n.lam**2 * n.mean**2 - n.lam**2 / n.m * n.correlation**2)),
        "<1,g>^2/m = m mean(g)^2",
    ),
    _neighbour(
        "lambda-once",
        Truth.FALSE,
        _EQUAL + r"(g_j - \lambda m\mu_g^2 - \frac{\lambda}m\langle g,\hat y\rangle^2)",
        _with(lambda n: n.gamma**2 / n.sigma**2 * (n.plain - n.lam * n.m * n.mean**2 - n.lam / n.m * n.correlation**2)),
        "squared norms carry lambda^2",
    ),
    _neighbour(
        "nothing-removed",
        Truth.FALSE,
        _EQUAL + "g_j",
        _with(lambda n: n.gamma**2 / n.sigma**2 * n.plain),
        "the layer removes the parts along 1 and y^",
    ),
    _neighbour(
        "pointwise",
        Truth.FALSE,
        r"\|\nabla_W\hat L\|^2 \le \frac{\gamma^2}{\sigma^2}\|\nabla_WL\|^2",
        _pointwise,
        "at a given X the gradient in weight space may grow, even where the largest one does not",
        relation="<=",
    ),
    _neighbour(
        "moving-statistics",
        Truth.FALSE,
        r"\|\nabla_W\hat L(X)\|^2 \le \frac{\gamma^2}{\sigma_j(X_0)^2}\|X_0\|_F^2(\ldots),\ \|X\|\le\|X_0\|",
        _moving,
        "with sigma_j(X) in play there is no bound: shrink the column that makes y, and sigma with it",
        relation="<=",
    ),
    _neighbour(
        "any-matrix",
        Truth.WEAKER,
        r"\|X^\top\nabla_y\hat L\|^2 \le \frac{\gamma^2}{\sigma^2}\|X\|_F^2(\ldots)",
        _any_matrix,
        "|X| <= |X|_F: no matrix exceeds the bound",
        relation="<=",
    ),
    _neighbour(
        "attained",
        Truth.EQUIVALENT,
        r"\|X^\top\nabla_y\hat L\|^2 = \frac{\gamma^2}{\sigma^2}\|X\|^2(\ldots),\ X=\nabla_y\hat L\,w^\top",
        _attained,
        "the maximum over X is attained by a matrix of rank one, so the bound is an equality",
    ),
    _neighbour(
        "bound",
        Truth.WEAKER,
        _SCALE + "g_j",
        _with(lambda n: n.gamma**2 / n.sigma**2 * n.plain),
        "two squares less are subtracted",
        relation="<=",
    ),
)

C5 = Claim(
    id="C5",
    title="Minimax bound in weight space",
    source="Santurkar et al. 2018, Theorem 4.4",
    assumes=("eps = 0", "gamma, beta constant", "g, sigma_j, y^_j held fixed while X varies over |X| <= lambda"),
    printed=PRINTED,
    corrected=CORRECTED,
    readings=READINGS,
    mutants=MUTANTS,
    proof="minimax_bound",
    figure=None,
    note="False as printed: it is not homogeneous in the loss. With g, sigma_j and y^_j held fixed the maximum of"
    " |X^T a|^2 over |X| <= lambda is lambda^2 |a|^2, so the true statement is lambda^2 times C3, an equality. If"
    " sigma_j and y^_j vary with X, the maximum is infinite.",
)
CLAIMS = (C5,)
