"""How much a layer's gradient changes because the layers before it move: internal covariate shift as it was defined.

Source: Santurkar et al. 2018, Definition 2.1: G = the gradient with respect to layer i's weights at (W_1, ..., W_k),
G' = the same at (W_1', ..., W_{i-1}', W_i, ..., W_k), W' after a step of gradient descent, both on the same batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.func import functional_call

from bntheory.deep.networks import weight_layers

#: The network's outputs to the loss.
Loss = Callable[[torch.Tensor], torch.Tensor]


class Shift(NamedTuple):
    """Of the layers 2..k, shape (k - 1,) each: cosine of G and G', |G - G'|_2, |G|_2; from float64 sums."""

    cosine: NDArray[np.float64]
    l2: NDArray[np.float64]
    norm: NDArray[np.float64]


def gradient_shift(network: nn.Module, loss: Loss, x: torch.Tensor, lr: float) -> Shift:
    """The shift of every layer's gradient as the layers before it take their step of gradient descent.

    "Layers before" are all parameters registered before the layer's weights: its predecessors' weights, biases and
    normalizations. The network, its running statistics included, stays as it is. A first layer has no predecessor, so
    that its G' is G: it is left out.

    Parameters
    ----------
    network : Module
        In the mode that it is trained in; its layers are registered from the input on.
    loss : callable
    x : tensor, shape (n, ...)
    lr : float
        Of the step; 0 moves nothing, and then the cosine is 1.
    """
    still = {name: parameter.detach() for name, parameter in network.named_parameters()}
    G = _gradient(network, loss, x, still, list(still))
    moved = {name: still[name] - lr * G[name] for name in still}
    names = list(still)
    rows = []
    for weight in _weight_names(network)[1:]:
        before = set(names[: names.index(weight)])
        mixed = {name: moved[name] if name in before else still[name] for name in names}
        rows.append(_compare(G[weight], _gradient(network, loss, x, mixed, [weight])[weight]))
    return Shift(*np.array(rows).T)


def _weight_names(network: nn.Module) -> list[str]:
    layers = {id(layer.weight) for layer in weight_layers(network)}
    return [name for name, parameter in network.named_parameters() if id(parameter) in layers]


def _gradient(
    network: nn.Module, loss: Loss, x: torch.Tensor, values: Mapping[str, torch.Tensor], wanted: list[str]
) -> dict[str, torch.Tensor]:
    """The gradient at `values` with respect to those `wanted`; buffers are copies."""
    leaves = {name: value.clone().requires_grad_() if name in wanted else value for name, value in values.items()}
    buffers = {name: buffer.clone() for name, buffer in network.named_buffers()}
    value = loss(functional_call(network, {**leaves, **buffers}, (x,)))
    return dict(zip(wanted, torch.autograd.grad(value, [leaves[name] for name in wanted]), strict=True))


def _compare(G: torch.Tensor, other: torch.Tensor) -> tuple[float, float, float]:
    g, h = G.flatten().double(), other.flatten().double()
    return float(g @ h / (g.norm() * h.norm())), float((g - h).norm()), float(g.norm())
