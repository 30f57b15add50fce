"""What a search finds: true statements hold, false ones are refuted exactly, broken ones stay undecided."""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st

from bntheory import numbers
from bntheory.claim import Statement, Truth, defects
from bntheory.errors import InvalidInput
from bntheory.falsify import decide, falsify

RATIONALS = st.builds(Fraction, st.integers(-20, 20), st.integers(1, 10))
POSITIVE = st.builds(Fraction, st.integers(1, 20), st.integers(1, 10))
PAIRS = st.tuples(POSITIVE, POSITIVE)
FEW = 200


def statement(sides, cases=RATIONALS, relation="<=", truth=Truth.TRUE, **rest):
    return Statement("it", "", truth, cases, sides, relation, **rest)


def false(*args, **rest):
    return statement(*args, truth=Truth.FALSE, **rest)


@dataclass(frozen=True)
class Line:
    slope: Fraction
    points: object


def lines():
    entries = st.lists(st.integers(-9, 9), min_size=3, max_size=3)
    return st.builds(lambda a, x: Line(a, np.array([Fraction(v, 3) for v in x], dtype=object)), RATIONALS, entries)


TRUE = {
    "roots": statement(lambda c: (2 * numbers.sqrt(c[0] * c[1]), c[0] + c[1]), PAIRS),
    "exponentials": statement(lambda x: (1 + x, numbers.exp(x))),
    "powers": statement(lambda c: (c[0] * c[1], c[0] ** c[1] + c[1] ** 2), st.tuples(POSITIVE, st.integers(1, 4))),
    "integers": statement(lambda n: (numbers.sqrt(n), n), st.integers(1, 50)),
    "arrays": statement(
        lambda c: (c.slope * c.points.sum(), (c.slope * c.points).sum()), lines(), "==", sample=None
    ),
    "cauchy-schwarz": statement(
        lambda c: ((c[0] @ c[1]) ** 2, (c[0] @ c[0]) * (c[1] @ c[1])),
        st.lists(st.integers(-9, 9), min_size=6, max_size=6).map(lambda x: (np.array(x[:3]), np.array(x[3:]))),
        sample=lambda rng, n: [(x, x * 3) for x in rng.normal(size=(n, 3))],
    ),
    "floats": statement(lambda x: (x - 1, x), st.floats(-1e9, 1e9), sample=lambda rng, n: rng.normal(size=n)),
}  # fmt: skip


@st.composite
def odd(draw):
    n = draw(st.integers(0, 99))
    assume(n % 2)
    return n


def test_a_strategy_may_assume():
    finding = falsify(statement(lambda n: (n % 2, 1), odd()), examples=FEW)
    assert (finding.outcome, finding.cases, finding.worst) == ("held", 50, 1)


def test_sides_may_be_slow():
    assert falsify(statement(lambda n: (time.sleep(0.26) or n, 1), st.just(1))).outcome == "held"


@pytest.mark.parametrize("name", TRUE)
def test_true_statements_hold(name):
    finding = falsify(TRUE[name], examples=FEW)
    assert (finding.outcome, finding.message, finding.witness) == ("held", "", None)
    assert 0 < finding.cases <= FEW
    assert finding.worst <= 1 + 1e-9


FALSE = {
    "roots": false(lambda c: (Fraction(21, 10) * numbers.sqrt(c[0] * c[1]), c[0] + c[1]), PAIRS),
    "exponentials": false(lambda x: (1 + x + x * x / 2, numbers.exp(x))),
    "integers": false(lambda n: (numbers.sqrt(n), 7), st.integers(1, 60)),
    "arrays": false(lambda c: (c.slope * c.points.sum(), (c.slope * c.points)[0]), lines(), relation="=="),
    "floats": false(lambda x: (x, 3), st.floats(-9, 9), sample=lambda rng, n: rng.normal(size=n)),
    "first-case": false(lambda x: (1, 0)),
}


