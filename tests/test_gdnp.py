"""GDNP and its whitened sibling against the Rayleigh iteration, on Gaussian inputs and on data."""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest
from instances import CONVEX, METRIC, W0, PlainProblem, S, U, points, unit

from bntheory import decoupling
from bntheory.errors import InvalidInput
from bntheory.linalg import Metric
from bntheory.methods import GDNP, WhitenedGDNP
from bntheory.methods.gdnp import decoupled_iterates
from bntheory.methods.length import Length, newton_length
from bntheory.problems import GaussianHalfspace, LeastSquares, SampledHalfspace


def test_gdnp_on_least_squares_is_the_rayleigh_iteration():
    w = W0
    for v in points(GDNP(), LeastSquares(S, U), 20):
        assert unit(v) * np.sign(v @ w) == pytest.approx(unit(w), abs=1e-13)
        w = w - decoupling.rayleigh_step_size(w, S, U, METRIC.L) * decoupling.rayleigh_gradient(w, S, U)


def test_directions_on_gaussian_inputs_do_not_depend_on_the_loss():
    runs = [points(GDNP(), GaussianHalfspace(S, U, name), 40) for name in CONVEX]
    runs.append(points(GDNP(), LeastSquares(S, U), 40))
    for other in runs[1:]:
        for first, second in zip(runs[0], other, strict=True):
            assert unit(first) == pytest.approx(unit(second) * np.sign(first @ second), abs=1e-12)


def test_printed_criterion_gives_other_directions():
    corrected = points(GDNP(), GaussianHalfspace(S, U), 5)
    printed = points(GDNP(criterion="printed"), GaussianHalfspace(S, U), 5)
    assert np.abs(unit(corrected[1]) - unit(printed[1])).max() > 1e-3


@pytest.mark.parametrize("name", CONVEX)
def test_fast_length_search_agrees_with_sixty_bisections(name):
    problem = GaussianHalfspace(S, U, name)
    literal = GDNP(bisection_steps=60, bracket=(0.0, 40.0))
    for fast, slow in zip(points(GDNP(), problem, 15), points(literal, problem, 15), strict=True):
        assert fast == pytest.approx(slow, rel=1e-13, abs=1e-13 * np.abs(slow).max())


def test_whitened_gdnp_finds_the_direction_in_one_step_on_gaussian_inputs():
    problem = GaussianHalfspace(S, U)
    assert decoupling.direction_excess(points(WhitenedGDNP(), problem, 2)[1], METRIC, U) <= 1e-28


def test_a_ray_with_the_contracts_members_alone_serves_gdnp():
    """A user's problem without `stein`: its coefficient comes from the gradient, and the directions stay the same."""
    own = GaussianHalfspace(S, U)
    for first, second in zip(points(GDNP(), PlainProblem(own), 15), points(GDNP(), own, 15), strict=True):
        assert first == pytest.approx(second, rel=1e-9, abs=1e-11)


def test_the_optimal_direction_is_kept_by_a_ray_with_the_contracts_members_alone():
    """There p = 0 and no coefficient can be told from the gradient; the step is 0, and the run goes on."""
    problem = PlainProblem(LeastSquares(np.eye(2), np.array([1.0, 0.0])))
    kept = np.array(points(GDNP(), problem, 3, np.array([-2.0, 0.0])))
    assert kept == pytest.approx(np.array([[-1.0, 0.0]] * 3), abs=1e-15)


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_directions_do_not_depend_on_how_exactly_the_length_is_found(steps):
    """E9: the step is the Rayleigh step whatever gamma, so also where d_gamma f is far from 0."""
    problem = GaussianHalfspace(S, U)
    coarse = points(GDNP(bisection_steps=steps, bracket=(0.01, 40.0)), problem, 10)
    for first, second in zip(coarse, points(GDNP(), problem, 10), strict=True):
        assert unit(first) == pytest.approx(unit(second), abs=1e-12)


