"""One case is decided without floats: in rationals where they do, to 50 digits where not, and else not at all."""

from __future__ import annotations

import math
import sys
from contextlib import nullcontext, suppress
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import strategies as st

from bntheory import numbers
from bntheory.claim import Statement, Truth
from bntheory.falsify import Undecided, decide

THIRD = Fraction(1, 3)


def statement(sides, relation="<="):
    return Statement("it", "", Truth.TRUE, st.integers(), sides, relation)


def decided(sides, case, relation="<="):
    return decide(statement(sides, relation), case)


@pytest.mark.parametrize(
    ("gap", "relation", "violated"),
    [(-1, "<=", False), (0, "<=", False), (1, "<=", True), (-1, "==", True), (0, "==", False), (1, "==", True)],
)
@pytest.mark.parametrize("root", [lambda x: x, lambda x: numbers.sqrt(x) ** 2], ids=["rational", "digits"])
def test_violation_is_a_positive_gap_or_for_equality_any(gap, relation, violated, root):
    decision = decided(lambda x: (root(x) + Fraction(gap, 10**12), x), Fraction(2), relation)
    assert decision.violated is violated


def test_a_float_stands_for_the_rational_that_it_is():
    decision = decided(lambda x: (x, 1), 0.1)
    assert decision.lhs == decision.case == Fraction(0.1) != Fraction(1, 10)
    assert decision.arithmetic == "rational"


def test_rationals_see_any_gap():
    assert decided(lambda x: (x + Fraction(1, 10**300), x), THIRD).violated
    assert not decided(lambda x: (x, x + Fraction(1, 10**300)), THIRD).violated


def test_integers_stay_integers_for_exponents_ranges_and_indices():
    decision = decided(lambda c: (c["x"] ** c["n"], sum((1, 2, 4)[k] for k in range(c["n"]))), {"x": 1.5, "n": 2})
    assert (decision.lhs, decision.rhs, decision.arithmetic) == (Fraction(9, 4), 3, "rational")


def test_quotients_of_integers_are_exact():
    decision = decided(lambda c: (c[0] / c[1], THIRD), (1, 3), "==")
    assert not decision.violated
    assert decision.arithmetic == "rational"
    assert isinstance(decision.lhs, Fraction)


def test_integers_with_an_integer_quotient_are_still_not_decided_by_a_float():
    # 1 + 10^-17 is 1 in floats.
    assert decided(lambda c: (c[0] / c[1], 1), (10**17 + 1, 10**17)).violated


def test_a_root_of_a_quotient_of_integers_goes_on_to_digits():
    decision = decided(lambda c: (numbers.sqrt(c[0] / c[1]) ** 2, c[0] / c[1]), (1, 2), "==")
    assert not decision.violated
    assert decision.arithmetic == "50 digits"


def test_integers_of_64_bits_that_overflow_are_no_exact_numbers():
    with pytest.raises(Undecided, match="FloatingPointError: overflow"):
        decided(lambda x: (np.int64(2**62) * np.int64(4), x), 1)


def test_an_irrational_root_is_decided_in_digits():
    decision = decided(lambda x: (numbers.sqrt(x) ** 2, x), 2, "==")
    assert not decision.violated
    assert decision.arithmetic == "50 digits"
    assert str(decided(lambda x: (numbers.sqrt(x), x), 2).lhs)[:45] == "1.4142135623730950488016887242096980785696718"


def test_the_sides_of_a_decision_in_digits_can_be_computed_with():
    decision = decided(lambda x: (numbers.sqrt(x), x), 2)
    assert abs(float(decision.lhs) * 1.0 - math.sqrt(2)) < 1e-15
    assert abs(decision.lhs**2 - 2) < mpmath.mpf(10) ** -48


@pytest.mark.parametrize(("power", "violated"), [(38, True), (42, False)])
@pytest.mark.parametrize("scale", [1, 10**30, Fraction(1, 10**30), -1])
def test_in_digits_a_gap_counts_above_1e_40_of_the_larger_side(power, violated, scale):
    def sides(x):
        return numbers.sqrt(x) * (1 + Fraction(1, 10**power)) * scale, numbers.sqrt(x) * scale

    assert decided(sides, 2, "==").violated is violated
    assert decided(sides, 2).violated is (violated and scale > 0)


def test_in_digits_a_gap_that_cancels_at_50_digits_is_seen_at_100():
    # At 50 digits (1 + t) - 1 is 0; it is 1e-60.
    tiny = Fraction(1, 10**60)
    assert decided(lambda x: ((numbers.exp(x) + tiny) - numbers.exp(x), 0), 1).violated
    assert not decided(lambda x: ((numbers.exp(x) - tiny) - numbers.exp(x), 0), 1).violated


