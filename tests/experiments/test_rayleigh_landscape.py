"""rayleigh_landscape meets its criteria, its arrays are what the figure says, and broken formulas and methods miss."""

from __future__ import annotations

import numpy as np
import pytest
from experiment_results import missed, svg

from bntheory import decoupling, stems
from bntheory.errors import InvalidInput
from bntheory.experiments import rayleigh_landscape
from bntheory.methods import GradientDescent

E3 = "|min over gamma of f_OLS(gamma v) - rho(v)| / |rho*|, all directions"
INVARIANCE = "|rho(c v) - rho(v)| / |rho*|, all directions, random c"
CONTROL = "control, -(u^T v)^2/(v^T v) in place of rho misses"
LINE = "GD and GDNP end on the line of S^-1 u: sine of the angle"
ELLIPSE = "GDNP's iterates have the best length: distance from the ellipse"
SPEED = "GD and GDNP: largest D_{t+1}/D_t over (1 - mu/L)^2"


@pytest.fixture(scope="module")
def result():
    return rayleigh_landscape.measure(seed=3)


@pytest.mark.parametrize(("seed", "options"), [(1, {}), (2, {"tol": 0.0})])
def test_criteria_are_met(seed, options):
    assert missed(rayleigh_landscape.measure(seed=seed, **options).criteria) == []


def test_lowest_value_on_a_ray_is_the_one_that_a_search_finds(result):
    from scipy.optimize import minimize_scalar

    S, u = result.arrays["S"], result.arrays["u"]
    for k in range(0, 1440, 119):
        angle = result.arrays["angle"][k]
        v = np.array([np.cos(angle), np.sin(angle)])
        found = minimize_scalar(lambda gamma, v=v: 2 * gamma * (u @ v) + gamma**2 * (v @ S @ v), tol=1e-12)
        assert result.arrays["lowest"][k] == pytest.approx(found.fun, abs=1e-12)


def test_grid_rows_are_the_second_coordinate(result):
    arrays = result.arrays
    w = np.array([arrays["x"][7], arrays["y"][30]])
    assert arrays["f"][30, 7] == pytest.approx(2 * arrays["u"] @ w + w @ arrays["S"] @ w, rel=1e-13)


def test_problem_is_the_one_described(result):
    eigenvalues = np.linalg.eigvalsh(result.arrays["S"])
    assert eigenvalues[1] / eigenvalues[0] == pytest.approx(16, rel=1e-12)
    assert result.instances[0].problem["condition"] == pytest.approx(16, rel=1e-12)
    assert result.results["rho_star"] == pytest.approx(-1, rel=1e-12)


def test_paths_start_together_and_end_at_the_minimizer(result):
    arrays, runs = result.arrays, result.instances[0].runs
    np.testing.assert_allclose(arrays["path_gd"][0], arrays["path_gdnp"][0], rtol=1e-14)
    for name, run in runs.items():
        assert run.bound == (1 - 1 / 16) ** 2
        assert len(arrays[f"path_{name}"]) == run.trace.iterations + 1
        np.testing.assert_allclose(arrays[f"path_{name}"][-1], -np.linalg.solve(arrays["S"], arrays["u"]), atol=1e-8)


def test_euclidean_quotient_in_place_of_rho_is_caught(monkeypatch):
    monkeypatch.setattr(
        rayleigh_landscape, "rayleigh_quotient", lambda w, S, u: decoupling.rayleigh_quotient(w, np.eye(2), u)
    )
    assert missed(rayleigh_landscape.measure().criteria) == [E3]


def test_quotient_that_keeps_the_length_is_caught(monkeypatch):
    monkeypatch.setattr(rayleigh_landscape, "rayleigh_quotient", lambda w, S, u: -((u @ w) ** 2) / np.sqrt(w @ S @ w))
    assert {E3, INVARIANCE} <= set(missed(rayleigh_landscape.measure().criteria))


def test_control_that_agrees_with_rho_is_caught(monkeypatch):
    """Were the control no broken variant, its criterion would be missed."""
    S = rayleigh_landscape.plane()[0].S
    monkeypatch.setattr(rayleigh_landscape, "rayleigh_quotient", lambda w, _, u: decoupling.rayleigh_quotient(w, S, u))
    assert missed(rayleigh_landscape.measure().criteria) == [CONTROL]


def test_halved_gradient_step_is_caught(monkeypatch):
    monkeypatch.setattr(rayleigh_landscape, "GradientDescent", lambda: GradientDescent(0.25))
    assert missed(rayleigh_landscape.measure().criteria) == [LINE, SPEED]


def test_method_without_the_best_length_is_caught(monkeypatch):
    monkeypatch.setattr(rayleigh_landscape, "GDNP", lambda: GradientDescent(name="gdnp"))
    assert missed(rayleigh_landscape.measure().criteria) == [ELLIPSE]


def test_figure_is_the_same_bytes_twice(result):
    assert svg(result) == svg(result)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"steps": 0}, "--steps = 0: must be a whole number, at least 1; give one such as 1000"),
        ({"tol": -1.0}, "--tol = -1.0: must be at least 0; give a number such as 1e-6"),
        (
            {"loss": "softplus"},
            "--loss = softplus: is not an option of rayleigh_landscape; choose from --seed, --steps, --tol",
        ),
    ],
)
def test_bad_options_name_the_rule(options, line):
    with pytest.raises(InvalidInput) as error:
        stems.perform("rayleigh_landscape", options)
    assert str(error.value) == line
