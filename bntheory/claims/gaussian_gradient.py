r"""The premises of E8: Stein's lemma for polynomials, and the gradient in its two forms.

Setting. z Gaussian with u = E[z] and S = E[z z^T] = Cov + u u^T; f(w~) = E[phi(z^T w~)], a = E[phi'(z^T w~)],
b = E[phi''(z^T w~)], c1 = a - b u^T w~. For a polynomial phi, f is a polynomial in the mean and the variance of z^T w~,
whose derivative along any v is taken exactly.

Main statements.
- d f(w~)[v] = v^T (a u + b Cov w~) for every polynomial phi of degree at most 4: no lemma is cited.
- a u + b Cov w~ = c1 u + b S w~ for all numbers a and b.

Source: Stein 1972; Kohler et al. 2018, Section 4.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bntheory import decoupling
from bntheory.cases import Quadratic, exact_array, rational_vectors, rationals
from bntheory.cases.gaussian_inputs import gaussian_inputs, sample_gaussian_inputs
from bntheory.claim import Statement, Truth
from bntheory.gaussian import normal_moments
from bntheory.jets import variable


@dataclass(frozen=True, eq=False)
class Point:
    """u and S of an instance with w~ in place of its start, a = E[phi'], b = E[phi''], and a vector v."""

    instance: Quadratic
    a: Any
    b: Any
    v: Any


@dataclass(frozen=True, eq=False)
class Polynomial:
    """u, S and w~ of an instance, phi(t) = sum_k coefficients[k] t^k, and a direction v."""

    instance: Quadratic
    coefficients: Any
    v: Any


def _balanced(case: Point) -> Point:
    """The same with the a that leaves no part of the gradient along S^-1 u."""
    q = case.instance
    size = q.u @ q.best
    return replace(case, a=-case.b * (q.u @ q.w) * (1 - size) / size)


@cache
def _points(d: int, spread: bool) -> SearchStrategy[Point]:
    number = rationals()
    anywhere = st.builds(Point, gaussian_inputs(d, spread=spread), number, number, rational_vectors(d))
    return anywhere | anywhere.map(_balanced)


def _sample_points(rng: np.random.Generator, n: int) -> list[Point]:
    numbers = (Fraction(int(k), 4) for k in rng.integers(-12, 13, 2 * n))
    vectors = rng.integers(-9, 10, (n, 3))
    points = [
        Point(q, a, b, exact_array([Fraction(int(entry)) for entry in v[: len(q.w)]]))
        for q, a, b, v in zip(sample_gaussian_inputs(rng, n), numbers, numbers, vectors, strict=False)
    ]
    return [_balanced(point) if k % 8 == 0 else point for k, point in enumerate(points)]


def _polynomials(d: int) -> SearchStrategy[Polynomial]:
    return st.builds(Polynomial, gaussian_inputs(d), rational_vectors(5), rational_vectors(d))


def _sample_polynomials(rng: np.random.Generator, n: int) -> list[Polynomial]:
    coefficients = rng.standard_normal((n, 5))
    return [
        Polynomial(q, c, rng.standard_normal(len(q.w)))
        for q, c in zip(sample_gaussian_inputs(rng, n), coefficients, strict=True)
    ]


def _expectation(coefficients: Sequence[Any], mean: Any, variance: Any) -> Any:
    """E[sum_k coefficients[k] t^k], t ~ N(mean, variance)."""
    first, *rest = coefficients
    return sum((c * m for c, m in zip(rest, normal_moments(mean, variance, len(rest))[1:], strict=True)), first)


def _derivative(coefficients: Sequence[Any]) -> list[Any]:
    return [k * c for k, c in enumerate(coefficients)][1:]


def _stein(gradient: Callable[[Any, Any, Quadratic], Any]) -> Callable[[Polynomial], tuple[Any, Any]]:
    """d f(w~)[v] by running f along w~ + t v, against v^T of a formula in a, b and the instance."""

    def sides(case: Polynomial) -> tuple[Any, Any]:
        q, dphi = case.instance, _derivative(case.coefficients)
        path = q.w + case.v * variable(1)
        f = _expectation(case.coefficients, *_law(q, path))
        a, b = _expectation(dphi, *_law(q, q.w)), _expectation(_derivative(dphi), *_law(q, q.w))
        return f.derivative(1), case.v @ gradient(a, b, q)

    return sides


def _law(q: Quadratic, w: Any) -> tuple[Any, Any]:
    """Mean and variance of z^T w."""
    mean = q.u @ w
    return mean, w @ (q.S @ w) - mean * mean


def gradient(case: Point) -> Any:
    """grad f(w~) = a u + b Cov w~."""
    q = case.instance
    return decoupling.stein_gradient(case.a, case.b * q.w, q.S, q.u)


def _formula(of_u: Callable[[Point, Any], Any], of_w: Callable[[Point], Any]) -> Callable[[Point], tuple[Any, Any]]:
    """v^T grad f against of_u(c1) u^T v + v^T of_w."""

    def sides(case: Point) -> tuple[Any, Any]:
        q = case.instance
        c1 = decoupling.stein_coefficient(case.a, case.b, q.u @ q.w)
        return case.v @ gradient(case), of_u(case, c1) * (q.u @ case.v) + case.v @ of_w(case)

    return sides


def _second_moment(case: Point) -> Any:
    """b S w~."""
    return case.b * (case.instance.S @ case.instance.w)


def _covariance(case: Point) -> Any:
    """b Cov w~."""
    q = case.instance
    return case.b * (q.S @ q.w - (q.u @ q.w) * q.u)


@cache
def domain(*, spread: bool = False) -> dict[str, Any]:
    """Any w~, a and b; half of the cases have no part of the gradient along S^-1 u. `spread`: |rho*| < 1."""
    cases = st.one_of(*(_points(d, spread) for d in (2, 1, 3)))
    return {"cases": cases, "sample": _sample_points}


_POLYNOMIALS: dict[str, Any] = {
    "cases": st.one_of(*(_polynomials(d) for d in (2, 1, 3))),
    "sample": _sample_polynomials,
}
_POINTS = domain()


def _along_path(
    name: str, truth: Truth, tex: str, formula: Callable[[Any, Any, Quadratic], Any], note: str
) -> Statement:
    sides, own_tex = _stein(formula), rf"\frac{{d}}{{dt}}f(\tilde w+tv)\big|_{{t=0}} = v^\top{tex}"
    return Statement(f"E8.mutant.{name}", own_tex, truth, relation="==", sides=sides, note=note, **_POLYNOMIALS)


def _with_c1(name: str, truth: Truth, tex: str, sides: Callable[[Point], tuple[Any, Any]], note: str) -> Statement:
    tex = r"\nabla f = " + tex
    return Statement(f"E8.mutant.{name}", tex, truth, relation="==", sides=sides, note=note, **_POINTS)


GRADIENT_MUTANTS = (
    _along_path(
        "stein",
        Truth.WEAKER,
        r"(\mathrm E[\varphi']u+\mathrm E[\varphi'']\mathrm{Cov}\,\tilde w),\quad\varphi\text{ a polynomial}",
        lambda a, b, q: decoupling.stein_gradient(a, b * q.w, q.S, q.u),
        "the premise, Stein's lemma, from the moments of a normal variable: for every polynomial of degree 4",
    ),
    _along_path(
        "stein-with-s",
        Truth.FALSE,
        r"(\mathrm E[\varphi']u+\mathrm E[\varphi'']S\tilde w)",
        lambda a, b, q: a * q.u + b * (q.S @ q.w),
        "the lemma has the covariance",
    ),
    _along_path(
        "stein-without-mean",
        Truth.FALSE,
        r"\mathrm E[\varphi'']\mathrm{Cov}\,\tilde w",
        lambda a, b, q: decoupling.stein_gradient(0 * a, b * q.w, q.S, q.u),
        "z is not centred",
    ),
    _with_c1(
        "gradient",
        Truth.WEAKER,
        r"c_1u+c_2S\tilde w",
        _formula(lambda case, c1: c1, _second_moment),
        "the premise: with S in place of Cov, E[phi'] becomes c1",
    ),
    _with_c1(
        "mean-with-s",
        Truth.FALSE,
        r"\mathrm E[\varphi']u+c_2S\tilde w",
        _formula(lambda case, c1: case.a, _second_moment),
        "with S the coefficient of u is c1",
    ),
    _with_c1(
        "c1-with-covariance",
        Truth.FALSE,
        r"c_1u+c_2\mathrm{Cov}\,\tilde w",
        _formula(lambda case, c1: c1, _covariance),
        "with Cov it is E[phi']",
    ),
    _with_c1(
        "sign-of-c2",
        Truth.FALSE,
        r"c_1u-c_2S\tilde w",
        _formula(lambda case, c1: c1, lambda case: -_second_moment(case)),
        "the sign",
    ),
)
