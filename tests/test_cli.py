"""The command line: exit codes, JSON alone on stdout, and one line for every mistake."""

from __future__ import annotations

import json
import tomllib
from importlib import import_module
from inspect import signature
from pathlib import Path

import numpy as np
import pytest
from sweeps import ROOT

from bntheory import stems
from bntheory.cli import _parser, main
from bntheory.errors import InvalidInput
from bntheory.storage import load


@pytest.fixture
def labelled(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((80, 3))
    labels = np.where(X @ [1, -1, 0.5] + rng.standard_normal(80) > 0, "yes", "no")
    path = tmp_path / "two classes.csv"
    rows = [",".join(f"{value:.6f}" for value in row) + f",{label}" for row, label in zip(X, labels, strict=True)]
    path.write_text("\n".join(["a,b,c,label", *rows]) + "\n")
    return path


def test_run_on_a_users_csv_prints_json_alone(labelled, tmp_path, capsys):
    arguments = ["run", "halfspace_data", "--data", str(labelled), "--target", "label", "--loss", "softplus", "--json"]
    assert main([*arguments, "--out", str(tmp_path / "out"), "--steps", "3000"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["stem"] == "halfspace_data"
    assert report["problem"]["classes"] == ["no", "yes"]
    assert (report["problem"]["n"], report["problem"]["d"]) == (80, 3)
    assert set(report["methods"]) == {"gd", "agd", "bn", "gdnp", "gdnp-whitened", "lbfgs"}
    values = [method["value"] for method in report["methods"].values() if method["converged"]]
    assert len(values) >= 5
    assert max(values) - min(values) <= 1e-8 * min(values)
    assert load(tmp_path / "out" / "halfspace_data.npz").options["steps"] == 3000


def test_a_chosen_method_and_plain_output(labelled, tmp_path, capsys):
    arguments = ["run", "halfspace_data", "--data", str(labelled), "--target", "label", "--method", "gdnp,lbfgs"]
    assert main([*arguments, "--out", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    assert "\x1b" not in captured.out + captured.err
    first, header = captured.out.splitlines()[:2]
    assert first.startswith("two classes.csv, softplus (n = 80, d = 3, condition = ")
    assert first.endswith("yes is +1)")
    assert header == "method\tsteps\tfactor of f\t95 % of the fit\tbound\toutcome"
    assert "halfspace_data:   0 % " in captured.err


def test_one_command_draws_the_figure_too(labelled, tmp_path, capsys):
    arguments = ["run", "halfspace_data", "--data", str(labelled), "--target", "label", "--method", "lbfgs"]
    assert main([*arguments, "--loss", "softplus", "--figure", "--json", "--out", str(tmp_path / "out")]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    names = ["halfspace_data.npz", *(f"figures/halfspace_data.{suffix}" for suffix in ("pdf", "svg", "png"))]
    assert files == [str(tmp_path / "out" / name) for name in names]
    assert all(Path(file).stat().st_size > 1000 for file in files)


def test_a_figure_that_cannot_be_drawn_costs_no_result(labelled, tmp_path, capsys, monkeypatch):
    def undrawable(stem, results):
        raise InvalidInput("results", stem, "lacks what the figure shows", "run it again")

    monkeypatch.setattr("bntheory.figures.draw", undrawable)
    arguments = ["run", "halfspace_data", "--data", str(labelled), "--target", "label", "--method", "lbfgs"]
    assert main([*arguments, "--loss", "softplus", "--figure", "--out", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out.endswith(f"{tmp_path / 'halfspace_data.npz'}\n")
    assert captured.err.endswith("bntheory: results = halfspace_data: lacks what the figure shows; run it again\n")


def test_exit_code_is_one_when_every_method_diverged(monkeypatch, tmp_path, capsys):
    from bntheory.experiment import Instance, MethodRun, Result
    from bntheory.methods import GradientDescent
    from bntheory.problems import LeastSquares
    from bntheory.trace import run

    def perform(stem, options, *, progress, keep):
        problem = LeastSquares(np.eye(2), np.ones(2))
        trace = run(GradientDescent(9.0), problem, np.ones(2), steps=2000)
        return Result(stem, 0, {}, (), (Instance("x", {}, {"gd": MethodRun(trace)}),))

    monkeypatch.setattr(stems, "perform", perform)
    assert main(["run", "ols_rate", "--out", str(tmp_path)]) == 1
    assert "the theorem needs a step below 2/zeta = 1; leave step_size out for 1/zeta" in capsys.readouterr().err


BAD = {
    "stem": (["run", "ols_rat"], "stem = ols_rat", "did you mean ols_rate?"),
    "steps": (
        ["run", "ols_rate", "--steps", "-3"],
        "--steps = -3: must be a whole number, at least 1",
        "give one such as 1000",
    ),
    "tol": (["run", "ols_rate", "--tol", "-1"], "--tol = -1.0: must be at least 0", "give a number such as 1e-6"),
    "seed": (["run", "ols_rate", "--seed", "-1"], "--seed = -1: must be at least 0", "give a whole number such as 0"),
    "target of a bundled set": (
        ["run", "halfspace_data", "--target", "label"],
        "--target = label: is for a file, and breast_cancer has its own labels",
        "leave it out, or give --data FILE",
    ),
    "loss": (["run", "halfspace_data", "--loss", "sofplus"], "loss = sofplus", "did you mean softplus?"),
    "method": (["run", "halfspace_data", "--method", "gdpn"], "method = gdpn", "did you mean gdnp?"),
    "method of a stem": (
        ["run", "ols_rate", "--method", "agd"],
        "method = agd: is not one of cg, gd, gd-best, gdnp",
        "did you mean gd?",
    ),
    "option": (
        ["run", "ols_rate", "--data", "x.csv"],
        "--data = x.csv: is not an option of ols_rate",
        "choose from --seed, --steps, --tol, --method",
    ),
    "no file": (["run", "halfspace_data", "--data", "none.csv"], "none.csv", ""),
    "no result": (
        ["figures", "ols_rate", "--out", "nowhere"],
        "ols_rate.npz: do not exist",
        "run bntheory run ols_rate",
    ),
    "figure": (["figures", "ols_rates"], "stem = ols_rates", "did you mean ols_rate?"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_exit_code_two(case, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments, problem, remedy = BAD[case]
    assert main(arguments) == 2
    captured = capsys.readouterr()
    [message] = captured.err.splitlines()
    assert captured.out == ""
    assert message.startswith("bntheory: ")
    assert problem in message
    assert remedy in message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [["nonsense"], ["sweep"], ["run"], ["run", "ols_rate", "--steps", "three"]])
def test_usage_errors_are_short(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) <= 3


def test_info_lists_what_there_is(capsys):
    assert main(["info", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["stems"] == list(stems.STEMS)
    assert {"gd", "agd", "bn", "gdnp", "gdnp-whitened", "lbfgs", "cg"} == set(facts["methods"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {*facts["extras"]} == {*project["optional-dependencies"]} - {"bench", "docs", "test", "dev"}
    assert main(["info"]) == 0
    assert "halfspace_separability" in capsys.readouterr().out


def test_an_unwritable_folder_is_named(tmp_path, capsys):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert main(["run", "ols_rate", "--steps", "3", "--out", str(blocked / "out")]) == 2
    assert f"out = {blocked / 'out'}: cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("stem", stems.STEMS)
def test_every_option_of_an_experiment_is_one_of_run(stem):
    """What `run` says that a stem takes, it takes."""
    taken = signature(import_module(f"bntheory.experiments.{stem}").measure).parameters
    known = vars(_parser().parse_args(["run", stem]))
    assert {name for name in taken if name not in ("progress", "pieces")} <= set(known)
