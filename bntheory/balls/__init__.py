"""Ball arithmetic: numbers with rigorous error bounds, by python-flint's Arb (the extra ``certify``).

Knows nothing of Batch Normalization. `ball` makes a number an enclosure of itself, `lower` and `upper` give rational
bounds; `isolates_a_zero` proves that a box holds exactly one zero of a vector field (Krawczyk), `eigenvalues` and
`is_positive_definite` are about symmetric matrices, `gaussian_expectation` encloses E[h(t)] of a normal t.
"""

from bntheory.balls.arithmetic import ball, lower, require_flint, upper
from bntheory.balls.expectation import gaussian_expectation
from bntheory.balls.matrices import eigenvalues, is_positive_definite
from bntheory.balls.zeros import box, isolates_a_zero

__all__ = [
    "ball",
    "box",
    "eigenvalues",
    "gaussian_expectation",
    "is_positive_definite",
    "isolates_a_zero",
    "lower",
    "require_flint",
    "upper",
]
