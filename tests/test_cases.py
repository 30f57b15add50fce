"""The exported strategies yield what they promise, exactly."""

from __future__ import annotations

import contextlib
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bntheory import InvalidInput, cases, minimize, numbers, transform

QUIET = settings(max_examples=60, deadline=None, database=None)


def exactly_rational(array):
    return all(isinstance(entry, int | Fraction) for entry in np.ravel(array))


@QUIET
@given(st.sampled_from([2, 3, 4, 5]).flatmap(lambda m: st.tuples(st.just(m), cases.batches(m))))
def test_batches_have_the_size_asked_for_and_are_not_constant(drawn):
    m, y = drawn
    assert y.shape == (m,)
    assert exactly_rational(y)
    assert transform.moments(y).variance > 0


@pytest.mark.parametrize("eps", ["zero", "positive", "any"])
def test_units_have_the_eps_asked_for_and_often_a_rational_scale(eps):
    seen, rational, constant, zero_gamma = set(), 0, set(), set()

    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @given(cases.units(eps, hessian=True, direction=True))
    def examine(unit):
        nonlocal rational
        m = len(unit.y)
        assert unit.g.shape == unit.v.shape == (m,)
        assert (unit.H == unit.H.T).all()
        assert unit.H.shape == (m, m)
        constant.add(all(entry == unit.y[0] for entry in unit.y))
        zero_gamma.add(unit.gamma == 0)
        assert {"zero": unit.eps == 0, "positive": unit.eps > 0, "any": unit.eps >= 0}[eps]
        seen.add((m, unit.eps > 0))
        with contextlib.suppress(TypeError):
            rational += numbers.sqrt(transform.moments(unit.y).variance + unit.eps) > 0

    examine()
    assert {m for m, _ in seen} == ({2, 3, 4, 5, 6} if eps == "zero" else {1, 2, 3, 4, 5, 6})
    assert constant == ({False} if eps == "zero" else {False, True})
    assert zero_gamma == {False, True}
    assert {positive for _, positive in seen} == {"zero": {False}, "positive": {True}, "any": {False, True}}[eps]
    assert rational > 30


@pytest.mark.parametrize("eps", ["zero", "positive", "any"])
def test_sampled_units_are_of_the_same_domain(eps):
    drawn = cases.sample_units(eps, hessian=True)(np.random.default_rng(0), 300)
    assert len(drawn) == 300
    assert {len(unit.y) for unit in drawn} == set(range(2 if eps == "zero" else 1, 9))
    assert any(len(unit.y) > 1 and np.ptp(unit.y) == 0 for unit in drawn) == (eps != "zero")
    assert any(unit.gamma == 0 for unit in drawn)
    assert all((unit.H == unit.H.T).all() and unit.v is None for unit in drawn)
    assert {unit.eps > 0 for unit in drawn} == {"zero": {False}, "positive": {True}, "any": {False, True}}[eps]


def is_eigenpair(S, vector, value):
    return (S @ vector == value * vector).all() and any(vector)


@QUIET
@given(cases.spd_matrices())
def test_matrices_have_their_extreme_eigenvalues_exactly(drawn):
    assert exactly_rational(drawn.S)
    assert (drawn.S == drawn.S.T).all()
    assert is_eigenpair(drawn.S, drawn.bottom, drawn.mu)
    assert is_eigenpair(drawn.S, drawn.top, drawn.L)
    floats = np.linalg.eigvalsh(drawn.S.astype(float))
    assert floats[[0, -1]] == pytest.approx([float(drawn.mu), float(drawn.L)], rel=1e-9, abs=1e-9 * float(drawn.L))


@QUIET
@given(cases.spd_matrices_with(Fraction(1, 3), 7, d=3))
def test_extreme_eigenvalues_can_be_prescribed(drawn):
    assert (drawn.mu, drawn.L) == (Fraction(1, 3), 7)
    assert np.linalg.eigvalsh(drawn.S.astype(float))[[0, -1]] == pytest.approx([1 / 3, 7])