@pytest.mark.parametrize("name", FALSE)
@pytest.mark.parametrize("truth", [Truth.FALSE, Truth.TRUE])
def test_false_statements_are_refuted_whatever_is_declared(name, truth):
    declared = statement(FALSE[name].sides, FALSE[name].cases, FALSE[name].relation, truth, sample=FALSE[name].sample)
    finding = falsify(declared, examples=FEW)
    assert (finding.outcome, finding.message) == ("refuted", "")
    assert finding.worst > 1
    assert finding.witness.violated
    assert decide(declared, finding.witness.case).violated


def test_an_equality_is_violated_from_below_too():
    assert falsify(false(lambda x: (x, x + 1), relation="==")).outcome == "refuted"
    assert falsify(statement(lambda x: (x, x + 1)), examples=FEW).outcome == "held"


def test_a_gap_that_floats_cannot_see_is_found_where_they_see_a_tie():
    finding = falsify(false(lambda x: (x + Fraction(1, 10**20), x)))
    assert finding.outcome == "refuted"
    assert finding.witness.lhs - finding.witness.rhs == Fraction(1, 10**20)


def test_an_equality_that_is_off_by_1e_13_is_refuted():
    sides = lambda c: (c[0] * c[1] * (1 + Fraction(1, 10**13)), c[0] * c[1])  # noqa: E731
    finding = falsify(statement(sides, PAIRS, "=="), examples=100)
    assert finding.outcome == "refuted"
    assert finding.witness.case == (1, 1)


def test_an_equality_that_cancels_in_floats_holds():
    wide = st.tuples(st.builds(Fraction, st.integers(1, 10**9), st.integers(1, 10**9)), st.integers(10**9, 10**12))
    sides = lambda c: ((c[0] + c[1]) ** 2 - c[1] ** 2 - 2 * c[0] * c[1], c[0] ** 2)  # noqa: E731
    finding = falsify(statement(sides, wide, "=="), examples=FEW)
    assert finding.outcome == "held"
    assert finding.worst <= 1 + 1e-9


def test_a_strict_gap_is_measured():
    assert falsify(statement(lambda x: (x, 2 * x), st.just(3.0))).worst == 0.5
    assert falsify(statement(lambda x: (x, 0), st.just(-3))).worst == 0
    assert falsify(statement(lambda x: (3, 3 + x), st.just(0), "==")).worst == 1


def test_nothing_against_nothing_does_not_count():
    assert falsify(statement(lambda x: (x, 2 * x), st.just(0))).worst is None
    assert falsify(statement(lambda x: (x, 2 * x), st.just(0), "==")).worst is None
    assert falsify(statement(lambda x: (0 * x, 0), st.integers(1, 60), "==")).worst is None


def test_cases_that_do_not_count_do_not_hide_those_that_do():
    finding = falsify(statement(lambda x: (x * (x > 25), 2 * x * (x > 25)), st.integers(1, 60)))
    assert (finding.outcome, finding.worst) == ("held", 0.5)


def test_worst_of_what_floats_only_rank_is_exact_where_it_is_largest():
    # 21 to 200 are ranked by floats alone; the largest ratio, 1 - 1/200, is not among them.
    sides = lambda n: (200 - n, 200)  # noqa: E731
    assert falsify(statement(sides, st.integers(1, 200))).worst == 1 - 1 / 200


def test_cases_on_which_floats_fail_are_decided_exactly():
    # 10^800 does not fit into a float, and e^800 is infinite there.
    huge = st.integers(800, 820)
    assert falsify(statement(lambda n: (10**n, 10**n + 1), huge), examples=20).outcome == "held"
    assert falsify(false(lambda n: (10**n + 1, 10**n), huge)).outcome == "refuted"
    assert falsify(statement(lambda n: (numbers.exp(n), 3**n), huge), examples=20).outcome == "held"
    assert falsify(false(lambda n: (3**n, numbers.exp(n)), huge)).outcome == "refuted"


