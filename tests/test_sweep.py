"""A sweep's numbers are those of single runs, its blocks are kept, and what is not of this sweep is never mixed in."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from sweeps import SMALL, SMALL_GRID, configurations, sweep, written

from bntheory import GDNP, GradientDescent, run
from bntheory.ensemble import GaussianEnsemble, LeastSquaresEnsemble
from bntheory.sweep import blocks
from bntheory.sweep.blocks import compute, instances, partition
from bntheory.sweep.reading import spec_of
from bntheory.sweep.summary import TOLERANCE

SPEC = spec_of({**SMALL, "grid": SMALL_GRID})


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished small sweep."""
    place = tmp_path_factory.mktemp("whole")
    assert sweep(written(place / "small.toml"), place / "out") == 0
    return place / "out"


@pytest.mark.parametrize("loss", [None, "sqrt-hinge"])
@pytest.mark.parametrize(("name", "method"), [("gd", GradientDescent()), ("gdnp", GDNP())])
def test_a_run_is_that_of_the_method_on_its_instance(whole, loss, name, method):
    """Run 117 of the log-uniform instances, its instance drawn again alone."""
    k, problem = 117, "gaussian-halfspace" if loss else "least-squares"
    [place] = [
        place
        for place, row in enumerate(configurations(whole))
        if (row["problem"], row["loss"], row["method"]) == (problem, loss, name)
        and (row["condition"], row["spectrum"]) == (10, "log-uniform")
    ]
    row = np.load(whole / "runs.npy", mmap_mode="r")[place, k]
    setting = next(one for one in SPEC.grid.settings() if one.problem == problem)
    eigenvalues, u, w0 = instances(SPEC.seed, setting, k, k + 1)
    ensemble = GaussianEnsemble(eigenvalues, u, loss) if loss else LeastSquaresEnsemble(eigenvalues, u)
    trace = run(method, ensemble.member(0), w0[0], steps=SPEC.steps)
    D = trace.suboptimality
    assert row["iterations"] == np.argmax(SPEC.tol * D[0] >= D) > 0
    assert row["final"] == pytest.approx(D[-1] / D[0], rel=1e-9 if loss is None else 1e-3, abs=1e-13)
    if loss is None:
        ratios = D[1:] / D[:-1]
        assert row["worst"] == pytest.approx(ratios.max(), rel=1e-9)
        assert ratios[15:].min() <= row["factor"] <= ratios[15:].max()
    assert np.isnan(row["bound"]) if loss and name == "gd" else row["bound"] == pytest.approx(0.81)


def test_methods_losses_and_problems_meet_the_same_instances():
    by_problem = {}
    for block in partition(SPEC):
        eigenvalues, u, w0 = instances(SPEC.seed, block.setting, block.first, block.stop)
        by_problem.setdefault(block.setting[1:], []).append((eigenvalues, u, w0))
    for first, second in by_problem.values():
        assert all((a == b).all() for a, b in zip(first, second, strict=True))
    drawn = [first[1].tobytes() for first, _ in by_problem.values()]
    assert len(set(drawn)) == len(drawn) == 4


def test_on_gaussian_inputs_the_bound_is_about_the_directions(whole):
    """Their excess is the suboptimality on least squares, step by step, whatever the loss (E9)."""
    runs, found = np.load(whole / "runs.npy"), {}
    for row, mine in zip(configurations(whole), runs, strict=True):
        if row["method"] == "gdnp":
            found.setdefault((row["condition"], row["spectrum"]), []).append(mine["worst"])
    assert [len(worsts) for worsts in found.values()] == [3] * 4
    for on_least_squares, *on_gaussian_inputs in found.values():
        assert all((worst == on_least_squares).all() for worst in on_gaussian_inputs)


