"""Formal vectors: what they say of inner products is what NumPy says of any vectors, in any dimension."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from formal_values import value

from bntheory import transform
from bntheory.gram import Scalar, Space, UndecidedSign, Vector
from bntheory.gram.quotients import inverse, plus, times
from bntheory.jets import variable
from bntheory.numbers import acos


@pytest.mark.parametrize("m", [2, 3, 6])
def test_formal_inner_products_are_those_of_arrays(m):
    rng = np.random.default_rng(m)
    arrays = {"y": rng.integers(-5, 6, m), "g": rng.integers(-5, 6, m)}
    H = rng.integers(-5, 6, (m, m))
    arrays["H"] = H + H.T
    space = Space("c", "y g", "H")
    (c,), (y, g), H = space.scalars("c"), space.vectors("y g"), space.operator("H")
    numbers = {"c": 3}

    def formula(y, g, H, c):
        a = (2 - y) * c + g / 2 - (-y) - 1 + (c - g)
        return a @ (H @ (g - y * c)) + (H @ a) @ (H @ y) + (a * y).sum() - a.sum() / (g @ g + 1) + (y * g * 2).sum()

    concrete = formula(*(arrays[name].astype(float) for name in ("y", "g", "H")), 3)
    assert value(formula(y, g, H, c), arrays, numbers) == pytest.approx(concrete, rel=1e-12)


def test_the_shape_is_the_number_of_entries():
    space = Space("", "y")
    (y,) = space.vectors("y")
    (m,) = y.shape
    assert m == (y * 0 + 1).sum()
    assert not (m - 1).is_zero


def test_operators_are_symmetric():
    space = Space("", "a b", "H")
    a, b = space.vectors("a b")
    H = space.operator("H")
    assert a @ (H @ b) == (H @ a) @ b == b @ (H @ a)
    assert (H @ a) @ (H @ b) == (H @ b) @ (H @ a)
    assert (H @ a) @ (H @ b) == a @ (H @ (H @ b))
    assert not any((a @ (H @ b) - other).is_zero for other in (a @ b, a @ (H @ (H @ b))))
    with pytest.raises(TypeError, match=r"<H\^2 a, H b> is not in the space: give it more powers"):
        (H @ (H @ a)) @ (H @ b)


def test_inverses_cancel():
    space = Space("", "a b", "S", powers=range(-1, 3))
    a, b = space.vectors("a b")
    S = space.operator("S")
    assert (S.inverse @ (S @ a)) @ b == a @ b == (S.inverse @ a) @ (S @ b)
    assert (S.inverse @ a) @ (S @ (S @ b)) == a @ (S @ b)
    assert not (a @ (S @ b) - a @ (S.inverse @ b)).is_zero


def test_what_is_not_in_the_space_is_refused():
    space = Space("", "a b", "H K")
    a, b = space.vectors("a b")
    H, K = space.operator("H"), space.operator("K")
    for attempt in (
        lambda: K @ (H @ a),
        lambda: (H @ a) @ (K @ b),
        lambda: a * b * a,
        lambda: (a * b) * (a * b),
        lambda: a * b + 1,
        lambda: a**2,
        lambda: a == b,
        lambda: bool(a),
        lambda: np.asarray(a),
        lambda: np.asarray(a @ b),
        lambda: bool(a * b),
        lambda: Space("", "a b").vectors("a")[0] @ b,
        lambda: Space("", "a b").dimension + a @ b,
        lambda: space.let("a", "b", 1, operator="H", power=7),
    ):
        with pytest.raises(TypeError):
            attempt()


def test_a_comparison_that_depends_on_the_point_is_refused():
    space = Space("s free", positive="s")
    s, free = space.scalars("s free")
    for open_question in (lambda: free == 0, lambda: free != s, lambda: bool(free), lambda: 1 if s - free else 2):
        with pytest.raises(UndecidedSign):
            open_question()
    assert s != 0
    assert bool(s)
    assert not bool(s - s)
    with pytest.raises(ValueError, match="two things of one name"):
        Space("s", "s")


def test_a_product_that_is_given_replaces_the_indeterminate():
    space = Space("r", "a b")
    (r,), (a, b) = space.scalars("r"), space.vectors("a b")
    space.let("b", "a", 2 * r)
    assert a @ b == 2 * r


def test_floats_are_refused():
    space = Space("c", "y")
    (c,), (y,) = space.scalars("c"), space.vectors("y")
    for attempt in (lambda: c + 0.5, lambda: y * 0.5, lambda: y + 0.5, lambda: space.let("y", "y", 0.5)):
        with pytest.raises(TypeError):
            attempt()


def test_roots_and_signs_follow_from_positive_scalars_alone():
    space = Space("s t free", positive="s t")
    s, t, free = space.scalars("s t free")
    assert (Fraction(4, 9) * s**2 / t**4).sqrt() == Fraction(2, 3) * s / t**2
    assert (free**4 * s**2).sqrt() == free**2 * s
    for undecided in (s**2 * free**2, s**2 + t**2, 2 * s**2, s**3, -(s**2), (s - t) ** 2):
        with pytest.raises(UndecidedSign):
            undecided.sqrt()
    assert s > 0
    assert max(s / t, 0) == s / t
    assert max(-s / t, 0) == 0
    assert -s - t < 0
    assert s / (-t - 1) < 0
    assert 1 / -s < 0
    assert (-s - t) ** 2 > 0
    assert s - s == 0
    assert abs(-s * free**2) == s * free**2
    for undecided in (free, s - t, free**2):
        with pytest.raises(UndecidedSign):
            assert undecided > 0
    assert (s - t) ** 2 * t >= 0
    assert -((s - free) ** 2) <= 0
    with pytest.raises(UndecidedSign):
        assert (s - t) ** 3 >= 0
    assert (s - t).exceeds_zero_somewhere()
    assert not (-s * (t - free) ** 2 / t).exceeds_zero_somewhere()


def test_derivatives_of_formal_vectors_are_those_of_arrays():
    """The forward pass along y + t v, in symbols and then in numbers: s^2 - eps is the variance of y."""
    rng = np.random.default_rng(0)
    arrays = {name: rng.standard_normal(5) for name in ("y", "v", "g")}
    mean, variance = arrays["y"].mean(), arrays["y"].var()
    numbers = {"mean": mean, "s": np.sqrt(variance + 0.25), "eps": 0.25}
    space = Space("mean s eps", "y v g", positive="s")
    symbols, (y, v, g) = space.scalars("mean s eps"), space.vectors("y v g")
    space.let("1", "y", space.dimension * symbols[0])
    space.let("y", "y", space.dimension * (symbols[1] ** 2 - symbols[2] + symbols[0] ** 2))
    formal = g @ transform.forward(y + v * variable(2), 1, 0, symbols[2])
    concrete = arrays["g"] @ transform.forward(arrays["y"] + arrays["v"] * variable(2), 1.0, 0.0, 0.25)
    for order in range(3):
        assert isinstance(formal.derivative(order), Scalar)
        assert value(formal.derivative(order), arrays, numbers) == pytest.approx(concrete.derivative(order), rel=1e-9)
    assert isinstance(y, Vector)


def test_angles_are_what_they_were_given():
    space = Space("c angle")
    c, angle = space.scalars("c angle")
    space.let_angle(c / 2, angle)
    assert (acos((c - 1) / 2 + Fraction(1, 2)) - angle).is_zero
    with pytest.raises(UndecidedSign, match="the angle with cosine c is open"):
        acos(c)


def test_quotients_come_out_in_the_canonical_form_of_sympy():
    from sympy import ZZ
    from sympy.polys.fields import field

    _, x, y = field("x y", ZZ)
    factors = [x, y - x, x + 2 * y, 2 * x - 6, 3 - y * y, x / x]
    generator = np.random.default_rng(0)

    def element():
        up, down = (generator.choice(factors, 3) for _ in range(2))
        return int(generator.integers(-2, 3)) * up.prod() / down.prod()

    for _ in range(200):
        a, b = element(), element()
        for ours, own in (
            (plus(a, b), a + b),
            (plus(a, -a), 0 * x),
            (times(a, b), a * b),
            (inverse(x - y * b), 1 / (x - y * b)),
        ):
            assert (ours.numer, ours.denom) == (own.numer, own.denom)
    with pytest.raises(ZeroDivisionError):
        inverse(0 * x)