UNDECIDED = {
    "float": (statement(lambda x: (x * math.sqrt(2) * math.sqrt(2), 2 * x), relation="=="), "a float came out"),
    "literal": (statement(lambda x: (x, x + 0.1)), "a float came out"),
    "nan": (statement(lambda x: (x, math.nan)), "a float came out"),
    "case": (statement(lambda x: (x, x), st.just(math.inf)), "the case holds inf"),
    "raises": (statement(lambda x: (1 / x, 1)), "sides raise ZeroDivisionError"),
    "array": (statement(lambda x: (np.array([x, x]), 1)), "sides must return two numbers"),
    "empty": (statement(lambda x: (x, x), st.nothing()), "cases yields nothing"),
    "filter": (statement(lambda x: (x, x), RATIONALS.filter(lambda x: False)), "cases yields nothing"),
    "strategy": (statement(lambda x: (x, x), RATIONALS.map(lambda x: 1 / 0)), "cases cannot be drawn: ZeroDivision"),
    "late": (statement(lambda x: (x, x), st.integers(0, 9).map(lambda x: 1 // (x - 7))), "cases cannot be drawn: Zero"),
    "misused": (statement(lambda x: (x, x), st.integers(9, 1)), "cases cannot be drawn: InvalidArgument"),
    "sample": (statement(lambda x: (x, x), sample=lambda rng, n: 1 / 0), "sample raises ZeroDivisionError"),
    "no-sample": (statement(lambda x: (x, x), sample=lambda rng, n: []), "sample gives no cases"),
    "exit": (statement(lambda x: sys.exit(0)), "sides raise SystemExit: 0"),
    "strategy-exit": (statement(lambda x: (x, x), RATIONALS.map(sys.exit)), "cases cannot be drawn: SystemExit: "),
    "sample-exit": (statement(lambda x: (x, x), sample=lambda rng, n: sys.exit(0)), "sample raises SystemExit: 0"),
    "set": (statement(lambda x: (1, 2), st.just({1})), "the case holds a set"),
}


@pytest.mark.parametrize("truth", [Truth.TRUE, Truth.FALSE])
@pytest.mark.parametrize("name", UNDECIDED)
def test_what_breaks_is_undecided_and_says_why(name, truth):
    broken, message = UNDECIDED[name]
    declared = Statement("it", "", truth, broken.cases, broken.sides, broken.relation, sample=broken.sample)
    finding = falsify(declared, examples=FEW)
    assert finding.outcome == "undecided"
    assert finding.message.startswith(f"it: {message}")
    assert finding.witness is None


def test_all_that_is_malformed_is_named():
    wrong = Statement("", "", "true", [1, 2], 3, ">=", witness=1, sample=4)
    assert falsify(wrong).outcome == "undecided"
    assert defects(wrong) == [
        "id = '': must be a name; write one such as 'my.claim'",
        "truth = 'true': must be a Truth; choose one of Truth.TRUE, Truth.FALSE, Truth.WEAKER, Truth.EQUIVALENT",
        "cases = [1, 2]: must be a Hypothesis strategy; use hypothesis.strategies, or one of bntheory.cases",
        "sides = 3: must be a function; make it take one case and return (lhs, rhs)",
        "relation = '>=': must be '<=' or '=='; write >= the other way round, and < as <= and ==",
        "witness = given: is for a FALSE statement alone; leave it out, or declare Truth.FALSE",
        "sample = 4: must be a function; make it take (rng, n) and return n cases",
    ]
    finding = falsify(Statement("it", "", "true", RATIONALS, 3, ">="))
    for name in ("it: ", "truth = ", "sides = 3", "relation = '>='"):
        assert name in finding.message
    assert falsify(3).message == "a statement: is a int; make it a bntheory.claim.Statement"


@pytest.mark.parametrize(("name", "value"), [("examples", 0), ("examples", 2.5), ("examples", True), ("seed", -1)])
def test_numbers_of_a_search_are_checked(name, value):
    with pytest.raises(InvalidInput, match=f"{name} = {value}"):
        falsify(TRUE["floats"], **{name: value})
