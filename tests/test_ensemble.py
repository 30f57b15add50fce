"""Ensembles agree run by run with the methods of `bntheory.methods`, and with the theory where no other code is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_expit

from bntheory import GDNP, GradientDescent, InvalidInput, fit_linear_rate, run
from bntheory.ensemble import GaussianEnsemble, LeastSquaresEnsemble, LengthTable
from bntheory.ensemble.instances import SPECTRA, STARTS, generic, log_uniform, worst_case
from bntheory.errors import Diverged, NoFiniteLength
from bntheory.gaussian import batched_moments
from bntheory.losses import LOSSES, custom
from bntheory.rates import fit_linear_rates

RUNS, D, STEPS = 7, 6, 60
SMOOTH_CONVEX = ("softplus", "gaussian-hinge", "sqrt-hinge", "squared")


@pytest.fixture(scope="module")
def instance():
    rng = np.random.default_rng(5)
    eigenvalues = log_uniform(40.0, (RUNS, D), rng) * rng.uniform(0.1, 10, (RUNS, 1))
    return eigenvalues, *generic(eigenvalues, rng, size=0.7)


@pytest.mark.parametrize(("method", "name"), [(GradientDescent(), "gradient_descent"), (GDNP(), "gdnp")])
def test_least_squares_runs_are_those_of_the_methods(instance, method, name):
    eigenvalues, u, w0 = instance
    ensemble = LeastSquaresEnsemble(eigenvalues, u)
    trace = getattr(ensemble, name)(w0, STEPS)
    for k in range(RUNS):
        single = run(method, ensemble.member(k), w0[k], steps=STEPS)
        known = single.suboptimality > 1e-24  # below, the single run's w~ - w* is mostly rounding
        assert trace.suboptimality[k, : len(known)][known] == pytest.approx(single.suboptimality[known], rel=1e-3)
        assert trace.suboptimality[k, :20] == pytest.approx(single.suboptimality[:20], rel=1e-12)
        assert trace.w_tilde[k] == pytest.approx(single.w_tilde, abs=1e-13 * np.abs(w0[k]).max())


def test_a_gradient_step_of_ones_own_is_taken(instance):
    eigenvalues, u, w0 = instance
    ensemble = LeastSquaresEnsemble(eigenvalues, u)
    step = 0.7 / (ensemble.L + ensemble.mu)
    trace = ensemble.gradient_descent(w0, STEPS, step)
    single = run(GradientDescent(float(step[3])), ensemble.member(3), w0[3], steps=STEPS)
    assert trace.suboptimality[3, :20] == pytest.approx(single.suboptimality[:20], rel=1e-12)


@pytest.mark.parametrize("loss", SMOOTH_CONVEX)
@pytest.mark.parametrize(("method", "name"), [(GradientDescent(), "gradient_descent"), (GDNP(), "gdnp")])
def test_runs_on_gaussian_inputs_are_those_of_the_methods(instance, loss, method, name):
    eigenvalues, u, w0 = instance
    ensemble = GaussianEnsemble(eigenvalues, u, loss)
    trace = getattr(ensemble, name)(w0, STEPS)
    assert trace.error < 1e-12
    for k in range(0, RUNS, 3):
        single = run(method, ensemble.member(k), w0[k], steps=STEPS)
        apart = np.abs(trace.suboptimality[k, : len(single.value)] - single.suboptimality)
        assert apart.max() <= 1e-12 * max(1.0, single.suboptimality[0])
        assert trace.w_tilde[k] == pytest.approx(single.w_tilde, rel=1e-12, abs=1e-13 * np.abs(w0[k]).max())


def test_the_direction_does_not_depend_on_the_loss(instance):
    """E9; and the excess of the directions is the suboptimality of least squares."""
    eigenvalues, u, w0 = instance
    expected = LeastSquaresEnsemble(eigenvalues, u).gdnp(w0, STEPS).suboptimality
    for loss in SMOOTH_CONVEX:
        assert (GaussianEnsemble(eigenvalues, u, loss).gdnp(w0, STEPS).observed["excess"] == expected).all()


def test_chunks_do_not_show(instance, monkeypatch):
    eigenvalues, u, w0 = instance
    whole = LeastSquaresEnsemble(eigenvalues, u).gdnp(w0, STEPS)
    monkeypatch.setattr("bntheory.ensemble.eigenbasis._CHUNK", 2 * D)
    parts = LeastSquaresEnsemble(eigenvalues, u).gdnp(w0, STEPS)
    assert parts.suboptimality == pytest.approx(whole.suboptimality, rel=1e-12, abs=0)
    assert parts.w_tilde == pytest.approx(whole.w_tilde, rel=1e-12)


def test_the_error_keeps_its_relative_accuracy_far_below_rounding():
    """On the worst case of GD the factor tends to (1 - mu/L)^2 like D_t, down to 1e-280."""
    eigenvalues = np.array([[0.1, 1.0]])
    u, w0 = worst_case(eigenvalues, np.random.default_rng(0))
    D = LeastSquaresEnsemble(eigenvalues, u).gdnp(w0, 3000).suboptimality[0]
    assert D[-1] < 1e-200
    assert D[-1] > 1e-290
    assert D[101:] / D[100:-1] == pytest.approx(0.81, rel=1e-13)


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("condition", [2.0, 1e6])
def test_no_step_contracts_less_than_the_theorem(spectrum, start, condition):
    rng = np.random.default_rng(1)
    eigenvalues = SPECTRA[spectrum](condition, (200, 8), rng)
    u, w0 = STARTS[start](eigenvalues, rng)
    bound = (1 - 1 / condition) ** 2
    ensemble = LeastSquaresEnsemble(eigenvalues, u)
    for trace in (ensemble.gdnp(w0, 40), ensemble.gradient_descent(w0, 40)):
        assert trace.rates().worst.max() <= bound + 1e-13
    halved = ensemble.gradient_descent(w0, 40, 1 / (4 * ensemble.L))  # the false neighbour
    if start == "worst-case":
        assert halved.rates().worst.max() > bound + 0.1 / condition


def test_instances_are_what_they_say():
    rng = np.random.default_rng(2)
    for draw in SPECTRA.values():
        eigenvalues = draw(50.0, (9, 5), rng)
        assert eigenvalues.shape == (9, 5)
        assert eigenvalues.min(axis=1) == pytest.approx(1 / 50)
        assert eigenvalues.max(axis=1) == pytest.approx(1.0)
        for start in STARTS.values():
            u, w0 = start(eigenvalues, rng, size=0.4)
            assert (u**2 / eigenvalues).sum(axis=1) == pytest.approx(0.16)
            assert ((w0**2 * eigenvalues).sum(axis=1) > 0).all()
    with pytest.raises(InvalidInput, match=r"condition = 0\.5"):
        log_uniform(0.5, (9, 5), rng)
    with pytest.raises(InvalidInput, match="d >= 2"):
        log_uniform(2.0, (9, 1), rng)


@pytest.mark.parametrize("scale", [1e-300, 1e-12, 1e-6, 1e6, 1e200])
def test_gdnp_does_not_depend_on_the_scale_of_the_start(instance, scale):
    eigenvalues, u, w0 = instance
    for ensemble in (LeastSquaresEnsemble(eigenvalues, u), GaussianEnsemble(eigenvalues, u)):
        expected, scaled = ensemble.gdnp(w0, STEPS), ensemble.gdnp(scale * w0, STEPS)
        assert scaled.suboptimality == pytest.approx(expected.suboptimality, rel=1e-9, abs=1e-13)
        assert scaled.w_tilde == pytest.approx(expected.w_tilde, rel=1e-11)


@pytest.mark.parametrize("loss", SMOOTH_CONVEX)
def test_table_meets_the_search_along_a_ray(loss):
    table = LengthTable(loss, 0.02, 0.93)
    for m in (0.02, 0.1234, 0.5, 0.85, 0.93):
        ensemble = GaussianEnsemble([[1.0]], [[m]], loss)
        single = run(GDNP(), ensemble.member(0), np.array([1.0]), steps=1)
        length = abs(float(single.w_tilde[0]))
        assert float(table.gamma(np.array([m]))[0]) == pytest.approx(length, rel=1e-12)
        assert float(table.value(np.array([m]))[0]) == pytest.approx(single.value[-1], abs=1e-13)


def test_best_length_of_the_logistic_loss_is_that_of_the_linear_discriminant():
    m = np.array([0.05, 0.3, 0.9, 0.9501])
    assert LengthTable("softplus", 0.05, 0.96).gamma(m) == pytest.approx(2 * m / (1 - m * m), rel=1e-12)
    m = np.array([0.97, 0.98])
    assert LengthTable("softplus", 0.5, 0.98).gamma(m) == pytest.approx(2 * m / (1 - m * m), rel=5e-10)
    with pytest.raises(InvalidInput, match="take the problems one by one"):  # found: 81 at .993, where it is 142
        LengthTable("softplus", 0.5, 0.993)


def test_the_error_estimate_of_a_coarse_table_covers_its_error(monkeypatch):
    monkeypatch.setattr("bntheory.ensemble.length_table._DEGREES", (8,))
    coarse = LengthTable("sqrt-hinge", 0.0, 0.95)
    m = np.array([0.93, 0.94, 0.95])
    ensemble = GaussianEnsemble(np.ones((3, 1)), m[:, None], "sqrt-hinge")
    known = [run(GDNP(), ensemble.member(k), np.array([1.0]), steps=1).value[-1] for k in range(3)]
    apart = np.abs(coarse.value(m) - known).max()
    assert 1e-9 < apart <= coarse.error


def test_batched_moments_refuse_a_loss_with_kinks():
    with pytest.raises(InvalidInput, match="loss = smoothed-hinge: must have no"):
        batched_moments("smoothed-hinge", np.zeros(2), np.ones(2))


def test_batched_moments_of_softplus_have_the_right_sign_and_size():
    """E log(1 + e^t) for t almost constant is log(1 + e^mean); and by Monte Carlo within 5 standard errors."""
    moments = batched_moments("softplus", np.array([-2.0, 3.0]), np.array([1e-9, 1e-9]))
    assert moments[0] == pytest.approx(-log_expit([2.0, -3.0]), rel=1e-12)
    t = 0.5 + 2 * np.random.default_rng(0).standard_normal(10**6)
    found = batched_moments("softplus", np.array([0.5]), np.array([2.0]))[:, 0]
    loss = LOSSES["softplus"]
    for value, function in zip(found, (loss.phi, loss.dphi, loss.d2phi), strict=True):
        sample = function(t)
        assert abs(sample.mean() - value) < 5 * sample.std() / 1e3


def test_bad_input_is_named(instance):
    eigenvalues, u, w0 = instance
    with pytest.raises(InvalidInput, match=r"u = array of shape \(7, 5\): must have shape \(7, 6\)"):
        LeastSquaresEnsemble(eigenvalues, u[:, 1:])
    with pytest.raises(InvalidInput, match="eigenvalues = -"):
        LeastSquaresEnsemble(-eigenvalues, u)
    with pytest.raises(InvalidInput, match="non-finite"):
        LeastSquaresEnsemble(eigenvalues, np.where(u > 0, np.nan, u))
    flat = u.copy()
    flat[4] = 0
    with pytest.raises(InvalidInput, match="0 in run 4"):
        LeastSquaresEnsemble(eigenvalues, flat)
    ensemble = LeastSquaresEnsemble(eigenvalues, u)
    with pytest.raises(InvalidInput, match="steps = 0"):
        ensemble.gdnp(w0, 0)
    with pytest.raises(InvalidInput, match=r"u\^T w0 = 0 in run 0"):
        ensemble.gdnp(np.zeros_like(w0), 3)
    u_long = u.copy()
    u_long[2] *= 2
    with pytest.raises(InvalidInput, match="in run 2"):
        GaussianEnsemble(eigenvalues, u_long)
    for loss in ("sigmoid", "smoothed-hinge"):
        with pytest.raises(InvalidInput, match=f"loss = {loss}"):
            GaussianEnsemble(eigenvalues, u, loss)
    gaussian = GaussianEnsemble(eigenvalues, u)
    several = np.full(len(u), 0.1)
    several[1:3] = np.inf, -1
    wrong = ((-1.0, "step_size = -1"), (np.ones(2), "shape"), (np.nan, "step_size = nan"), (several, "step_size = inf"))
    for bad, problem in wrong:
        for each in (ensemble, gaussian):
            with pytest.raises(InvalidInput, match=problem):
                each.gradient_descent(w0, 3, bad)
    with pytest.raises(Diverged, match=r"run 0: z\^T w~ has the standard deviation"):
        gaussian.gradient_descent(1e5 * w0, 3)
    softplus = LOSSES["softplus"]
    unbounded = custom(softplus.phi, softplus.dphi, softplus.d2phi, convex=True)
    with pytest.raises(InvalidInput, match="zeta = inf"):
        GaussianEnsemble(eigenvalues, u, unbounded).gradient_descent(w0, 3)
    falling = custom(
        lambda t: softplus.phi(-t), lambda t: -softplus.dphi(-t), lambda t: softplus.d2phi(-t), convex=True
    )
    with pytest.raises(InvalidInput, match="rising at 0"):
        GaussianEnsemble(eigenvalues, u, falling)
    with pytest.raises(NoFiniteLength, match="sigmoid"):
        LengthTable("sigmoid", 0.1, 0.5)
    with pytest.raises(InvalidInput, match=r"must lie in \[0, 0.98\]"):
        LengthTable("softplus", 0.5, 1.0)


def test_rates_of_a_batch_are_those_of_each_trace():
    t = np.arange(60)
    D = np.array([3.0 * 0.9**t, 5 * 0.5**t + 0.2**t, np.where(t < 30, 0.8**t, 0.0), np.zeros(60), 2.0 * 0.7**t])
    D[4, 40:] = np.nan
    rates = fit_linear_rates(D)
    assert rates.factor[[0, 2, 4]] == pytest.approx([0.9, 0.8, 0.7], rel=1e-12)
    assert rates.usable.tolist() == [60, 60, 30, 0, 40]
    assert np.isnan([rates.factor[3], rates.least[3], rates.worst[3]]).all()
    window = fit_linear_rate(D[1], window=(30, 60))
    assert rates.factor[1] == pytest.approx(window.factor, rel=1e-12)
    assert rates.worst[1] == pytest.approx((D[1, 1:] / D[1, :-1]).max())
    assert (rates.least[:3] <= rates.factor[:3] * (1 + 1e-12)).all()
    assert (rates.factor[:3] <= rates.largest[:3] * (1 + 1e-12)).all()
    assert fit_linear_rates(D, floor=1e-2).usable[0] == np.argmax(D[0] <= 1e-2)
    with pytest.raises(InvalidInput, match="floor = -1"):
        fit_linear_rates(D, floor=-1)
    with pytest.raises(InvalidInput, match="give one row a run"):
        fit_linear_rates(D[0])
