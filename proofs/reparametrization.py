"""E1: the normalized outputs of a unit are those of w~ = gamma w/|w|_S, for any number and dimension of inputs.

X and w are seen through p = X w alone: w^T S w = <X w, X w>/n and E[x]^T w = <1, X w>/n. So a weight may be written as
the vector of its outputs, and X as the map that takes it to them (`Rows`); what is computed is the claim's own code.
"""

from __future__ import annotations

from typing import Any

from bntheory.claim import Truth
from bntheory.claims.reparametrization import MUTANTS, PRINTED, Outputs
from bntheory.gram import Scalar, Space, Vector
from bntheory.proof import Proof, proof_of

RESTS_ON = (
    "inner products of vectors in R^n satisfy every identity that holds for indeterminates (where p is not constant)",
    "the sides see X and w through p = X w alone: <w, X^T q> = <p, q> and X^T 1 = n E[x]",
    "a vector a is determined by <a, v> for every v, and E[phi(a)] by a",
    "n equally likely inputs stand for every law: with <a, b>/n for E[ab] the algebra is the same",
)


class Rows:
    """The inputs X, where weights are written as the vectors of their outputs: X w = w, X^T q = q, X^T 1 = 1."""

    def __init__(self, space: Space) -> None:
        self.space = space

    @property
    def shape(self) -> tuple[Scalar]:
        """(n,); the dimension of x is not spoken of."""
        return (self.space.dimension,)

    @property
    def T(self) -> Rows:
        """X^T."""
        return self

    def sum(self, axis: int) -> Vector:
        """n E[x], which is X^T 1."""
        return self.space.vectors("1")[axis]

    def __matmul__(self, vector: Any) -> Any:
        return vector


def general_outputs(*, centred: bool = True) -> Outputs:
    """p and v for any n; var[p] = s^2 with s > 0, E[p] = mean, or 0 for `centred` inputs."""
    space = Space("mean s gamma beta c", "p v", positive="s c")
    mean, s, gamma, beta, c = space.scalars("mean s gamma beta c")
    if centred:
        mean = 0 * mean
    space.let("1", "p", space.dimension * mean)
    space.let("p", "p", space.dimension * (s**2 + mean**2))
    p, v = space.vectors("p v")
    return Outputs(Rows(space), p, gamma, beta, c, v)


def prove() -> Proof:
    """The print, its premise and scale invariance for E[x] = 0; what holds for any E[x]."""
    centred, free = general_outputs(), general_outputs(centred=False)
    pairs = [(mutant, centred if mutant.cases is PRINTED.cases else free) for mutant in MUTANTS]
    return proof_of(
        [(PRINTED, centred), *((mutant, case) for mutant, case in pairs if mutant.truth is not Truth.FALSE)],
        [pair for pair in pairs if not pair[0].id.endswith(("unbiased", "plain-norm"))],  # roots of n, and of <w, w>
        RESTS_ON,
    )
