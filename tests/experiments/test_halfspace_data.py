"""halfspace_data on bundled, user's and real sparse data; its controls, and methods that miss."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from bntheory.experiment import not_kept
from bntheory.experiments import halfspace_data
from bntheory.methods import get_method
from bntheory.statistics import verdict
from bntheory.stems import silent

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


def test_counts_are_first_passages(digits):
    counts = digits.results["iterations and passes"]["digits, softplus"]
    trace = digits.instances[0].runs["gdnp"].trace
    first, passes = counts["gdnp"][0]
    relative = trace.suboptimality / trace.suboptimality[0]
    assert relative[first] <= 1e-2 < relative[first - 1]
    assert passes == trace.passes[first] == 2 * first + 2


def test_sigmoid_has_no_known_infimum_and_gdnp_says_why_it_stops():
    result = halfspace_data.measure(data="breast_cancer", loss="sigmoid", steps=50, method=["gdnp", "lbfgs"])
    assert result.criteria == ()
    assert np.isnan(result.instances[0].runs["lbfgs"].trace.suboptimality).all()
    assert "GDNP's theorem does not apply" in result.instances[0].runs["gdnp"].trace.message


def test_e13_holds_on_softplus_and_not_on_sigmoid(monkeypatch):
    monkeypatch.setattr(halfspace_data, "STARTS", 5)
    found = list(halfspace_data.regimes(5, silent, not_kept))
    assert [regime.measured for regime in found[:3]] == ["reproduced"] * 3
    assert all(regime.measured != "reproduced" for regime in found[3:])
    assert verdict([regime.measured for regime in found]) == "depends"
    monkeypatch.setattr(halfspace_data, "get_method", lambda name: get_method("gd"))
    same = list(halfspace_data.regimes(5, silent, not_kept))
    assert all(regime.effect.mean == 0 and regime.measured == "not-reproduced" for regime in same)


def test_the_regimes_of_the_bundled_sets_are_not_those_of_a_users_data(digits):
    assert digits.regimes == ()


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
