"""The best length along a direction, and the value there, as functions of one scalar: Gaussian inputs.

z^T v ~ N(-m, 1 - m^2) with m = |u^T v| and |v|_S = 1, v turned so that u^T v <= 0: a direction enters through m alone.
gamma(m) = argmin over gamma of E[phi(gamma t)] and F(m) = E[phi(gamma(m) t)] are interpolated at Chebyshev points.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial import Chebyshev
from scipy.optimize import elementwise

from bntheory.errors import InvalidInput, NoFiniteLength
from bntheory.gaussian import batched_error, batched_moments
from bntheory.losses import Loss, get_loss
from bntheory.typing import Matrix, Vector

_DEGREES = (32, 64, 128, 256)
#: The interpolant is taken where its last quarter of coefficients are below this part of the largest one: rounding of
#: the values leaves about 1e-15.
_TAIL = 1e-14
#: Longer best lengths are refused: one quadrature rule for them all would need more than 2^16 nodes.
_LONGEST = 512.0
#: Largest m. There z^T v > 0 has probability N(-4.9) = 4e-7; what the quadrature cuts off beyond 8.5 deviations, 1e-17,
#: changes the slope by some 1e-10 of its terms, and the best length as much. At m = .995 nothing would be left of it.
MOST = 0.98
#: Points between the nodes at which an interpolant is compared with what it interpolates.
_CHECKED = 64


class LengthTable:
    """gamma(m) and F(m) for m in [low, high].

    Interpolated are gamma(m) (1 - m^2), which has no pole at m = 1 (it is 2 m for the logistic loss), and F as a
    function of m^2, since it is even.

    Parameters
    ----------
    loss : str or Loss
        Without kinks.
    low, high : float
        0 <= low <= high <= .98.

    Attributes
    ----------
    error : float
        Estimate of the largest error of F: the largest difference from F computed directly at 64 more points, plus the
        last quarter of its Chebyshev coefficients, plus the error of the quadrature at the extremes of mean and
        deviation. An error d of gamma enters as E[phi'' t^2] d^2/2.

    Raises
    ------
    InvalidInput
        If the bounds are not as above, or the loss has kinks.
    NoFiniteLength
        If along some direction the best length is above 512: for bounded losses there is none.
    """

    def __init__(self, loss: str | Loss, low: float, high: float) -> None:
        if not 0 <= low <= high <= MOST:
            rule = f"must lie in [0, {MOST:g}], beyond which the loss is too flat at the best length"
            raise InvalidInput("|u^T v|", f"{low:.6g} to {high:.6g}", rule, "take the problems one by one")
        self._loss = get_loss(loss)
        margin = 1e-3 * (1 - high)  # one m alone gets a small interval around it
        low, high = max(low - margin, 0.0), high + margin
        self._gamma = _interpolant(lambda m: self._best_length(m) * (1 - m * m), low, high)
        self._value = _interpolant(lambda square: self._at_best(np.sqrt(square))[0], low**2, high**2)
        m = np.linspace(low, high, _CHECKED)
        gamma = self._best_length(m)
        moments = self._moments(m, gamma)
        quadrature = batched_error(self._loss, -gamma * m, np.abs(gamma) * np.sqrt(1 - m * m), moments)
        apart = np.abs(self.value(m) - moments[0]).max()
        self.error = quadrature + float(apart + _tail(self._value).sum())

    def gamma(self, m: Vector) -> Vector:
        """The best lengths, >= 0 along a direction with u^T v = -m for increasing losses; of m's shape."""
        lengths: Vector = self._gamma(m) / (1 - m * m)
        return lengths

    def value(self, m: Vector) -> Vector:
        """F(m), the loss at the best length, of m's shape."""
        values: Vector = self._value(m * m)
        return values

    def _moments(self, m: Vector, gamma: Vector) -> Matrix:
        """E phi, E phi', E phi'' at length gamma, shape (3, k)."""
        return batched_moments(self._loss, -gamma * m, np.abs(gamma) * np.sqrt(1 - m * m))

    def _at_best(self, m: Vector) -> Matrix:
        return self._moments(m, self.gamma(m))

    def _slope(self, gamma: Vector, m: Vector) -> Vector:
        """d/dgamma E[phi(gamma t)] = -m E phi' + gamma (1 - m^2) E phi'' (Stein)."""
        _, a, b = self._moments(m, gamma)
        slope: Vector = -m * a + gamma * (1 - m * m) * b
        return slope

    def _best_length(self, m: Vector) -> Vector:
        """By bracketing and Chandrupatla's method, all at once."""
        end = np.ones_like(m)
        while (rising := self._slope(end, m) < 0).any():
            end[rising] *= 2
            if end.max() > _LONGEST:
                raise NoFiniteLength(
                    f"the {self._loss.name} loss has no minimizer of length up to {_LONGEST:g} along directions with "
                    f"|u^T v| = {float(m[end.argmax()]):.3g}: bounded losses have none at all, others need the "
                    "problems one by one"
                )
        found = elementwise.find_root(self._slope, (np.zeros_like(m), end), args=(m,), tolerances={"xatol": 0.0})
        lengths: Vector = found.x
        return lengths


def _interpolant(function: Callable[[Vector], Vector], low: float, high: float) -> Chebyshev:
    """Of the least of `_DEGREES` at which the last coefficients are at rounding level, else of the largest."""
    for degree in _DEGREES:
        found = Chebyshev.interpolate(function, degree, domain=(low, high))
        if _tail(found).max() <= _TAIL * np.abs(found.coef).max():
            break
    return found


def _tail(interpolant: Chebyshev) -> Vector:
    """The sizes of the last quarter of the coefficients."""
    size: Vector = np.abs(interpolant.coef)
    return size[-(len(size) // 4) :]
