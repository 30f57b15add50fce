"""Figures: every stem has one; the same result gives the same bytes; the style is returned, not set."""

from __future__ import annotations

import logging
import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from typing import get_args

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from bntheory.errors import InvalidInput
from bntheory.experiments import halfspace_data, mlp_rate, ols_rate
from bntheory.figures import caption, draw, figure_of
from bntheory.paper_figs import style
from bntheory.records import RECORDS
from bntheory.statistics import Outcome
from bntheory.stems import DEEP, STEMS
from bntheory.storage import load, save


@pytest.mark.parametrize("stem", STEMS)
def test_every_stem_has_an_experiment_and_a_figure(stem):
    if stem in DEEP:
        pytest.importorskip("torch")
    assert stem == import_module(f"bntheory.experiments.{stem}").STEM
    assert callable(import_module(f"bntheory.experiments.{stem}").main)
    assert callable(import_module(f"bntheory.paper_figs.{stem}").draw)


def test_the_same_result_gives_the_same_bytes_and_leaves_settings_alone(tmp_path):
    before = dict(mpl.rcParams)
    save(ols_rate.measure(steps=20), tmp_path)
    first = {file.name: file.read_bytes() for file in draw("ols_rate", tmp_path)}
    second = {file.name: file.read_bytes() for file in draw("ols_rate", tmp_path)}
    assert set(first) == {"ols_rate.pdf", "ols_rate.svg", "ols_rate.png"}
    assert first == second
    assert dict(mpl.rcParams) == before


def test_a_figure_to_be_shown_has_the_style_of_figures_the_remark_and_a_label(tmp_path):
    before = dict(mpl.rcParams)
    result = ols_rate.measure(steps=20)
    figure = figure_of(result, "of today")
    assert dict(mpl.rcParams) == before
    figure.savefig(tmp_path / "later.png")
    ticks = [label for ax in figure.axes for label in ax.get_xticklabels() + ax.get_yticklabels()]
    assert {label.get_fontsize() for label in ticks} == {style.settings("ols_rate")["xtick.labelsize"]}
    assert figure.get_suptitle() == "of today"
    assert figure.get_label() == f"ols_rate: {caption('ols_rate')}"
    assert figure_of(result).get_suptitle() == ""
    with pytest.raises(InvalidInput, match="results = ols_rate: cannot be drawn"):
        figure_of(replace(result, arrays={}))


@pytest.mark.parametrize("stem", STEMS)
def test_every_figure_says_in_a_line_without_markup_what_it_shows(stem):
    """It stands in pages, scripts, notebooks and as the text of a picture: a formula would need a way into each."""
    assert len(caption(stem)) > 40
    assert stem not in caption(stem)
    assert set("`*|_\\<>").isdisjoint(caption(stem))


@pytest.mark.parametrize("stem", [path.stem for path in sorted(RECORDS.glob("*.npz"))])
def test_formulas_in_figures_are_whole_on_their_line(stem):
    """A backslash too few makes a line break of \\nabla, and the rest is shown as it is typed."""
    with mpl.rc_context(style.settings(stem)):
        figure = import_module(f"bntheory.paper_figs.{stem}").draw(load(RECORDS / f"{stem}.npz"))
    texts = [text.get_text() for text in figure.findobj(mpl.text.Text)]
    assert len(texts) > 10
    assert [text for text in texts if any(line.count("$") % 2 for line in text.splitlines())] == []


@pytest.mark.parametrize("stem", [path.stem for path in sorted(RECORDS.glob("*.npz"))])
def test_heading_and_notes_are_there_within_the_figure_and_can_be_read(stem):
    with mpl.rc_context(style.settings(stem)):
        figure = import_module(f"bntheory.paper_figs.{stem}").draw(load(RECORDS / f"{stem}.npz"))
        figure.draw_without_rendering()
    texts = [text for text in figure.findobj(mpl.text.Text) if text.get_text() and text.get_visible()]
    assert min(text.get_fontsize() for text in texts) >= 6
    assert len([text for text in texts if text.get_fontweight() == "bold"]) == 1
    ticks = {id(label) for ax in figure.findobj(Axes) for label in ax.get_xticklabels() + ax.get_yticklabels()}
    outside = [
        text.get_text()
        for text in texts
        if id(text) not in ticks and not _within(text.get_window_extent(), figure.bbox)
    ]
    assert outside == []


def _within(box, around):
    return box.x0 >= around.x0 and box.y0 >= around.y0 and box.x1 <= around.x1 and box.y1 <= around.y1


_WITHOUT_EXTRAS = """
import sys
sys.modules["torch"] = sys.modules["sklearn"] = None
from bntheory.cli import main
sys.exit(main(["figures", "--out", "out"]))
"""


