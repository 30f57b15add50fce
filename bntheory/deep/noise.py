"""Noise whose distribution changes from step to step, put after a normalization (or, as a control, before it).

Source: Santurkar et al. 2018, Section 2.1: noise of non-zero mean and non-unit variance, whose moments are themselves
drawn anew at every step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


class NonStationaryNoise(nn.Module):
    """x -> (scale + jitter u) x + mean + jitter v, with u, v ~ U(-1, 1) anew for each element.

    The moments, mean ~ U(-means, means) and scale ~ U(1, scales), are one number each for the whole layer; they stay
    until `draw` draws others. Before the first `draw` they are 0 and 1.

    Parameters
    ----------
    generator : torch.Generator
        Of the moments and of the elements. Nothing else should draw from it: then a run's batches do not depend on
        its noise. The layers of a network may share it.
    means, scales : float
        Ends of the moments' intervals; 0 and 1 leave the jitter alone.
    jitter : float
    """

    def __init__(
        self, generator: torch.Generator, *, means: float = 0.5, scales: float = 1.25, jitter: float = 0.1
    ) -> None:
        super().__init__()
        self.generator = generator
        self._ends = means, scales
        self._jitter = jitter
        self.mean, self.scale = 0.0, 1.0

    def draw(self) -> None:
        """Draw the moments of the next step."""
        means, scales = self._ends
        u, v = torch.rand(2, generator=self.generator, dtype=torch.float64).tolist()
        self.mean, self.scale = means * (2 * u - 1), 1 + (scales - 1) * v

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The noisy x, of the same shape."""
        return self._elements(x, self.scale) * x + self._elements(x, self.mean)

    def _elements(self, x: torch.Tensor, centre: float) -> torch.Tensor:
        u = torch.rand(x.shape, generator=self.generator, dtype=x.dtype)
        return u.mul_(2 * self._jitter).add_(centre - self._jitter)


def noises(network: nn.Module) -> list[NonStationaryNoise]:
    """The noises of a network, from the input on."""
    return [module for module in network.modules() if isinstance(module, NonStationaryNoise)]


def draw(network: nn.Module) -> None:
    """Draw the moments of every noise of a network, from the input on."""
    for noise in noises(network):
        noise.draw()


@contextmanager
def fixed_elements(network: nn.Module, seed: int = 0) -> Iterator[None]:
    """Inside, the elements u, v are those of `seed`, the same every time; afterwards the noise goes on as if unasked.

    What is measured inside changes with the moments and the parameters only, and leaves the run as it is.
    """
    generators = {id(noise.generator): noise.generator for noise in noises(network)}.values()
    states = [generator.get_state() for generator in generators]
    for generator in generators:
        generator.manual_seed(seed)
    try:
        yield
    finally:
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)