@QUIET
@given(cases.quadratics())
def test_quadratics_start_where_the_quotient_is_not_0(drawn):
    assert any(drawn.best)
    assert drawn.u @ drawn.w != 0
    assert (drawn.inverse @ drawn.u == drawn.best).all()


@QUIET
@given(cases.tight_quadratics())
def test_tight_quadratics_come_as_close_to_the_factor_as_their_excess(drawn):
    """One step of E5 from S^-1 u + excess b: the excess D falls by (1 - mu/L)^2 up to O(excess^2)."""
    if drawn.mu == drawn.L:
        return
    best = drawn.best

    def excess(w):
        return drawn.u @ best - (drawn.u @ w) ** 2 / (w @ (drawn.S @ w))

    w = drawn.w
    quotient = (drawn.u @ w) / (w @ (drawn.S @ w))
    step = w + (drawn.u - quotient * (drawn.S @ w)) / (drawn.L * quotient)
    ratio, factor = excess(step) / excess(w), (1 - drawn.mu / drawn.L) ** 2
    assert ratio <= factor
    off = (w - best) @ (drawn.S @ (w - best)) / (best @ (drawn.S @ best))
    assert ratio >= factor * (1 - 4 * off)


@QUIET
@given(cases.halfspaces())
def test_halfspaces_have_a_definite_covariance(drawn):
    covariance = drawn.S - drawn.u[:, None] * drawn.u
    sizes = range(1, len(drawn.u) + 1)
    assert all(_determinant(covariance[:k, :k]) > 0 for k in sizes)


def _determinant(matrix):
    if len(matrix) == 1:
        return matrix[0, 0]
    minors = [np.delete(matrix[1:], column, axis=1) for column in range(len(matrix))]
    return sum((-1) ** k * matrix[0, k] * _determinant(minor) for k, minor in enumerate(minors))


@settings(max_examples=25, deadline=None, database=None)
@given(st.one_of(cases.least_squares(), cases.gaussian_halfspaces(), cases.sampled_halfspaces()), st.data())
def test_problems_have_the_gradients_of_their_values(problem, data):
    d = len(problem.u)
    w = np.array(data.draw(st.lists(st.integers(-3, 3), min_size=d, max_size=d)), dtype=float)
    step = 1e-5 / (1 + np.sqrt(problem.metric.L))
    for k in range(d):
        away = np.zeros(d)
        away[k] = step
        slope = (problem.value(w + away) - problem.value(w - away)) / (2 * step)
        rounding = 1e-15 * (1 + abs(problem.value(w))) / step  # of two values, over their distance
        truncation = 1e-4 * (1 + np.sqrt(problem.metric.L))
        assert slope == pytest.approx(problem.gradient(w)[k], rel=1e-4, abs=truncation + rounding)


@settings(max_examples=10, deadline=None, database=None)
@given(cases.least_squares())
def test_problems_can_be_minimized(problem):
    if problem.metric.condition < 1e3:  # (1 - mu/L)^30000 = 1e-13: gradients may start far above 1
        assert minimize(problem, method="gdnp", tol=1e-6, steps=30_000).success


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: cases.spd_matrices_with(5, 1), "mu, L = 5, 1: must satisfy 0 < mu <= L; give two such as 1 and 10"),
        (lambda: cases.spd_matrices_with(1, 2, 1), "d = 1: must be at least 2; give a dimension such as 3"),
        (lambda: cases.spd_matrices(0), "d = 0: must be at least 1; give a dimension such as 3"),
        (lambda: cases.tight_quadratics(1), "d = 1: must be at least 2; give a dimension such as 3"),
        (lambda: cases.rational_vectors(0), "m = 0: must be at least 1; give the number of entries"),
        (lambda: cases.batches(1), "m = 1: must be at least 2: one number is a constant batch; give a size such as 4"),
        (lambda: cases.units("none"), "eps = none: is not known; choose one of any, positive, zero"),
    ],
)
def test_what_no_domain_has_is_refused(make, message):
    with pytest.raises(InvalidInput) as caught:
        make()
    assert str(caught.value) == message
