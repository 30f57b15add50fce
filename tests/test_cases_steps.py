"""The families of cases for steps yield what they promise: eigenvalues, exact inverses, starts in the domain."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings

from bntheory.cases.pencils import commuting_pencils, pencils, sample_pencils
from bntheory.claims.worst_case import extremal_quadratics, sample_extremal

QUIET = settings(max_examples=60, deadline=None, database=None)


def in_floats(array):
    return np.array(array, dtype=float)


def check_pencil(p):
    d = len(p.w)
    assert d in (2, 3)
    assert (p.inverse @ p.A == np.eye(d, dtype=int)).all()
    assert (p.A == p.A.T).all()
    assert (p.B == p.B.T).all()
    assert p.w @ (p.B @ p.w) > p.lambda_2 * (p.w @ (p.A @ p.w))
    scaled = np.sqrt(np.diag(in_floats(p.A)))
    A, B = (in_floats(matrix) / scaled / scaled[:, None] for matrix in (p.A, p.B))
    if np.linalg.cond(A) < 1e6:
        values = scipy.linalg.eigh(B, A, eigvals_only=True)
        known = [float(value) for value in (p.lambda_min, p.lambda_2, p.lambda_1)]
        tolerance = 1e-6 * max(map(abs, known))
        assert [values[0], values[-2], values[-1]] == pytest.approx(known, rel=1e-6, abs=tolerance)


@QUIET
@given(pencils() | pencils(tight=True))
def test_pencils_have_the_eigenvalues_they_name(p):
    check_pencil(p)


def test_sampled_pencils_are_exact_in_floats():
    for tight in (False, True):
        for p in sample_pencils(tight=tight)(np.random.default_rng(0), 200):
            check_pencil(p)


@QUIET
@given(pencils(tight=True))
def test_tight_pencils_err_along_the_second_eigenvector(p):
    image = p.inverse @ (p.B @ p.w)
    x_1 = image - p.lambda_2 * p.w  # the second coordinate is gone, no other is there
    assert (p.inverse @ (p.B @ x_1) == p.lambda_1 * x_1).all()


@QUIET
@given(commuting_pencils())
def test_commuting_pencils_know_the_eigenvalues_of_both(p):
    check_pencil(p)
    assert (p.A @ p.B == p.B @ p.A).all()
    assert p.w @ (p.B @ p.w) > p.b_2 * (p.w @ (p.A @ p.w))
    own = np.linalg.eigvalsh(in_floats(p.B))
    known = [float(value) for value in (p.b_min, p.b_2, p.b_1)]
    assert [own[0], own[-2], own[-1]] == pytest.approx(known, rel=1e-9, abs=1e-9 * max(map(abs, known)))


def check_extremal(q):
    assert (q.S @ q.inverse == np.eye(2, dtype=int)).all()
    assert all(isinstance(entry, Fraction) for entry in (*q.S.flat, *q.best, *q.w))
    assert [float(q.mu), float(q.L)] == pytest.approx(np.linalg.eigvalsh(in_floats(q.S)), rel=1e-9)
    assert q.u @ q.w > 0


@QUIET
@given(extremal_quadratics())
def test_extremal_instances_have_the_spectrum_they_name(q):
    check_extremal(q)


def test_sampled_extremal_instances_reach_every_distance():
    drawn = sample_extremal(np.random.default_rng(0), 300)
    for q in drawn:
        check_extremal(q)
    x = [float(1 - (q.u @ q.w) ** 2 / (q.w @ (q.S @ q.w)) / (q.u @ q.best)) for q in drawn]
    assert min(x) < 0.2
    assert max(x) > 0.9
