"""The exact copy of a case has its structure, and exact numbers only."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import strategies as st

from bntheory import numbers
from bntheory.claim import Statement, Truth
from bntheory.falsify import Undecided, decide
from bntheory.falsify.exact_case import exact_case, shown

Pair = namedtuple("Pair", "x n")
HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Frozen:
    x: object
    n: int = 2
    twice: object = field(init=False, default=None)

    def __post_init__(self):
        object.__setattr__(self, "twice", 2 * self.x)


@dataclass
class Plain:
    inner: Frozen
    values: list


def keep(value):
    return value


def sides_of(case, sides=lambda case: (0, 0)):
    return decide(Statement("it", "", Truth.TRUE, st.nothing(), sides), case)


@pytest.mark.parametrize(
    ("case", "exact"),
    [
        (0.5, HALF),
        (np.float64(0.5), HALF),
        (np.float32(0.1), Fraction(float(np.float32(0.1)))),
        (-0.0, 0),
        (3, 3),
        (np.int64(3), 3),
        (HALF, HALF),
        (True, True),
        (np.bool_(False), False),
        ("x", "x"),
        (None, None),
        ((0.5, 2), (HALF, 2)),
        (Pair(0.5, 2), Pair(HALF, 2)),
        ([0.5, [1]], [HALF, [1]]),
        ({"a": 0.5}, {"a": HALF}),
        (Frozen(0.5, 3), Frozen(HALF, 3)),
        (Plain(Frozen(0.25), [0.5]), Plain(Frozen(HALF / 2), [HALF])),
    ],
)
def test_numbers_become_exact_and_the_structure_stays(case, exact):
    copy = exact_case(case, keep)
    assert copy == exact
    assert type(copy) is type(exact) or isinstance(copy, Fraction | np.bool_)


def test_fields_that_a_dataclass_computes_are_computed_anew():
    assert exact_case(Frozen(0.5), keep).twice == 1
    assert isinstance(exact_case(Frozen(0.5), keep).twice, Fraction)


@pytest.mark.parametrize("array", [np.array([[0.5, 1.0]]), np.array([[HALF, 1]], dtype=object), np.float32([[0.5, 1]])])
def test_arrays_become_object_arrays_of_python_numbers(array):
    copy = exact_case(array, keep)
    assert copy.dtype == object
    assert copy.shape == (1, 2)
    assert copy.tolist() == [[HALF, 1]]
    assert {type(entry) for entry in copy.ravel()} <= {Fraction, int}


def test_arrays_of_integers_keep_them_and_do_not_overflow():
    copy = exact_case(np.array([2**62, 2**62]), keep)
    assert copy.sum() == 2**63
    assert type(copy[0]) is int


def test_arrays_of_booleans_and_strings_stay_fit_for_indexing():
    assert exact_case(np.array([True, False]), keep).dtype == bool
    assert exact_case(np.array(["a"]), keep).dtype.kind == "U"


def test_arrays_of_no_and_one_dimension_keep_their_shape():
    assert exact_case(np.array(0.5), keep).shape == ()
    assert exact_case(np.empty((0, 3)), keep).shape == (0, 3)


def test_a_copy_shares_no_array_with_the_case():
    def sides(case):
        case[0][0], case[1][0] = 7, True
        return case[0][0], case[0][1]

    case = [np.array([1.0, 2.0]), np.array([False])]
    assert sides_of(case, sides).violated
    assert [part.tolist() for part in case] == [[1.0, 2.0], [False]]
    assert [part.tolist() for part in sides_of(case, sides).case] == [[1, 2], [False]]


@pytest.mark.parametrize("case", [float("nan"), (1, [float("inf")]), np.array([1, -np.inf]), np.float32("nan")])
def test_a_number_that_is_not_finite_is_named(case):
    with pytest.raises(Undecided, match=r"^it: the case holds (nan|inf|-inf), which has no exact value"):
        sides_of(case)


@pytest.mark.parametrize(
    ("case", "name"),
    [({1, 2}, "set"), (object(), "object"), (keep, "function"), (Frozen, "type"), (b"x", "bytes"), (1j, "complex")],
)
def test_any_other_object_is_refused_by_its_type(case, name):
    with pytest.raises(Undecided, match=f"^it: the case holds a {name}, which has no exact copy; build cases from"):
        sides_of((1, case))


@pytest.mark.parametrize("case", [np.complex128(1j), np.array([1j])])
def test_complex_numbers_are_refused(case):
    with pytest.raises(Undecided, match=r"^it: the case holds .*complex"):
        sides_of(case)


def test_a_dataclass_that_refuses_fractions_is_decided_if_it_takes_digits():
    @dataclass
    class Angle:
        x: object

        def __post_init__(self):
            self.y = numbers.exp(self.x)

    decision = sides_of(Angle(1.0), lambda angle: (angle.y, 2))
    assert decision.violated
    assert decision.arithmetic == "50 digits"


def test_a_case_is_shown_on_one_short_line():
    assert shown(np.eye(2)) == "[[1.0, 0.0], [0.0, 1.0]]"
    assert shown(Frozen(HALF, "a\nb")) == "x = 1/2, n = 'a\\nb'"
    assert len(shown(list(range(1000)))) == 200
