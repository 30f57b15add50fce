"""The distributions of a network's units before each ReLU on fixed images, and how far two networks' are apart.

Images and positions of a unit are a sample of equal weights. Two samples of n values are at Wasserstein-2 distance
W = sqrt(mean_i (a(i) - b(i))^2), a(1) <= a(2) <= ... and b(1) <= b(2) <= ... their order statistics; so distributions
are lists with one tensor a layer, shape (units, n), every unit's values in ascending order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from bntheory.typing import Vector


def before_relu(network: nn.Sequential, x: torch.Tensor) -> list[torch.Tensor]:
    """The distributions before each ReLU in train mode, of images x; convolutions have n = images times positions.

    The network is left in train mode. Running statistics, which train mode does not use, move.
    """
    found = []
    network.train()
    with torch.no_grad():
        for layer in network:
            if isinstance(layer, nn.ReLU):
                found.append(x.transpose(0, 1).flatten(1).sort(dim=1).values)
            x = layer(x)
    return found


def distances(before: Sequence[torch.Tensor], after: Sequence[torch.Tensor]) -> Vector:
    """Wasserstein-2 distance between a unit's two distributions, its mean over the units of each layer; (layers,)."""
    return np.array([float((a - b).square().mean(dim=1).sqrt().mean()) for a, b in zip(before, after, strict=True)])


def deviations(layers: Sequence[torch.Tensor]) -> Vector:
    """Standard deviation (ddof 0) of a unit's distribution, its mean over the units of each layer; (layers,)."""
    return np.array([float(units.std(dim=1, correction=0).mean()) for units in layers])
