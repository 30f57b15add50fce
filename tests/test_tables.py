"""Tables on a terminal: no number or name is broken or left out, however narrow it is."""

from __future__ import annotations

import io
import re
import sys

import numpy as np
import pytest
from sweeps import SMALL, SMALL_GRID, sweep, written

from bntheory.experiment import Criterion, Instance, MethodRun, Result
from bntheory.terminal import print_result, print_table
from bntheory.trace import Trace

HEADER = ("method", "measured factor a step", "95 % of the fit", "outcome")
ROWS = [
    ["gd", "0.9957500", "0.995749..0.995751", "stopped after 30 iterations"],
    ["gdnp-whitened", "0.9892900", "0.98920..0.98931", "converged"],
]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """What is printed on a terminal of a given number of columns, by `show(columns, print)`."""

    def show(columns, print_):
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm")
        shown = Terminal()
        monkeypatch.setattr(sys, "stdout", shown)
        print_()
        monkeypatch.undo()
        return re.sub(r"\x1b\[[\d;]*m", "", shown.getvalue())  # the styles

    return show


@pytest.mark.parametrize("columns", [30, 60, 80, 200])
def test_numbers_names_and_words_of_headings_stay_whole(terminal, columns):
    shown = terminal(columns, lambda: print_table(HEADER, ROWS, title="one"))
    words = {*shown.split()}
    assert {cell for row in ROWS for cell in row[:3]} <= words
    assert {word for name in HEADER for word in name.split()} <= words


def test_a_long_outcome_is_wrapped_within_the_terminal(terminal):
    shown = terminal(70, lambda: print_table(HEADER, ROWS))
    assert max(map(len, shown.splitlines())) <= 70
    assert "stopped after 30 iterations" not in shown
    assert {"stopped", "after", "30", "iterations"} <= {*shown.split()}


def test_a_sweep_is_a_table_a_problem_and_loss_that_fits_80_columns(terminal, tmp_path):
    spec = written(tmp_path / "small.toml", SMALL, SMALL_GRID | {"condition": [10, 1e6]})
    shown = terminal(80, lambda: sweep(spec, tmp_path / "out"))
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 80
    titles = [line for line in lines if ", dimension 5, start generic, size 0.5, " in line]
    assert [title.partition(",")[0] for title in titles] == ["least-squares", *2 * ["gaussian-halfspace"]]
    assert ["loss" in title for title in titles] == [False, True, True]
    assert shown.split().count("above") == 3
    assert sum(line.split()[-1:] == ["0"] for line in lines) == 24


def test_a_sweep_of_one_method_names_it_in_each_row(terminal, tmp_path):
    spec = written(tmp_path / "one.toml", SMALL, SMALL_GRID | {"loss": "softplus", "method": "gdnp"})
    lines = terminal(80, lambda: sweep(spec, tmp_path / "out")).splitlines()
    assert sum("gdnp" in line.split() for line in lines) == 8
    assert not any("method gdnp" in line for line in lines)


def test_an_interval_that_says_nothing_is_not_shown(capsys):
    slow, few = make_run(0.5 ** np.arange(60)), make_run(np.array([1.0, 0.5, 0.4, 1e-2, 1e-6]))
    assert few.rate()["ci95"][1] > 2
    print_result(Result("s", 0, {}, (), (Instance("one", {}, {"slow": slow, "few": few}),)), [])
    rows = dict(line.split("\t", 1) for line in capsys.readouterr().out.splitlines() if line.count("\t") == 5)
    assert "\ttoo few steps\t" in rows["few"]
    assert "\t{:.6g}..{:.6g}\t".format(*slow.rate()["ci95"]) in rows["slow"]


def test_rounding_does_not_hide_on_which_side_of_its_limit_a_number_lies(capsys):
    criteria = (Criterion("a", 1.00001, "<=", 1.0), Criterion("b", 0.123456, "<=", 1.0), Criterion("c", 1.0, "<=", 1.0))
    print_result(Result("s", 0, {}, criteria, ()), [])
    shown = [line.split("\t") for line in capsys.readouterr().out.splitlines() if line]
    assert shown[1:] == [
        ["a", "1.00001", "<= 1", "MISSED"],
        ["b", "0.1235", "<= 1", "met"],
        ["c", "1", "<= 1", "met"],
    ]


def make_run(suboptimality):
    nothing = np.full(len(suboptimality), np.nan)
    return MethodRun(Trace("m", nothing, suboptimality, nothing, nothing, np.zeros(1), False, False, "stopped", {}))
