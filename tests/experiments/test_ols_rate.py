"""ols_rate meets its criteria, and a wrong step or a wrong bound misses them."""

from __future__ import annotations

import numpy as np
import pytest
from experiment_results import missed

from bntheory import decoupling
from bntheory.experiments import ols_rate


@pytest.fixture(scope="module", autouse=True)
def _fewer_generic_runs():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ols_rate, "RUNS", 300)
        yield


@pytest.fixture(scope="module")
def result(_fewer_generic_runs):
    return ols_rate.measure(seed=3)


def test_generic_runs_of_the_ensemble_are_faster_than_the_worst_case(result):
    """Quantiles of the factor ascend; none is above the bound, and at condition 1e6 the slowest is far below it."""
    for name in ("gd", "gdnp", "gd-best"):
        factors = result.arrays[f"factors/{name}"]
        assert factors.shape == (7, 7)
        assert (np.diff(factors, axis=1) >= 0).all()
        bounds = [ols_rate.method_and_bound(name, 1 / c, 1.0)[1] for c in result.arrays["conditions"]]
        assert (factors[:, -1] <= np.array(bounds) + 1e-13).all()
        traces = result.arrays[f"traces/{name}"]
        assert traces.shape == (7, 301)
        assert (traces[:, 0] == 1).all()


def test_a_longer_gradient_step_is_caught_in_the_ensemble(monkeypatch):
    """1/(4L) in place of 1/(2L): some step of some run contracts less than the theorem says."""
    monkeypatch.setitem(ols_rate.ENSEMBLE, "gd", ols_rate.ENSEMBLE["halved"])
    found = missed(ols_rate.measure(method=["gd"]).criteria)
    assert [name for name in found if name.startswith("gd, every step")]


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
    assert len([name for name in found if "every step" in name]) == 2


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
