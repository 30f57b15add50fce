"""Results come back from disk as they were, byte for byte from the same result, and never half-written."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from bntheory.errors import InvalidInput
from bntheory.experiment import Criterion, Instance, MethodRun, Result, describe, document
from bntheory.methods import GradientDescent
from bntheory.problems import LeastSquares
from bntheory.storage import code_digest, load, save
from bntheory.trace import run


@pytest.fixture
def result():
    problem = LeastSquares(np.diag([0.5, 1.0]), np.array([1.0, 1.0]))
    trace = run(GradientDescent(), problem, np.ones(2), steps=30, observe={"size": lambda it: abs(it.w_tilde).max()})
    instance = Instance("one", describe(problem.metric), {"gd": MethodRun(trace, 0.25)})
    return Result(
        "ols_rate",
        3,
        {"steps": 30},
        (Criterion("c", 1.0, "<=", 2.0),),
        (instance,),
        {"grid": np.arange(6.0).reshape(2, 3)},
        {"nan": float("nan"), "count": np.int64(3)},
        {"digest": "abc"},
    )


def test_a_result_comes_back_as_it_was(result, tmp_path):
    back = load(save(result, tmp_path / "new folder"))
    assert document(back) == document(result)
    assert (back.arrays["grid"] == result.arrays["grid"]).all()
    trace, stored = result.instances[0].runs["gd"].trace, back.instances[0].runs["gd"].trace
    assert (stored.observed["size"] == trace.observed["size"]).all()
    assert (stored.w_tilde == trace.w_tilde).all()


def test_the_same_result_gives_the_same_bytes(result, tmp_path):
    assert save(result, tmp_path / "a").read_bytes() == save(result, tmp_path / "b").read_bytes()


def test_a_failed_write_leaves_the_old_result(result, tmp_path, monkeypatch):
    path = save(result, tmp_path)
    before = path.read_bytes()

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(
        InvalidInput, match=r"cannot be written \(No space left on device\); give --out a folder of yours with room"
    ):
        save(result, tmp_path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["ols_rate.npz"]


def test_document_is_json_without_nan(result):
    text = json.dumps(document(result, ["x.npz"]), allow_nan=False)
    report = json.loads(text)
    assert report["results"] == {"nan": None, "count": 3}
    assert report["files"] == ["x.npz"]
    entry = report["methods"]["gd"]
    assert entry == report["instances"][0]["methods"]["gd"]
    assert len(entry["suboptimality"]) == len(entry["grad_norm"]) == entry["iterations"] + 1
    assert entry["rate"]["factor"] == pytest.approx(0.25, rel=1e-6)
    assert entry["bound"] == 0.25


def test_absent_and_damaged_results_are_named(tmp_path):
    with pytest.raises(InvalidInput, match=r"ols_rate.npz: do not exist; run bntheory run ols_rate first"):
        load(tmp_path / "ols_rate.npz")
    (tmp_path / "ols_rate.npz").write_bytes(b"not a zip file")
    with pytest.raises(InvalidInput, match="is not a result file; run bntheory run ols_rate again"):
        load(tmp_path / "ols_rate.npz")


@pytest.mark.parametrize(
    ("measured", "relation", "met"),
    [(1.0, "<=", True), (1.0, "<", False), (1.0, ">=", True), (1.0, ">", False), (float("nan"), "<=", False)],
)
def test_criteria_decide_as_they_read(measured, relation, met):
    assert Criterion("c", measured, relation, 1.0).met is met


def test_the_digest_follows_the_experiments_own_code_and_not_another_ones():
    assert code_digest("ols_rate") == code_digest("ols_rate")
    assert code_digest("ols_rate") != code_digest("halfspace_data")
