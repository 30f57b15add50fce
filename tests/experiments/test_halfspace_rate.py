"""halfspace_rate meets its criteria on other seeds, replays outside the package, and broken formulas miss."""

from __future__ import annotations

import numpy as np
import pytest
from experiment_results import missed, svg
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, log_expit, ndtr

from bntheory import decoupling, stems
from bntheory.errors import InvalidInput
from bntheory.experiment import document
from bntheory.experiments import halfspace_rate
from bntheory.methods import gdnp
from bntheory.paper_figs import halfspace_rate as figure

SAME = "directions of all losses: distance in the S-norm, every t"
WITHIN = "sqrt D(w_t) - q^t sqrt D_0, in units of its rounding"
SHARP = "worst case: D(w_t)/(q^(2t) D_0) at t = 20"
LENGTH = "E10 corrected: (d_gamma f)^2 over its bound"
TOGETHER = "E12 corrected: |grad f|^2_{S^-1} over its bound, every t and T_s"
SPLIT = "F5: relative error of the split, whole runs"
CONTROL = "control: the split without (d_gamma f)^2"
LOSSES = halfspace_rate.LOSSES
#: phi' and phi'' of each loss, as in the module's docstring.
DERIVATIVES = {
    "softplus": (expit, lambda t: expit(t) * expit(-t)),
    "gaussian-hinge": (ndtr, lambda t: np.exp(-t * t / 2) / np.sqrt(2 * np.pi)),
    "sqrt-hinge": (lambda t: (1 + t / np.hypot(1, t)) / 2, lambda t: 0.5 / np.hypot(1, t) ** 3),
}


@pytest.fixture(scope="module")
def result():
    return halfspace_rate.measure(seed=1, steps=40)


@pytest.fixture
def starts():
    rng = np.random.default_rng(4)
    return [halfspace_rate.worst_case(100.0, 0.9), halfspace_rate.generic(np.geomspace(0.1, 1, 10), 0.3, rng)]


def gaussian(h, mean, std):
    """E[h(mean + std xi)] by adaptive quadrature."""
    weighted = lambda x: h(mean + std * x) * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)  # noqa: E731
    return quad(weighted, -10, 10, epsabs=1e-13, limit=200)[0]


def test_criteria_are_met_on_fresh_seeds(result, monkeypatch):
    assert missed(result.criteria) == []
    monkeypatch.setattr(halfspace_rate, "GENERIC", ((30.0, 0.5),))
    assert missed(halfspace_rate.measure(seed=8, steps=25).criteria) == []


def test_report_holds_both_methods_and_the_factor_of_the_theorem(result):
    top = document(result)
    assert top["problem"]["condition"] == pytest.approx(100, rel=1e-12)
    assert top["methods"]["gdnp"]["bound"] == pytest.approx(0.99**2, rel=1e-12)
    assert top["methods"]["gd"]["bound"] is None
    assert len(top["instances"]) == 4 * len(LOSSES)
    assert {instance["problem"]["loss"] for instance in top["instances"]} == set(LOSSES)


def test_methods_start_at_the_same_point(result):
    for instance in result.instances:
        gd, gdnp_run = instance.runs["gd"].trace, instance.runs["gdnp"].trace
        assert gd.value[0] == pytest.approx(gdnp_run.value[0], rel=1e-14)
        assert gd.observed["excess"][0] == pytest.approx(gdnp_run.observed["excess"][0], rel=1e-6)


def test_worst_case_has_its_stated_geometry(starts):
    start = starts[0]
    problem = start.problem("softplus")
    assert problem.metric.norm(start.w0) == pytest.approx(1, rel=1e-14)
    assert decoupling.rho_star(problem.metric, problem.u) == pytest.approx(-0.9, rel=1e-14)
    assert decoupling.direction_excess(start.w0, problem.metric, problem.u) == pytest.approx(0.9e-6, rel=1e-8)


