r"""lambda(B): how fast the gradient of a deep batch-normalized network at initialization grows from layer to layer.

Setting. Layers h -> phi(BN(W h)), infinitely wide, weights Gaussian of variance 1/width, batches of B > 3, eps = 0,
gamma = 1, beta = 0, with the covariance of a batch at its exchangeable fixed point (Yang et al. 2019). The normalized
activations x^ of a unit are then uniform on the sphere of radius sqrt(B) in the complement of 1 in R^B, independent of
sigma, and E[1/sigma^2] = B/((q-p)(B-3)). lambda is the factor, a layer, of the squared norm of the gradient (the norm
grows by sqrt(lambda)). With psi(t) = t phi'(t), a != b, q = E[phi(x^_a)^2], p = E[phi(x^_a) phi(x^_b)]:

    lambda(B) = ( (B-1) E[phi'_a^2] + E[phi'_a phi'_b] - E[psi_a^2] + E[psi_a psi_b] ) / ((B-3)(q-p)).

Main statements.

- With w_k = half the part of E[(phi_a - phi_b)^2] = 2(q-p) in the spherical harmonics of degree k, lambda is the mean
  of k + k^2/(B-3) with weights w_k >= 0, k >= 1. So lambda >= (B-2)/(B-3), the rate of linear networks (F9).
- B -> infinity: lambda -> E[phi'(Z)^2]/Var[phi(Z)], Z standard normal; pi/(pi-1) for ReLU (D2).

Formulas are written in plain operators, for B and coefficients of any number system: those of polynomials are exact
where both are Fractions (two integers divide to a float), digits for mpmath numbers, formal scalars of `bntheory.gram`.
Those of leaky ReLUs hold angles, which have no exact value: of Fractions they raise TypeError, of integers they are
floats. `activation_moments` and `activation_limit` are float64 only. Plain numbers outside the domain raise
InvalidInput (`bntheory.growth_domain`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from math import factorial, pi
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from bntheory.errors import check_choice
from bntheory.gaussian import expectation
from bntheory.growth_domain import check_batch, check_coefficients, check_normal_spread, check_size, check_spread
from bntheory.numbers import acos, sqrt
from bntheory.typing import Vector

#: Through which of the batch statistics the gradient flows; all but "both" are broken backward passes.
Path = Literal["both", "mean", "variance", "neither"]


class ActivationMoments(NamedTuple):
    """Means over x^ for one entry a, and for two entries a != b; psi(t) = t phi'(t)."""

    q: Any
    """E[phi_a^2]"""
    p: Any
    """E[phi_a phi_b]"""
    slope: Any
    """E[phi'_a^2]"""
    slopes: Any
    """E[phi'_a phi'_b]"""
    psi: Any
    """E[psi_a^2]"""
    psis: Any
    """E[psi_a psi_b]"""


def growth_rate(B: Any, moments: ActivationMoments, through: Path = "both") -> Any:
    """lambda(B) from the moments, q > p and B > 3.

    Parameters
    ----------
    B : int, Fraction, or any number
    moments : ActivationMoments
    through : {"both", "mean", "variance", "neither"}
        The rates of broken backward passes, which stop the gradient at the other statistics. The covariance of the
        gradients of a batch is alpha I + beta 11^T, and the rate is the larger factor of that recursion.

    Raises
    ------
    InvalidInput
        B or the moments are plain numbers outside the domain, or there is no such path.
    """
    check_size(B)
    check_spread(moments.q, moments.p)
    check_choice("through", through, get_args(Path))
    _, _, slope, slopes, psi, psis = moments
    scale = (B - 3) * (moments.q - moments.p)
    if through == "neither":
        return B * slope / scale
    if through == "mean":
        return ((B - 1) * slope + slopes) / scale
    contrasts = (B - 1) * slope + slopes - psi + psis
    if through == "both":
        return contrasts / scale
    # alpha and alpha + B beta turn into each other: the gradient has a part along 1, which the mean would remove
    common = slope + (B - 1) * slopes
    mixed = (slope - slopes) * ((B - 1) * (slope - slopes - psis) - psi)
    return (contrasts + common + sqrt((contrasts - common) ** 2 + 4 * mixed)) / (2 * scale)


def harmonic_rate(k: int, B: Any) -> Any:
    """k + k^2/(B-3), the rate of a spherical harmonic of degree k; (B-2)/(B-3) for k = 1, linear networks."""
    check_size(B)
    return k + k**2 / (B - 3)


