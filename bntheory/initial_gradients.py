"""Gradients of finite, randomly initialized, fully connected batch-normalized networks, layer by layer, in numpy.

Setting: layers h -> phi(gamma_l BN(W h)) of one width N, Gaussian weights of variance 1/N, B columns a batch, no beta.
`bntheory.meanfield` has the theory for N -> infinity.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np

from bntheory import transform
from bntheory.errors import InvalidInput, check_choice
from bntheory.growth_domain import check_batch
from bntheory.meanfield import Path as Statistics
from bntheory.typing import Matrix, Vector

Skip = Literal["none", "residual", "inside"]


@dataclass(frozen=True)
class Layer:
    """What every layer of a network is.

    Parameters
    ----------
    phi, dphi : callable
        The activation and its derivative.
    skip : str
        residual: x + phi(gamma BN(W x)); inside: phi(gamma BN(x + W x)).
    through : str
        The batch statistics that the gradient flows through; all but "both" are broken backward passes.
    eps : float
        Added to the variances.
    gamma : callable
        gamma_l of layer l = 1, 2, ...

    Raises
    ------
    InvalidInput
        There is no such skip or path, or eps is negative or not finite.
    """

    phi: Callable[[Matrix], Matrix]
    dphi: Callable[[Matrix], Matrix]
    skip: Skip = "none"
    through: Statistics = "both"
    eps: float = 0.0
    gamma: Callable[[int], float] = lambda layer: 1.0

    def __post_init__(self) -> None:
        check_choice("skip", self.skip, get_args(Skip))
        check_choice("through", self.through, get_args(Statistics))
        if not 0.0 <= self.eps < np.inf:
            raise InvalidInput("eps", self.eps, "must be a finite number, at least 0", "give one such as 1e-5")


def leaky_relu(a: float) -> tuple[Callable[[Matrix], Matrix], Callable[[Matrix], Matrix]]:
    """phi(t) = max(t, a t), a <= 1, and its derivative."""
    return lambda t: np.maximum(t, a * t), lambda t: np.where(t > 0, 1.0, a)


RELU = Layer(*leaky_relu(0.0))


def gaussian_weights(width: int, depth: int, rng: np.random.Generator) -> list[Matrix]:
    """Square matrices with entries of variance 1/width."""
    return [rng.standard_normal((width, width)) / np.sqrt(width) for _ in range(depth)]


class Profile(NamedTuple):
    """Logarithms of squared norms: |dL/dh^l|^2 for l = 0..depth, and |dL/dW_l|^2 for l = 1..depth."""

    hidden: Vector
    weights: Vector


def gradient_profile(weights: Sequence[Matrix], x: Matrix, gradient: Matrix, layer: Layer = RELU) -> Profile:
    """The gradients by one forward and one backward pass.

    Parameters
    ----------
    weights : sequence of (N, N) arrays
    x, gradient : (N, B) arrays
        The input h^0 and dL/dh^depth, B >= 2.
    layer : Layer

    Raises
    ------
    InvalidInput
        The shapes do not fit.
    """
    _check_shapes(weights, x, gradient)
    inputs, batches = [x], []
    for number, W in enumerate(weights, start=1):
        x = inputs[-1]
        batch = transform.standardize((W @ x + (x if layer.skip == "inside" else 0.0)).T, layer.eps)
        batches.append(batch)
        inputs.append(layer.phi(layer.gamma(number) * batch.x_hat).T + (x if layer.skip == "residual" else 0.0))
    hidden, of_weights = [_log_square(gradient)], []
    for number, W, x, batch in reversed(list(zip(range(1, len(weights) + 1), weights, inputs, batches, strict=False))):
        gamma = layer.gamma(number)
        inner = through_normalization(batch, gamma * gradient.T * layer.dphi(gamma * batch.x_hat), layer.through).T
        of_weights.append(_log_square(inner @ x.T))
        back = W.T @ inner + (inner if layer.skip == "inside" else 0.0)
        gradient = back + (gradient if layer.skip == "residual" else 0.0)
        hidden.append(_log_square(gradient))
    return Profile(np.array(hidden[::-1]), np.array(of_weights[::-1]))


def _check_shapes(weights: Sequence[Matrix], x: Matrix, gradient: Matrix) -> None:
    if np.ndim(x) != 2 or x.shape[1] < 2:
        raise InvalidInput("x", f"an array of shape {np.shape(x)}", "must be (N, B), B >= 2", "give a column a sample")
    if np.shape(gradient) != x.shape:
        given = f"an array of shape {np.shape(gradient)}"
        raise InvalidInput("gradient", given, f"must have the shape of x, {x.shape}", "give dL/dh of the last layer")
    for number, W in enumerate(weights):
        if np.shape(W) != (len(x), len(x)):
            given = f"an array of shape {np.shape(W)}"
            raise InvalidInput(f"weights[{number}]", given, f"must be ({len(x)}, {len(x)})", "give layers of one width")


def _log_square(gradient: Matrix) -> float:
    return float(np.log((gradient**2).sum()))


def through_normalization(batch: transform.Standardized, d: Matrix, through: Statistics) -> Matrix:
    """The gradient before the normalization, through both statistics or (broken) through some of them only."""
    if through == "both":
        whole: Matrix = transform.backward(batch, 1.0, d)[0]
        return whole
    if through == "mean":
        d = d - d.mean(axis=0)
    if through == "variance":
        d = d - batch.x_hat * (d * batch.x_hat).mean(axis=0)
    broken: Matrix = d / batch.s
    return broken


def sampled_rate(
    layer: Layer, B: int, rng: np.random.Generator, *, groups: int = 32, size: int = 1000
) -> tuple[float, float]:
    """lambda(B) of infinite width by Monte Carlo, with its standard error.

    The normalized activations x^ of a unit are uniform on the sphere, the gradients that come from above Gaussian with
    covariance I - 11^T/B; one backward pass through each gives E|J d|^2/(B - 1), times E[1/sigma^2] = B/((q-p)(B-3)),
    which is exact but for q - p, the sampled unbiased variance of phi(x^) within a batch.

    Parameters
    ----------
    layer : Layer
        eps = 0, gamma = 1, no skip: what the formula of lambda is about.
    B : int
        At least 4.
    rng : numpy.random.Generator
    groups, size : int
        So many estimates, at least 2, each from `size` samples; the standard error is that of their mean.

    Raises
    ------
    InvalidInput
        An argument is not as above.
    """
    check_batch(B)
    for name, given, wanted in (("eps", layer.eps, 0.0), ("skip", layer.skip, "none"), ("gamma", layer.gamma(1), 1.0)):
        if given != wanted:
            remedy = "leave it out, or measure networks with it by gradient_profile"
            raise InvalidInput(f"layer.{name}", given, f"must be {wanted}: lambda(B) is that of layers without", remedy)
    for name, count, least in (("groups", groups, 2), ("size", size, 1)):
        if count < least:
            raise InvalidInput(name, count, f"must be at least {least}", "leave it out for the default")
    rates = []
    for _ in range(groups):
        batch = transform.standardize(rng.standard_normal((B, size)), 0.0)
        d = rng.standard_normal((B, size))
        d -= d.mean(axis=0)
        inner = batch.s * through_normalization(batch, d * layer.dphi(batch.x_hat), layer.through)
        spread = layer.phi(batch.x_hat).var(axis=0, ddof=1).mean()
        rates.append((inner**2).sum(axis=0).mean() / (B - 1) * B / (spread * (B - 3)))
    return float(np.mean(rates)), float(np.std(rates, ddof=1) / np.sqrt(groups))
