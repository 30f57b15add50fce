"""Exact values in writing: nothing is rounded unnoticed, and source makes the same value again."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bntheory.notation import NotWritable, Source, readable

Named = namedtuple("Named", ["a", "b"])


@dataclass(frozen=True)
class Case:
    x: Any
    gamma: Any = 2


def test_a_case_is_read_by_the_names_of_its_parts():
    case = Case(np.array([1, 0, Fraction(-1, 2)], dtype=object))
    assert readable(case) == "x = [1, 0, -1/2], gamma = 2"
    assert readable({"x": case, "t": None}) == "x = (x = [1, 0, -1/2], gamma = 2), t = None"
    assert readable(Named(1, True)) == "a = 1, b = True"
    assert readable((1, [np.array([[1, 2]]), "text"])) == "(1, [[[1, 2]], 'text'])"
    assert readable(Fraction(4, 2)) == "2"


class Word(StrEnum):
    ONE = "one"


class Odd:
    def __str__(self):
        return "two\nlines"


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("x\n# y", r"'x\n# y'"),
        ({"a b\n": 1, "c": "d", 2: 3}, r"'a b\n' = 1, c = 'd', 2 = 3"),
        (Word.ONE, "'one'"),
        ([Odd()], "[two lines]"),
    ],
)
def test_every_value_is_read_on_one_line(value, line):
    assert readable(value) == line


def test_digits_left_out_are_marked():
    with mpmath.workdps(50):
        root, small, large = mpmath.sqrt(2), mpmath.sqrt(2) / 10**30, mpmath.mpf(3) * 10**40
        half, tenth = mpmath.mpf(1) / 2, mpmath.mpf(1) / 10
    assert readable(root) == "1.4142135623730950488..."
    assert readable(small) == "1.4142135623730950488...e-30"
    assert readable(tenth) == "0.10000000000000000000..."
    assert readable(half) == "0.5"
    assert readable(-half) == "-0.5"
    assert readable(large) == "3.0e+40"
    assert readable(mpmath.inf) == "+inf"
    assert readable(mpmath.exp(-(10**8))).endswith("e-43429449")


def test_a_number_too_long_to_write_says_its_size():
    assert readable(Fraction(-(2**20000), 3)) == "(exact, about -2^19999)"
    with pytest.raises(NotWritable, match="10000 bits"):
        Source().write(2**20000)


exact = st.one_of(st.integers(), st.fractions(), st.booleans(), st.none(), st.text())
arrays = st.lists(st.one_of(st.integers(), st.fractions())).map(lambda entries: np.array(entries, dtype=object))
matrices = st.integers(0, 3).map(lambda n: np.array([[Fraction(n, 7), 2], [0, n]], dtype=object))
cases = st.recursive(
    st.one_of(exact, arrays, matrices, st.just(np.empty((0, 2), dtype=object)), st.just(np.array([True, False]))),
    lambda parts: st.one_of(
        st.lists(parts),
        st.lists(parts).map(tuple),
        st.dictionaries(st.text(), parts),
        st.builds(Case, parts),
        st.builds(Named, parts, parts),
    ),
    max_leaves=6,
)


@given(cases)
def test_source_makes_the_same_value_again(case):
    source = Source({__name__: "here"})
    names = {"Fraction": Fraction, "np": np, "here": __import__("sys").modules[__name__]}
    for text in (source.write(case), source.write_lines(case, "    ")):
        _assert_same(eval(text, names), case)
    assert source.modules <= {"fractions", "numpy"}


def _assert_same(found, wanted):
    assert type(found) is type(wanted)
    if isinstance(wanted, np.ndarray):
        assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
        found, wanted = found.tolist(), wanted.tolist()
    if isinstance(wanted, Case):
        found, wanted = vars(found), vars(wanted)
    if isinstance(wanted, dict):
        assert list(found) == list(wanted)
        found, wanted = list(found.values()), list(wanted.values())
    if isinstance(wanted, (list, tuple)):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            _assert_same(one, other)
    else:
        assert found == wanted


class Outer:
    @dataclass
    class Inner:
        x: Any = 0


def test_classes_that_source_needs_are_collected_and_told_apart():
    source = Source(reserved=("Outer",))
    other = type("Case", (Case,), {"__module__": "statistics"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("statistics.Case", other, raising=False)
        assert (
            source.write([Case(1), other(2), Case(3)])
            == "[Case(x=1, gamma=2), Case_(x=2, gamma=2), Case(x=3, gamma=2)]"
        )
    assert source.write(Outer.Inner()) == "Outer_.Inner(x=0)"
    assert source.classes == {
        "Case": (__name__, "Case"),
        "Case_": ("statistics", "Case"),
        "Outer_": (__name__, "Outer"),
    }
    assert source.modules == set()


def test_what_has_no_source_is_refused():
    @dataclass
    class Local:
        x: int

    with pytest.raises(NotWritable, match="Local is not at the top level of its module"):
        Source().write([Local(1)])
    with pytest.raises(NotWritable, match="a float has no Python source"):
        Source().write(0.5)
    with pytest.raises(NotWritable, match="a Word has no Python source"):
        Source().write(Word.ONE)


def test_fields_left_at_none_are_not_shown():
    @dataclass
    class Part:
        x: int
        y: object = None
        z: object = 1

    assert readable(Part(1)) == "x = 1, z = 1"
    assert readable(Part(1, z=None)) == "x = 1, z = None"
