"""GDNP over the hidden units of a network, one after the other and cyclically (E15)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

import numpy as np

from bntheory.errors import InvalidInput
from bntheory.methods.gdnp import GDNP
from bntheory.protocols import Iterate, checked_start, value_and_gradient
from bntheory.typing import Vector


@dataclass(frozen=True)
class AlternatingGDNP:
    """Each visit to unit i runs GDNP on its problem `network.unit(i, W)`, the other units held fixed.

    A unit not visited yet counts as 0, which lies on the line of S^-1 u: on Gaussian inputs, where E15's theorem asks
    the other units to be on that line, the first pass keeps them there up to the last visit's error.

    Parameters
    ----------
    direction_steps : int
        T_d, the direction steps of a visit.
    gdnp : GDNP
        The method of a visit.

    Raises
    ------
    InvalidInput
        If direction_steps < 1, or a row of W0 is 0 or orthogonal to u.
    """

    direction_steps: int = 50
    gdnp: GDNP = field(default_factory=GDNP)
    name: str = "gdnp-units"

    def __post_init__(self) -> None:
        if self.direction_steps < 1:
            raise InvalidInput("direction_steps", self.direction_steps, "must be at least 1", "try 50")

    def iterates(self, network: Any, W0: Vector) -> Iterator[Iterate]:
        """The whole flattened W after every step of the current unit: T_d + 1 iterates a visit."""
        directions = checked_start(W0, len(network.u)).reshape(network.k, -1)
        W = np.zeros_like(directions)
        passes = 0.0
        for i in cycle(range(network.k)):
            start = W[i] if W[i].any() else directions[i]
            visit = islice(self.gdnp.iterates(network.unit(i, W), start), self.direction_steps + 1)
            before = passes
            for iterate in visit:
                W = W.copy()
                W[i] = iterate.w_tilde
                passes = before + iterate.passes
                value, gradient = value_and_gradient(network, W.ravel())
                yield Iterate(W.ravel(), value, gradient, passes)
