"""Plain SGD, step by step."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from bntheory.deep.digits import Images


def generator(*seed: int) -> torch.Generator:
    """A generator of its own for a few whole numbers; nothing global is touched."""
    import numpy as np

    state = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state))


def batches(n: int, size: int, generator: torch.Generator) -> Iterator[torch.Tensor]:
    """Indices of batches, endless: each epoch in a new order, its last incomplete batch left out."""
    while True:
        order = torch.randperm(n, generator=generator)
        for start in range(0, n - size + 1, size):
            yield order[start : start + size]


def sgd(
    network: nn.Module, images: Images, *, lr: float, steps: int, batch: int, generator: torch.Generator
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Plain SGD on the cross-entropy: yields (x, y) of each batch before its step is taken.

    What is measured between the yield and the next one sees the parameters that the gradient belongs to. A caller
    that changes gradients or parameters in between changes the run.
    """
    optimizer = torch.optim.SGD(network.parameters(), lr=lr)
    for _, index in zip(range(steps), batches(len(images.y), batch, generator), strict=False):
        x, y = images.x[index], images.y[index]
        yield x, y
        network.train()
        optimizer.zero_grad()
        loss: torch.Tensor = cross_entropy(network(x), y)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def accuracy(network: nn.Module, x: torch.Tensor, y: torch.Tensor, *, train_mode: bool) -> float:
    """The part of the images that is classified right; with the batch's own statistics in train mode.

    The running statistics stay as they are.
    """
    was = network.training
    network.train(train_mode)
    frozen = {name: buffer.clone() for name, buffer in network.named_buffers()}
    with torch.no_grad():
        right = float((network(x).argmax(1) == y).double().mean())
        for name, buffer in network.named_buffers():
            buffer.copy_(frozen[name])
    network.train(was)
    return right
