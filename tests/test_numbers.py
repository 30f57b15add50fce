"""`bntheory.numbers` against mpmath at 50 digits, known constants, and the rules of exactness."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from bntheory import numbers

NAMES = ("sqrt", "exp", "log", "log1p", "erf", "tanh")
COSINES = st.floats(-1, 1)
# The published decimal expansions, to 50 digits.
CONSTANTS = {
    ("sqrt", 2): "1.4142135623730950488016887242096980785696718753769",
    ("exp", 1): "2.7182818284590452353602874713526624977572470937000",
    ("log", 2): "0.69314718055994530941723212145817656807550013436026",
    ("log1p", 1): "0.69314718055994530941723212145817656807550013436026",
    ("erf", 1): "0.84270079294971486934122063508260925929606699796630",
    ("tanh", 1): "0.76159415595576488811945828260479359041276859725794",
    ("acos", -1): "3.1415926535897932384626433832795028841971693993751",
    ("acos", 0): "1.5707963267948966192313216916397514420985846996876",
}


@settings(deadline=None, database=None)
@given(st.lists(st.floats(1e-12, 300), min_size=1, max_size=20))
def test_floats_agree_with_fifty_digits_to_four_roundings(values):
    x = np.array(values)
    for name in NAMES:
        function = getattr(numbers, name)
        with mpmath.workdps(50):
            expected = np.array([float(getattr(mpmath, name)(mpmath.mpf(v))) for v in values])
        assert_allclose(function(x), expected, rtol=4 * 2**-52, atol=0)
        assert_allclose([function(v) for v in values], expected, rtol=4 * 2**-52, atol=0)
        assert function(x).dtype == np.float64
        assert isinstance(function(values[0]), float)


@settings(deadline=None, database=None)
@given(st.lists(COSINES, min_size=1, max_size=20))
def test_angles_in_floats_agree_with_fifty_digits_to_four_roundings(values):
    with mpmath.workdps(50):
        expected = np.array([float(mpmath.acos(mpmath.mpf(v))) for v in values])
    assert_allclose(numbers.acos(np.array(values)), expected, rtol=4 * 2**-52, atol=0)
    assert isinstance(numbers.acos(values[0]), float)


@pytest.mark.parametrize(("name", "argument"), CONSTANTS)
def test_mpf_is_evaluated_at_the_precision_of_its_own_context(name, argument):
    context = mpmath.MPContext()
    context.dps = 60
    expected = context.mpf(CONSTANTS[name, argument])
    assert abs(getattr(numbers, name)(context.mpf(argument)) - expected) < context.mpf("1e-48")
    with mpmath.workdps(30):
        value = getattr(numbers, name)(mpmath.mpf(argument))
        assert isinstance(value, mpmath.mpf)
        assert abs(value - mpmath.mpf(CONSTANTS[name, argument])) < mpmath.mpf("1e-28")


@settings(deadline=None, database=None)
@given(st.integers(0, 10**40), st.integers(1, 10**40))
def test_sqrt_of_a_squared_fraction_is_that_fraction(p, q):
    root = numbers.sqrt(Fraction(p, q) ** 2)
    assert root == Fraction(p, q)
    assert type(root) is Fraction
    assert numbers.sqrt(p * p) == p
    assert type(numbers.sqrt(p * p)) is int


BIG = 10**60 + 1  # a float cannot tell it from the square 10^60


@pytest.mark.parametrize(
    "x", [2, Fraction(2), Fraction(1, 2), Fraction(2, 9), Fraction(4, 3), BIG, Fraction(BIG, 9), np.int64(3)]
)
def test_irrational_square_roots_raise_and_never_turn_into_floats(x):
    with pytest.raises(TypeError, match="irrational: no exact value; give a float, an mpf or a SymPy number"):
        numbers.sqrt(x)


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [("sqrt", 0, 0), ("exp", 0, 1), ("log", 1, 0), ("log1p", 0, 0), ("erf", 0, 0), ("tanh", 0, 0), ("acos", 1, 0)],
)
def test_rational_points_are_exact_and_all_others_raise(name, argument, value):
    function = getattr(numbers, name)
    for kind in (Fraction, int, np.int64):
        result = function(kind(argument))
        assert result == value
        assert type(result) is (Fraction if kind is Fraction else int)
    for other in (Fraction(1, 3), 3):
        with pytest.raises(TypeError, match="no exact value; give a float, an mpf or a SymPy number"):
            function(other)


@pytest.mark.parametrize("cosine", [Fraction(-1), 0, Fraction(1, 2), -1])
def test_no_other_rational_has_a_rational_angle(cosine):
    with pytest.raises(TypeError, match="no exact value"):
        numbers.acos(cosine)


def test_negative_numbers_have_no_real_root():
    for x in (Fraction(-4), -4, mpmath.mpf(-4)):
        with pytest.raises(ValueError, match=r"sqrt\(-4.*\) is not real"):
            numbers.sqrt(x)
    with pytest.raises(ValueError, match=r"log\(-1.0\) is not real"):
        numbers.log(mpmath.mpf(-1))
    with pytest.raises(ValueError, match=r"acos\(2.0\) is not real"):
        numbers.acos(mpmath.mpf(2))
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(numbers.sqrt(-4.0))


def test_object_arrays_are_mapped_element_by_element():
    x = np.array([[Fraction(4), 9], [sympy.Integer(2), 2.25]], dtype=object)
    roots = numbers.sqrt(x)
    assert roots.shape == (2, 2)
    assert roots.tolist() == [[Fraction(2), 3], [sympy.sqrt(2), 1.5]]
    assert [type(v) for v in roots[0]] == [Fraction, int]
    assert numbers.sqrt(np.empty((0, 3), dtype=object)).shape == (0, 3)
    assert numbers.sqrt(np.array(Fraction(9, 4), dtype=object)) == Fraction(3, 2)
    with pytest.raises(TypeError, match=r"sqrt\(2\) is irrational"):
        numbers.sqrt(np.array([Fraction(4), Fraction(2)], dtype=object))


def test_integer_arrays_count_as_exact():
    roots = numbers.sqrt(np.array([4, 9]))
    assert roots.tolist() == [2, 3]
    assert roots.dtype == object
    with pytest.raises(TypeError, match=r"sqrt\(5\) is irrational"):
        numbers.sqrt(np.array([4, 5]))


def test_sympy_expressions_stay_symbolic():
    t = sympy.Symbol("t", positive=True)
    assert numbers.sqrt(t**2) == t
    assert numbers.sqrt(sympy.Rational(1, 2)) == sympy.sqrt(2) / 2
    assert numbers.exp(numbers.log(t)) == t
    assert numbers.log1p(t) == sympy.log(1 + t)
    assert sympy.diff(numbers.erf(t), t) == 2 * sympy.exp(-(t**2)) / sympy.sqrt(sympy.pi)
    assert sympy.simplify(sympy.diff(numbers.tanh(t), t) - 1 + sympy.tanh(t) ** 2) == 0
    assert numbers.acos(sympy.Rational(-1, 2)) == 2 * sympy.pi / 3
    applied = sympy.Function("f")(t)  # its class has no module of its own
    assert numbers.sqrt(applied) == sympy.sqrt(applied)


def test_elements_of_polynomial_fields_are_not_turned_into_expressions():
    field = sympy.QQ.frac_field(sympy.Symbol("t"))
    with pytest.raises(TypeError, match="sqrt is not defined for FracElement"):
        numbers.sqrt(field.one)


def test_numbers_with_a_method_of_that_name_keep_their_own():
    flint = pytest.importorskip("flint")
    with flint.ctx.workdps(40):
        assert numbers.acos(flint.arb(-1)).overlaps(flint.arb.pi())
        assert numbers.acos(flint.arb(1) / 2).overlaps(flint.arb.pi() / 3)


@pytest.mark.parametrize("x", ["4", None, 1j, np.array([1j]), [4.0], sympy.Matrix([[4]])])
def test_other_types_raise_a_type_error(x):
    with pytest.raises(TypeError, match="sqrt is not defined for"):
        numbers.sqrt(x)


def test_sympy_and_mpmath_are_not_imported_for_floats_and_fractions():
    code = (
        "import sys; from fractions import Fraction; import numpy as np; from bntheory import numbers;"
        "numbers.sqrt(2.0); numbers.erf(np.ones(2)); numbers.sqrt(Fraction(4)); numbers.exp(0);"
        "print({'sympy', 'mpmath'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_irrational_constants_are_taken_in_the_context_that_asks_for_them():
    context = mpmath.MPContext()
    context.dps = 60
    with numbers.irrational_in(context):
        root, e, both = numbers.sqrt(2), numbers.exp(Fraction(1)), numbers.sqrt(np.array([2, 4], dtype=object))
    assert abs(root**2 - 2) < context.mpf(10) ** -58
    assert e == context.e + 0
    assert both[0] == root
    assert both[1] == 2
    with pytest.raises(TypeError, match="irrational"):
        numbers.sqrt(2)


def test_pi_is_of_the_kind_of_its_argument():
    context = mpmath.MPContext()
    context.dps = 60
    assert numbers.pi_like(1.0) == numbers.pi_like(np.ones(2)) == np.pi
    assert numbers.pi_like(context.mpf(1)) == numbers.pi_like(np.array([context.mpf(1)])) == +context.pi
    assert numbers.pi_like(sympy.Symbol("t")) == sympy.pi
    with numbers.irrational_in(context):
        assert numbers.pi_like(Fraction(1)) == +context.pi
    with pytest.raises(TypeError, match="pi has no exact value"):
        numbers.pi_like(Fraction(1))


def test_pi_of_a_ball_holds_pi():
    flint = pytest.importorskip("flint")
    assert numbers.pi_like(flint.arb(1)).overlaps(flint.arb.pi())
