"""Boxes that are proved to hold exactly one zero of a vector field.

With Y about the inverse of F'(c), c the centre of the box X, the Krawczyk operator is
K(X) = c - Y F(c) + (I - Y F'(X)) (X - c). If K(X) lies in the interior of X, then F has exactly one zero in X.

Source: Krawczyk 1969; Neumaier 1990, "Interval Methods for Systems of Equations", Theorem 5.1.8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bntheory.balls.arithmetic import ball, require_flint

#: Takes balls, one a coordinate; gives balls, one an equation.
Field = Callable[[Sequence[Any]], Sequence[Any]]
#: Takes balls, one a coordinate; gives rows of balls.
Derivative = Callable[[Sequence[Any]], Sequence[Sequence[Any]]]


def box(center: Sequence[Any], radius: Any) -> list[Any]:
    """The balls of this radius about rational coordinates."""
    flint = require_flint()
    around = flint.arb(0, ball(radius))
    return [ball(coordinate) + around for coordinate in center]


def isolates_a_zero(field: Field, derivative: Derivative, center: Sequence[Any], radius: Any) -> bool:
    """Whether the box |x_i - center_i| <= radius is proved to hold exactly one zero of `field`.

    False proves nothing: the box may hold none or several, or be too wide for its enclosures.

    Parameters
    ----------
    field, derivative : callable
        F and its Jacobian matrix, enclosed over balls.
    center : sequence of numbers
    radius : number
        Positive. What is proved is about `box(center, radius)`, larger by 2^-20 of it at most: balls round up.
    """
    flint = require_flint()
    around = box(center, radius)
    middle = [ball(coordinate) for coordinate in center]
    slopes = flint.arb_mat([list(row) for row in derivative(around)])
    try:
        Y = slopes.mid().inv().mid()
    except ZeroDivisionError:
        return False
    size = len(middle)
    offsets = flint.arb_mat([[whole - exact] for whole, exact in zip(around, middle, strict=True)])
    identity = flint.arb_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])
    step = Y * flint.arb_mat([[value] for value in field(middle)])
    image = flint.arb_mat([[exact] for exact in middle]) - step + (identity - Y * slopes) * offsets
    return all(whole.contains_interior(image[i, 0]) for i, whole in enumerate(around))
