"""GDNP over the hidden units of a network, one after the other and cyclically (E15).

`AlternatingGDNP` is the source's: many direction steps a visit, the whole gradient after each. `SweepGDNP` takes one
step a visit and reads the data twice for it, since the margins and the output of the network are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

import numpy as np

from bntheory.errors import InvalidInput
from bntheory.methods.gdnp import GDNP, direction_step
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


@dataclass(frozen=True)
class SweepGDNP:
    """For each hidden unit in turn a direction step from its present weight, then a length search; all count at once.

    Parameters
    ----------
    gdnp : GDNP
        Its length search and criterion.

    Raises
    ------
    InvalidInput
        From `iterates`: a row of W0 is 0.
    NoFiniteLength
        From `iterates`, if there is no minimizer along the direction of some unit.
    """

    gdnp: GDNP = field(default_factory=GDNP)
    name: str = "gdnp-sweep"

    def iterates(self, network: Any, W0: Vector) -> Iterator[Iterate]:
        """W of shape (k d,) at the start and after each sweep; 2k passes a sweep, and k more for its whole gradient."""
        forward = network.forward(checked_start(np.ravel(W0), len(network.u)))
        passes, changes = float(network.k), np.zeros(network.k)
        while True:
            line = forward.line()
            gradient = line.gradient(1.0).ravel()
            passes += network.k
            yield Iterate(forward.W.ravel().copy(), line.value(1.0), gradient, passes)
            self.sweep(network, forward, changes)
            passes += 2 * network.k

    def sweep(self, network: Any, forward: Any, changes: Vector) -> None:
        """Move each unit of a `OneHiddenLayer` and of its forward pass once, by two products with the data each.

        `changes`, shape (k,), are the last changes of the lengths, from which a search starts; they are updated.
        """
        metric = network.unit_metric
        for i in range(network.k):
            ray, unit, gamma = forward.ray(i), forward.unit(i), metric.norm(forward.W[i])
            v = forward.W[i] / gamma
            step = direction_step(unit, metric, v, ray, gamma, ray.gradient(gamma), self.gdnp.criterion)
            if step is not None:
                v = v + step
                v /= metric.norm(v)
                ray = unit.ray(v)
            length = self.gdnp.search(ray, gamma + changes[i]).gamma
            forward.move(i, length * v, ray, length)
            changes[i] = length - gamma
