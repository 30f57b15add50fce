"""How the search goes: how many cases of which kind, how thin a set it finds, and what is decided exactly."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import strategies as st

from bntheory.claim import Statement, Truth
from bntheory.falsify import Samples, falsify, search

WIDE = st.builds(Fraction, st.integers(-(10**4), 10**4), st.integers(1, 10**4))
DECIMALS = st.integers(-(10**6), 10**6).map(lambda n: Fraction(n, 10**5))
CENTRE = (Fraction(37171, 10**5), Fraction(-123457, 10**5), Fraction(7, 3))


def statement(sides, cases=WIDE, relation="<=", **rest):
    return Statement("it", "", Truth.TRUE, cases, sides, relation, **rest)


def ball(radius):
    return lambda x: (radius**2, sum((a - b) ** 2 for a, b in zip(x, CENTRE, strict=False)))


def hollow(radius):
    """As `ball`, but the relative gap is -1 wherever it holds: one side is 0."""
    return lambda x: (radius**2 - sum((a - b) ** 2 for a, b in zip(x, CENTRE, strict=False)), 0)


@pytest.mark.parametrize(
    ("sides", "cases", "radius"),
    [
        (ball, WIDE.map(lambda x: (x,)), Fraction(1, 1000)),
        (hollow, DECIMALS.map(lambda x: (x,)), Fraction(1, 10**4)),
        (hollow, st.tuples(WIDE, WIDE), Fraction(1, 200)),
        (ball, st.tuples(DECIMALS, DECIMALS, DECIMALS), Fraction(1, 1000)),
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_violation_in_a_small_ball_is_climbed_to(sides, cases, radius, seed):
    assert falsify(statement(sides(radius), cases), seed=seed).outcome == "refuted"


def test_a_violation_on_a_curve_is_climbed_to():
    # The hyperbola x y = 7/3 and a strip of width about 1e-4 around it.
    sides = lambda c: (Fraction(1, 10**8), (c[0] * c[1] - CENTRE[2]) ** 2)  # noqa: E731
    assert falsify(statement(sides, st.tuples(DECIMALS, DECIMALS))).outcome == "refuted"


def test_a_violation_on_the_diagonal_alone_is_found():
    # x = y, where neither is small; no slope leads there.
    sides = lambda c: (int(c[0] == c[1] and c[0] > 20), 0)  # noqa: E731
    assert falsify(statement(sides, st.tuples(st.integers(-100, 100), st.integers(-100, 100)))).outcome == "refuted"


def counted(examples, sampler=True, cases=WIDE, batch=lambda rng, n: n * [0.25]):
    seen = Counter()

    def sides(x):
        seen["sampled" if x == 0.25 else "drawn"] += 1
        return x * 0, 1

    finding = falsify(
        statement(lambda x: sides(x) if isinstance(x, float) else (0, 1), cases, sample=batch if sampler else None),
        examples=examples,
    )
    assert finding.outcome == "held"
    return finding.cases, seen["sampled"]


@pytest.mark.parametrize(("examples", "sampled"), [(1, 0), (2, 1), (30, 15), (31, 15), (50, 25), (51, 26), (600, 575)])
def test_all_but_25_cases_and_at_most_half_of_few_are_sampled(examples, sampled):
    cases, seen = counted(examples)
    assert cases == examples
    assert seen == pytest.approx(sampled, abs=2)  # 1/4 may be drawn too


def test_without_a_sampler_all_cases_are_drawn():
    assert counted(300, sampler=False)[0] == 300


def test_a_small_domain_is_exhausted_once():
    assert counted(3000, sampler=False, cases=st.integers(1, 40))[0] == 40


def test_a_sampler_may_give_fewer_or_more_cases_than_asked_for():
    assert counted(400, batch=lambda rng, n: [0.25])[0] < 400
    assert counted(400, batch=lambda rng, n: 2 * n * [0.25])[0] == 400


def decisions(monkeypatch, declared, examples):
    """The cases that are decided exactly."""
    seen = []
    real = search.decide
    monkeypatch.setattr(search, "decide", lambda s, case: seen.append(case) or real(s, case))
    falsify(declared, examples=examples)
    return seen


def test_the_worst_20_are_decided(monkeypatch):
    slack = statement(lambda n: (n, 1000), st.integers(1, 500))
    assert sorted(decisions(monkeypatch, slack, 600)) == list(range(481, 501))


def test_near_ties_count_among_the_worst_20_and_the_worst_of_the_rest_fill_up(monkeypatch):
    ties = statement(lambda n: (min(n, 300), 300), st.integers(1, 305))
    assert sorted(decisions(monkeypatch, ties, 600)) == list(range(286, 306))


def test_the_worst_20_of_equalities_are_decided(monkeypatch):
    equal = statement(lambda n: (n + Fraction(n, 10**12) * (n % 1), n), st.integers(1, 300), "==")
    assert len(decisions(monkeypatch, equal, 400)) == 20


def test_every_near_tie_is_decided(monkeypatch):
    near = statement(lambda n: (10**12 - n % 3000, 10**12), st.integers(0, 5999))
    seen = decisions(monkeypatch, near, 500)
    assert len(seen) > 150  # two thirds of them lie within 1e-9
    assert max(n % 3000 for n in seen) <= 1000


def test_near_ties_of_a_sampler_are_decided_up_to_50_but_all_violations_of_floats(monkeypatch):
    tie = statement(lambda x: (x, x), sample=lambda rng, n: rng.random(n))
    assert len(decisions(monkeypatch, tie, 1200)) == 50 + 25 + 20  # the worst 20 of those that wait
    # In floats sqrt(1 + x) - 1 is off by 1e-16/x, relatively.
    noise = statement(lambda x: ((x + 1) ** 3 - 1 - 3 * x - 3 * x * x, x**3), relation="==")
    noisy = Statement("it", "", Truth.TRUE, WIDE, noise.sides, "==", sample=lambda rng, n: 1e-4 * rng.random(n))
    assert len(decisions(monkeypatch, noisy, 1200)) > 900


def test_statements_that_share_a_sampler_share_its_cases_and_cannot_spoil_them():
    calls = []

    def sample(rng, n):
        calls.append(n)
        return [np.array([x]) for x in rng.random(n)]

    def spoil(case):
        case *= 0
        return 0, 1

    arrays = st.integers(1, 9).map(lambda n: np.array([Fraction(n, 10**6)], dtype=object))
    spoiler = Statement("spoiler", "", Truth.TRUE, arrays, spoil, sample=sample)
    honest = Statement("honest", "", Truth.TRUE, arrays, lambda case: (case[0], 1000), sample=sample)
    alone = falsify(honest, examples=400)
    first = len(calls)
    samples = Samples()
    assert falsify(spoiler, examples=400, samples=samples).outcome == "held"
    shared = falsify(honest, examples=400, samples=samples)
    assert len(calls) == 2 * first
    assert (shared.outcome, shared.cases, shared.worst) == (alone.outcome, alone.cases, alone.worst)
    assert falsify(honest, examples=400, seed=1, samples=samples).worst != alone.worst


def test_a_tie_that_is_not_decided_counts_as_one():
    # In floats 3 x/3 exceeds x by a rounding error here and there.
    tie = statement(lambda x: (x * 49 / 49, x), sample=lambda rng, n: rng.random(n) * 10)
    finding = falsify(tie, examples=1500)
    assert (finding.outcome, finding.worst) == ("held", 1)


def test_a_tiny_violation_in_one_sampled_case_is_doubted():
    unit = st.just((Fraction(3, 5), Fraction(4, 5)))
    circle = lambda rng, n: [(np.cos(t), np.sin(t)) for t in rng.random(n)]  # noqa: E731
    finding = falsify(statement(lambda c: (c[0] ** 2 + c[1] ** 2, 1), unit, "==", sample=circle), examples=100)
    assert finding.outcome == "refuted"
    assert finding.message.endswith("do the sampled cases lie in the domain exactly?")
    large = statement(lambda c: (c[0] ** 2 + c[1] ** 2, 2), unit, sample=lambda rng, n: n * [(1, 2)])
    assert falsify(large, examples=100).message == ""
    off = Fraction(10**20 + 1, 10**20)
    often = statement(lambda x: ((x * x + 1) * off, x * x + 1), sample=lambda rng, n: rng.random(n))
    assert falsify(often, examples=100).message == ""


def test_integers_are_ranked_as_they_are_and_as_floats_where_roots_are_taken(monkeypatch):
    from bntheory import numbers

    rooted = statement(lambda n: (numbers.sqrt(n), n), st.integers(2, 400))
    assert len(decisions(monkeypatch, rooted, 300)) == 20  # floats rank them all
    rooted = statement(lambda x: (numbers.sqrt(x), x), st.builds(Fraction, st.integers(11, 99), st.integers(1, 10)))
    assert len(decisions(monkeypatch, rooted, 300)) == 20
    indexed = statement(lambda c: (c[0][c[1]], 10), st.tuples(st.just((1.5, 2.5)), st.integers(0, 1)))
    assert falsify(indexed, examples=10).worst == 0.25


def test_arrays_of_integers_do_not_overflow_where_they_are_ranked(monkeypatch):
    # In 64-bit integers n^2 is negative or 0.
    cases = st.integers(2**32, 2**33).map(lambda n: np.array([n, n]))
    power = statement(lambda x: (1, (x * x * x).sum()), cases)
    assert len(decisions(monkeypatch, power, 60)) == 20


def test_cases_that_can_be_changed_are_ranked_on_copies():
    def spoil(case):
        case[0] = 0
        return 0, 1

    lists = st.integers(1, 9).map(lambda n: [Fraction(n)])
    sample = lambda rng, n: [[x] for x in rng.random(n) + 1]  # noqa: E731
    samples = Samples()
    falsify(statement(spoil, lists, sample=sample), examples=300, samples=samples)
    seen = []
    falsify(statement(lambda c: (seen.append(c[0]) or 0, 1), lists, sample=sample), examples=300, samples=samples)
    assert min(seen) >= 1


def test_no_batch_of_a_sampler_repeats_another():
    drawn = []
    sample = lambda rng, n: [drawn.append(x) or x for x in rng.random(n).tolist()]  # noqa: E731
    falsify(statement(lambda x: (x, 10), sample=sample), examples=1000)
    assert len(set(drawn)) == len(drawn) >= 900
