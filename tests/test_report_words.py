"""The report's numbers and words are those of what came out, not their opposites."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_page import as_declared, declared_outcomes, outcome_of, read, written
from statements import claim, false, true

from bntheory import records, storage
from bntheory.certify import Certificate
from bntheory.claims import claim as claim_of
from bntheory.experiment import Criterion
from bntheory.figures import caption
from bntheory.ledger import check, task_of, tasks
from bntheory.outcome import Entry
from bntheory.report.page import _measured, _neighbours, _seeds

SHOWN = ("ics", "landscape")


@pytest.fixture(scope="module")
def outcomes():
    return declared_outcomes()


@pytest.fixture(scope="module")
def page(outcomes, tmp_path_factory):
    return read(written(outcomes, tmp_path_factory.mktemp("report"), stems=SHOWN))


def cells(row):
    """The cells of a row by their labels."""
    return {cell.attributes["data-label"]: cell.text for cell in row.all("td")}


def entry(outcome, statement=None):
    """A neighbour that came out so; declared false unless another statement is given."""
    searched = as_declared(task_of(claim(true(), mutants=(statement or false(),)))).entries[-1]
    return replace(searched, finding=replace(searched.finding, outcome=outcome))


def test_a_criterion_is_met_or_missed_as_it_was_measured(tmp_path):
    result = replace(
        records.load(records.RECORDS / "ics.npz"),
        criteria=(Criterion("one", 0.25, "<=", 0.5), Criterion("two", 0.75, "<=", 0.5)),
    )
    storage.save(result, tmp_path)
    [observed] = check([task for task in tasks() if task.id == "B2"], results=None)
    shown = read(written([observed], tmp_path, stems=("ics",), results=tmp_path))
    assert [
        (row.one("th").text, cells(row)) for row in shown.one("table", class_="criteria").one("tbody").all("tr")
    ] == [
        ("one", {"measured": "0.25", "required": "<= 0.5", "outcome": "met"}),
        ("two", {"measured": "0.75", "required": "<= 0.5", "outcome": "missed"}),
    ]


def test_measured_numbers_are_rounded_but_not_onto_their_limit():
    assert _measured(Criterion("", 0.123456, "<=", 0.5)) == "0.1235"
    assert _measured(Criterion("", 0.500001, "<=", 0.5)) == "0.500001"
    assert _measured(Criterion("", 0.5, "<=", 0.5)) == "0.5"


def test_regimes_have_the_effects_p_values_and_seeds_that_were_measured(page, outcomes):
    b2 = next(one for one in outcomes if one.task.id == "B2")
    table = page.one("article", id="claim-B2").one("table", class_="regimes")
    found = [cells(row) for row in table.one("tbody").all("tr")]
    assert [(row["effect"], row["p"]) for row in found] == [
        (f"{regime.effect.mean:.3g}", f"{regime.p:.2g}") for regime in b2.regimes
    ]
    assert any(float(row["p"]) != 0.5 for row in found), "1 - p would be the same"
    assert table.one("caption").text.endswith(f"over {_seeds(b2.regimes)} seeds")


def test_seeds_are_told_from_the_fewest_to_the_most(outcomes):
    regime = next(one for one in outcomes if one.task.id == "B2").regimes[0]

    def of(seeds):
        return replace(regime, effect=replace(regime.effect, differences=(1.0,) * seeds))

    assert _seeds([of(5), of(5)]) == "5"
    assert _seeds([of(9), of(3), of(5)]) == "3 to 9"


def test_neighbours_are_counted_by_what_came_out():
    held = entry("held", true())
    assert _neighbours([entry("refuted"), entry("refuted"), held]) == (
        "3 neighbours: 2 refuted, 1 held, all as declared"
    )
    proved = Entry(held.name, held.statement, held.finding, proved=True)
    assert _neighbours([proved, entry("held"), entry("undecided")]) == (
        "3 neighbours: 0 refuted, 2 held, 2 NOT as declared"
    )


def test_a_statement_that_came_out_otherwise_says_so_beside_itself(tmp_path):
    found = as_declared(task_of(claim_of("C3")))
    printed, *others = found.entries
    assert printed.outcome == "held"
    surprise = replace(printed, finding=replace(printed.finding, outcome="refuted"))
    said = []
    for one in (printed, surprise):
        shown = read(written([replace(found, entries=(one, *others))], tmp_path, stems=()))
        said.append(shown.one("dd", class_="printed").one("p", class_="outcome").text)
    assert "not as declared" not in said[0]
    assert said[1].startswith("refuted not as declared (true)")


def test_a_certificate_is_told_with_its_instances(tmp_path):
    found = outcome_of(replace(claim(true()), id="A1"))
    certified = replace(found.entries[0], certificate=Certificate(17, "ball arithmetic", 0.875))
    shown = read(written([replace(found, entries=(certified,))], tmp_path, stems=()))
    evidence = shown.one("dd", class_="evidence").text
    assert "Certified on 17 stated instances in ball arithmetic, worst ratio 0.875." in evidence


@pytest.mark.parametrize("stem", SHOWN)
def test_an_experiment_is_linked_to_its_claims_and_its_figures_say_what_they_show(page, outcomes, stem):
    claims = [one.task.id for one in outcomes if stem in (one.task.observation or one.task.claim).__dict__.values()]
    section = page.one("section", id=f"stem-{stem}")
    links = [link.attributes["href"] for link in section.all("a")]
    assert claims
    assert links == [f"#claim-{name}" for name in claims]
    figures = [figure for figure in page.all("figure") if figure.one("svg").attributes["aria-label"].startswith(stem)]
    assert [figure.one("svg").attributes["aria-label"] for figure in figures] == [
        f"{stem}: {caption(stem)}" for _ in figures
    ]
    drawn = [one.task.id for one in outcomes if (one.task.observation or one.task.claim).figure == stem]
    assert [figure.attributes["id"] for figure in figures if "id" in figure.attributes] == [
        f"figure-{name}" for name in drawn
    ]
    assert len(figures) == len(drawn) + 1