def leaky_relu_rate(B: Any, a: Any) -> Any:
    """lambda(B) of the leaky ReLU max(t, 0) + a min(t, 0), B > 3: linear for a = 1, ReLU for a = 0 (F8)."""
    check_size(B)
    c = -1 / (B - 1)
    below = acos(-c)  # pi - arccos c
    half_turn = acos(c) + below
    J = (sqrt(1 - c**2) + below * c) / half_turn
    kink = (1 - a) ** 2
    slopes = (B - 1) * (1 + a**2) + kink * below / half_turn + 2 * a
    return (slopes / (1 + a**2 - kink * J - 2 * a * c) - 1) / (B - 3)


def relu_rate(B: Any) -> Any:
    """lambda(B) of ReLU, B > 3 (D2)."""
    return leaky_relu_rate(B, 0)


def leaky_relu_limit(a: Any) -> Any:
    """lambda of the leaky ReLU as B -> infinity, (1 + a^2)/(1 + a^2 - (1-a)^2/pi); pi/(pi-1) for ReLU."""
    a = float(a) if isinstance(a, int) else a
    return (1 + a**2) / (1 + a**2 - (1 - a) ** 2 / acos(0 * a - 1))


# Polynomials: phi(t) = sum_k coefficients[k] t^k


def sphere_moment(B: Any, i: int, j: int) -> Any:
    """E[x^_a^i x^_b^j], a != b: B^((i+j)/2) E[g_a^i g_b^j]/E[chi^(i+j)], g Gaussian of covariance I - 11^T/B."""
    return (_kept_moment if isinstance(B, int | float | Fraction) else _moment)(B, i, j)


def _moment(B: Any, i: int, j: int) -> Any:
    if (i + j) % 2:
        return 0
    half, below = (i + j) // 2, 1
    for step in range(half):
        below = below * (B - 1 + 2 * step)
    terms = [pairings * (-1) ** k * (B - 1) ** (half - k) for k, pairings in _pairings(i, j)]
    return sum(terms[1:], terms[0]) / below


@lru_cache(maxsize=100_000, typed=True)
def _kept_moment(B: Any, i: int, j: int) -> Any:
    return _moment(B, i, j)


@lru_cache(maxsize=1_000)
def _pairings(i: int, j: int) -> tuple[tuple[int, int], ...]:
    """(k, how many ways to pair i copies of a and j of b with k pairs of both kinds): Isserlis' theorem."""
    return tuple((k, _ways(i, j, k)) for k in range(i % 2, min(i, j) + 1, 2))


def _ways(i: int, j: int, k: int) -> int:
    a, b = (i - k) // 2, (j - k) // 2
    orders: int = factorial(k) * factorial(a) * factorial(b) * 2 ** (a + b)
    return factorial(i) * factorial(j) // orders


def polynomial_moments(coefficients: Sequence[Any], B: Any) -> ActivationMoments:
    """The moments of a polynomial activation, rational in B > 3 and the coefficients."""
    check_size(B)
    check_coefficients(coefficients)
    slopes = _derivative(coefficients)
    return ActivationMoments(
        *_square(coefficients, B, 0),
        *_square(slopes, B, 0),
        *_square(slopes, B, 1),
    )


def _derivative(coefficients: Sequence[Any]) -> list[Any]:
    return [k * c for k, c in enumerate(coefficients)][1:]


def _square(coefficients: Sequence[Any], B: Any, shift: int) -> tuple[Any, Any]:
    """E[f_a^2] and E[f_a f_b] of f(t) = sum_k coefficients[k] t^(k + shift)."""
    one, two = 0 * coefficients[0], 0 * coefficients[0]
    for i, first in enumerate(coefficients):
        for j in range(i % 2, i + 1, 2):
            product = first * coefficients[j] * (1 if i == j else 2)
            one = one + product * sphere_moment(B, i + j + 2 * shift, 0)
            two = two + product * sphere_moment(B, i + shift, j + shift)
    return one, two


def harmonic_weights(coefficients: Sequence[Any], B: Any) -> list[Any]:
    """w_1, w_2, ... of a polynomial: half the part of E[(phi_a - phi_b)^2] in the harmonics of each degree.

    w_k = a_k^2 h_k (1 - G_k(-1/(B-1))) with phi = sum_k a_k P_k, P_k the monic polynomials orthogonal under the law of
    x^_a, of squared norm h_k, and G_k the Gegenbauer polynomial of the sphere with G_k(1) = 1, |G_k| < 1 inside.
    """
    check_size(B)
    check_coefficients(coefficients)
    degree = len(coefficients) - 1
    P: list[list[Any]] = [[1], [0, 1]]
    h = [1, 1]
    for k in range(1, degree):
        up, ratio = P[k], _recursion(B, k)
        down = [*P[k - 1], 0, 0]
        P.append([old - ratio * low for old, low in zip([0, *up], down, strict=True)])
        h.append(h[-1] * _recursion(B, k + 1))
    rest, weights = list(coefficients), []
    for k in range(degree, 0, -1):
        a = rest[k]
        rest = [c - a * part for c, part in zip(rest, P[k], strict=False)]
        weights.append(a**2 * h[k] * (1 - _at_other_entry(P[k], B)))
    return weights[::-1]


