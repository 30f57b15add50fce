"""halfspace_separability meets its criteria, its predictions hold outside the package, and broken ones miss."""

from __future__ import annotations

from dataclasses import replace

import mpmath
import numpy as np
import pytest
from experiment_results import missed, svg

from bntheory import stems
from bntheory.errors import InvalidInput
from bntheory.experiment import MethodRun, document
from bntheory.experiments import halfspace_separability
from bntheory.methods import GradientDescent, gdnp
from bntheory.problems import GaussianHalfspace

GD = "GD near w~*: |(1 - factor)/predicted - 1|"
GDNP = "GDNP, every |rho*|: |(1 - factor of D)/(1 - bound) - 1|"
EXPONENT = "sigmoid, GD: |exponent - limit| of f - inf f, |grad f|, 1/|w~|"
FLOW = "sigmoid, GD: |exponent - that of the flow|"
SUBLINEAR = "sigmoid, GD: runs not classified as sub-linear"
CONTROL = "control: infimum 0 or smallest value seen: |exponent - 1/2|"
W0 = np.array([0.6, -0.8])


@pytest.fixture(scope="module")
def result():
    return halfspace_separability.measure(seed=1, steps=2000)


@pytest.fixture
def one_sigmoid(monkeypatch):
    monkeypatch.setattr(halfspace_separability, "SIGMOID", (0.5,))


def test_criteria_are_met(result):
    assert missed(result.criteria) == []


def test_sigmoid_criteria_are_met_from_another_start():
    criteria, _, _ = halfspace_separability.sigmoid_part(np.array([-0.9, -np.sqrt(0.19)]), 2000, stems.silent)
    assert missed(criteria) == []


def test_report_tells_softplus_from_sigmoid(result):
    top = document(result)
    assert top["problem"]["rho_star"] == pytest.approx(-0.99)
    assert top["methods"]["gdnp"]["bound"] == pytest.approx(0.81)
    last = top["instances"][-1]
    assert last["problem"]["loss"] == "sigmoid"
    assert "no minimizer of finite length" in last["methods"]["gd"]["message"]
    assert "no minimizer was found" in last["methods"]["gdnp"]["message"]
    assert last["methods"]["gdnp"]["bound"] is None
    assert not last["methods"]["gd"]["converged"]


def test_softplus_runs_share_one_direction_in_whitened_coordinates(result):
    a = np.random.default_rng(1).standard_normal(2)
    sine = a[0] ** 2 / (a @ a)
    for instance in result.instances:
        if instance.problem["loss"] == "softplus":
            D = instance.runs["gdnp"].trace.observed["excess"]
            assert D[0] == pytest.approx(-instance.problem["rho_star"] * sine, rel=1e-10)


def test_no_run_within_reach_is_no_success(monkeypatch):
    monkeypatch.setattr(halfspace_separability, "FAR", (0.99,))
    found = missed(halfspace_separability.far_part(W0, 2000, stems.silent)[0])
    assert found == ["GD, steps * (1 - factor) >= 10: share of runs classified as linear"]


@pytest.mark.parametrize("size", [0.5, 0.9, 0.95])
def test_curvatures_are_those_of_central_differences(size):
    problem = halfspace_separability.softplus_problem(size)
    best, step = halfspace_separability.softplus_minimizer(problem), 1e-4
    ends = [[problem.gradient(best + sign * step * axis) for sign in (1, -1)] for axis in np.eye(2)]
    hessian = np.array([(right - left) / (2 * step) for right, left in ends])
    predicted = np.diag(np.exp(halfspace_separability.log_curvatures(size))) * problem.zeta
    np.testing.assert_allclose(hessian, predicted, rtol=1e-6, atol=1e-9 * predicted[0, 0])


