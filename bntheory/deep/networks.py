"""Networks with a place for a normalization before each nonlinearity, and their initializations."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

import torch
from torch import nn

from bntheory.errors import unknown

#: Makes the normalization of so many channels or units.
Normalization: TypeAlias = Callable[[int], nn.Module]
Initialization = Literal["he", "glorot"]

#: Channels of 3x3 convolutions; "pool" halves the image.
_VGG: tuple[int | str, ...] = (16, 16, "pool", 32, 32, "pool", 32, 32)


def vgg(norm: Normalization | None, initialization: Initialization, generator: torch.Generator) -> nn.Sequential:
    """Convolutions 16, 16, pool, 32, 32, pool, 32, 32, then 64 units, then 10 logits, for images (n, 1, 8, 8).

    Every layer but the last is weights, `norm` (None: nothing), ReLU; biases are 0 at first.
    """
    layers: list[nn.Module] = []
    channels = 1
    for entry in _VGG:
        if isinstance(entry, str):
            layers.append(nn.MaxPool2d(2))
            continue
        layers += [nn.Conv2d(channels, entry, 3, padding=1), *_normalized(norm, entry), nn.ReLU()]
        channels = entry
    layers += [nn.Flatten(), nn.Linear(4 * channels, 64), *_normalized(norm, 64), nn.ReLU(), nn.Linear(64, 10)]
    return initialize(nn.Sequential(*layers), initialization, generator)


def mlp(
    widths: Sequence[int],
    activation: Callable[[], nn.Module] | None,
    norm: Normalization | None,
    initialization: Initialization,
    generator: torch.Generator,
) -> nn.Sequential:
    """Layers of widths[0] inputs to widths[-1] outputs; each but the last is weights, `norm`, `activation`.

    `activation` None gives a deep linear network.
    """
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, outputs in pairwise(widths[:-1]):
        layers += [nn.Linear(inputs, outputs), *_normalized(norm, outputs)]
        layers += [] if activation is None else [activation()]
    layers.append(nn.Linear(widths[-2], widths[-1]))
    return initialize(nn.Sequential(*layers), initialization, generator)


def _normalized(norm: Normalization | None, units: int) -> list[nn.Module]:
    return [] if norm is None else [norm(units)]


def weight_layers(network: nn.Module) -> Iterator[nn.Conv2d | nn.Linear]:
    """The layers with weights, from the input on."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            yield module


def initialize(network: nn.Sequential, initialization: Initialization, generator: torch.Generator) -> nn.Sequential:
    """Gaussian weights of variance 2/fan_in (he) or 2/(fan_in + fan_out) (glorot); biases 0.

    Raises
    ------
    InvalidInput
        `initialization` is neither.
    """
    if initialization not in ("he", "glorot"):
        raise unknown("initialization", initialization, ("he", "glorot"))
    for layer in weight_layers(network):
        fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(layer.weight)
        variance = 2 / fan_in if initialization == "he" else 2 / (fan_in + fan_out)
        with torch.no_grad():
            layer.weight.normal_(0.0, math.sqrt(variance), generator=generator)
            if layer.bias is not None:
                layer.bias.zero_()
    return network


def scale_weights(network: nn.Module, factor: float) -> None:
    """Multiply every weight by `factor`, in place; biases and normalizations stay."""
    with torch.no_grad():
        for layer in weight_layers(network):
            layer.weight.mul_(factor)
