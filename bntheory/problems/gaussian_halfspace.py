"""Learning a halfspace with Gaussian inputs: f(w~) = E[phi(z^T w~)], z ~ N(u, S - u u^T) (E7).

z^T w~ ~ N(m, s^2) with m = u^T w~ and s^2 = w~^T (S - u u^T) w~: everything is a one-dimensional expectation.
By Stein's lemma grad f = a u + b Cov w~ with a = E[phi'], b = E[phi''] (E8).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from bntheory.decoupling import rho_star
from bntheory.errors import InvalidInput
from bntheory.gaussian import expectation, loss_moments
from bntheory.linalg import Metric
from bntheory.losses import Loss, get_loss
from bntheory.problems.checks import matching
from bntheory.typing import Matrix, Vector


class GaussianHalfspace:
    """min E[phi(z^T w~)] over w~, z normal with mean u and second moment S.

    Parameters
    ----------
    S : array, shape (d, d)
        E[z z^T], symmetric positive definite.
    u : array, shape (d,)
        E[z], with u^T S^-1 u < 1 (equivalently, Cov z = S - u u^T is positive definite).
    loss : str or Loss

    Raises
    ------
    InvalidInput
        If S is not symmetric positive definite, u does not match it, or u^T S^-1 u >= 1.
    """

    def __init__(self, S: Matrix, u: Vector, loss: str | Loss = "softplus") -> None:
        self.metric = Metric(S, definite=True)
        self.u = matching("u", u, self.metric)
        self.loss = get_loss(loss)
        if -rho_star(self.metric, self.u) >= 1:
            raise InvalidInput(
                "u^T S^-1 u",
                f"{-rho_star(self.metric, self.u):.6g}",
                "must be below 1, or z has no covariance S - u u^T",
                "give the second moment E[z z^T] as S, not the covariance",
            )
        self.covariance: Matrix = self.S - np.outer(self.u, self.u)

    @property
    def S(self) -> Matrix:
        """E[z z^T], shape (d, d)."""
        return self.metric.S

    @property
    def zeta(self) -> float:
        """The smoothness constant sup phi'' * L of f."""
        return self.loss.d2phi_bound * self.metric.L

    def _moments(self, w: Vector) -> tuple[float, float, float]:
        return loss_moments(self.loss, float(self.u @ w), deviation(self.covariance, w))

    def value(self, w: Vector) -> float:
        """E[phi(z^T w~)]."""
        return self._moments(w)[0]

    def gradient(self, w: Vector) -> Vector:
        """E[phi'] u + E[phi''] Cov w~."""
        return self.value_and_gradient(w)[1]

    def value_and_gradient(self, w: Vector) -> tuple[float, Vector]:
        """Both from one set of quadrature nodes."""
        value, a, b = self._moments(w)
        return value, a * self.u + b * (self.covariance @ w)

    def stein(self, w: Vector) -> tuple[float, float]:
        """(E[phi'], E[phi'']) at w~."""
        return self._moments(w)[1:]

    def ray(self, w: Vector) -> GaussianRay:
        """The loss along the direction of w, which it meets only through the scalar u^T v."""
        return GaussianRay(self, w)

    def obstacle(self, w: Vector) -> str | None:
        """Why no minimizer exists: bounded increasing losses, odd about their middle, fall along -S^-1 u for ever."""
        if self.u.any() and _is_symmetric_step(self.loss):
            return f"the {self.loss.name} loss has no minimizer of finite length on Gaussian inputs with u != 0"
        return None

    @cached_property
    def minimizer(self) -> Vector | None:
        """The minimizer of a convex loss, on the line of S^-1 u (E8; 0 if u = 0, by Jensen); None for other losses.

        Expectations are exact to about 1e-16, so that no slope is left to follow where min f - inf phi is that small:
        None below 1e-12 (softplus: |rho*| above 0.98).
        """
        best = self._best_on_the_line
        if best is None:
            return None
        resolved = not np.isfinite(self.loss.limits[0]) or self.value(best) - self.loss.limits[0] > 1e-12
        return best if resolved else None

    @cached_property
    def _best_on_the_line(self) -> Vector | None:
        if not self.loss.convex:
            return None
        if not self.u.any():
            return np.zeros_like(self.u)
        best = self.metric.solve(self.u)
        best /= self.metric.norm(best)
        ray = self.ray(best)
        end = -np.sign(ray.slope(0.0))
        while ray.slope(end) * end < 0:
            end *= 2
        gamma = brentq(ray.slope, 0.0, end, xtol=1e-15, rtol=4 * np.finfo(float).eps) if end else 0.0
        w: Vector = gamma * best
        return w

    @cached_property
    def minimum(self) -> float:
        """inf f: attained for convex losses, the limit of infinite length for symmetric steps (sigmoid), else nan.

        The latter is phi(-oo) + (phi(oo) - phi(-oo)) N(-kappa), kappa^2 = |rho*|/(1 - |rho*|), the limit along the best
        direction, N the standard normal distribution function: phi is a mixture of steps at c and -c, and
        N(-r - d) + N(-r + d) >= 2 N(-r) for r, d >= 0, r <= kappa the ratio of |mean| to deviation of z^T w~.
        """
        if self._best_on_the_line is not None:
            return self.value(self._best_on_the_line)
        if self.obstacle(self.u) is None:
            return float("nan")
        size = -rho_star(self.metric, self.u)
        low, high = self.loss.limits
        return float(low + (high - low) * ndtr(-np.sqrt(size / (1 - size))))

    def suboptimality(self, w: Vector, value: float | None = None) -> float:
        """f(w~) - inf f; nan where no infimum is known. Rounding: about eps * f(w~)."""
        return (self.value(w) if value is None else value) - self.minimum


def _is_symmetric_step(loss: Loss) -> bool:
    """Whether phi is increasing, bounded and odd about its middle (phi(t) + phi(-t) constant, at 64 points)."""
    low, high = loss.limits
    if not (loss.increasing and np.isfinite(high - low)):
        return False
    t = np.geomspace(1e-2, 1e2, 64)
    return bool(np.abs(loss.phi(t) + loss.phi(-t) - (low + high)).max() <= 1e-12 * (high - low))


def deviation(covariance: Matrix, w: Vector) -> float:
    """sqrt(w^T Cov w), rounding below 0 clipped."""
    return float(np.sqrt(max(float(w @ covariance @ w), 0.0)))


class GaussianRay:
    """E[phi(gamma t)], t = z^T v ~ N(c, 1 - c^2), c = u^T v, |v|_S = 1."""

    def __init__(self, problem: GaussianHalfspace, w: Vector) -> None:
        v = problem.metric.unit(w)
        self._problem = problem
        self._mean = float(problem.u @ v)
        self._cov_v = problem.covariance @ v
        self._std = deviation(problem.covariance, v)
        self._at: tuple[float, tuple[float, float, float]] | None = None

    def _moments(self, gamma: float) -> tuple[float, float, float]:
        if self._at is None or self._at[0] != gamma:
            self._at = (gamma, loss_moments(self._problem.loss, gamma * self._mean, abs(gamma) * self._std))
        return self._at[1]

    def value(self, gamma: float) -> float:
        """E[phi(gamma t)]."""
        return self._moments(gamma)[0]

    def slope(self, gamma: float) -> float:
        """E[phi'(gamma t) t] = a c + b gamma (1 - c^2) (Stein)."""
        _, a, b = self._moments(gamma)
        return a * self._mean + b * gamma * self._std**2

    def curvature(self, gamma: float) -> float:
        """E[phi''(gamma t) t^2]."""
        loss = self._problem.loss
        if gamma == 0.0:
            return float(loss.d2phi(np.zeros(1))[0]) * (self._mean**2 + self._std**2)
        weighted = expectation(
            lambda t: loss.d2phi(t) * (t / gamma) ** 2,
            gamma * self._mean,
            abs(gamma) * self._std,
            strip=loss.strip,
            kinks=loss.kinks,
        )
        return float(weighted.value)

    def gradient(self, gamma: float) -> Vector:
        """a u + b Cov w~ at w~ = gamma v."""
        _, a, b = self._moments(gamma)
        return a * self._problem.u + b * gamma * self._cov_v

    def stein(self, gamma: float) -> tuple[float, float]:
        """(E[phi'], E[phi''])."""
        return self._moments(gamma)[1:]
