"""Numbers of many digits: what may meet them, and that the elementary functions have all their digits."""

from __future__ import annotations

import math
import operator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from threading import Barrier

import mpmath
import numpy as np
import pytest
from hypothesis import strategies as st

from bntheory import numbers
from bntheory.claim import Statement, Truth
from bntheory.falsify import Undecided, decide
from bntheory.falsify.digits import digits, number, plain

OPERATIONS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.mod]


@pytest.fixture
def context():
    with digits(50) as context:
        yield context


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("other", [Fraction(7, 3), 3, np.int64(3), True])
def test_rationals_mix_in_on_both_sides_at_full_precision(context, operation, other):
    x = Fraction(10, 7)
    exact = Fraction(int(other)) if not isinstance(other, Fraction) else other
    for left, right, expected in [
        (number(context, x), other, operation(x, exact)),
        (other, number(context, x), operation(exact, x)),
    ]:
        assert abs(operation(left, right) - number(context, expected)) < Fraction(1, 10**49)


@pytest.mark.parametrize("operation", [*OPERATIONS, operator.pow])
@pytest.mark.parametrize("other", [0.5, np.float64(0.5), np.float32(0.5), np.longdouble(0.5), 0.5j, mpmath.mpf(2)])
def test_floats_are_refused_on_both_sides(context, operation, other):
    x = number(context, 2)
    with pytest.raises(Undecided, match="a float came out of the exact stage"):
        operation(x, other)
    if other != mpmath.mpf(2):  # there the result is of the other context, and is refused when it comes out
        with pytest.raises(Undecided, match="a float came out of the exact stage"):
            operation(other, x)


def test_powers(context):
    x = number(context, Fraction(4, 9))
    assert abs(x ** Fraction(1, 2) - Fraction(2, 3)) < Fraction(1, 10**49)
    assert abs(2 ** number(context, 3) - 8) < Fraction(1, 10**48)
    assert abs(x**2 - Fraction(16, 81)) < Fraction(1, 10**49)
    assert abs(x ** np.int64(-1) - Fraction(9, 4)) < Fraction(1, 10**48)


def test_comparisons_with_rationals_and_floats(context):
    x = number(context, Fraction(1, 3))
    assert x == Fraction(1, 3)
    assert x != Fraction(1, 2)
    assert x < Fraction(1, 2) <= number(context, Fraction(1, 2))
    assert Fraction(1, 2) > x >= Fraction(1, 3)
    assert 0.25 < x < 0.5
    assert x > np.float64(0.25)
    assert max(x, 0) is x
    assert len({x, number(context, Fraction(1, 3))}) == 1


@pytest.mark.parametrize(
    "function", [float, math.sqrt, math.isnan, round, complex, lambda x: np.array([x], dtype=float)]
)
def test_conversions_to_a_float_are_refused(context, function):
    with pytest.raises(Undecided, match=r"2\.0 was converted to a float"):
        function(number(context, 2))


def test_whole_parts(context):
    x = number(context, Fraction(-7, 2))
    assert (math.floor(x), math.ceil(x), int(x)) == (-4, -3, -3)


def test_arrays_of_them_compute_as_scalars_do(context):
    x = number(context, 2)
    array = np.array([x, 3 * x], dtype=object)
    assert (array @ np.array([1, 2]), (x * array).sum(), (array / 2)[1]) == (14, 16, 3)
    assert np.sqrt(array[:1])[0] == context.sqrt(2)
    with pytest.raises(Undecided):
        x * np.array([0.5])
    with pytest.raises(Undecided):
        array @ np.array([0.5, 0.5])


def test_constants_of_the_context_have_its_precision(context):
    x = number(context, 1)
    assert str(x * x.context.pi).startswith("3.14159265358979323846264338327950288419716939937")
    assert str(x.context.pi * Fraction(1, 1)).startswith("3.14159265358979323846264338327950288419716939937")
    with pytest.raises(Undecided):
        x.context.pi * 0.5


@pytest.mark.parametrize("name", ["sqrt", "exp", "log", "log1p", "erf", "tanh"])
@pytest.mark.parametrize("count", [50, 100])
def test_functions_have_all_their_digits(name, count):
    reference = mpmath.mp.clone()
    reference.dps = 3 * count + 120
    for power in (-300, -120, -60, -40, -3, -1, 0, 1):
        x = Fraction(37, 29) * Fraction(10) ** power
        with digits(count) as context:
            value = getattr(numbers, name)(number(context, x))
        exact = getattr(reference, name)(reference.mpf(x.numerator) / x.denominator)
        assert abs(reference.mpf(value._mpf_) / exact - 1) < reference.mpf(10) ** (3 - count), power


def test_log1p_at_its_edges(context):
    assert numbers.log1p(number(context, 0)) == 0
    with pytest.raises(ValueError, match="not real"):
        numbers.log1p(number(context, -2))


def test_precision_is_put_back_and_a_plain_copy_has_50_digits():
    with digits(100) as context:
        third = number(context, Fraction(1, 3))
    assert context.dps == 50
    assert str(plain(third)) == "0." + 50 * "3"
    assert float(plain(third)) * 1.0 == 1 / 3


def test_precision_is_that_of_the_enclosing_use_again():
    with digits(100) as context:
        with digits(50):
            pass
        assert context.dps == 100
        with pytest.raises(KeyError), digits(200):
            raise KeyError
        assert context.dps == 100


def test_a_decision_within_the_sides_of_another_changes_nothing():
    tiny = Fraction(1, 10**60)
    inner = Statement("inner", "", Truth.TRUE, st.nothing(), lambda x: (numbers.exp(x), 2))

    def sides(x):
        assert decide(inner, Fraction(1)).violated
        return (numbers.exp(x) + tiny) - numbers.exp(x), 0

    assert decide(Statement("outer", "", Truth.TRUE, st.nothing(), sides), Fraction(1)).violated


def test_every_thread_has_its_own_precision():
    entered, left = Barrier(2, timeout=20), Barrier(2, timeout=20)

    def precision(count):
        with digits(count) as context:
            entered.wait()
            now = context.dps
            left.wait()
        return now

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(precision, (50, 90))) == [50, 90]


def test_nothing_of_it_touches_the_context_of_mpmath():
    before = mpmath.mp.dps
    with digits(80):
        assert mpmath.mp.dps == before
    assert mpmath.mpf(1) * 0.5 == 0.5
    assert float(mpmath.mpf(2)) == 2.0