def test_every_record_is_drawn_without_what_its_experiment_needs(tmp_path):
    """A record from before a change of what its figure needs has to be measured again."""
    command = [sys.executable, "-c", _WITHOUT_EXTRAS]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "timestamp" not in done.stderr
    recorded = [path.stem for path in RECORDS.glob("*.npz")]
    assert set(recorded) >= set(DEEP)
    drawn = {path.name for path in (tmp_path / "out" / "figures").iterdir()}
    assert drawn == {f"{stem}.{kind}" for stem in recorded for kind in ("pdf", "svg", "png")}


def test_a_prime_in_a_formula_is_embedded_without_a_remark(tmp_path, monkeypatch, caplog):
    figure = Figure()
    figure.text(0.5, 0.5, "$G'$")
    monkeypatch.setattr("bntheory.paper_figs.ols_rate.draw", lambda result: figure)
    save(ols_rate.measure(steps=5), tmp_path)
    log = logging.getLogger("fontTools.ttLib.tables._h_e_a_d")
    for level in (logging.NOTSET, logging.INFO):
        log.setLevel(level)
        draw("ols_rate", tmp_path)
        assert log.level == level
    assert [record.getMessage() for record in caplog.records if record.name == log.name] == []
    with mpl.rc_context(style.settings("ols_rate")):
        figure.savefig(tmp_path / "remarked.pdf")
    assert any("timestamp" in record.getMessage() for record in caplog.records), "or nothing has to be silenced"
    log.setLevel(logging.NOTSET)


def test_a_figure_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    save(ols_rate.measure(steps=5), tmp_path)
    *_, png = draw("ols_rate", tmp_path)
    whole = png.read_bytes()

    def full_disk(self, file, *, format, metadata):
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mpl.figure.Figure, "savefig", full_disk)
    with pytest.raises(InvalidInput, match=r"out = .*figures: cannot be written \(No space left on device\)"):
        draw("ols_rate", tmp_path)
    assert png.read_bytes() == whole
    assert len(list((tmp_path / "figures").iterdir())) == 3


def test_a_result_without_what_its_figure_shows_is_named(tmp_path):
    path = save(replace(ols_rate.measure(steps=5), arrays={}), tmp_path)
    with pytest.raises(
        InvalidInput, match=rf"results = {path}: cannot be drawn \(KeyError: .*run bntheory run ols_rate"
    ):
        draw("ols_rate", tmp_path)


@pytest.mark.parametrize("stem", DEEP)
def test_what_a_record_says_of_itself_lies_on_no_heading_or_legend(stem, tmp_path, monkeypatch):
    module = import_module(f"bntheory.paper_figs.{stem}")
    drawing, drawn = module.draw, []
    monkeypatch.setattr(module, "draw", lambda result: drawn.append(drawing(result)) or drawn[0])
    draw(stem, tmp_path)
    [figure] = drawn
    texts = figure.findobj(mpl.text.Text)
    [note] = [text for text in texts if text.get_text().startswith("recorded, not run here")]
    [heading] = [text for text in texts if text.get_fontweight() == "bold"]
    for below in (heading, *figure.findobj(Legend)):
        assert not note.get_window_extent().overlaps(below.get_window_extent())


def test_methods_are_told_apart_by_colour_and_by_dashes():
    names = ("gd", "gd-best", "agd", "bn", "gdnp", "gdnp-whitened", "lbfgs", "cg")
    styles = [style.method_style(name) for name in names]
    for key in ("label", "color", "linestyle"):
        assert len({str(entry[key]) for entry in styles}) == len(names)


def test_outcomes_look_like_no_method_and_no_arm_and_are_told_apart_without_colour():
    taken = {look["color"] for look in style.ARMS.values()} | {
        style.method_style(name)["color"]
        for name in ("gd", "gd-best", "agd", "bn", "gdnp", "gdnp-whitened", "lbfgs", "cg")
    }
    assert taken.isdisjoint(look["color"] for look in style.OUTCOMES.values())
    assert set(style.OUTCOMES) == set(get_args(Outcome))
    assert len({look["marker"] for look in style.OUTCOMES.values()}) == len(style.OUTCOMES)


def test_the_figures_of_networks_and_of_data_are_drawn(tmp_path, monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.setattr(mlp_rate, "PASSES", 2)
    save(mlp_rate.measure(steps=10), tmp_path)
    rows = np.random.default_rng(0).standard_normal((40, 2))
    np.savez(tmp_path / "dollar$s {and braces.npz", X=rows, y=np.where(rows[:, 0] + rows[:, 1] ** 2 > 0.5, 1, 0))
    save(halfspace_data.measure(data=str(tmp_path / "dollar$s {and braces.npz"), steps=20), tmp_path)
    unknown = halfspace_data.measure(data=str(tmp_path / "dollar$s {and braces.npz"), loss="sigmoid", steps=20)
    assert figure_of(unknown).axes[0].get_ylabel() == r"$\|\nabla f\|_{S^+}$"  # nan in memory, None in a file
    for stem in ("mlp_rate", "halfspace_data"):
        assert all(file.stat().st_size > 10_000 for file in draw(stem, tmp_path))
