"""Stopping, recording, honest outcomes; and `bntheory.minimize`."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import OptimizeResult

import bntheory
from bntheory.errors import InvalidInput
from bntheory.linalg import Metric
from bntheory.methods import GDNP, GradientDescent
from bntheory.problems import GaussianHalfspace, LeastSquares, SampledHalfspace
from bntheory.trace import run

S = np.diag([0.2, 0.5, 1.0])
U = np.array([0.1, -0.2, 0.3])
W0 = np.array([-1.0, 1.0, -1.0])


def test_arrays_have_an_entry_for_every_iterate_and_the_start():
    trace = run(GradientDescent(), LeastSquares(S, U), W0, steps=7)
    assert trace.iterations == 7
    for column in (trace.value, trace.suboptimality, trace.grad_norm, trace.passes):
        assert column.shape == (8,)
    assert trace.passes[-1] == 16
    assert (trace.converged, trace.diverged, trace.message) == (False, False, "stopped after 7 iterations")


def test_run_stops_at_the_first_iterate_below_the_tolerance():
    trace = run(GradientDescent(), LeastSquares(S, U), W0, steps=1000, tol=1e-6)
    assert trace.converged
    assert trace.grad_norm[-1] <= 1e-6 < trace.grad_norm[-2]
    problem = LeastSquares(S, U)
    # the recorded norm is the dual one: |g|^2_{S^-1} by a linear solve
    gradient = problem.gradient(W0)
    assert trace.grad_norm[0] == pytest.approx(np.sqrt(gradient @ np.linalg.solve(S, gradient)), rel=1e-12)


def test_observed_quantities_are_recorded_for_every_iterate():
    trace = run(GDNP(), LeastSquares(S, U), W0, steps=5, observe={"length": lambda it: Metric(S).norm(it.w_tilde)})
    assert trace.observed["length"].shape == (6,)


def test_divergence_is_named_with_the_theorems_step_limit():
    problem = LeastSquares(S, U)
    trace = run(GradientDescent(3.0), problem, W0, steps=5000)
    assert (trace.converged, trace.diverged) == (False, True)
    assert trace.message == (
        "gradient descent left the floating-point range with step_size 3: the theorem needs a step below 2/zeta = 1; "
        "leave step_size out for 1/zeta"
    )
    rising = run(GradientDescent(1.2), problem, W0, steps=20)
    assert rising.diverged
    assert "diverged: the value rose from" in rising.message


def test_no_finite_length_ends_the_run_with_its_reason():
    trace = run(GDNP(), GaussianHalfspace(S, U, "sigmoid"), W0, steps=5)
    assert (trace.converged, trace.diverged, trace.iterations) == (False, False, 0)
    assert trace.value.shape == (0,)
    assert "no minimizer" in trace.message


def test_separable_data_never_count_as_converged():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((50, 3))
    problem = SampledHalfspace(X, np.sign(X @ W0))
    trace = run(GradientDescent(), problem, W0, steps=200, tol=1.0)
    assert trace.grad_norm[-1] <= 1.0
    assert not trace.converged
    assert "linearly separable" in trace.message


def test_a_users_problem_needs_only_the_contracts_members():
    class Quadratic:
        u, S = U, S

        def value(self, w):
            return float(2 * U @ w + w @ S @ w)

        def gradient(self, w):
            return 2 * (U + S @ w)

        def ray(self, w):
            return LeastSquares(S, U).ray(w)

    trace = run(GradientDescent(0.5), Quadratic(), W0, steps=2000, tol=1e-10)
    assert trace.converged
    assert np.isnan(trace.suboptimality).all()
    with pytest.raises(InvalidInput, match="zeta = None: must be finite for a theorem's step 1/zeta"):
        run(GradientDescent(), Quadratic(), W0)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"steps": 0}, "steps = 0: must be a whole number, at least 1; give one such as 1000"),
        ({"steps": -3}, "steps = -3: must be a whole number, at least 1; give one such as 1000"),
        ({"steps": 2.5}, "steps = 2.5: must be a whole number, at least 1; give one such as 1000"),
        ({"tol": -1.0}, "tol = -1.0: must be at least 0; give a number such as 1e-6"),
        ({"tol": float("nan")}, "tol = nan: must be at least 0; give a number such as 1e-6"),
    ],
)
def test_bad_input_is_named(options, text):
    with pytest.raises(InvalidInput) as error:
        run(GradientDescent(), LeastSquares(S, U), W0, **options)
    assert str(error.value) == text


@pytest.mark.parametrize("method", ["gd", "gdnp", "gdnp-whitened", GDNP(bisection_steps=60, bracket=(-5.0, 5.0))])
def test_minimize_returns_an_honest_optimize_result(method):
    problem = LeastSquares(S, U)
    result = bntheory.minimize(problem, method, tol=1e-8)
    assert isinstance(result, OptimizeResult)
    assert result.success
    assert result.status == 0
    assert problem.metric.dual_norm(result.jac) <= 1e-8
    assert result.fun == pytest.approx(problem.minimum, rel=1e-12)
    assert result.nit == result.trace.iterations


def test_minimize_says_when_it_fails():
    stopped = bntheory.minimize(LeastSquares(S, U), "gd", steps=2)
    assert (stopped.success, stopped.status, stopped.message) == (False, 1, "stopped after 2 iterations")
    endless = bntheory.minimize(GaussianHalfspace(S, U, "sigmoid"))
    assert not endless.success
    assert "no minimizer" in endless.message
    diverged = bntheory.minimize(LeastSquares(S, U), GradientDescent(5.0), steps=3000)
    assert (diverged.success, diverged.status) == (False, 2)