def _recursion(B: Any, k: int) -> Any:
    """E[P_k^2]/E[P_(k-1)^2]."""
    return 1 if k == 1 else (B - 1) * k * (k + B - 4) / ((2 * k + B - 3) * (2 * k + B - 5))


def _at_other_entry(P: Sequence[Any], B: Any) -> Any:
    """G(-1/(B-1)) = P(-1/sqrt(B-1))/P(sqrt(B-1)): E[P_a P_b]/E[P_a^2] of an even or odd P, without the root."""
    odd = (len(P) - 1) % 2
    here, other = 0 * B, 0 * B
    for power, c in enumerate(P[odd::2]):
        here, other = here + c * (B - 1) ** power, other + c / (B - 1) ** power
    return (-1 / (B - 1)) ** odd * other / here


def polynomial_limit(coefficients: Sequence[Any]) -> Any:
    """E[phi'(Z)^2]/Var[phi(Z)] for Z standard normal: lambda as B -> infinity."""
    check_coefficients(coefficients)
    slopes = _derivative(coefficients)
    mean = sum(c * _normal_moment(k) for k, c in enumerate(coefficients))
    return _normal_square(slopes) / (_normal_square(coefficients) - mean**2)


def _normal_square(coefficients: Sequence[Any]) -> Any:
    pairs = [(i, j) for i in range(len(coefficients)) for j in range(len(coefficients))]
    return sum(coefficients[i] * coefficients[j] * _normal_moment(i + j) for i, j in pairs)


def _normal_moment(n: int) -> int:
    """E[Z^n] = (n-1)!!, 0 for odd n."""
    return 0 if n % 2 else _ways(n, 0, 0)


# Any activation, in floats


def activation_moments(
    phi: Callable[[Vector], Vector], dphi: Callable[[Vector], Vector], B: int, nodes: int = 200
) -> ActivationMoments:
    """The moments of an activation by Gauss quadrature over two entries of x^, for an integer B >= 4.

    Exact to rounding for polynomials of degree < nodes; for smooth phi the error falls geometrically in `nodes`, for
    one with kinks like a power of it.

    Raises
    ------
    InvalidInput
        B is no such integer.
    """
    check_batch(B)
    from scipy.special import roots_gegenbauer

    t, weight = roots_gegenbauer(nodes, (B - 3) / 2)  # x^_a = sqrt(B-1) t
    s, across = roots_gegenbauer(nodes, (B - 4) / 2) if B > 4 else _chebyshev(nodes)
    weight, across = weight / weight.sum(), across / across.sum()
    c = -1 / (B - 1)
    x_a = np.sqrt(B - 1.0) * t
    x_b = c * x_a[:, None] + np.sqrt(1 - c**2) * np.sqrt(B - 1.0 - x_a**2)[:, None] * s

    def square(f: Callable[[Vector], Vector]) -> tuple[float, float]:
        at_a = f(x_a)
        return float(weight @ at_a**2), float((weight * at_a) @ (f(x_b.ravel()).reshape(x_b.shape) @ across))

    return ActivationMoments(*square(phi), *square(dphi), *square(lambda x: x * dphi(x)))


def _chebyshev(nodes: int) -> tuple[Vector, Vector]:
    return np.cos(pi * (np.arange(nodes) + 0.5) / nodes), np.ones(nodes)


def activation_limit(
    phi: Callable[[Vector], Vector], dphi: Callable[[Vector], Vector], kinks: tuple[float, ...] = ()
) -> float:
    """E[phi'(Z)^2]/Var[phi(Z)] for Z standard normal: lambda as B -> infinity, by `bntheory.gaussian`."""

    def parts(t: Vector) -> Any:
        return np.stack([phi(t), phi(t) ** 2, dphi(t) ** 2])

    mean, square, slope = np.asarray(expectation(parts, 0.0, 1.0, kinks=kinks).value)
    check_normal_spread(mean, square)
    return float(slope / (square - mean**2))