def test_an_instance_does_not_depend_on_the_block_it_is_in(monkeypatch):
    setting = next(SPEC.grid.settings())
    whole = instances(3, setting, 0, 250)
    for first, stop in ((0, 1), (99, 101), (100, 200), (137, 250)):
        part = instances(3, setting, first, stop)
        assert all((a[first:stop] == b).all() for a, b in zip(whole, part, strict=True))
    assert (whole[1][0] != whole[1][100]).all(), "units differ"
    assert (whole[1] != instances(4, setting, 0, 250)[1]).any()
    larger = setting._replace(size=0.9, problem="least-squares")
    assert instances(3, larger, 5, 6)[1] == pytest.approx(whole[1][5:6] * 0.9 / 0.5, rel=1e-14)


def test_blocks_cover_each_run_once(monkeypatch):
    monkeypatch.setattr(blocks, "_MOST", 40)
    seen = np.zeros((8, 130), int)
    settings = list(SPEC.grid.settings())
    for number, block in enumerate(partition(SPEC)):
        assert block.number == number
        seen[settings.index(block.setting), block.first : block.stop] += 1
    assert number > 8
    assert (seen == 1).all()


def test_the_size_of_blocks_does_not_show_on_least_squares():
    first = next(partition(SPEC))
    whole = compute(SPEC, first)
    parts = [compute(SPEC, first._replace(first=low, stop=high)) for low, high in ((0, 7), (7, 130))]
    for name in whole.dtype.names:
        assert np.concatenate(parts, axis=1)[name] == pytest.approx(whole[name], rel=1e-12)


def test_the_summary_is_that_of_the_runs(whole):
    runs, rows = np.load(whole / "runs.npy"), configurations(whole)
    assert runs.shape == (SPEC.configurations, SPEC.seeds) == (len(rows), 130)
    lines = list(csv.DictReader((whole / "summary.csv").read_text().splitlines()))
    for row, mine, line in zip(rows, runs, lines, strict=True):
        assert row["runs"] == 130
        assert row["above"] == (mine["worst"] > mine["bound"] + TOLERANCE).sum() == 0
        assert (line["method"], line["loss"], float(line["condition"])) == (
            row["method"],
            row["loss"] or "",
            row["condition"],
        )
        for name in ("factor", "worst", "final"):
            expected = np.quantile(mine[name], [0, 0.05, 0.5, 1], method="inverted_cdf")
            assert [row[name][f"{q}%"] for q in (0, 5, 50, 100)] == expected.tolist()
            assert float(line[f"{name}_50%"]) == expected[2]
            assert row[name]["known"] == 130
        unknown = np.isinf(mine["iterations"]).sum()
        assert (row["iterations"]["100%"] is None) == (unknown > 0)


def test_the_bound_is_attained_on_the_worst_case_and_a_smaller_one_is_exceeded(tmp_path, monkeypatch, capsys):
    """The control: with (1 - 1.1 mu/L)^2 in the bound's place the sweep must say so, with exit code 1."""
    grid = SMALL_GRID | {"problem": "least-squares", "start": "worst-case", "method": ["gd", "gd-best", "gdnp"]}
    spec = written(tmp_path / "worst.toml", SMALL, {key: value for key, value in grid.items() if key != "loss"})
    assert sweep(spec, tmp_path / "a") == 0
    rows = [row for row in configurations(tmp_path / "a") if row["condition"] == 10]
    for row in rows:
        expected = (9 / 11) ** 2 if row["method"] == "gd-best" else 0.81
        assert row["bound"] == pytest.approx(expected, rel=1e-12)
        assert row["worst"]["100%"] == pytest.approx(expected, rel=1e-6)
    monkeypatch.setattr(blocks, "contraction_factor", lambda mu, L: (1 - 1.1 * mu / L) ** 2)
    capsys.readouterr()
    assert sweep(spec, tmp_path / "b") == 1
    expected = 2 * 2 * 2 * 130
    assert f"bntheory: {expected:,} runs exceed their theorem's bound, most with problem" in capsys.readouterr().err
