"""Stopping, recording, honest outcomes; and `bntheory.minimize`."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import OptimizeResult

import bntheory
from bntheory.errors import Diverged, InvalidInput, NoFiniteLength
from bntheory.linalg import Metric
from bntheory.methods import GDNP, GradientDescent
from bntheory.problems import GaussianHalfspace, LeastSquares, SampledHalfspace
from bntheory.protocols import Iterate
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


def test_observed_values_stand_under_their_own_names():
    observe = {"length": lambda it: Metric(S).norm(it.w_tilde), "first": lambda it: it.w_tilde[0]}
    trace = run(GradientDescent(), LeastSquares(S, U), W0, steps=1, observe=observe)
    after = W0 - (U + S @ W0) / np.diag(S).max()  # step 1/zeta = 1/(2L)
    assert trace.w_tilde == pytest.approx(after, rel=1e-14)
    assert trace.observed["first"] == pytest.approx([W0[0], after[0]], rel=1e-14)
    assert trace.observed["length"] == pytest.approx([np.sqrt(w @ S @ w) for w in (W0, after)], rel=1e-14)


def test_without_a_tolerance_only_an_exact_stationary_point_ends_the_run():
    problem = LeastSquares(np.eye(2), np.array([1.0, 0.0]))
    trace = run(GradientDescent(), problem, np.array([-1.0, 0.0]), steps=5)
    assert (trace.converged, trace.iterations, trace.grad_norm.tolist()) == (True, 0, [0.0])


class Scripted:
    """A method that yields these (value, first entry of the gradient) and then ends or raises."""

    name = "scripted"

    def __init__(self, *script, error=None):
        self.script, self.error = script, error

    def iterates(self, problem, w0):
        for t, (value, slope) in enumerate(self.script):
            yield Iterate(w0 * (t + 1), value, np.array([slope, 0, 0]), 2.0 * (t + 1))
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize(
    ("method", "converged", "diverged", "message"),
    [
        (
            Scripted((2.0, 1.0), (1.0, 0.5)),
            False,
            False,
            "scripted can go no further: |grad f|_S+ = 1.12 at iteration 1",
        ),
        (Scripted((-1.0, 1.0), (0.1, 1.0)), False, True, "diverged: the value rose from -1 to 0.1 in 1 iterations"),
        (
            Scripted((-1.0, 1.0), (-0.1, 1.0)),
            False,
            False,
            "scripted can go no further: |grad f|_S+ = 2.24 at iteration 1",
        ),
        (
            Scripted((0.0, 1.0), (1e-9, 1.0)),
            False,
            False,
            "scripted can go no further: |grad f|_S+ = 2.24 at iteration 1",
        ),
        (Scripted((0.0, 1.0), (1e-7, 1.0)), False, True, "diverged: the value rose from 0 to 1e-07 in 1 iterations"),
        (Scripted((1.0, 1.0), (np.nan, 1.0)), False, True, "diverged: the value rose from 1 to nan in 1 iterations"),
        (Scripted((1.0, 1.0), (2.0, 0.0)), True, False, "|grad f|_S+ = 0 <= tol = 0"),
        (Scripted((2.0, 1.0), (1.0, 1.0), error=Diverged("too far")), False, True, "too far"),
        (Scripted((1.0, 1.0), (9.0, 1.0), error=NoFiniteLength("flat")), False, False, "flat"),
    ],
    ids=[
        "ends",
        "rises",
        "rises by less than its size",
        "rises from 0 by rounding",
        "rises from 0",
        "nan",
        "converges above its start",
        "diverges",
        "endless",
    ],
)
def test_a_run_says_how_it_ended(method, converged, diverged, message):
    trace = run(method, LeastSquares(S, U), W0, steps=10)
    assert (trace.converged, trace.diverged, trace.message) == (converged, diverged, message)
    assert trace.w_tilde.tolist() == (2 * W0).tolist()
    assert (trace.iterations, trace.passes.tolist()) == (1, [2.0, 4.0])


def test_divergence_where_no_minimizer_exists_is_divergence_still():
    problem = GaussianHalfspace(S, U, "sigmoid")
    trace = run(Scripted((2.0, 1.0), error=Diverged("too far")), problem, W0)
    assert (trace.converged, trace.diverged) == (False, True)


def test_watchers_are_told_every_iterate_by_its_number():
    told = []
    run(GradientDescent(), LeastSquares(S, U), W0, steps=3, watch=told.append)
    assert told == [0, 1, 2, 3]


def test_suboptimality_is_not_asked_for_where_it_is_not_measured():
    class Unknown(LeastSquares):
        def suboptimality(self, w, value=None):
            raise AssertionError("not asked for")

    trace = run(GradientDescent(), Unknown(S, U), W0, steps=3, measure_suboptimality=False)
    assert np.isnan(trace.suboptimality).all()
    assert bntheory.minimize(Unknown(S, U), "gd", tol=1e-8).success


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
    assert result.x == pytest.approx(-np.linalg.solve(S, U), rel=1e-6)
    assert result.jac == pytest.approx(problem.gradient(result.x), rel=1e-10, abs=1e-15)


def test_minimize_starts_at_minus_u_and_at_a_unit_vector_without_u():
    problem = LeastSquares(S, U, 3.0)
    start = bntheory.minimize(problem, "gd", steps=1).trace
    assert start.value[0] == pytest.approx(3 - 2 * U @ U + U @ S @ U, rel=1e-14)
    centred = bntheory.minimize(LeastSquares(S, np.zeros(3)), "gd")
    assert centred.success
    assert centred.trace.value[0] == pytest.approx(S[0, 0], rel=1e-14)


def test_minimize_says_when_it_fails():
    stopped = bntheory.minimize(LeastSquares(S, U), "gd", steps=2)
    assert (stopped.success, stopped.status, stopped.message) == (False, 1, "stopped after 2 iterations")
    endless = bntheory.minimize(GaussianHalfspace(S, U, "sigmoid"))
    assert (endless.success, endless.nit) == (False, 0)
    assert "no minimizer" in endless.message
    diverged = bntheory.minimize(LeastSquares(S, U), GradientDescent(5.0), steps=3000)
    assert (diverged.success, diverged.status) == (False, 2)


def test_a_name_in_the_place_of_a_method_is_named():
    with pytest.raises(InvalidInput, match=r"method = gdnp: must be a Method; give one such as bntheory\.GDNP\(\)"):
        run("gdnp", LeastSquares(S, U), W0)
