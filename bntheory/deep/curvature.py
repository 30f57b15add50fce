"""The Hessian of a network's loss in its weights: products, the whole matrix, blocks of layers, spectral density.

The loss is the cross-entropy on a fixed batch; with batch normalization in train mode the batch's own mean and variance
are functions of the weights, and every derivative goes through them. Variables are the weights of all convolutions and
linear layers, flattened layer by layer from the input on; biases, gamma and beta are constants: so networks with and
without a normalization have Hessians of one size, of the same variables.

Sources: Pearlmutter 1994 (products), Golub and Meurant 2010, Chapters 6 and 7 (Lanczos quadrature).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

import numpy as np
import torch
from scipy.linalg import eigh_tridiagonal
from scipy.sparse.linalg import LinearOperator
from torch import nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from bntheory.deep.networks import weight_layers
from bntheory.typing import Matrix, Vector


class Hessian:
    """The Hessian of the cross-entropy on a batch in a network's weights, by differentiating the gradient once more.

    The network is left as it is, its running statistics too.

    Parameters
    ----------
    network : torch.nn.Module
    x, y : torch.Tensor
        The batch: images, and labels of shape (n,).
    train_mode : bool
        False: normalizations use their running statistics, which are constants.

    Attributes
    ----------
    gradient : array, shape (size,)
    layers : tuple of slice
        Where each layer's weights are.
    size : int
    """

    def __init__(self, network: nn.Module, x: torch.Tensor, y: torch.Tensor, *, train_mode: bool = True) -> None:
        self._weights = [layer.weight for layer in weight_layers(network)]
        was = network.training
        network.train(train_mode)
        buffers = {name: buffer.clone() for name, buffer in network.named_buffers()}
        loss = cross_entropy(functional_call(network, buffers, (x,)), y)
        network.train(was)
        self._gradient = _flat(torch.autograd.grad(loss, self._weights, create_graph=True))
        ends = accumulate((weight.numel() for weight in self._weights), initial=0)
        self.layers = tuple(slice(start, stop) for start, stop in pairwise(ends))
        self.size = len(self._gradient)
        self.gradient: Vector = self._gradient.detach().numpy().copy()

    def __call__(self, v: Vector) -> Vector:
        """H v, of shape (size,)."""
        direction = torch.as_tensor(np.ascontiguousarray(v).reshape(-1), dtype=self._gradient.dtype)
        product = torch.autograd.grad(self._gradient, self._weights, direction, retain_graph=True)
        found: Vector = _flat(product).numpy()
        return found

    def operator(self) -> LinearOperator:
        """The same for scipy.sparse.linalg."""
        return LinearOperator((self.size, self.size), matvec=self, dtype=self.gradient.dtype)

    def dense(self) -> Matrix:
        """H itself, of shape (size, size), by one product a column; symmetric up to rounding, not symmetrized."""
        return np.stack([self(row) for row in np.eye(self.size)], axis=1)


def _flat(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.cat([tensor.reshape(-1) for tensor in tensors])


def block_norms(H: Matrix, layers: Sequence[slice]) -> Matrix:
    """|H_kl|_F^2, shape (layers, layers)."""
    return np.array([[(H[k, l] ** 2).sum() for l in layers] for k in layers])


def estimated_block_norms(
    product: Callable[[Vector], Vector], layers: Sequence[slice], *, probes: int, rng: np.random.Generator
) -> Matrix:
    """Unbiased estimates of |H_kl|_F^2 by random signs v on layer l: E |(H v)_k|^2 = |H_kl|_F^2 (Hutchinson).

    Returns
    -------
    array, shape (probes, layers, layers)
        Entry [p, k, l] of probe p; probes are independent, so that their spread gives the error of the mean.
    """
    size = layers[-1].stop
    found = np.empty((probes, len(layers), len(layers)))
    for p in range(probes):
        for l, layer in enumerate(layers):
            v = np.zeros(size)
            v[layer] = rng.choice((-1.0, 1.0), size=layer.stop - layer.start)
            image = product(v)
            found[p, :, l] = [(image[k] ** 2).sum() for k in layers]
    return found


def lanczos_quadrature(
    product: Callable[[Vector], Vector], size: int, *, steps: int, rng: np.random.Generator
) -> tuple[Vector, Vector]:
    """Nodes and weights of one random direction's spectral measure, v of random signs over sqrt(size).

    sum_i weights_i p(nodes_i) = v^T p(H) v for polynomials p of degree below 2 steps; its expectation is the mean of p
    over the spectrum. Each new Lanczos vector is orthogonalized against all before it, twice.

    Parameters
    ----------
    product : callable
        v -> H v, H symmetric.
    steps : int
        At most; fewer if the Krylov space ends before.
    """
    v = rng.choice((-1.0, 1.0), size=size) / np.sqrt(size)
    basis, diagonal, beside = [v], [], []
    for _ in range(min(steps, size)):
        w = product(basis[-1])
        diagonal.append(float(basis[-1] @ w))
        V = np.array(basis)
        for _twice in range(2):
            w = w - V.T @ (V @ w)
        beside.append(float(np.linalg.norm(w)))
        if beside[-1] <= 1e-12 * max(map(abs, diagonal)):
            break
        basis.append(w / beside[-1])
    nodes, vectors = eigh_tridiagonal(np.array(diagonal), np.array(beside[: len(diagonal) - 1]))
    return nodes, vectors[0] ** 2
