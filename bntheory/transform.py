"""The formulas of Batch Normalization in plain array operators, for every number system and nothing checked.

The same lines run on float64 arrays of shape (m, d) or (m,), on object arrays of Fractions, mpmath and SymPy numbers,
on truncated Taylor series of those (`bntheory.jets`), and on formal vectors of any dimension (`bntheory.gram`): what
is computed, what is decided and what is proved is one formula. `bntheory.batchnorm` checks arguments and calls these.

With mu_B = (1/m) sum_i x_i, sigma_B^2 = (1/m) sum_i (x_i - mu_B)^2, s = sqrt(sigma_B^2 + eps) and
x^_i = (x_i - mu_B)/s (Ioffe and Szegedy 2015, Algorithm 1). Division of integers by m would give floats: exact
batches must hold Fractions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from bntheory.numbers import sqrt


class Moments(NamedTuple):
    """mu_B, the deviations x - mu_B, and sigma_B^2, of each feature."""

    mean: Any
    centred: Any
    variance: Any


class Standardized(NamedTuple):
    """x^, s = sqrt(sigma_B^2 + eps), and the deviations x - mu_B."""

    x_hat: Any
    s: Any
    centred: Any


class Chain(NamedTuple):
    """Every term of the printed chain rule: dx_hat and dx of the shape of x, all others (d,) or ()."""

    dx_hat: Any
    dgamma: Any
    dbeta: Any
    dsigma2: Any
    dmu_through_x_hat: Any
    dmu_through_sigma2: Any
    dx: Any


def centre(x: Any) -> tuple[Any, Any]:
    """Mean and deviations. Exact mean: the residue is 0. Float: it removes the rounding error of the mean."""
    m = x.shape[0]
    mean = x.sum(axis=0) / m
    deviations = x - mean
    residue = deviations.sum(axis=0) / m
    return mean + residue, deviations - residue


def moments(x: Any) -> Moments:
    """mu_B, x - mu_B, and sigma_B^2 with divisor m."""
    mean, centred = centre(x)
    return Moments(mean, centred, (centred * centred).sum(axis=0) / x.shape[0])


def unbiased(variance: Any, m: int) -> Any:
    """m/(m-1) sigma_B^2, for m >= 2."""
    return variance * m / (m - 1)


def standardize(x: Any, eps: Any) -> Standardized:
    """x^ = (x - mu_B)/s, s and x - mu_B."""
    return rescale(moments(x), eps)


def rescale(batch: Moments, eps: Any) -> Standardized:
    """The deviations divided by s = sqrt(sigma_B^2 + eps)."""
    s = sqrt(batch.variance + eps)
    return Standardized(batch.centred / s, s, batch.centred)


def inference_scale(variance: Any, gamma: Any, eps: Any) -> Any:
    """gamma / sqrt(Var[x] + eps), the slope of the map used at inference."""
    return gamma / sqrt(variance + eps)


def forward(x: Any, gamma: Any, beta: Any, eps: Any) -> Any:
    """y = gamma x^ + beta."""
    return scale_and_shift(standardize(x, eps), gamma, beta)


def scale_and_shift(batch: Standardized, gamma: Any, beta: Any) -> Any:
    """gamma x^ + beta."""
    return gamma * batch.x_hat + beta


def backward(batch: Standardized, gamma: Any, dy: Any) -> tuple[Any, Any, Any]:
    """dl/dx = (gamma/s)(d - mean d - x^ mean(d x^)), dl/dgamma = sum d x^, dl/dbeta = sum d; d = dy = dl/dy."""
    x_hat, s, _ = batch
    _, d = centre(dy)
    dgamma = (d * x_hat).sum(axis=0)  # the mean of d does not count, since x^ sums to 0
    return gamma / s * (d - x_hat * (dgamma / dy.shape[0])), dgamma, dy.sum(axis=0)


def chain(batch: Standardized, gamma: Any, dy: Any) -> Chain:
    """The same gradients term by term, as the source prints them; see `bntheory.batchnorm.printed_chain`."""
    x_hat, s, centred = batch
    m, dx_hat = dy.shape[0], gamma * dy
    dsigma2 = (dy * centred * (-gamma)).sum(axis=0) / (2 * s) / s / s  # s^3 itself may overflow
    dmu_through_x_hat = (dy * (-gamma)).sum(axis=0) / s
    dmu_through_sigma2 = dsigma2 * (-2 * centred).sum(axis=0) / m
    dx = dx_hat / s + dsigma2 * 2 * centred / m + (dmu_through_x_hat + dmu_through_sigma2) / m
    return Chain(dx_hat, (dy * x_hat).sum(axis=0), dy.sum(axis=0), dsigma2, dmu_through_x_hat, dmu_through_sigma2, dx)
