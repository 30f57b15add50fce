"""ols_rate meets its criteria, and a wrong step or a wrong bound misses them."""

from __future__ import annotations

import pytest
from experiment_results import missed

from bntheory import decoupling
from bntheory.experiments import ols_rate


@pytest.fixture(scope="module")
def result():
    return ols_rate.measure(seed=3)


@pytest.mark.parametrize("seed", [1, 2])
def test_criteria_are_met_on_other_seeds(seed):
    assert missed(ols_rate.measure(seed=seed).criteria) == []


def test_measured_factors_agree_with_the_theorem_on_the_worst_case(result):
    for instance in result.instances:
        mu, L = instance.problem["mu"], instance.problem["L"]
        theorem = (1 - mu / L) ** 2
        assert instance.runs["gd"].bound == instance.runs["gdnp"].bound == theorem
        assert instance.runs["gdnp"].rate()["factor"] <= theorem
        if instance.label.startswith("worst"):
            gd = instance.runs["gd"].rate()
            assert 1 - gd["factor"] == pytest.approx(1 - theorem, rel=1e-3)
            assert 1 - instance.runs["gdnp"].rate()["factor"] == pytest.approx(1 - theorem, rel=0.02)


def test_the_top_level_is_the_hardest_worst_case(result):
    assert result.instances[0].label == "worst case, condition 1e+06"
    assert (
        max(instance.problem["condition"] for instance in result.instances) == result.instances[0].problem["condition"]
    )


def test_a_wrong_exponent_in_the_bound_is_caught(monkeypatch):
    """(1 - mu/L)^4 in place of (1 - mu/L)^2: GDNP's factor exceeds it, GD's does not agree with it."""
    monkeypatch.setattr(ols_rate, "contraction_factor", lambda mu, L: (1 - mu / L) ** 4)
    found = missed(ols_rate.measure().criteria)
    assert "gdnp, every spectrum: factor - bound" in found
    assert "GD, worst case: |(1 - factor)/(1 - bound) - 1|" in found


def test_a_longer_direction_step_is_caught(monkeypatch):
    """GDNP with 1/L halved is slower than proved."""
    from bntheory.methods import gdnp

    monkeypatch.setattr(gdnp, "gdnp_criterion", lambda *arguments: 2 * decoupling.gdnp_criterion(*arguments))
    assert "gdnp, every spectrum: factor - bound" in missed(ols_rate.measure().criteria)


@pytest.mark.parametrize(("method", "steps"), [(["cg"], 300), (["gd", "gdnp"], 1)])
def test_few_methods_and_steps_give_a_figure_and_no_false_success(method, steps):
    from bntheory.paper_figs import ols_rate as figure

    result = ols_rate.measure(method=method, steps=steps)
    assert figure.draw(result) is not None
    assert all(not criterion.met for criterion in result.criteria if "factor" in criterion.name)