def test_in_digits_an_equality_that_loses_20_digits_is_none_of_rounding():
    # Both sides are about 1e-20 and come out of numbers of size 1, hence with 1e-30 of relative noise at 50 digits.
    tiny = Fraction(1, 10**20)

    def sides(x):
        return (numbers.exp(x) + tiny) - numbers.exp(x), (numbers.sqrt(x + 1) + tiny) - numbers.sqrt(x + 1)

    assert not decided(sides, 1, "==").violated


def test_in_digits_two_sides_that_are_nothing_but_rounding_are_both_0():
    decision = decided(lambda x: (numbers.sqrt(x) ** 2 - x, numbers.sqrt(x) ** 4 - x * x), 3, "==")
    assert not decision.violated
    assert decision.lhs == decision.rhs == 0


VANISHING = [
    lambda x: numbers.exp(x) * numbers.exp(-x) - 1,
    lambda x: numbers.sqrt(x) ** 2 - x,
    lambda x: numbers.exp(x) - numbers.exp(x),
]


@pytest.mark.parametrize("power", [60, 80, 90, 95, 100, 120, 150, 180])
@pytest.mark.parametrize("vanishing", VANISHING)
def test_in_digits_a_gap_within_the_rounding_of_50_and_100_is_never_taken_for_0(vanishing, power):
    for x in range(2, 12):
        with suppress(Undecided) if power >= 90 else nullcontext():
            assert decided(lambda x: (vanishing(x) + Fraction(1, 10**power), 0), Fraction(x)).violated


@pytest.mark.parametrize("vanishing", VANISHING)
def test_in_digits_what_is_nothing_but_rounding_is_0(vanishing):
    for x in range(14, 60):
        assert not decided(lambda x: (vanishing(x), 0), Fraction(x, 7), "==").violated
        # The one side is rounded once, the other twice over: it has as many zeros again.
        assert not decided(lambda x: (vanishing(x + 1) ** 2, vanishing(x)), Fraction(x, 7), "==").violated


def test_in_digits_too_much_cancellation_is_undecided():
    tiny = Fraction(1, 3 * 10**98)
    with pytest.raises(Undecided, match=r"^it: 100 and 200 digits disagree .* in the case 1: too much cancels"):
        decided(lambda x: ((numbers.exp(x) + tiny) - numbers.exp(x), 0), 1)


def test_integers_that_must_be_integers_are_decided_in_digits_too():
    decision = decided(
        lambda c: (sum(numbers.exp(c[0]) for _ in range(c[1])), c[1] * numbers.exp(c[0])), (0.5, 3), "=="
    )
    assert not decision.violated
    assert decision.arithmetic == "50 digits"


ROOT = math.sqrt(2)


@pytest.mark.parametrize(
    "sides",
    [
        lambda x: (x * ROOT * ROOT, 2 * x),
        lambda x: (x * np.float64(0.5), x),
        lambda x: (0.5 * x, x),
        lambda x: (x, 1.0),
        lambda x: (x + 0.1, x),
        lambda x: (math.sqrt(x), x),
        lambda x: (x ** Fraction(1, 2), x),
        lambda x: (np.array([0.5, 0.5]) @ np.array([x, x]), x),
        lambda x: (numbers.sqrt(x) * ROOT, 2 * x),
        lambda x: (ROOT * numbers.sqrt(x), 2 * x),
        lambda x: (numbers.sqrt(x) - 0.1, x),
        lambda x: (0.1 - numbers.sqrt(x), x),
        lambda x: (numbers.sqrt(x) / 3.0, x),
        lambda x: (3.0 / numbers.sqrt(x), x),
        lambda x: (numbers.sqrt(x) ** 0.5, x),
        lambda x: (0.5 ** numbers.sqrt(x), x),
        lambda x: (np.float64(0.5) + numbers.sqrt(x), x),
        lambda x: (numbers.sqrt(x) * np.array([0.5]) @ np.array([1]), x),
        lambda x: (math.exp(numbers.sqrt(x)), x),
        lambda x: (numbers.exp(x), 1.0),
        lambda x: (numbers.exp(x), np.float32(1)),
        lambda x: (numbers.sqrt(x) * mpmath.pi, x),
        lambda x: (mpmath.mpf(2) * numbers.sqrt(x), x),
        lambda x: (numbers.sqrt(x) + 1j * 0, x),
    ],
)
@pytest.mark.parametrize("case", [2, Fraction(7, 3), 2.5])
def test_a_float_leaves_the_case_undecided(sides, case):
    with pytest.raises(Undecided, match=r"^it: a float came out of the exact stage: .* from bntheory\.numbers$"):
        decided(sides, case)


@pytest.mark.parametrize("result", [1, (1,), (1, 2, 3), None, "ab", ("1", 2), (np.ones(2), 1), (True, 1), ([1], 1)])
def test_sides_must_be_two_numbers(result):
    with pytest.raises(Undecided, match=r"^it: sides must return two numbers \(lhs, rhs\) and no arrays, got"):
        decided(lambda _: result, 1)
    with pytest.raises(Undecided, match=r"^it: sides must return two numbers \(lhs, rhs\) and no arrays, got"):
        decided(lambda x: (numbers.sqrt(x), result) and result, 2)


