"""FALSE statements: the stored witness is replayed, another is searched for, the smaller of the two is reported."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import strategies as st

from bntheory import numbers
from bntheory.claim import Statement, Truth
from bntheory.falsify import decide, falsify, search, verdict
from bntheory.falsify.witness import size, smaller

WIDE = st.builds(Fraction, st.integers(-(10**6), 10**6), st.integers(1, 10**6))


def false(sides=lambda x: (x, 50), cases=WIDE, **rest):
    return Statement("it", "", Truth.FALSE, cases, sides, **rest)


def test_a_counterexample_is_made_small():
    finding = falsify(false())
    assert finding.outcome == "refuted"
    assert finding.witness.case == 51


def test_a_sampled_counterexample_is_found_again_as_a_small_one():
    finding = falsify(false(sample=lambda rng, n: list(100 * rng.random(n))))
    assert finding.witness.case == 51


def test_a_sampled_counterexample_that_is_not_found_again_is_kept():
    finding = falsify(false(cases=st.integers(0, 9), sample=lambda rng, n: [0.5, 77.25]))
    assert finding.outcome == "refuted"
    assert finding.witness.case == Fraction(309, 4)


def test_cases_that_cannot_be_decided_do_not_hide_a_counterexample_that_is_known():
    def sides(x):
        return 1 // (x >= 100), 0

    finding = falsify(false(sides, st.integers(0, 10**4), sample=lambda rng, n: [1000]))
    assert (finding.outcome, finding.witness.case) == ("refuted", 100)


def test_of_all_counterexamples_that_were_met_the_smallest_is_reported(monkeypatch):
    met = []
    real = search.decide
    monkeypatch.setattr(search, "decide", lambda s, case: met.append(real(s, case)) or met[-1])
    for seed in range(5):
        met.clear()
        finding = falsify(false(lambda c: (abs(c[0]) + abs(c[1]), 70), st.tuples(WIDE, WIDE)), seed=seed)
        assert size(finding.witness.case) == min(size(decision.case) for decision in met if decision.violated)


def test_a_sampled_counterexample_smaller_than_all_others_is_kept():
    finding = falsify(false(cases=st.integers(10**6, 10**7), sample=lambda rng, n: [51.0]))
    assert finding.witness.case == 51


@pytest.mark.parametrize("cases", [st.nothing(), st.integers().map(lambda n: 1 // 0), st.integers(9, 1)])
@pytest.mark.parametrize("truth", [Truth.FALSE, Truth.TRUE])
def test_a_sampled_counterexample_outlives_a_strategy_that_yields_nothing(cases, truth):
    finding = falsify(replace(false(cases=cases, sample=lambda rng, n: [51.0]), truth=truth))
    assert (finding.outcome, finding.witness.case) == ("refuted", 51)


def test_a_counterexample_in_rationals_is_preferred_to_a_smaller_one_in_digits():
    declared = false(lambda n: (numbers.sqrt(n), 1), st.integers(2, 60))
    rooted, exact = decide(declared, 2), decide(declared, 16)
    assert (rooted.arithmetic, exact.arithmetic) == ("50 digits", "rational")
    assert smaller(rooted, exact) is smaller(exact, rooted) is exact
    assert smaller(None, rooted) is rooted


def test_the_calls_that_make_a_counterexample_smaller_are_bounded():
    drawn = []
    lists = st.lists(st.integers(0, 10**9), min_size=30, max_size=30).map(lambda x: drawn.append(x) or x)
    long = false(lambda x: (int(sum(x)), 10**9), lists, sample=lambda rng, n: [[10**9] * 30])
    assert falsify(long).outcome == "refuted"
    assert len(drawn) <= 200 + 40
    drawn.clear()
    assert falsify(replace(long, truth=Truth.TRUE), examples=50).outcome == "refuted"
    assert 100 < len(drawn) <= 200 + 200


def test_a_strategy_that_fails_on_the_way_to_a_smaller_counterexample_does_not_hide_it():
    finding = falsify(false(cases=st.integers(0, 10**4).map(lambda n: n if n != 51 else 1 // 0)))
    assert finding.outcome == "refuted"
    assert finding.witness.case > 51


@pytest.mark.parametrize(("stored", "reported"), [(51, 51), (52.0, 51), (Fraction(123, 2), 51), (10**7, 51)])
def test_the_smaller_witness_is_reported(stored, reported):
    assert falsify(false(witness=stored)).witness.case == reported


def test_a_smaller_stored_witness_wins():
    odd = st.integers(10**6, 10**7)
    finding = falsify(false(cases=odd, witness=51.0))
    assert (finding.outcome, finding.witness.case, finding.message) == ("refuted", 51, "")


@pytest.mark.parametrize(("stored", "message"), [
    (50, "it: the stored witness does not violate the statement: lhs = 50, rhs = 50; mend or drop the witness"),
    (math.nan, "it: the case holds nan"),
    ("x", "it: no exact arithmetic goes through"),
])  # fmt: skip
def test_a_stored_witness_that_does_not_violate_leaves_it_undecided(stored, message):
    finding = falsify(Statement("it", "", Truth.FALSE, WIDE, lambda x: (0 + x, 50), witness=stored))
    assert finding.outcome == "undecided"
    assert finding.message.startswith(message)


def test_a_stored_witness_alone_refutes_with_a_remark():
    sides = lambda n: (int(n == 123_456_789), 0)  # noqa: E731
    finding = falsify(false(sides, st.integers(0, 10**9), witness=123_456_789, sample=lambda rng, n: n * [1]))
    assert finding.outcome == "refuted"
    assert finding.witness.case == 123_456_789
    assert finding.cases == 20_000
    assert finding.message == "it: the stored witness violates it; a fresh search of 20000 cases found none"


@pytest.mark.parametrize("sample", [None, lambda rng, n: n * [3]])
@pytest.mark.parametrize("odd", [False, True])
def test_a_stored_witness_outside_of_a_domain_that_was_searched_as_a_whole_refutes_nothing(sample, odd):
    cases = st.integers(0, 49).map(lambda n: n + 1)
    finding = falsify(false(cases=cases.filter(lambda n: n % 2) if odd else cases, witness=51, sample=sample))
    assert (finding.outcome, finding.witness, finding.worst) == ("undecided", None, 1 + 1 / 51)
    count = r"\d\d" if odd else "50"  # a filter draws some of them again
    assert re.fullmatch(
        f"it: the stored witness violates it, but none of the {count} cases of its domain does: it lies outside",
        finding.message,
    )


def test_a_domain_of_which_hypothesis_saw_only_a_part_is_not_taken_for_the_whole():
    rare = st.integers(0, 10**9).filter(lambda n: n < 4 or n == 51)
    finding = falsify(false(cases=rare, witness=51))
    assert (finding.outcome, finding.witness.case) == ("refuted", 51)


def test_a_false_statement_without_any_counterexample_held():
    finding = falsify(false(cases=st.integers(0, 50)))
    assert (finding.outcome, finding.message, finding.worst) == ("held", "", 1)


def test_a_false_statement_is_searched_further_than_a_true_one():
    # One case in about 5,000 violates, none of them near by.
    sides = lambda n: (int(n % 4999 == 4321), 0)  # noqa: E731
    cases = st.integers(0, 10**6)
    sample = lambda rng, n: list(rng.integers(0, 10**6, size=n))  # noqa: E731
    finding = falsify(false(sides, cases, sample=sample), examples=50)
    assert finding.outcome == "refuted"
    assert 2_000 < finding.cases <= 20_000


def test_at_most_20000_cases_are_tried(monkeypatch):
    asked = []
    finding = falsify(false(lambda n: (0, 1), st.integers(0, 9), sample=lambda rng, n: asked.append(n) or n * [3]))
    assert (finding.outcome, finding.cases, sum(asked)) == ("held", 1_810, 1_800)
    assert sum(map(sum, verdict._ROUNDS)) == sum(map(sum, verdict._ROUNDS_WITH_SAMPLER)) == 20_000
    for name in ("_ROUNDS", "_ROUNDS_WITH_SAMPLER"):
        monkeypatch.setattr(verdict, name, ((20, 80), (0, 70)))
    assert falsify(false(lambda n: (0, 1), st.integers(), sample=lambda rng, n: n * [3])).cases == 170


def test_the_search_stops_at_the_first_violation():
    finding = falsify(false(lambda n: (1, 0), st.integers(), sample=lambda rng, n: n * [3]))
    assert finding.cases == 1


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [(1, 12), (Fraction(1, 3), 123), (Fraction(1, 2), Fraction(1, 3)), ((0, 1), (1, 1)), ([1], {"a": [1, 1]})],
)
def test_size_counts_digits_and_then_values(smaller, larger):
    assert size(smaller) < size(larger)
    assert size((larger, "x", True, None)) == size(larger)


def test_size_of_a_very_long_number_is_counted_too():
    assert size(10**5000)[0] == pytest.approx(5001, abs=2)


def test_the_witness_is_a_decision_in_exact_numbers():
    finding = falsify(false(sample=lambda rng, n: list(100 * rng.random(n)), cases=st.just(0)))
    assert isinstance(finding.witness.case, Fraction)
    assert finding.witness.arithmetic == "rational"
    assert finding.witness.lhs == finding.witness.case
    assert decide(finding.statement, finding.witness.case).lhs == finding.witness.lhs
