"""The second derivative below a Batch Normalization layer, and the terms of which its formulas are made.

Shared by `hessian_bound` (C4, along the gradient) and `hessian` (F6, the whole matrix).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from bntheory import transform
from bntheory.cases import Unit
from bntheory.jets import variable


class Terms(NamedTuple):
    """What the formulas are made of, along one direction v: numbers, but for y^, Q v and Q g."""

    m: Any
    s: Any
    k: Any
    gamma: Any
    H: Any
    correlation: Any
    v: Any
    x_hat: Any
    Qv: Any
    Qg: Any


Formula: TypeAlias = Callable[[Terms], Any]


def second_derivative(unit: Unit, v: Any) -> Any:
    """v^T d2L^ v: the loss below the layer, run along y + t v."""
    moved = transform.forward(unit.y + v * variable(2), unit.gamma, unit.beta, unit.eps)
    step = moved - transform.forward(unit.y, unit.gamma, unit.beta, unit.eps)
    return (unit.g @ step + step @ (unit.H @ step) / 2).derivative(2)


def gradient(unit: Unit) -> Any:
    """grad_y L^, by the backward pass."""
    return transform.backward(transform.standardize(unit.y, unit.eps), unit.gamma, unit.g)[0]


def terms(unit: Unit, v: Any) -> Terms:
    """The terms at a unit, along v."""
    batch, m = transform.standardize(unit.y, unit.eps), unit.y.shape[0]

    def project(a: Any) -> Any:
        return a - a.sum() / m - batch.x_hat * ((batch.x_hat @ a) / m)

    k = unit.eps / batch.s**2
    return Terms(m, batch.s, k, unit.gamma, unit.H, unit.g @ batch.x_hat, v, batch.x_hat, project(v), project(unit.g))


def along_gradient(rhs: Formula) -> Callable[[Unit], tuple[Any, Any]]:
    """v^T d2L^ v against a formula, v = grad_y L^."""

    def sides(unit: Unit) -> tuple[Any, Any]:
        v = gradient(unit)
        return second_derivative(unit, v), rhs(terms(unit, v))

    return sides


def along_any(rhs: Formula) -> Callable[[Unit], tuple[Any, Any]]:
    """v^T d2L^ v against a formula, v any direction."""
    return lambda unit: (second_derivative(unit, unit.v), rhs(terms(unit, unit.v)))
