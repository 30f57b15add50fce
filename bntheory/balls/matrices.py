"""Symmetric matrices of balls: rigorous enclosures of their eigenvalues, and positive definiteness."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from bntheory.balls.arithmetic import ball, lower, require_flint, upper


def eigenvalues(matrix: Any) -> list[tuple[Fraction, Fraction]]:
    """Bounds (low, high) of the eigenvalues of every symmetric matrix within a square array of balls, ascending.

    Raises
    ------
    ArithmeticError
        No finite enclosure was found: the entries are too wide.
    """
    flint = require_flint()
    entries = flint.acb_mat(flint.arb_mat([[ball(entry) for entry in row] for row in matrix]))
    try:
        found = entries.eig(multiple=True)
    except ValueError as error:
        raise ArithmeticError(f"the eigenvalues of {matrix} have no enclosure: take a narrower box") from error
    return sorted((lower(value.real), upper(value.real)) for value in found)


def is_positive_definite(matrix: Any) -> bool:
    """Whether every symmetric matrix within a square array of balls is proved positive definite.

    All pivots of L D L^T must be positive. False proves nothing; wider balls pass here than in `eigenvalues`.
    """
    rows = [[ball(entry) for entry in row] for row in matrix]
    for k, pivots in enumerate(rows):
        if not pivots[k] > 0:
            return False
        for row in rows[k + 1 :]:
            factor = row[k] / pivots[k]
            row[:] = [entry - factor * above for entry, above in zip(row, pivots, strict=True)]
    return True
