"""Scalar functions phi, phi', phi'' of the margin t, written so that both tails keep their digits.

The file knows formulas only; what is known *about* each loss (bounds, limits, convexity) stands in `losses`.

Accuracy, for float64 t with |t| <= 1e150 (eps = 2.2e-16, tiny = 2e-307, where float64 ends):
|computed - exact| <= 1e-14 |exact| + tiny for the logistic, tanh, squared, smoothed-hinge and sqrt-hinge
families, and <= 4 (t^2 + 8) eps |exact| + tiny for the normal family, whose condition number is t^2 in the
tail: that is the effect of rounding t itself.

Functions that end in ``_derivatives`` write phi' and phi'' into two given arrays and share the exponential;
on large arrays the allocation of temporaries costs more than the arithmetic.
"""

from __future__ import annotations

import numpy as np
from scipy.special import erfcx, ndtr

from bntheory.typing import Vector

_LARGEST_EXPONENT = 708.39
"""exp(708.39) = 4.5e307 does not overflow and its reciprocal is still a normal number."""

_LARGEST_SQUARABLE = 1e150
"""1 + t^2 does not overflow up to here."""


def softplus(t: Vector) -> Vector:
    """phi(t) = log(1 + exp(t)) = max(t, 0) + log1p(exp(-|t|))."""
    return np.maximum(t, 0.0) + np.log1p(np.exp(-np.abs(t)))


def logistic(t: Vector) -> Vector:
    """s(t) = 1/(1 + exp(-t)); three times faster than `scipy.special.expit` on large arrays."""
    s = np.empty(np.shape(t))
    np.clip(t, -_LARGEST_EXPONENT, np.inf, out=s)
    np.negative(s, out=s)
    np.exp(s, out=s)
    s += 1.0
    np.divide(1.0, s, out=s)
    return s


def softplus_derivatives(t: Vector, dphi: Vector, d2phi: Vector) -> None:
    """Write s(t) = e/(1 + e) and s'(t) = e/(1 + e)^2, e = exp(t): one exponential for both."""
    np.clip(t, -np.inf, _LARGEST_EXPONENT, out=dphi)
    np.exp(dphi, out=dphi)
    np.add(dphi, 1.0, out=d2phi)
    np.divide(1.0, d2phi, out=d2phi)
    dphi *= d2phi
    d2phi *= dphi


def logistic_slope(t: Vector) -> Vector:
    """s'(t) = s(t) s(-t)."""
    slope = np.empty(np.shape(t))
    softplus_derivatives(t, np.empty(np.shape(t)), slope)
    return slope


def logistic_curvature(t: Vector) -> Vector:
    """s''(t) = -tanh(t/2) s'(t); tanh keeps the digits near t = 0, where 1 - 2 s(t) loses them."""
    slope = logistic_slope(t)
    slope *= np.tanh(np.multiply(t, -0.5))
    return slope


def logistic_derivatives(t: Vector, dphi: Vector, d2phi: Vector) -> None:
    """Write s'(t) and s''(t)."""
    softplus_derivatives(t, d2phi, dphi)
    np.multiply(t, -0.5, out=d2phi)
    np.tanh(d2phi, out=d2phi)
    d2phi *= dphi


def tanh(t: Vector) -> Vector:
    """phi(t) = tanh(t) = 2 s(2t) - 1."""
    return np.tanh(t)


def tanh_slope(t: Vector) -> Vector:
    """phi'(t) = 1/cosh(t)^2 = 4 s'(2t)."""
    return 4.0 * logistic_slope(np.multiply(t, 2.0))


def tanh_curvature(t: Vector) -> Vector:
    """phi''(t) = -2 tanh(t)/cosh(t)^2 = 8 s''(2t)."""
    return 8.0 * logistic_curvature(np.multiply(t, 2.0))


def tanh_derivatives(t: Vector, dphi: Vector, d2phi: Vector) -> None:
    """Write tanh'(t) and tanh''(t)."""
    logistic_derivatives(np.multiply(t, 2.0), dphi, d2phi)
    dphi *= 4.0
    d2phi *= 8.0


def derivatives_from_tanh(value: Vector, dphi: Vector, d2phi: Vector) -> None:
    """Write 1 - T^2 and -2 T (1 - T^2), T = tanh(t), without another exponential; no relative accuracy in the tails."""
    np.multiply(value, value, out=dphi)
    np.subtract(1.0, dphi, out=dphi)
    np.multiply(value, dphi, out=d2phi)
    d2phi *= -2.0


