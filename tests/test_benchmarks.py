"""Benchmarks compare equal work: on tiny sizes every peer does what ours does, and every script yields its rows."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from itertools import islice
from math import isnan
from pathlib import Path

import numpy as np
import pytest

from benchmarks import accuracy, cost_growth, ensembles, gdnp_iteration, network_sweep, time_to_tolerance
from benchmarks.problems import halfspace
from benchmarks.timing import Measurement, ratio
from bntheory.methods import GDNP


@pytest.mark.parametrize("layout", gdnp_iteration.LAYOUTS)
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed")
def test_jax_takes_the_same_iterations(layout):
    problem = halfspace(300, 7, condition=30.0)
    ours = gdnp_iteration.gdnp_iterations(problem)()
    peer = gdnp_iteration.jax_gdnp(problem, gdnp_iteration.LAYOUTS[layout])()
    assert peer == pytest.approx(ours, rel=1e-12)
    later = list(islice(GDNP().iterates(problem, -problem.u), gdnp_iteration.ITERATIONS + 1))[-1].w_tilde
    assert np.abs(later - ours).max() > 1e-9 * np.abs(ours).max(), "or iterates do not tell how many there were"


def test_tiny_sizes_yield_every_row(monkeypatch):
    monkeypatch.setattr(gdnp_iteration, "SIZES", ((300, 7, 1.1, 1.25, 1.3),))
    monkeypatch.setattr(network_sweep, "SIZES", ((300, 7, 2, 2.2),))
    monkeypatch.setattr(time_to_tolerance, "N", 400)
    monkeypatch.setattr(time_to_tolerance, "D", 5)
    monkeypatch.setattr(ensembles, "LOOPED", 2)
    rows = [
        *gdnp_iteration.measure(rounds=2),
        *network_sweep.measure(rounds=2),
        *time_to_tolerance.measure(rounds=2),
        ensembles.least_squares(2, runs=40, d=5, steps=10),
        *ensembles.population(1, runs=20, d=4, steps=5),
    ]
    assert len(rows) == 5 + 1 + 4 + 1 + 2
    for row in rows:
        assert row.note.startswith("skipped") or row.measured > 0
        assert isnan(row.measured) or row.spread[0] <= row.measured <= row.spread[1]


def test_growth_is_measured_and_drawn(tmp_path, monkeypatch):
    growth = cost_growth.Growth("n, squares", (10, 20, 40), (1.0, 4.0, 16.0))
    assert growth.exponent == pytest.approx(2.0)
    families = (("n, GDNP iteration, d = 5", (200, 400), lambda n: cost_growth.iterations(n, 5)),)
    monkeypatch.setattr(cost_growth, "FAMILIES", families)
    [row] = cost_growth.measure(rounds=2, figure=tmp_path / "growth.png")
    assert row.goal == cost_growth.GOAL
    assert (tmp_path / "growth.png").stat().st_size > 5_000


def test_accuracy_meets_its_goals():
    assert [row.name for row in accuracy.measure() if not row.met] == []


def test_a_ratio_is_of_the_work_over_the_reference():
    slow, fast = (lambda: sum(range(300_000))), (lambda: sum(range(3_000)))
    found = ratio("x", ">=", 5.0, slow, fast, 5)
    assert found.met
    assert not ratio("x", ">=", 5.0, fast, slow, 5).met
    assert not Measurement("x", "<=", 1.0, float("nan"), (0.0, 0.0)).met


def test_the_runner_keeps_rows_with_their_machine(tmp_path):
    root = Path(__file__).parent.parent
    (tmp_path / "benchmarks.json").write_text("damaged")
    command = [sys.executable, "-m", "benchmarks", "accuracy", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.count("measured") == 3
    report = json.loads((tmp_path / "benchmarks.json").read_text())["accuracy"]
    assert len(report["rows"]) == 3
    assert {"cpu", "versions", "stream_GB_per_s", "date"} <= set(report)
    wrong = subprocess.run([*command[:3], "acuracy"], cwd=root, capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "acuracy is no benchmark" in wrong.stderr
