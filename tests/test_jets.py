"""Taylor series against SymPy's, and derivatives of the transform against automatic differentiation."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy

from bntheory import numbers, transform
from bntheory.jets import Jet, variable


def formula(x, sqrt):
    return (3 - x) * x / (2 + x * x) - 1 / (5 - x) + sqrt((1 + x) * (4 + x) + 5 * x * x) * 7 - (-x) + x / 3 + (2 - x)


def test_coefficients_are_those_of_the_taylor_series():
    t = sympy.Symbol("t")
    series = sympy.series(formula(t, sympy.sqrt), t, 0, 5).removeO()
    jet = formula(variable(4) * Fraction(1), numbers.sqrt)
    assert [sympy.Rational(str(Fraction(c))) for c in jet.coefficients] == [series.coeff(t, k) for k in range(5)]


def test_derivatives_carry_the_factorial():
    t = variable(3)
    assert (t * t * t).derivative(3) == 6
    assert [(t * t).derivative(k) for k in range(3)] == [0, 0, 2]


def test_fractions_stay_exact_and_irrational_roots_are_refused():
    jet = numbers.sqrt(Jet([Fraction(9, 4), Fraction(1), Fraction(0)]))
    assert jet.coefficients == (Fraction(3, 2), Fraction(1, 3), Fraction(-1, 27))
    with pytest.raises(TypeError, match="irrational"):
        numbers.sqrt(Jet([Fraction(2), Fraction(1)]))


@pytest.mark.parametrize("m", [2, 3, 7])
def test_second_derivatives_of_the_transform_agree_with_torch(m):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(m)
    y, v, g = rng.standard_normal((3, m))
    H = rng.standard_normal((m, m))
    H += H.T
    moved = transform.forward(y + v * variable(2), 0.7, 0.3, 0.1)
    loss = g @ moved + moved @ (H @ moved) / 2

    def plain(point):
        centred = point - point.mean()
        z = 0.7 * centred / torch.sqrt((centred**2).mean() + 0.1) + 0.3
        return torch.tensor(g) @ z + z @ torch.tensor(H) @ z / 2

    point, direction = torch.tensor(y), torch.tensor(v)
    _, slope = torch.autograd.functional.jvp(plain, point, direction)
    _, curvature = torch.autograd.functional.vhp(plain, point, direction)
    assert loss.derivative(1) == pytest.approx(float(slope), rel=1e-12, abs=1e-12)
    assert loss.derivative(2) == pytest.approx(float(curvature @ direction), rel=1e-11, abs=1e-11)


def test_arrays_of_fractions_and_of_floats_agree():
    y, v = [Fraction(1), Fraction(-1), Fraction(7), Fraction(-7)], [Fraction(2), Fraction(0), Fraction(1), Fraction(3)]
    exact = transform.forward(
        np.array(y, dtype=object) + np.array(v, dtype=object) * variable(2), Fraction(2), Fraction(1), Fraction(0)
    )
    floats = transform.forward(np.array(y, float) + np.array(v, float) * variable(2), 2.0, 1.0, 0.0)
    for order in range(3):
        assert all(isinstance(c, Fraction) for c in exact.derivative(order))
        assert exact.derivative(order).astype(float) == pytest.approx(floats.derivative(order), rel=1e-14)


def test_constants_spread_over_arrays():
    """x + c of a number c adds it to every entry, and so in every coefficient."""
    moved = np.ones(3) + np.float64(2) * variable(1)
    assert moved.sum().derivative(1) == 6
    assert (np.zeros(3) - variable(1)).sum().derivative(1) == -3
    assert (variable(2) * np.ones(3) - 1).derivative(1).tolist() == [1, 1, 1]
    assert (variable(2) * variable(2) - 5).coefficients == (-5, 0, 1)


def test_powers_and_absolute_values():
    t = variable(2)
    assert ((t - 3) ** 3).coefficients == (-27, 27, -9)
    assert abs(t - 3).coefficients == (3, -1, 0)
    assert abs(t + 3).coefficients == (3, 1, 0)


def test_series_are_not_compared():
    for attempt in (lambda: variable(1) == variable(1), lambda: bool(variable(1))):
        with pytest.raises(TypeError):
            attempt()