def normal_density(t: Vector) -> Vector:
    """n(t) = exp(-t^2/2)/sqrt(2 pi); zero beyond |t| = 39, so the clip at 40 only prevents an overflow."""
    density: Vector = np.exp(-0.5 * np.square(np.clip(t, -40.0, 40.0))) / np.sqrt(2.0 * np.pi)
    return density


def normal_cdf(t: Vector) -> Vector:
    """N(t) = integral of n up to t = (1 + erf(t/sqrt 2))/2."""
    return np.asarray(ndtr(t), dtype=np.float64)


def normal_density_slope(t: Vector) -> Vector:
    """n'(t) = -t n(t)."""
    return -np.asarray(t, dtype=np.float64) * normal_density(t)


def gaussian_hinge(t: Vector) -> Vector:
    """G(t) = E max(0, t + Z) = t N(t) + n(t), Z ~ N(0, 1).

    Written as max(t, 0) + n(t) (1 - |t| R(|t|)) with Mills' ratio R(a) = N(-a)/n(a) =
    sqrt(pi/2) erfcx(a/sqrt 2): the difference costs 1 - a R(a) ~ 1/a^2 of its digits, no more than n(t) does.
    """
    a = np.abs(t)
    mills: Vector = np.sqrt(0.5 * np.pi) * erfcx(a * np.sqrt(0.5))
    return np.maximum(t, 0.0) + normal_density(a) * (1.0 - a * mills)


def _root(t: Vector) -> Vector:
    return np.sqrt(1.0 + np.square(np.clip(t, -_LARGEST_SQUARABLE, _LARGEST_SQUARABLE)))


def sqrt_hinge(t: Vector) -> Vector:
    """phi(t) = (t + sqrt(1 + t^2))/2 = max(t, 0) + 1/(2 (sqrt(1 + t^2) + |t|))."""
    return np.maximum(t, 0.0) + 0.5 / (_root(t) + np.abs(t))


def _sqrt_hinge_slope(t: Vector, root: Vector) -> Vector:
    tail = 0.5 / root / (root + np.abs(t))
    return np.where(np.less(t, 0.0), tail, 1.0 - tail)


def _sqrt_hinge_curvature(root: Vector) -> Vector:
    inverse = 1.0 / root  # root^3 would overflow
    return 0.5 * inverse * inverse * inverse


def sqrt_hinge_slope(t: Vector) -> Vector:
    """phi'(t) = (1 + t/r)/2 with r = sqrt(1 + t^2); for t < 0 it is 1/(2 r (r + |t|))."""
    return _sqrt_hinge_slope(t, _root(t))


def sqrt_hinge_curvature(t: Vector) -> Vector:
    """phi''(t) = (1 + t^2)^(-3/2)/2."""
    return _sqrt_hinge_curvature(_root(t))


def sqrt_hinge_derivatives(t: Vector, dphi: Vector, d2phi: Vector) -> None:
    """Write phi'(t) and phi''(t) from one square root."""
    root = _root(t)
    dphi[...] = _sqrt_hinge_slope(t, root)
    d2phi[...] = _sqrt_hinge_curvature(root)


def squared(t: Vector) -> Vector:
    """phi(t) = (1 + t)^2 = (y - x^T w)^2 at t = -y x^T w, y in {-1, +1}."""
    return np.square(np.add(1.0, t))


def squared_slope(t: Vector) -> Vector:
    """phi'(t) = 2 (1 + t)."""
    return 2.0 * np.add(1.0, t)


def squared_curvature(t: Vector) -> Vector:
    """phi''(t) = 2."""
    return np.full(np.shape(t), 2.0)


def smoothed_hinge(t: Vector) -> Vector:
    """phi(t) = 0 for t <= -1, (1 + t)^2/2 on (-1, 0), t + 1/2 for t >= 0 (Rennie).

    In one formula: s (u - s/2) with u = max(1 + t, 0) and s = phi'(t) = min(u, 1).
    """
    u = np.maximum(np.add(1.0, t), 0.0)
    s = np.minimum(u, 1.0)
    return s * (u - 0.5 * s)


def smoothed_hinge_slope(t: Vector) -> Vector:
    """phi'(t) = 1 + t clipped to [0, 1]."""
    return np.clip(np.add(1.0, t), 0.0, 1.0)


def smoothed_hinge_curvature(t: Vector) -> Vector:
    """phi''(t) = 1 on (-1, 0), else 0; it jumps at -1 and 0."""
    return np.asarray(np.greater(t, -1.0) & np.less(t, 0.0), dtype=np.float64)