def lowest(loss, size):
    """F at rho = -size: min over gamma of E phi(gamma t), t ~ N(-sqrt(size), 1 - size)."""
    phi = {"softplus": lambda t: -log_expit(-t), "sqrt-hinge": lambda t: (t + np.hypot(1, t)) / 2}[loss]
    value = lambda gamma: gaussian(phi, -gamma * np.sqrt(size), gamma * np.sqrt(1 - size))  # noqa: E731
    return minimize_scalar(value, bounds=(0, 100), options={"xatol": 1e-7}).fun


@pytest.mark.parametrize("loss", ["softplus", "sqrt-hinge"])
def test_value_follows_the_directions_as_the_docstring_says(result, loss):
    """f - min f <= M q^(2t) D_0 with M = max F', F by a search outside the package."""
    instance = next(i for i in result.instances if "condition 10," in i.label and i.problem["loss"] == loss)
    trace = instance.runs["gdnp"].trace
    D = trace.observed["excess"]
    sizes = np.linspace(0.3 - D[0], 0.3, 12)
    F = np.array([lowest(loss, size) for size in sizes])
    assert trace.suboptimality[0] == pytest.approx(F[0] - F[-1], rel=1e-6)
    M = np.max(-np.diff(F) / np.diff(sizes)) * 1.02  # chords of 12 points, within 2 % of the steepest tangent
    kept = trace.suboptimality > 1e-10
    bound = M * D[0] * 0.81 ** np.arange(len(D))
    assert (trace.suboptimality[kept] <= bound[kept]).all()


def test_printed_criterion_raises_D_outside_the_package_too(result):
    """Two steps of E9 as printed on the instance found, by adaptive quadrature and bracketing, have the recorded D."""
    S, u = np.diag(result.arrays["found_eigenvalues"]), result.arrays["found_u"]
    label = next(c.name for c in result.criteria if c.name.startswith("printed h"))
    slope, curvature = DERIVATIVES[next(loss for loss in LOSSES if f", {loss}:" in label)]
    w, L = result.arrays["found_w0"], S.max()
    for t in range(3):
        c, norm = u @ w / np.sqrt(w @ S @ w), np.sqrt(w @ S @ w)
        D = u @ np.linalg.solve(S, u) - c**2
        assert result.arrays["printed_unscaled"][t] == pytest.approx(D, rel=1e-6, abs=1e-9)
        std = np.sqrt(1 - c**2)
        d_gamma = lambda g, c=c, std=std: (  # noqa: E731
            gaussian(slope, g * c, abs(g) * std) * c + gaussian(curvature, g * c, abs(g) * std) * g * std**2
        )
        gamma = brentq(d_gamma, *((-300, -1e-3) if c > 0 else (1e-3, 300)), xtol=1e-12)
        a, b = gaussian(slope, gamma * c, abs(gamma) * std), gaussian(curvature, gamma * c, abs(gamma) * std)
        gradient = a * u + b * (S - np.outer(u, u)) @ (gamma * w / norm)
        direction = gamma / norm * (gradient - (w @ gradient) * S @ w / norm**2)
        h = a * (u @ w) - b * (u @ w) ** 2
        w = w + norm**3 / (L * gamma * h) * direction


def test_printed_h_in_gdnp_is_caught(monkeypatch, starts):
    printed = gdnp.gdnp_criterion
    monkeypatch.setattr(gdnp, "gdnp_criterion", lambda *args: printed(*args[:4], "printed"))
    criteria, _ = halfspace_rate.direction_part(starts, LOSSES[:2], 20)
    assert {SAME, WITHIN} <= set(missed(criteria))


def test_step_a_tenth_too_short_is_caught(monkeypatch, starts):
    true = gdnp.gdnp_criterion
    monkeypatch.setattr(gdnp, "gdnp_criterion", lambda *args: 1.1 * true(*args))
    criteria, _ = halfspace_rate.direction_part(starts, LOSSES[:2], 20)
    assert missed(criteria) == [WITHIN]


