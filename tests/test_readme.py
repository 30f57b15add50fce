"""What the README prints is what the code prints, and what it names exists."""

from __future__ import annotations

import doctest
import re
from collections import Counter

from readme import README

from bntheory.claims import CLAIMS
from bntheory.ensemble.instances import SPECTRA, STARTS
from bntheory.ledger import check, declared_verdict, tasks
from bntheory.statistics import OUTCOMES
from bntheory.stems import STEMS
from bntheory.sweep.reading import read_spec
from bntheory.sweep.spec import METHODS


def test_the_example_prints_what_it_says():
    outcome = doctest.testfile(str(README), module_relative=False)
    assert outcome.attempted >= 8
    assert outcome.failed == 0


def test_the_verdicts_are_counted_right():
    text = " ".join(README.read_text().split())
    counts = Counter(declared_verdict(task) for task in tasks() if task.claim is not None and task.id[0] != "F")
    claimed = re.search(
        r"Of the (\d+) theorems of the source (\d+) are true as printed, (\d+) are false, and (\d+) say", text
    )
    expected = [sum(counts.values()), counts["true"], counts["false"], counts["underspecified"]]
    assert [int(number) for number in claimed.groups()] == expected
    certified = [claim.id for claim in CLAIMS if claim.proof is None and claim.id[0] != "F"]
    assert len(certified) == 2
    assert "two definitions are certified" in text


def test_the_observations_are_counted_right():
    text = " ".join(README.read_text().split())
    claimed = re.search(r"Of the (\d+) observations (\d+) is reproduced as it stands .* and (\d+) depend", text)
    found = Counter(outcome.verdict for outcome in check([one for one in tasks() if one.observation], results=None))
    assert [int(number) for number in claimed.groups()] == [found.total(), found["reproduced"], found["depends"]]


def test_the_regimes_that_came_out_otherwise_are_counted_right():
    text = " ".join(README.read_text().split())
    regimes = [
        one for outcome in check([one for one in tasks() if one.observation], results=None) for one in outcome.regimes
    ]
    claimed = re.search(r"Of their (\d+) regimes (\d+) came out otherwise than earlier seeds", text)
    otherwise = [one for one in regimes if not one.as_declared]
    assert [int(number) for number in claimed.groups()] == [len(regimes), len(otherwise)]
    means = {one.name: f"{one.effect.mean:.2f}" for one in otherwise}
    assert f"plain networks train at {means['learning rates, plain alone']}" in text
    assert f"with BN at {means['initial scales, BN alone']}" in text
    assert text.split("earlier seeds had said", 1)[1].split("From the other experiments")[0].count("(") == 3


def test_the_words_for_outcomes_are_those_of_show():
    assert OUTCOMES in " ".join(README.read_text().split())


def test_every_experiment_is_listed():
    assert tuple(re.findall(r"^\| `(\w+)` \|", README.read_text(), re.M)) == STEMS


def test_the_spec_of_the_readme_is_one(tmp_path):
    [source] = re.findall(r"^```toml\n(# rates\.toml\n.*?)^```", README.read_text(), re.M | re.S)
    (tmp_path / "rates.toml").write_text(source)
    spec = read_spec(tmp_path / "rates.toml")
    assert spec.runs == 2 * 3 * 2 * 2 * 10_000
    assert {*spec.grid.problem} == {*METHODS}
    assert all(f'"{name}"' in source for name in {*SPECTRA, *STARTS, *METHODS["least-squares"]})
