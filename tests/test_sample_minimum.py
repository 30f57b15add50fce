"""The infimum of a loss on a sample, attained or not; oracles: closed forms, and the data without the escaping rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from instances import D, X, Y
from scipy.sparse import csr_array

from bntheory.losses import LOSSES, custom
from bntheory.problems import SampledHalfspace
from bntheory.problems.sample_minimum import newton_minimizer


def test_separable_rows_are_found_and_the_infimum_is_that_of_the_rest():
    """One feature occurs in one row only, so that row escapes; oracle: the data without the row."""
    rare = np.zeros((len(X), 1))
    rare[17] = 1.0
    with_rare = SampledHalfspace(np.hstack([X, rare]), Y)
    rest = SampledHalfspace(np.delete(X, 17, axis=0), np.delete(Y, 17))
    found = with_rare.infimum
    assert (found.minimizer, found.escaping) == (None, 1)
    assert found.value == pytest.approx(rest.minimum * (len(X) - 1) / len(X), rel=1e-12)


@pytest.mark.parametrize("size", [1.0, -1.0, 1e-3])
def test_rows_with_rare_features_of_either_sign_and_any_size_escape(size):
    """Rows 17 and 30 hold a feature of their own, row 40 and 41 share one on which their labels disagree."""
    rare = np.zeros((len(X), 3))
    rare[[17, 30], [0, 1]] = size
    rare[[40, 41], 2] = size
    labels = Y.copy()
    labels[[17, 30, 40, 41]] = 1, -1, 1, -1
    problem = SampledHalfspace(np.hstack([X, rare]), labels)
    assert problem.infimum.escaping == 2
    kept = np.setdiff1d(np.arange(len(X)), [17, 30])
    rest = SampledHalfspace(np.hstack([X, rare[:, 2:]])[kept], labels[kept])
    assert problem.minimum == pytest.approx(rest.minimum * rest.n / problem.n, rel=1e-12)
    assert problem.obstacle(np.ones(problem.X.shape[1])) is None  # the other rows keep the classes apart from separable


def test_rows_escape_after_others_have():
    """Row 0 escapes along e_1 only after row 1, which lies against it on e_1, has along e_2."""
    rows = np.vstack([np.pad(X, ((0, 0), (0, 2))), [[0] * D + [1, 0], [0] * D + [-1, 5]]])
    problem = SampledHalfspace(rows, np.append(Y, [1, 1]))
    rest = SampledHalfspace(X, Y)
    assert problem.infimum.escaping == 2
    assert problem.minimum == pytest.approx(rest.minimum * rest.n / problem.n, rel=1e-12)


def test_separable_data_have_infimum_zero_and_say_so():
    w = np.linspace(1, 2, D)
    problem = SampledHalfspace(X, np.sign(X @ w))
    assert (problem.infimum.value, problem.infimum.minimizer, problem.infimum.escaping) == (0.0, None, len(X))
    assert "linearly separable" in problem.obstacle(w)
    fresh = SampledHalfspace(X, np.sign(X @ w))
    assert "linearly separable" in fresh.obstacle(w)
    assert fresh.obstacle(-w) is None
    assert "linearly separable" in problem.obstacle(-w)  # once the infimum is known, any weight tells


def test_a_row_on_the_boundary_does_not_hide_a_separating_weight():
    problem = SampledHalfspace(np.array([[1.0, 0], [-1, 0], [0, 0]]), [1, 0, 1])
    assert "linearly separable" in problem.obstacle(np.array([1.0, 0]))
    assert problem.obstacle(np.array([0, 1.0])) is None  # all margins are 0
    squared = SampledHalfspace(np.array([[1.0], [-1]]), [1, 0], "squared")
    assert squared.obstacle(np.array([1.0])) is None
    assert squared.infimum.minimizer == pytest.approx([1.0], rel=1e-15)


@pytest.mark.parametrize("scale", [1e-10, 1e10])
def test_escaping_rows_do_not_depend_on_the_unit_of_the_data(scale):
    rare = np.hstack([X, np.eye(len(X))[:, [17]]])
    assert SampledHalfspace(scale * rare, Y).infimum.escaping == 1
    assert SampledHalfspace(scale * rare, Y).minimum == pytest.approx(SampledHalfspace(rare, Y).minimum, rel=1e-12)


@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_rows_of_zeros_keep_their_loss(kind):
    problem = SampledHalfspace(kind(np.array([[1.0], [-1.0], [0.0]])), [1, 0, 1])
    assert problem.minimum == pytest.approx(np.log(2) / 3, rel=1e-15)


def test_escaping_rows_keep_the_loss_of_minus_infinity():
    softplus = LOSSES["softplus"]
    raised = replace(softplus, phi=lambda t: 3 + softplus.phi(t), limits=(3.0, np.inf))
    assert SampledHalfspace(X, np.sign(X @ np.ones(D)), raised).minimum == 3.0
    rare = np.hstack([X, np.eye(len(X))[:, [17]]])
    assert SampledHalfspace(rare, Y, raised).minimum == pytest.approx(3 + SampledHalfspace(rare, Y).minimum, rel=1e-12)


@pytest.mark.parametrize("n", [1000, 100_000])
def test_a_minimizer_far_from_the_start_is_found(n):
    """n - 1 rows +1 and one row -1 of the same x = 1: w~* = log(n - 1); Newton's pure steps do not reach it."""
    labels = np.ones(n)
    labels[0] = -1
    problem = SampledHalfspace(np.ones((n, 1)), labels)
    # the slope is known to eps, the curvature is near 1/n
    assert problem.infimum.minimizer == pytest.approx([np.log(n - 1)], abs=1e-15 * n)
    share = 1 / n
    entropy = -(share * np.log(share) + (1 - share) * np.log1p(-share))
    assert problem.minimum == pytest.approx(entropy, rel=1e-13)


def test_no_infimum_is_claimed_where_none_is_known():
    sigmoid = SampledHalfspace(X, Y, "sigmoid")
    assert (np.isnan(sigmoid.minimum), sigmoid.infimum.minimizer) == (True, None)
    # Newton's method finds a stationary point, which need not be the lowest
    waves = custom(np.cos, lambda t: -np.sin(t), lambda t: -np.cos(t), name="cos")
    assert np.isnan(SampledHalfspace(X, Y, waves).minimum)
    # e^t on separable data falls for ever, but the loss does not say that it is increasing
    silent = custom(np.exp, np.exp, np.exp, name="exp", convex=True, limits=(0.0, np.inf))
    separable = SampledHalfspace(X, np.sign(X @ np.ones(D)), silent)
    assert (np.isnan(separable.minimum), separable.infimum.minimizer) == (True, None)


def test_newtons_method_returns_nothing_that_is_not_a_minimizer():
    one = np.eye(1)
    # a small gradient, yet Newton's steps stay at -1: 1e-13 e^a has its infimum at -oo
    falling = newton_minimizer(
        lambda a: (1e-13 * float(np.exp(a[0])), 1e-13 * np.exp(a)),
        lambda a: 1e-13 * np.exp(a)[:, None],
        one,
        np.zeros(1),
        1e-12,
    )
    assert falling is None
    # small steps, yet a gradient far from 0: the Hessian is 1e9 times too large
    steep = newton_minimizer(lambda a: (float(a @ a), 2 * a), lambda a: 2e9 * one, one, np.ones(1), 1e-12)
    assert steep is None
    found = newton_minimizer(
        lambda a: (float((a - 3) @ (a - 3)), 2 * (a - 3)), lambda a: 2 * one, one, np.ones(1), 1e-12
    )
    assert found == pytest.approx([3.0])