@pytest.mark.parametrize(("power", "expected"), [(2, WITHIN), (0.5, SHARP)])
def test_other_powers_of_the_factor_are_caught(monkeypatch, starts, power, expected):
    monkeypatch.setattr(halfspace_rate, "contraction_factor", lambda mu, L: (1 - mu / L) ** (2 * power))
    criteria, _ = halfspace_rate.direction_part(starts, LOSSES[:1], 20)
    assert expected in missed(criteria)


def test_floor_above_rounding_is_caught(monkeypatch, starts):
    """sqrt D ends near 1e-16; a floor of 1e-23 under D is 3e-12."""
    true = decoupling.direction_excess
    monkeypatch.setattr(halfspace_rate, "direction_excess", lambda *args: true(*args) + 1e-23)
    criteria, _ = halfspace_rate.direction_part(starts, LOSSES[1:2], 250)
    assert missed(criteria) == [WITHIN]


def test_bisection_of_half_the_steps_is_caught(monkeypatch, starts):
    true = gdnp.bisection_length
    monkeypatch.setattr(gdnp, "bisection_length", lambda ray, bracket, steps: true(ray, bracket, max(steps // 2, 1)))
    criteria, _ = halfspace_rate.length_part(starts[1], "softplus", 20)
    assert {LENGTH, TOGETHER} <= set(missed(criteria))


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("stein_coefficient", lambda a, b, m: a + b * m),
        ("stein_coefficient", lambda a, b, m: a),
        ("direction_excess", lambda *args: decoupling.direction_excess(*args) * (1 + 1e-9)),
    ],
)
def test_broken_split_is_caught(monkeypatch, starts, name, broken):
    monkeypatch.setattr(halfspace_rate, name, broken)
    criteria, _ = halfspace_rate.length_part(starts[1], "softplus", 20)
    assert SPLIT in missed(criteria)


def test_criterion_that_cannot_fail_is_not_found_to_fail(monkeypatch):
    """With the corrected h under the printed one's name the search ends empty-handed, and says so."""
    true = decoupling.gdnp_criterion
    for module in (gdnp, decoupling):
        monkeypatch.setattr(module, "gdnp_criterion", lambda *args: true(*args[:4]))
    monkeypatch.setattr(halfspace_rate, "TRIES", 5)
    criteria, _ = halfspace_rate.printed_part(np.random.default_rng(0), LOSSES)
    assert [name.split(": ")[1] for name in missed(criteria)] == ["max D(w_t)/D_0", "min D(w_t)/D_0"]


def test_figure_is_the_same_bytes_twice(result):
    assert svg(result) == svg(result)


def test_one_loss_and_one_method_are_enough(monkeypatch):
    monkeypatch.setattr(halfspace_rate, "GENERIC", ((10.0, 0.3),))
    result = halfspace_rate.measure(seed=17, loss="gaussian-hinge", method=["agd"], steps=25)
    assert [list(instance.runs) for instance in result.instances] == [["agd"], ["agd"]]
    assert missed(result.criteria) == []
    assert len(figure.draw(result).axes) == 4


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            {"loss": "sigmoid"},
            "loss = sigmoid: must be convex and increasing; choose one of softplus, gaussian-hinge, sqrt-hinge",
        ),
        ({"steps": 0}, "--steps = 0: must be a whole number, at least 1; give one such as 1000"),
        ({"tol": -1.0}, "--tol = -1.0: must be at least 0; give a number such as 1e-6"),
        (
            {"data": "a.csv"},
            "--data = a.csv: is not an option of halfspace_rate; choose from --seed, --loss, --method, --steps, --tol",
        ),
    ],
)
def test_bad_options_name_the_rule(options, line):
    with pytest.raises(InvalidInput) as error:
        stems.perform("halfspace_rate", options)
    assert str(error.value) == line


def test_unknown_method_lists_the_choices():
    with pytest.raises(InvalidInput, match=r"^method = gdpn: .*did you mean gdnp\?$"):
        stems.perform("halfspace_rate", {"method": ["gdpn"]})
