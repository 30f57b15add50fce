"""The report shows what came out, all of it, in one file that is well formed, safe and loads nothing."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import pytest
from report_page import HEADINGS, as_declared, declared_outcomes, outcome_of, read, written
from statements import claim, false, true

from bntheory import records
from bntheory.claims import CLAIMS, IDS
from bntheory.claims import claim as claim_of
from bntheory.counterexample import explain
from bntheory.errors import InvalidInput
from bntheory.ledger import check, task_of, tasks
from bntheory.report import contents

SHOWN = ("ics", "landscape", "ols_rate")  # two with records, one without


@pytest.fixture(scope="module")
def outcomes():
    return declared_outcomes()


@pytest.fixture(scope="module")
def html(outcomes, tmp_path_factory):
    return written(outcomes, tmp_path_factory.mktemp("report"), stems=SHOWN)


@pytest.fixture(scope="module")
def page(html):
    return read(html)


def test_every_id_has_a_row_and_a_card_with_its_verdict_and_level(page, outcomes):
    rows = {row.attributes["data-claim"]: row for row in page.one("table", class_="ledger").all("tr") if row.attributes}
    cards = {card.attributes["id"].removeprefix("claim-"): card for card in page.all("article")}
    assert tuple(rows) == IDS
    assert tuple(cards) == IDS
    for one in outcomes:
        name, words = one.task.id, [one.verdict, one.level]
        assert [badge.text for badge in rows[name].all(class_="badge")] == words
        assert [badge.text.split(": ")[1] for badge in cards[name].one(class_="badges").all(class_="badge")] == words
        assert cards[name].attributes["data-verdict"] == one.verdict
        assert one.task.title in cards[name].one("h4").text


@pytest.mark.parametrize("stated", CLAIMS, ids=lambda one: one.id)
def test_every_card_has_the_formulas_the_argument_the_proof_and_the_reference(page, stated):
    card = page.one("article", id=f"claim-{stated.id}")
    assert card.one("dd", class_="printed").one(class_="formula").attributes["data-tex"] == stated.printed.tex
    assert len(list(card.one("dd", class_="printed").all("math"))) > 0
    corrected = [
        formula.attributes["data-tex"] for dd in card.all("dd", class_="corrected") for formula in dd.all("div")
    ]
    assert corrected == [one.tex for one in (stated.corrected,) if one is not None]
    assert len(list(card.all("div", class_="formula"))) == len(list(stated.statements))
    for text in (stated.note, stated.source, *stated.assumes):
        assert " ".join(text.split()) in card.text
    links = {link.attributes["href"] for link in card.all("a")}
    assert stated.proof is None or f"#proof-{stated.proof}" in links
    assert stated.source.startswith("bntheory") != any(link.startswith("#reference-") for link in links)
    assert ("stated: " if stated.source.startswith("bntheory") else "printed: ") in card.text


def test_the_counts_are_those_of_the_outcomes(page, outcomes):
    lead = page.one(class_="lead").text
    theorems = [one for one in outcomes if one.task.claim is not None and one.task.id[0] != "F"]
    for verdict in ("true", "false", "underspecified"):
        assert f"{sum(one.verdict == verdict for one in theorems)} {verdict}" in lead
    assert f"Of {len(theorems)} theorems" in lead
    observed = [one for one in outcomes if one.task.claim is None]
    assert f"Of {len(observed)} observations" in lead
    assert f"{sum(one.verdict == 'depends' for one in observed)} depend on the regime" in lead


def test_a_witness_is_the_ledgers(tmp_path):
    found = check([task_of(claim_of(name)) for name in ("C5", "C6")], examples=3, minimize_mutants=False)
    page = read(written(found, tmp_path, stems=()))
    for one in found:
        entry = next(entry for entry in one.entries if entry.name.endswith(".printed"))
        card = page.one("article", id=f"claim-{one.task.id}")
        lines = [line.text for line in card.one("dd", class_="counterexample").all("code")]
        assert lines == explain(entry.statement, entry.finding.witness)
        assert card.one(class_="worst").text == f"{one.main.finding.worst:.6g}"
        for step in one.main.rests_on:
            assert step in card.one(class_="evidence").text


def test_regimes_are_shown_with_their_intervals_and_origin(page, outcomes):
    b2 = next(one for one in outcomes if one.task.id == "B2")
    rows = list(page.one("article", id="claim-B2").one("tbody").all("tr"))
    assert len(rows) == len(b2.regimes) > 3
    for row, regime in zip(rows, b2.regimes, strict=True):
        low, high = regime.effect.ci95
        assert row.text.startswith(regime.name)
        assert f"[{low:.3g}, {high:.3g}]" in row.text
        assert [badge.text for badge in row.all(class_="badge")] == [regime.declared, regime.measured]
    assert page.one("article", id="claim-B2").one("dd", class_="origin").text == b2.origin
    assert "bntheory run ols_rate makes it" in page.one("article", id="claim-E5").text


@pytest.mark.parametrize("stale", [False, True])
def test_a_stale_record_is_labelled_wherever_it_is_shown(tmp_path, monkeypatch, stale):
    found = {record.stem: records.load(record) for record in [records.RECORDS / "ics.npz"]}
    monkeypatch.setattr(records, "code_digest", lambda stem: "other" if stale else found[stem].provenance["digest"])
    [observed] = check([task for task in tasks() if task.id == "B2"], results=None)
    page = read(written([observed], tmp_path, stems=("ics",)))
    places = (page.one("header"), page.one("article"), page.one("figure", id="figure-B2"), page.one(id="stem-ics"))
    assert ["STALE" in place.text for place in places] == 4 * [stale]
    assert all("recorded, not run here" in place.text for place in places[1:])


def test_the_page_is_in_order(page):
    ids = [node.attributes["id"] for node in page.all() if "id" in node.attributes]
    assert len(ids) == len(set(ids)) > 100
    markup = [value for node in page.all() for value in node.attributes.values() if value]
    inner = [node.attributes["href"] for node in page.all() if node.attributes.get("href", "").startswith("#")]
    inner += [target for value in markup for target in re.findall(r"url\((#[^)]+)\)", value)]
    inner += [f"#{name}" for node in page.all() for name in node.attributes.get("aria-labelledby", "").split()]
    assert {link[1:] for link in inner} <= set(ids)
    levels = [HEADINGS.index(node.tag) + 1 for node in page.all() if node.tag in HEADINGS]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_page_is_readable_by_ear_and_by_key(page):
    assert page.one("html").attributes["lang"] == "en"
    for landmark in ("header", "nav", "main", "footer"):
        assert page.one(landmark)
    assert next(page.one("body").all("a")).attributes["href"] == "#main"
    assert all(node.attributes.get("scope") in ("row", "col") for node in page.all("th"))
    assert all(table.one("caption").text for table in page.all("table"))
    images = list(page.all("svg"))
    assert len(images) > 4
    assert all(node.attributes["role"] == "img" and len(node.attributes["aria-label"]) > 20 for node in images)
    assert all(node.one("summary").text for node in page.all("details"))


def test_nothing_is_loaded_and_nothing_else_may_be(html, page):
    loading = [node for node in page.all() if node.attributes.keys() & {"src", "srcset", "data", "poster", "action"}]
    assert loading == []
    assert [node.attributes["href"] for node in page.all("link")] == ["data:,"]
    outside = {node.attributes["href"] for node in page.all("a") if not node.attributes["href"].startswith("#")}
    assert outside
    assert all(link.startswith("https://arxiv.org/abs/") for link in outside)
    style = page.one("style").text
    assert "@import" not in style
    assert all(target.startswith("data:font/woff;base64,") for target in re.findall(r"url\(([^)]*)\)", style))
    [script] = re.findall(r"<script>(.*?)</script>", html, re.S)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    [policy] = [node.attributes["content"] for node in page.all("meta") if "http-equiv" in node.attributes]
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    assert len(html.encode()) < 8e6


def test_texts_are_escaped(tmp_path):
    bad = "<script>alert(1)</script> & <b>"
    one = replace(outcome_of(replace(claim(true(), mutants=(false(),)), id="A1", note=bad, title=bad)), problems=(bad,))
    html = written([one], tmp_path, stems=())
    assert "<script>alert" not in html
    assert read(html).one("article").text.count(bad) >= 3
    assert html.count("<script>") == 1


def test_what_came_out_otherwise_is_said_first_and_in_its_card(tmp_path):
    one = replace(as_declared(task_of(claim_of("C3"))), problems=("C3.printed: declared true, came out refuted",))
    page = read(written([one], tmp_path, stems=()))
    assert "came out refuted" in page.one("header").text
    assert "came out refuted" in page.one("article").text


def test_an_unknown_macro_is_an_error_and_no_page(tmp_path):
    wrong = replace(true(), tex=r"x \unknown y")
    with pytest.raises(InvalidInput, match=r"has the macro \\unknown, which"):
        written([outcome_of(replace(claim(wrong), id="A1"))], tmp_path, stems=())
    assert list(tmp_path.iterdir()) == []


def test_a_figure_that_cannot_be_drawn_is_said(tmp_path, monkeypatch):
    def broken(stem, results):
        raise InvalidInput("results", results, "cannot be drawn", "run it again")

    monkeypatch.setattr(contents, "svg", broken)
    page = read(written(check([task for task in tasks() if task.id == "B2"], results=None), tmp_path, stems=("ics",)))
    assert "cannot be drawn" in page.one("article").text
    assert not list(page.all("svg"))


def test_the_proofs_are_there_with_their_sources_and_claims(page):
    stems = {one.proof for one in CLAIMS if one.proof}
    found = [
        heading.attributes["id"].removeprefix("proof-")
        for heading in page.all("h3")
        if "proof-" in heading.attributes["id"]
    ]
    assert sorted(found) == sorted(stems)
    for section in page.all("section", class_="proof"):
        assert "def prove()" in section.one("pre").text
        assert [link.attributes["href"] for link in section.all("a")]


def test_the_environment_is_told(page):
    text = page.one("dl", class_="facts").text
    for word in ("7 cases a statement, seed 3", "Python 3", "numpy", "Processor", "UTC"):
        assert word in text