def test_integers_of_numpy_are_decided_as_fractions():
    assert decided(lambda x: (3, np.array([x, x]).sum()), 1).violated
    matrix = (2**31, 2**31, 2**31, 2**31)
    decision = decided(lambda c: (1, np.trace(np.array(c).reshape(2, 2) @ np.array(c).reshape(2, 2))), matrix)
    assert not decision.violated
    assert decision.rhs == 2**64
    assert not decided(lambda n: (1, np.power(2, n)), 64).violated


@pytest.mark.parametrize(
    "sides",
    [
        lambda c: (1, np.prod(np.full(c[0], 2))),
        lambda c: (c[1], np.prod(np.full(c[0], 2))),
        lambda c: (1, np.array(np.prod(np.full(c[0], 2)))),
        lambda c: (numbers.exp(c[1]), np.prod(np.full(c[0], 2))),
        lambda c: (np.int64(3), 1),
    ],
)
def test_integers_of_numpy_that_fractions_do_not_replace_are_undecided(sides):
    with pytest.raises(Undecided, match=r"^it: .hs is np\.int64\(.*\): integers of NumPy wrap around without a word"):
        decided(sides, (63, Fraction(3, 2)))


@pytest.mark.parametrize(
    ("sides", "case"),
    [
        (lambda c: (math.floor(c[0] / c[1]), 0), (10**17 - 1, 10**17)),
        (lambda c: (1 if c[0] / c[1] >= 1 else 0, 0), (10**17 - 1, 10**17)),
        (lambda c: (int(c[0] / c[1]), 0), (10**17 - 1, 10**17)),
        (lambda c: (1, int(np.power(2, c[0]))), (63,)),
        (lambda c: (1, Fraction(np.sum(np.array(c) ** 2))), (2**32, 2**31)),
    ],
)
def test_sides_that_a_hidden_float_or_a_wrapped_integer_has_changed_are_undecided(sides, case):
    with pytest.raises(Undecided, match=r"^it: lhs = .*, but with integers as Fractions lhs = .*, in the case \("):
        decided(sides, case)


def test_a_division_by_zero_that_a_hidden_float_hides_is_undecided():
    with pytest.raises(Undecided, match="sides raise ZeroDivisionError"):
        decided(lambda c: (1 // math.floor(c[0] / c[1]), 2), (10**17 - 1, 10**17))


def test_integers_that_are_asked_for_are_decided_without_fractions():
    def checked(n):
        if not isinstance(n, int):
            raise ValueError("n must be an integer")
        return n, 2

    assert decided(checked, 3).violated
    assert decided(lambda n: (sum(range(n)), 2), 3).violated
    assert decided(lambda n: (math.factorial(n), (1, 2, 3, 4)[n]), 3).violated


def in_digits(function):
    """Sides that only digits can express, whose rhs is what the function makes of e^2."""
    return lambda x: (0, function(numbers.exp(x)))


@pytest.mark.parametrize(
    ("sides", "message"),
    [
        (in_digits(lambda y: y * y.context.inf), "rhs is .*inf"),
        (in_digits(lambda y: y * y.context.nan), "rhs is nan"),
        (lambda x: (numbers.exp(x) * numbers.exp(x).context.ninf, 0), "lhs is -inf"),
        (in_digits(lambda y: (-y) ** Fraction(1, 2)), "rhs is the complex"),
        (lambda x: (x / 0, 1), "sides raise ZeroDivisionError: .* in the case 2"),
        (lambda x: (numbers.sqrt(-x), 1), "sides raise ValueError: sqrt"),
        (lambda x: ({}[x], 1), "sides raise KeyError: 2"),
        (lambda x: sys.exit(0), "sides raise SystemExit: 0, in the case 2"),
    ],
)
def test_a_side_that_is_no_finite_number_is_named(sides, message):
    with pytest.raises(Undecided, match=f"^it: {message}"):
        decided(sides, 2)


def test_the_cause_is_told_where_no_arithmetic_goes_through():
    with pytest.raises(Undecided, match=r"in the case 2; exact rationals: AttributeError: .*'no_such'.*"):
        decided(lambda x: (numbers.sqrt(x) if isinstance(x, Fraction) else x.no_such, 1), 2)
    with pytest.raises(
        Undecided, match=r"^it: no exact .* 50 digits: TypeError: can only .*; exact rationals: .*irrational"
    ):
        decided(lambda x: ("a" + str(numbers.sqrt(x)) + numbers.sqrt(x), 1), Fraction(2))


def test_a_function_of_numpy_is_named_as_the_cause():
    with pytest.raises(Undecided, match=r"exact rationals: TypeError: loop of ufunc .* exp"):
        decided(lambda x: (np.exp(x), 1), Fraction(2))