class Endless:
    """A problem whose Stein coefficients are 0: h = 0 at every point."""

    u, S = U, S

    def ray(self, w):
        ray = PlainProblem(LeastSquares(S, U)).ray(w)
        ray.stein = lambda gamma: (0.0, 0.0)
        return ray


@pytest.mark.parametrize("method", [GDNP(), WhitenedGDNP()])
def test_the_iteration_ends_where_h_is_zero(method):
    assert len(points(method, Endless(), 5)) == 1


def test_a_start_off_the_data_is_refused():
    """Rows in a plane of R^4 and a direction orthogonal to them: |w0|_S = 0, and u^T w0 is rounding."""
    rng = np.random.default_rng(3)
    rows = rng.standard_normal((20, 2)) @ rng.standard_normal((2, 4))
    problem = SampledHalfspace(rows, np.arange(20) % 2)
    off = [w for w in np.linalg.svd(rows)[2][2:] if problem.metric.norm(w) == 0]
    for w0 in off:
        assert problem.u @ w0 != 0
        with pytest.raises(InvalidInput, match=r"must have u\^T w0 != 0"):
            next(GDNP().iterates(problem, w0))
    assert off


def test_a_search_starts_where_the_last_two_lengths_point():
    starts, found = [], iter([3.0, 5.0, 4.0, 4.0])

    def search(ray, start):
        starts.append(start)
        return Length(next(found), 1)

    iterates = decoupled_iterates(LeastSquares(S, U), METRIC, W0, lambda v, *_: v, search)
    lengths = [METRIC.norm(iterate.w_tilde) for iterate in islice(iterates, 4)]
    assert starts == pytest.approx([-U @ unit(W0), 3.0, 7.0, 3.0])
    assert lengths == pytest.approx([3.0, 5.0, 4.0, 4.0])


def test_a_search_near_the_optimum_takes_three_evaluations_at_most():
    counts = []

    class Counted(PlainProblem):
        def __init__(self, problem):
            super().__init__(problem)
            self.ray = lambda w: self.counted(problem.ray(w))

        def counted(self, ray):
            slope = ray.slope
            counts.append(0)

            def counting(gamma):
                counts[-1] += 1
                return slope(gamma)

            ray.slope = counting
            return ray

    points(GDNP(), Counted(GaussianHalfspace(S, U)), 20)
    assert max(counts[10:]) <= 3


@pytest.mark.parametrize(("overshoot", "halvings"), [(13.0, 3), (2.01, 1), (2.0, 0), (1.0, 0)])
def test_a_step_is_halved_until_the_value_does_not_rise(overshoot, halvings):
    """S = I, u = e_1: from (1, 1) to (1, 1 - c) the angle to e_1, and with it the value, does not rise iff c <= 2."""
    moves = iter([np.array([0.0, -overshoot / np.sqrt(2)]), None])
    problem = LeastSquares(np.eye(2), np.array([1.0, 0.0]))
    run = decoupled_iterates(problem, Metric(np.eye(2)), np.ones(2), lambda *_: next(moves), newton_length, halvings=30)
    first, second = run
    assert (first.passes, second.passes) == (2, 2 + (halvings + 1) + 1)
    ratio = second.w_tilde[1] / second.w_tilde[0]
    assert ratio == pytest.approx(1 - overshoot / 2**halvings, abs=1e-14)


def test_whitened_gdnp_descends_on_heavy_tails_where_its_full_step_does_not():
    rng = np.random.default_rng(22)
    problem = SampledHalfspace(rng.standard_cauchy((40, 2)), np.where(rng.random(40) < 0.5, 1, -1))
    iterates = list(islice(WhitenedGDNP().iterates(problem, -problem.u), 60))
    assert all(after.value <= before.value * (1 + 2e-14) for before, after in pairwise(iterates))
    assert iterates[-1].passes > 2 * len(iterates)  # some steps were halved
    assert iterates[-1].value == pytest.approx(problem.minimum, rel=1e-12)
