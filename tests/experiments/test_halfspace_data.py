"""halfspace_data on bundled, user's and real sparse data; its controls, and methods that miss."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.legend import Legend

from bntheory.data import bundled
from bntheory.experiment import document, not_kept
from bntheory.experiments import halfspace_data
from bntheory.methods import get_method
from bntheory.paper_figs import halfspace_data as figure
from bntheory.paper_figs import style
from bntheory.problems import SampledHalfspace
from bntheory.statistics import verdict
from bntheory.stems import silent
from bntheory.trace import run

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def digits():
    return halfspace_data.measure(data="digits", loss="softplus", steps=3000)


def test_methods_that_converge_agree_on_newtons_minimum(digits):
    criterion = next(c for c in digits.criteria if "relative error of the minimum" in c.name)
    assert criterion.met
    runs = digits.instances[0].runs
    assert runs["lbfgs"].trace.converged
    assert runs["gdnp-whitened"].trace.converged


def test_gdnp_stands_between_gd_and_agd_on_digits(digits):
    assert [criterion.met for criterion in digits.criteria] == [True] * 4


def test_the_figure_of_one_data_set_tells_the_factors_that_say_something(digits):
    """Those whose interval stays below 1; of two data sets each line has two factors, and none is told."""
    runs = digits.instances[0].runs
    label = {name: style.method_style(name)["label"] for name in runs}
    sure = {name for name, run in runs.items() if (rate := run.rate()) and rate["ci95"][1] < 1}
    assert sure not in (set(), set(runs))
    told = legend(digits)
    assert {name for name in runs if label[name] not in told} == sure
    factors = {name: runs[name].rate()["factor"] for name in ("agd", "gdnp")}
    assert {f"{label['agd']} {factors['agd']:.4f}", f"{label['gdnp']} 1 − {1 - factors['gdnp']:.1e}"} < told
    twice = replace(digits, instances=2 * digits.instances)
    assert {*label.values()} <= legend(twice)


def test_the_legend_names_a_method_without_a_step_and_only_ends_that_are_there(digits):
    [instance] = digits.instances
    none = dict.fromkeys(("value", "suboptimality", "grad_norm", "passes"), np.empty(0))
    runs = {
        name: replace(run, trace=replace(run.trace, **(none if name == "gdnp" else {"converged": False})))
        for name, run in instance.runs.items()
    }
    told = legend(replace(digits, instances=(replace(instance, runs=runs),)))
    assert f"{style.method_style('gdnp')['label']}: no step" in told
    assert "stopped" in told
    assert "converged" not in told


def legend(result):
    """The words of the figure's legends."""
    return {text.get_text() for one in figure.draw(result).findobj(Legend) for text in one.get_texts()}


def test_counts_are_first_passages_of_the_suboptimality_over_that_of_the_start(digits):
    counts = digits.results["iterations and passes"]["digits, softplus"]
    runs = digits.instances[0].runs
    trace, initial = runs["gdnp"].trace, runs["gd"].trace.suboptimality[0]
    assert trace.suboptimality[0] < 0.95 * initial, "GDNP gives the start its best length first"
    first, passes = counts["gdnp"][0]
    relative = trace.suboptimality / initial
    assert relative[first] <= 1e-2 < relative[first - 1]
    assert passes == trace.passes[first] == 2 * first + 2


def test_sigmoid_has_no_known_infimum_and_gdnp_says_why_it_stops():
    result = halfspace_data.measure(data="breast_cancer", loss="sigmoid", steps=50, method=["gdnp", "lbfgs"])
    assert result.criteria == ()
    assert np.isnan(result.instances[0].runs["lbfgs"].trace.suboptimality).all()
    assert "GDNP's theorem does not apply" in result.instances[0].runs["gdnp"].trace.message


def test_e13_holds_against_gd_on_softplus_and_not_on_sigmoid(monkeypatch):
    """On a seed that the outcomes were declared from, to the levels that take few iterations."""
    monkeypatch.setattr(halfspace_data, "START_LEVELS", {"breast_cancer": (1e-1,), "digits": (1e-1, 1e-2)})
    found = {regime.name: regime for regime in halfspace_data.regimes(11, silent, not_kept)}
    assert len(found) == 8
    for name, regime in found.items():
        assert regime.as_declared, name
        assert (regime.measured == "reproduced") == ("sigmoid" not in name and "to 0.1, AGD" not in name)
    assert verdict([regime.measured for regime in found.values()]) == "depends"
    monkeypatch.setattr(halfspace_data, "get_method", lambda name: get_method("gd"))
    same = list(halfspace_data.regimes(11, silent, not_kept))
    assert all(regime.effect.mean == 0 and regime.measured == "not-reproduced" for regime in same)


def test_first_passages_are_those_of_a_whole_trace(monkeypatch):
    dataset = bundled("digits")
    problem = SampledHalfspace(dataset.X, dataset.y, "softplus")
    w0 = halfspace_data._start(problem, np.random.default_rng(3))
    trace = run(get_method("agd"), problem, w0, steps=80)
    heights = problem.infimum.value + np.array([0.5, 0.1, 0.02, 0.0]) * trace.suboptimality[0]
    monkeypatch.setattr(halfspace_data, "START_STEPS", 80)
    found = halfspace_data.first_passages("agd", problem, w0, heights)
    for height, first in zip(heights[:3], found[:3].astype(int), strict=True):
        assert trace.value[first] <= height < trace.value[:first].min()
    assert found[3] == np.inf
    last = int(found[2])
    for steps, arrives in ((last, True), (last - 1, False)):
        monkeypatch.setattr(halfspace_data, "START_STEPS", steps)
        assert np.isfinite(halfspace_data.first_passages("agd", problem, w0, heights)[2]) == arrives


