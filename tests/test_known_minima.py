"""Known minima do not depend on the units of the data, and agree with a closed form."""

from __future__ import annotations

import numpy as np
import pytest

from bntheory.errors import InvalidInput
from bntheory.linalg import Metric
from bntheory.losses import custom, get_loss
from bntheory.problems import GaussianHalfspace, SampledHalfspace

RNG = np.random.default_rng(0)
X = RNG.standard_normal((200, 5))
Y = np.sign(X @ RNG.standard_normal(5) + RNG.standard_normal(200))


@pytest.mark.parametrize("units", [[1, 1, 1, 1, 10**-7.5], [1e-6, 1e-3, 1, 1e3, 1e6], [1e8] * 5, [1e-8] * 5])
def test_infimum_and_dual_norm_do_not_depend_on_the_units_of_the_columns(units):
    """A rank told from the raw spectrum would drop the small columns."""
    plain, scaled = SampledHalfspace(X, Y), SampledHalfspace(X * units, Y)
    assert scaled.infimum.value == pytest.approx(plain.infimum.value, rel=1e-13)
    w = np.linspace(-1, 1, 5)
    norms = [p.metric.dual_norm(p.gradient(v)) for p, v in ((plain, w), (scaled, w / units))]
    assert norms[1] == pytest.approx(norms[0], rel=1e-10)


@pytest.mark.parametrize("n", [500, 2000, 10_000])
def test_one_hot_columns_beside_others_have_their_rank(n):
    """Five standardized indicator columns of one category are dependent, up to the rounding of n products."""
    for seed in range(12):
        rng = np.random.default_rng(seed)
        columns = np.hstack([np.eye(5)[rng.integers(0, 5, n)], rng.standard_normal((n, 3))])
        metric = Metric.of_rows((columns - columns.mean(axis=0)) / columns.std(axis=0))
        assert metric.rank == 7
        assert metric.condition < 100


@pytest.mark.parametrize("size", [0.3, 0.6, 0.9])
def test_softplus_minimizer_on_gaussian_inputs_is_the_log_likelihood_ratio(size):
    """With softplus loss the minimizer is the log-odds of N(-u, Cov) against N(u, Cov) in z: w~* = -2 Cov^-1 u."""
    S = np.diag([0.2, 0.5, 1.0])
    u = np.sqrt(size / 3 * np.diag(S))
    exact = -2 * np.linalg.solve(S - np.outer(u, u), u)
    assert GaussianHalfspace(S, u).minimizer == pytest.approx(exact, rel=1e-6)


def test_a_minimizer_that_float64_cannot_resolve_is_not_given():
    problem = GaussianHalfspace(np.eye(2), np.array([np.sqrt(0.99), 0.0]))
    assert problem.minimizer is None
    assert problem.minimum == pytest.approx(0.0, abs=1e-15)


def test_a_flat_stretch_contradicts_increasing():
    hinge = get_loss("smoothed-hinge")
    with pytest.raises(InvalidInput, match="contradicts increasing=True"):
        custom(hinge.phi, hinge.dphi, hinge.d2phi, increasing=True, kinks=hinge.kinks)
