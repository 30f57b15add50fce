"""The Batch Normalization transform: forward, backward, its Jacobian, and the statistics used at inference.

A batch x has shape (m, d), or (m,) for one feature; every feature is treated alone. With
mu_B = (1/m) sum_i x_i, sigma_B^2 = (1/m) sum_i (x_i - mu_B)^2 and s = sqrt(sigma_B^2 + eps)
(Ioffe and Szegedy 2015, "Batch Normalization", Algorithms 1 and 2, Section 3):

* x^_i = (x_i - mu_B) / s has mean 0 and variance sigma_B^2 / (sigma_B^2 + eps), which is 1 only for eps = 0;
* y = gamma x^ + beta, and dl/dx = (gamma/s) (d - mean d - x^ mean(d x^)), d = dl/dy, for every eps >= 0.

The batch decides the number system. An array of dtype object holding `Fraction`, SymPy or mpmath numbers is
computed with as it is, integers staying exact; a float beside it is refused, since it would end the exactness
unnoticed (mpmath, in turn, refuses some operations with Fractions). Every other batch is converted to float64
with its parameters: gamma, beta and statistics of shape (d,), or () for a batch (m,); scalars eps, momentum.

Errors common to all functions: `InvalidInput` for a wrong shape, an empty batch, a number that is not finite,
eps < 0, and sigma_B^2 + eps = 0 (in float64: below 2.3e-308, where squares lose digits); TypeError where
sqrt(sigma_B^2 + eps) of Fractions is irrational.

In float64 the deviations are centred twice: each carries a few roundings of its own size whatever the offset
of the batch, so data at 1e8 with unit spread lose nothing, and a constant feature has variance exactly 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bntheory import transform
from bntheory.errors import InvalidInput
from bntheory.transform import Chain

Array: TypeAlias = NDArray[Any]  # float64 or object; where the shape is (), a scalar of that kind


@dataclass(frozen=True, eq=False)
class Statistics:
    """Mean and variance of each feature, shape (d,) or (): of a batch, running, or of the population."""

    mean: Array
    variance: Array


@dataclass(frozen=True, eq=False)
class Gradients:
    """dl/dx, of the shape of x; dl/dgamma and dl/dbeta, of shape (d,) or ()."""

    dx: Array
    dgamma: Array
    dbeta: Array


@dataclass(frozen=True, eq=False)
class AffineMap:
    """x -> scale (x - centre) + beta, the same as scale x + shift but without its cancellation."""

    scale: Array
    centre: Array
    beta: Array

    @property
    def shift(self) -> Any:
        """The constant term beta - scale centre of the printed form, shape (d,) or ()."""
        return self.beta - self.scale * self.centre

    def __call__(self, x: Any) -> Any:
        """The image of x, of shape (n, d) or (d,), or any for one feature. Each row is mapped alone."""
        scale = np.asarray(self.scale)
        x = _real("x", x, exact=scale.dtype == object)
        if x.shape[x.ndim - scale.ndim :] != scale.shape:
            raise InvalidInput("x", f"shape {x.shape}", f"must have {scale.size} columns", "give one column a feature")
        return self.scale * (x - self.centre) + self.beta


def batch_statistics(x: Any) -> Statistics:
    """mu_B = (1/m) sum_i x_i and sigma_B^2 = (1/m) sum_i (x_i - mu_B)^2 (divisor m), for each feature.

    In float64 |error of sigma_B^2| <= (m + 8) 2^-53 sigma_B^2 to first order, from the roundings of two
    subtractions, a square and a sum of m terms; the offset of x does not enter.
    """
    mean, _, variance = _moments(_batch("x", x))
    return Statistics(mean, variance)


def normalize(x: Any, eps: Any) -> Array:
    """x^_i = (x_i - mu_B) / sqrt(sigma_B^2 + eps), of the shape of x."""
    x_hat: Array = _standardize(_batch("x", x), eps).x_hat
    return x_hat


def forward(x: Any, gamma: Any, beta: Any, eps: Any) -> Array:
    """y_i = gamma x^_i + beta, of the shape of x; gamma and beta have shape (d,) or ()."""
    x = _batch("x", x)
    gamma, beta = _shaped("gamma", gamma, x, x.shape[1:]), _shaped("beta", beta, x, x.shape[1:])
    y: Array = transform.scale_and_shift(_standardize(x, eps), gamma, beta)
    return y


def backward(x: Any, gamma: Any, dy: Any, eps: Any) -> Gradients:
    """The gradient of a loss l through `forward`, from d = dy = dl/dy of the shape of x.

    dl/dx = (gamma/s) (d - mean d - x^ mean(d x^)), dl/dgamma = sum_i d_i x^_i, dl/dbeta = sum_i d_i.
    At m = 2 and eps = 0, dl/dx is identically 0 (in float64 up to roundings of size 2^-52 |gamma d| / s).
    """
    x = _batch("x", x)
    gamma, dy = _shaped("gamma", gamma, x, x.shape[1:]), _shaped("dy", dy, x, x.shape)
    return Gradients(*transform.backward(_standardize(x, eps), gamma, dy))


def printed_chain(x: Any, gamma: Any, dy: Any, eps: Any) -> Chain:
    """The same gradients term by term, as the source prints them (Ioffe and Szegedy 2015, Section 3).

    dl/dx^_i = gamma dl/dy_i
    dl/dsigma_B^2 = sum_i dl/dy_i (x_i - mu_B) (-gamma/2) (sigma_B^2 + eps)^(-3/2)
    dl/dmu_B = sum_i dl/dy_i (-gamma)/s + dl/dsigma_B^2 (1/m) sum_i (-2)(x_i - mu_B)
    dl/dx_i = dl/dx^_i / s + dl/dsigma_B^2 2 (x_i - mu_B)/m + dl/dmu_B / m
    """
    x = _batch("x", x)
    gamma, dy = _shaped("gamma", gamma, x, x.shape[1:]), _shaped("dy", dy, x, x.shape)
    return transform.chain(_standardize(x, eps), gamma, dy)


def jacobian(x: Any, gamma: Any, eps: Any) -> Array:
    """dy/dx = (gamma/s) (I - 11^T/m - x^ x^^T/m) of one feature, x of shape (m,): symmetric, shape (m, m)."""
    x = _batch("x", x)
    if x.ndim != 1:
        raise InvalidInput("x", f"shape {x.shape}", "must have shape (m,), one feature", "give a column x[:, k]")
    gamma = _shaped("gamma", gamma, x, ())
    x_hat, s, _ = _standardize(x, eps)
    m = len(x)
    dy_dx: Array = gamma / s * ((m * np.eye(m, dtype=x.dtype) - 1 - np.outer(x_hat, x_hat)) / m)
    return dy_dx


def running_statistics(previous: Statistics, x: Any, momentum: Any) -> Statistics:
    """One update, new = (1 - momentum) previous + momentum batch, with the batch's unbiased variance.

    This is the convention of torch.nn.BatchNorm1d: momentum in [0, 1] is the weight of the new batch, and the
    variance has the divisor m - 1. `InvalidInput` also for m = 1 and for momentum outside [0, 1].
    """
    x = _batch("x", x)
    new = _shaped("momentum", momentum, x, ())
    if _known(new < 0) or _known(new > 1):
        raise InvalidInput("momentum", momentum, "must lie in [0, 1]", "give one such as 0.1")
    old_mean = _shaped("previous.mean", previous.mean, x, x.shape[1:])
    old_variance = _shaped("previous.variance", previous.variance, x, x.shape[1:])
    mean, variance = _unbiased(x)
    return Statistics((1 - new) * old_mean + new * mean, (1 - new) * old_variance + new * variance)


def population_statistics(batches: Iterable[Any]) -> Statistics:
    """E[x] = E_B[mu_B] and Var[x] = m/(m-1) E_B[sigma_B^2] over batches of one shape, m >= 2.

    What the second formula estimates depends on how the batches were drawn from a population of size N: for
    i.i.d. draws its expectation is the population variance (divisor N); over all subsets of size m without
    replacement it is the variance with divisor N - 1; for a fixed partition it is neither.
    """
    moments, like = [], None
    for batch in batches:
        like = _batch("batch", batch) if like is None else _shaped("batch", batch, like, like.shape)
        moments.append(_unbiased(like))
    if like is None:
        raise InvalidInput("batches", "none", "must hold at least one batch", "give a list of arrays (m, d)")
    means, variances = (np.asarray(values) for values in zip(*moments, strict=True))
    return Statistics(means.sum(axis=0) / len(means), variances.sum(axis=0) / len(means))


def inference_map(population: Statistics, gamma: Any, beta: Any, eps: Any) -> AffineMap:
    """y = gamma/sqrt(Var[x] + eps) x + (beta - gamma E[x]/sqrt(Var[x] + eps)): fixed, and deterministic in x.

    gamma, beta and both statistics have shape (d,) or (). `InvalidInput` also for a negative variance.
    """
    mean = _real("population.mean", population.mean)
    mean = _ratios(mean, mean) if mean.dtype == object else mean
    variance = _shaped("population.variance", population.variance, mean, mean.shape)
    gamma, beta = _shaped("gamma", gamma, mean, mean.shape), _shaped("beta", beta, mean, mean.shape)
    for v in np.ravel(variance):
        if _known(v < 0):
            raise InvalidInput("population.variance", v, "must be at least 0", "give variances")
    epsilon = _checked_eps(variance, eps, mean)
    return AffineMap(transform.inference_scale(variance, gamma, epsilon), mean[()], beta)


def _moments(x: Array) -> transform.Moments:
    with np.errstate(over="ignore", invalid="ignore"):  # reported below, by name
        moments = transform.moments(x)
    if x.dtype != object and not np.all(np.isfinite(moments.variance)):
        raise InvalidInput("x", f"entries up to {np.abs(x).max():.3g}", "has a variance that overflows", "rescale it")
    return moments


def _standardize(x: Array, eps: Any) -> transform.Standardized:
    moments = _moments(x)
    return transform.rescale(moments, _checked_eps(moments.variance, eps, x))


def _checked_eps(variance: Array, eps: Any, like: Array) -> Any:
    """eps in the number system of `like`, if sigma_B^2 + eps is positive in every feature."""
    epsilon = _shaped("eps", eps, like, ())
    if _known(epsilon < 0):
        raise InvalidInput("eps", eps, "must be at least 0", "give one such as 1e-5")
    total = variance + epsilon
    flat = np.ravel(total)
    # Below the smallest normal float64 the squares have lost digits: x^ would be wrong, and nothing said so.
    small = [_known(v <= 0) for v in flat] if flat.dtype == object else flat < np.finfo(np.float64).tiny
    for k in np.flatnonzero(small):
        value = f"{flat[k]} in feature {k}" if np.ndim(total) else flat[k]
        rule = "must be positive" if flat.dtype == object else "must be at least 2.3e-308"
        raise InvalidInput("sigma_B^2 + eps", value, rule, "give eps > 0 or drop the feature")
    return epsilon


def _unbiased(x: Array) -> tuple[Array, Array]:
    m = len(x)
    if m == 1:
        raise InvalidInput("m", m, "must be at least 2 for an unbiased variance", "give larger batches")
    mean, _, variance = _moments(x)
    return mean, transform.unbiased(variance, m)


def _batch(name: str, value: Any) -> Array:
    x = _real(name, value)
    if x.dtype == object:
        x = _ratios(x, x)
    if x.ndim not in (1, 2) or x.size == 0:
        raise InvalidInput(
            name, f"shape {x.shape}", "must have shape (m,) or (m, d), m >= 1", "give one row an example"
        )
    return x


def _shaped(name: str, value: Any, like: Array, shape: tuple[int, ...]) -> Any:
    """The value in the number system of `like`; an array of shape () is unpacked to its entry."""
    array = _real(name, value, like.dtype == object)
    if like.dtype == object:
        array = _ratios(array, like)
    if array.shape != shape:
        raise InvalidInput(name, f"shape {array.shape}", f"must have shape {shape}", "reshape or repeat it")
    return array[()]


def _ratios(array: Array, like: Array) -> Array:
    """The array with its integers as fractions, or as mpf where `like` has them: int/int would be a float."""
    number = next((type(v) for v in like.flat if hasattr(v, "_mpf_")), Fraction)
    values = [number(v) if isinstance(v, int) else v for v in array.flat]
    return np.fromiter(values, dtype=object, count=array.size).reshape(array.shape)


def _known(condition: Any) -> bool:
    """Whether a comparison holds; a symbolic one that is left open does not."""
    return bool(condition == True)  # noqa: E712


def _real(name: str, value: Any, exact: bool | None = None) -> Array:
    """A float64 array, or if `exact` one of dtype object; by default as the value itself is."""
    array = np.asarray(value)
    if array.dtype.kind not in "biufO":
        raise InvalidInput(name, f"an array of {array.dtype}", "must hold real numbers", "convert it to float64")
    if exact or (exact is None and array.dtype == object):
        if any(isinstance(v, float | np.floating) for v in array.flat):
            raise InvalidInput(name, "a float", "stands beside exact numbers", "give ints or Fractions")
        values = [int(v) if isinstance(v, np.integer) else v for v in array.flat]
        array = np.fromiter(values, dtype=object, count=array.size).reshape(array.shape)
        finite = np.array([v - v == 0 for v in values], dtype=bool).reshape(array.shape)
    else:
        array = array.astype(np.float64, copy=False)
        finite = np.isfinite(array)
    for index in np.argwhere(~finite):
        raise InvalidInput(
            f"{name}{index.tolist() or ''}", array[tuple(index)], "must be finite", "correct it or leave it out"
        )
    return array
