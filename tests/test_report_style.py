"""The report's colours are told apart, its figures keep to themselves, and the command writes where it is told."""

from __future__ import annotations

import os
import re
from itertools import product
from pathlib import Path

import pytest

from bntheory import ledger
from bntheory.claims import claim as claim_of
from bntheory.cli import main
from bntheory.ledger import task_of
from bntheory.report import contents, page
from bntheory.report.inline_svg import drawing

STYLE = (Path(page.__file__).parent / "templates" / "style.css").read_text()
SVG = """<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="72pt" height="36pt" viewBox="0 0 72 36"
 xmlns="http://www.w3.org/2000/svg"><metadata/><defs><style type="text/css">*{fill: red}</style>
<clipPath id="p1"><rect width="9" height="9"/></clipPath><path id="m1" d="M 0 0
L 1 1"/></defs><g id="unused" fill="#ffffff"><use xlink:href="#m1" clip-path="url(#p1)"/>REST</g></svg>"""


def schemes():
    """The colours by name: of the light page, of the dark one, of the printed one."""
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.S)
    assert len(blocks) == 3
    light, dark, paper = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks)
    assert light.keys() == dark.keys() == paper.keys()
    return {"light": light, "dark": dark, "print": paper}


def contrast(one, other):
    """The ratio of WCAG 2: (lighter + .05)/(darker + .05) of relative luminances."""

    def luminance(colour):
        parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_of_known_colours():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=1e-3)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_every_text_has_a_contrast_of_at_least_4_5(scheme):
    colours = schemes()[scheme]
    pairs = [*product(("ink", "muted", "link"), ("paper", "card"))]
    pairs += [(name, name.replace("-ink", "-paper")) for name in colours if name.endswith("-ink")]
    assert len(pairs) == 10
    found = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}


def test_colours_of_texts_are_only_those():
    used = set(re.findall(r"[\s;{]color: var\(--([\w-]+)\)", STYLE))
    assert used <= {"ink", "muted", "link", "good-ink", "bad-ink", "mixed-ink", "plain-ink"}
    assert not re.search(r"[\s;{]color: (?!var|currentcolor)", STYLE)


def test_two_figures_share_no_ids_and_style_nothing_else():
    first, second = drawing(SVG.replace("REST", ""), "one"), drawing(SVG.replace("REST", ""), "two")
    ids = [set(re.findall(r'id="([^"]+)"', one.body)) for one in (first, second)]
    assert ids == [{"one", "one-p1", "one-m1"}, {"two", "two-p1", "two-m1"}]
    assert 'href="#one-m1"' in first.body
    assert 'clip-path="url(#one-p1)"' in first.body
    assert 'd="M 0 0 L 1 1"' in first.body
    for gone in ("<?xml", "DOCTYPE", "<style", "<metadata", "xmlns", "unused"):
        assert gone not in first.body
    assert (first.view, first.width) == ("0 0 72 36", 96)


@pytest.mark.parametrize(
    ("inside", "rule"),
    [
        ("<script>alert(1)</script>", "script"),
        ('<g onload="alert(1)"/>', "script"),
        ('<use href="https://example.org/a.svg#b"/>', "outside itself"),
        ('<image href="http://example.org/a.png"/>', "outside itself"),
        ('<use href="#nowhere"/>', "does not have"),
        ('<g style="fill: url(#nowhere)"/>', "does not have"),
        ('<g style="fill: url(https://example.org/a)"/>', "outside itself"),
    ],
)
def test_a_figure_with_a_script_or_a_link_is_refused(inside, rule):
    with pytest.raises(ValueError, match=rule):
        drawing(SVG.replace("REST", inside), "one")


@pytest.fixture
def small(monkeypatch):
    """One claim to check, and figures that cost nothing."""
    monkeypatch.setattr(ledger, "tasks", lambda: [task_of(claim_of("C5"))])
    monkeypatch.setattr(contents, "svg", lambda stem, results: SVG.replace("REST", ""))


def test_the_command_checks_and_writes_the_file(small, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["report", "--examples", "2"]) == 0
    assert capsys.readouterr().out.split() == ["bntheory-results/report.html"]
    assert main(["report", "--examples", "2", "--seed", "5", "--out", "deep/own.html"]) == 0
    text = (tmp_path / "deep" / "own.html").read_text()
    assert "2 cases a statement, seed 5" in text
    assert 'id="claim-C5"' in text
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"report.html", "own.html"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", ""], "names no file"),
        (["--out", "."], "names no file"),
        (
            ["--out", "a.txt/b.html"],
            "a.txt: cannot be written (File exists); give --out a place of yours with room",
        ),
        (["--out", "pipe"], "out = pipe: is no regular file; give another name"),
        (["--results", "nowhere"], "--results = nowhere: is no folder; give the --out of bntheory run or reproduce"),
        (["--results", "a.txt"], "--results = a.txt: is no folder"),
        (["--examples", "0"], "must be a whole number, at least 1"),
    ],
)
def test_bad_input_is_one_line_before_anything_is_computed(small, tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("")
    os.mkfifo("pipe")
    assert main(["report", *arguments]) == 2
    [line] = [line for line in capsys.readouterr().err.splitlines() if line.startswith("bntheory: ")]
    assert said in line
    assert {path.name for path in tmp_path.iterdir()} == {"a.txt", "pipe"}
    assert (tmp_path / "pipe").is_fifo()