def test_not_to_arrive_never_speaks_for_the_method_ahead(monkeypatch):
    monkeypatch.setattr(halfspace_data, "START_STEPS", 100)
    inf = np.inf
    effect = halfspace_data._compared(np.array([100.0, inf, 10.0, inf]), np.array([10.0, 10.0, inf, inf]))
    assert effect.differences == pytest.approx([1.0, 1.0, -2.0, -1.0])


def test_long_runs_are_pieces_and_a_users_file_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr(halfspace_data, "STEPS", 20)
    monkeypatch.setattr(halfspace_data, "STARTS", 2)
    monkeypatch.setattr(halfspace_data, "START_LEVELS", dict.fromkeys(halfspace_data.DATA, (0.5,)))
    kept = {}

    def pieces(name, compute):
        if name not in kept:
            kept[name] = {field: np.array(value) for field, value in compute().items()}
        return kept[name]

    first, second = (halfspace_data.measure(method=["gd", "gdnp"], steps=steps, pieces=pieces) for steps in (20, 20))
    assert len(kept) == 2 * 2 * 2 + 2 * 2 * 2, "traces by data set, loss and method; starts by data set and loss"
    assert document(first) == document(second)
    assert document(first) == document(halfspace_data.measure(method=["gd", "gdnp"], steps=20))
    for changed in ({"steps": 21}, {"tol": 1e-3}, {"seed": 1}, {"raw": True}):
        before = len(kept)
        halfspace_data.measure(
            **{"method": ["gd"], "steps": 20, "loss": "softplus", "data": "digits"} | changed, pieces=pieces
        )
        assert len(kept) == before + 1, changed
    np.savez(tmp_path / "digits.npz", X=np.eye(6), y=[0, 1, 0, 1, 0, 1])
    mine = (tmp_path / "digits.npz").rename(tmp_path / "digits")
    halfspace_data.measure(data=str(mine), method=["gd"], steps=20, pieces=pieces)
    assert len(kept) == before + 1


def test_the_regimes_of_the_bundled_sets_are_not_those_of_a_users_data(digits):
    assert digits.regimes == ()


def test_what_is_expected_of_the_bundled_sets_is_not_of_a_users_data(tmp_path):
    rows = bundled("breast_cancer")
    np.savez(tmp_path / "mine.npz", X=rows.X, y=rows.y)
    names = [
        [
            one.name
            for one in halfspace_data.measure(data=data, loss="softplus", method=["gd", "gdnp"], steps=20).criteria
        ]
        for data in ("breast_cancer", str(tmp_path / "mine.npz"))
    ]
    compared = [[name.partition(": ")[2] for name in each if "gdnp over gd" in name] for each in names]
    assert compared == [["iterations to 0.01, gdnp over gd"], []]


def test_progress_shares_the_run_among_losses_and_methods():
    told = []
    halfspace_data.measure(data="digits", method=["gd", "gdnp"], steps=600, progress=lambda *one: told.append(one))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    begun = {label: fraction for fraction, label in reversed(told)}
    pairs = [f"digits, {loss}: {method}" for loss in ("softplus", "sigmoid") for method in ("gd", "gdnp")]
    assert [begun[label] for label in pairs] == pytest.approx([0, 0.25, 0.5, 0.75])
    often = 10**6 // 1797  # a report in a million rows
    assert [fraction for fraction, label in told if label == pairs[0]][:2] == pytest.approx([0, 0.25 * often / 600])


def test_separable_data_do_not_converge(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 2))
    np.savez(tmp_path / "separable.npz", X=X, y=np.sign(X @ [1.0, 2.0]))
    result = halfspace_data.measure(
        data=str(tmp_path / "separable.npz"), loss="softplus", raw=True, steps=500, tol=1e-2
    )
    for name in ("gd", "agd", "lbfgs"):
        trace = result.instances[0].runs[name].trace
        assert not trace.converged
        assert "linearly separable" in trace.message


def test_a9a_is_sparse_and_singular_and_its_infimum_is_known():
    path = Path(os.environ.get("SHARED", "../shared")) / "data" / "a9a"
    if not path.exists():
        pytest.skip(f"no {path}")
    result = halfspace_data.measure(data=str(path), loss="softplus", method=["gdnp-whitened"], steps=40)
    problem = result.instances[0].problem
    assert (problem["n"], problem["d"]) == (32561, 123)
    assert problem["rank"] < 123
    assert problem["escaping_rows"] > 0
    assert problem["attained"] is False
    relative = result.instances[0].runs["gdnp-whitened"].trace.suboptimality
    assert 0 < relative[-1] < 1e-4 * relative[0]


def test_a_short_run_leaves_the_starts_to_their_record():
    result = halfspace_data.measure(method=["gdnp"], steps=5)
    assert result.regimes == ()
