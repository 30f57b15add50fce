"""A search repeats itself, leaves no traces, prints nothing, and works inside tests of pytest and Hypothesis."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import configuration, given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

from bntheory import numbers
from bntheory.claim import Statement, Truth
from bntheory.falsify import falsify
from bntheory.falsify.isolation import isolated

WIDE = st.builds(Fraction, st.integers(-(10**4), 10**4), st.integers(1, 10**4))


def statement(sides=lambda x: (x, 9000), cases=WIDE, truth=Truth.FALSE, **rest):
    return Statement("it", "", truth, cases, sides, **rest)


def summary(finding):
    return finding.outcome, finding.cases, finding.worst, finding.witness and finding.witness.case


SCRIPT = """
{setup}
from fractions import Fraction
from hypothesis import strategies as st
from bntheory.claim import Statement, Truth
from bntheory.falsify import falsify
words = st.tuples(st.builds(Fraction, st.integers(-10**4, 10**4), st.integers(1, 10**4)), st.text(max_size=3))
finding = falsify(Statement("it", "", Truth.FALSE, words, lambda c: (c[0], 9000)))
print(finding.outcome, finding.cases, finding.worst, finding.witness.case)
finding = falsify(Statement("it", "", Truth.TRUE, words, lambda c: (c[0], 10**5)), examples=100)
print(finding.outcome, finding.cases, finding.worst)
"""


def start(folder, setup="", **environment):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(setup=setup)],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_find_the_same_print_nothing_and_leave_nothing(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    # A local module with constants of its own, which Hypothesis would mix into its draws.
    (tmp_path / "b" / "local.py").write_text("constants = [" + ", ".join(str(9001 + 7 * k) for k in range(99)) + "]\n")
    first = start(tmp_path / "a", PYTHONHASHSEED="1", CI="true")
    second = start(tmp_path / "b", "import local, random; random.seed(3)", PYTHONHASHSEED="2")
    (output, errors), again = first.communicate(), second.communicate()
    assert output.count("\n") == 2
    assert errors == ""
    assert again == (output, "")
    assert list((tmp_path / "a").iterdir()) == []
    assert {path.name for path in (tmp_path / "b").iterdir()} <= {"local.py", "__pycache__"}


def test_the_same_seed_gives_the_same_finding_and_another_another():
    declared = statement(sample=lambda rng, n: list(rng.normal(size=n) * 4000))
    assert summary(falsify(declared)) == summary(falsify(declared))
    assert len({falsify(declared, seed=seed).cases for seed in range(6)}) > 1
    drawn = statement(truth=Truth.TRUE, sides=lambda x: (x, 10**5))
    assert summary(falsify(drawn, examples=60)) == summary(falsify(drawn, examples=60))
    assert len({falsify(drawn, examples=60, seed=seed).worst for seed in range(6)}) > 1


def test_it_prints_nothing_and_warns_of_nothing(capfd):
    def sides(x):
        warnings.warn("from the sides", stacklevel=1)
        return np.float64(x) / np.float64(0), 1

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert falsify(statement()).outcome == "refuted"
        assert falsify(statement(sides)).outcome == "undecided"
    assert capfd.readouterr() == ("", "")


def test_what_was_set_aside_is_put_back_even_after_an_interrupt():
    def state():
        return (
            vars(configuration)["__hypothesis_home_directory"], providers._get_local_constants,
            providers.CONSTANTS_CACHE, settings().suppress_health_check, np.geterr(), list(warnings.filters),
        )  # fmt: skip

    before = state()
    with isolated():
        assert not any(now == then for now, then in zip(state(), before, strict=True))
    assert state() == before

    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        falsify(statement(interrupted))
    assert state() == before


def test_searches_in_threads_find_what_one_alone_does_and_put_everything_back():
    def state():
        return vars(configuration)["__hypothesis_home_directory"], list(warnings.filters), providers.CONSTANTS_CACHE

    rooted = statement(lambda x: (numbers.sqrt(x * x + 1), 200))
    before, alone = state(), [summary(falsify(rooted, seed=seed)) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda seed: summary(falsify(rooted, seed=seed)), range(4))) == alone
    assert state() == before


def test_its_temporary_folder_is_removed(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert falsify(statement(lambda word: (len(word), 2), st.text())).outcome == "refuted"
    assert list(tmp_path.iterdir()) == []


def test_a_hypothesis_without_local_constants_is_searched_too(monkeypatch):
    expected = summary(falsify(statement()))
    monkeypatch.delattr(providers, "GLOBAL_CONSTANTS")
    with isolated():
        pass
    monkeypatch.undo()
    assert summary(falsify(statement())) == expected


@settings(max_examples=3, database=None, deadline=None)
@given(st.integers(0, 5))
def test_it_works_inside_a_test_of_hypothesis(seed):
    finding = falsify(replace(statement(), truth=Truth.TRUE), seed=seed)
    assert finding.outcome == "refuted"
    assert finding.witness.case == 9001


def test_sides_that_change_the_case_do_not_change_what_is_decided():
    def sides(x):
        x[0] = x[0] + 1
        return x[0], 10

    sample = lambda rng, n: [np.array([9.5]) for _ in range(n)]  # noqa: E731
    finding = falsify(statement(sides, st.just(0).map(lambda _: np.array([9.5])), sample=sample))
    assert finding.witness.case == np.array([Fraction(19, 2)])
    assert finding.witness.lhs == Fraction(21, 2)


def test_a_strategy_that_draws_differently_when_asked_again_is_undecided_or_decided_but_never_an_error():
    rng = np.random.default_rng(0)
    fickle = st.integers(0, 9).flatmap(lambda n: st.integers(0, int(rng.integers(1, 10**6))))
    assert falsify(statement(lambda n: (n, 10**7), fickle)).outcome in ("held", "undecided")
    assert falsify(statement(lambda n: (n, 10), fickle)).outcome in ("refuted", "undecided")