@pytest.mark.parametrize("size", [0.6, 0.99, 0.999])
def test_curvatures_are_right_where_phi_underflows(size):
    with mpmath.workdps(40):  # at 25 digits mpmath stops refining at 2e-10
        r = mpmath.mpf(size)
        gamma = 2 * mpmath.sqrt(r) / (1 - r)
        mean, std = -gamma * mpmath.sqrt(r), gamma * mpmath.sqrt(1 - r)
        ends = list(range(-120, 41, 2))

        def moment(power):
            return mpmath.quad(lambda t: t**power * mpmath.npdf(t, mean, std) / (2 * mpmath.cosh(t / 2)) ** 2, ends)

        expected = [float(mpmath.log(4 * moment(0) / 10)), float(mpmath.log(4 * moment(2) / gamma**2))]
    tolerance = 1e-12 + 2.2e-16 / (1 - size) ** 2
    np.testing.assert_allclose(halfspace_separability.log_curvatures(size), expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("size", [0.3, 0.5, 0.75])
def test_expansion_is_that_of_the_loss_far_out(size):
    """f - inf f and its slope at length 40 against the problem's own quadrature, to the next term, gamma^-6."""
    problem = GaussianHalfspace(np.eye(2), np.array([0.0, np.sqrt(size)]), "sigmoid")
    trace = type("Trace", (), {"observed": {"norm": np.full(3, 40.0)}})
    value, slope, inverse = halfspace_separability.sigmoid_flow(problem, trace, np.array([1.0, 1.0 + 1e-9]))[:, 0]
    ray = problem.ray(np.array([0.0, -1.0]))
    assert inverse == pytest.approx(1 / 40, rel=1e-12)
    assert value == pytest.approx(ray.value(40.0) - problem.minimum, rel=2e-5)
    assert slope == pytest.approx(-ray.slope(40.0), rel=5e-5)


def test_flow_has_the_four_powers_of_time_in_the_end():
    problem = GaussianHalfspace(np.eye(2), np.array([0.0, np.sqrt(0.5)]), "sigmoid")
    trace = type("Trace", (), {"observed": {"norm": np.full(20, 30.0)}})
    flow = halfspace_separability.sigmoid_flow(problem, trace, np.array([10.0, 1e14, 1e15]))
    np.testing.assert_allclose(-np.log10(flow[:, 2] / flow[:, 1]), halfspace_separability.LIMITS, rtol=1e-5)


def test_softplus_minimizer_is_the_problem_s_own():
    problem = halfspace_separability.softplus_problem(0.9)
    np.testing.assert_allclose(halfspace_separability.softplus_minimizer(problem), problem.minimizer, rtol=1e-10)


def test_factor_off_by_one_part_in_a_hundred_is_caught(monkeypatch):
    true = halfspace_separability.log_curvatures
    monkeypatch.setattr(halfspace_separability, "log_curvatures", lambda size: true(size) + 0.01)
    assert missed(halfspace_separability.near_part(stems.silent)[0]) == [GD]


@pytest.mark.parametrize("size", [0.5, 0.8])
def test_gd_from_far_ends_at_its_bound(size):
    """At 0.5 the curvature across u is the least, at 0.8 that along it."""
    problem = halfspace_separability.softplus_problem(size)
    bound = -np.expm1(halfspace_separability.log_slowness(size))
    gd = halfspace_separability.compare(problem, W0, 4000, (bound, None)).runs["gd"]
    assert (1 - gd.rate()["factor"]) / (1 - gd.bound) == pytest.approx(1, abs=2e-3)


def test_halved_step_of_gd_is_caught(monkeypatch):
    monkeypatch.setattr(halfspace_separability, "GradientDescent", lambda: GradientDescent(2.0))  # zeta = 1/4
    assert missed(halfspace_separability.near_part(stems.silent)[0]) == [GD]


def test_slower_direction_step_of_gdnp_is_caught(monkeypatch):
    true = gdnp.gdnp_criterion
    monkeypatch.setattr(gdnp, "gdnp_criterion", lambda *args: 1.02 * true(*args))
    monkeypatch.setattr(halfspace_separability, "FAR", (0.99, 0.5))
    assert missed(halfspace_separability.far_part(W0, 1000, stems.silent)[0]) == [GDNP]


@pytest.mark.parametrize(("infimum", "expected"), [(0.1586, {FLOW}), (0.15, {EXPONENT, FLOW})])
def test_wrong_infimum_of_the_sigmoid_is_caught(monkeypatch, one_sigmoid, infimum, expected):
    """N(-1) = 0.158655...: five parts in 10^5 of it are enough."""
    monkeypatch.setattr(GaussianHalfspace, "minimum", infimum)
    assert expected <= set(missed(halfspace_separability.sigmoid_part(W0, 2000, stems.silent)[0]))


def test_flow_of_the_wrong_second_term_is_caught(monkeypatch, one_sigmoid):
    true = halfspace_separability.hermeval
    monkeypatch.setattr(halfspace_separability, "hermeval", lambda x, c: true(x, c) * (1.5 if len(c) == 4 else 1.0))
    assert missed(halfspace_separability.sigmoid_part(W0, 2000, stems.silent)[0]) == [FLOW]


def test_linear_convergence_is_not_taken_for_sublinear(monkeypatch, one_sigmoid):
    true = halfspace_separability.compare

    def geometric(*args):
        instance = true(*args)
        gd = instance.runs["gd"].trace
        trace = replace(gd, suboptimality=0.995 ** np.arange(len(gd.value)))
        return replace(instance, runs=instance.runs | {"gd": MethodRun(trace)})

    monkeypatch.setattr(halfspace_separability, "compare", geometric)
    found = missed(halfspace_separability.sigmoid_part(W0, 2000, stems.silent)[0])
    assert {SUBLINEAR, EXPONENT} <= set(found)


def test_controls_that_find_the_exponent_are_caught(monkeypatch, one_sigmoid):
    """Were the infimum 0, the control that takes it for 0 would agree, and be missed."""
    true = halfspace_separability.compare

    def shifted(*args):
        instance = true(*args)
        gd = instance.runs["gd"].trace
        return replace(instance, runs=instance.runs | {"gd": MethodRun(replace(gd, value=gd.suboptimality))})

    monkeypatch.setattr(halfspace_separability, "compare", shifted)
    assert missed(halfspace_separability.sigmoid_part(W0, 2000, stems.silent)[0]) == [CONTROL]


def test_figure_is_the_same_bytes_twice(result):
    assert svg(result) == svg(result)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"steps": 1999}, "steps = 1999: must be at least 2000, or no exponent has settled; give 10000"),
        (
            {"loss": "sigmoid"},
            "--loss = sigmoid: is not an option of halfspace_separability; choose from --seed, --steps",
        ),
    ],
)
def test_bad_options_name_the_rule(options, line):
    with pytest.raises(InvalidInput) as error:
        stems.perform("halfspace_separability", options)
    assert str(error.value) == line
