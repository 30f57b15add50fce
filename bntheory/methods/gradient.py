"""Gradient methods in the unnormalized weight w~: plain, accelerated, and the joint method of Batch Normalization."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bntheory.decoupling import direction_gradient
from bntheory.errors import Diverged, InvalidInput
from bntheory.protocols import Iterate, Problem, checked_start, metric_of, smoothness, value_and_gradient
from bntheory.typing import Vector


def _checked_step(step_size: float | None, name: str = "step_size") -> None:
    if step_size is not None and not (np.isfinite(step_size) and step_size > 0):
        raise InvalidInput(name, step_size, "must be positive and finite", "leave it out for the theorem's step")


@dataclass(frozen=True)
class GradientDescent:
    """w~_{t+1} = w~_t - step_size * grad f(w~_t).

    Parameters
    ----------
    step_size : float, optional
        The theorem's 1/zeta without it: 1/(2L) for least squares, where D contracts by (1 - mu/L)^2 a step.
    """

    step_size: float | None = None
    name: str = "gd"

    def __post_init__(self) -> None:
        _checked_step(self.step_size)

    def iterates(self, problem: Problem, w0: Vector) -> Iterator[Iterate]:
        """w~_0 = w0, w~_1, ...; two passes over the data each.

        Raises
        ------
        Diverged
            When an iterate leaves the floating-point range.
        """
        w = checked_start(w0, len(problem.u))
        step = 1 / smoothness(problem) if self.step_size is None else self.step_size
        passes = 0
        while True:
            value, gradient = value_and_gradient(problem, w)
            passes += 2
            if not np.isfinite(value):
                raise Diverged(self._diverged(problem, step))
            yield Iterate(w, value, gradient, passes)
            w = w - step * gradient

    def _diverged(self, problem: Problem, step: float) -> str:
        zeta = getattr(problem, "zeta", float("nan"))
        return (
            f"gradient descent left the floating-point range with step_size {step:.6g}: the theorem needs a step below "
            f"2/zeta = {2 / zeta:.6g}; leave step_size out for 1/zeta"
        )


@dataclass(frozen=True)
class AcceleratedGradient:
    """Nesterov's method with step 1/zeta, momentum (t_k - 1)/t_{k+1}, restarted when it points uphill.

    The restart is O'Donoghue and Candes' gradient test: momentum is dropped where grad f(y_k)^T (x_{k+1} - x_k) > 0.
    The iterates yielded are the extrapolated points y_k, at which the gradients are taken. Needs a convex objective.

    Parameters
    ----------
    step_size : float, optional
        1/zeta without it.
    """

    step_size: float | None = None
    name: str = "agd"

    def __post_init__(self) -> None:
        _checked_step(self.step_size)

    def iterates(self, problem: Problem, w0: Vector) -> Iterator[Iterate]:
        """y_0 = w0, y_1, ...; two passes over the data each."""
        y = checked_start(w0, len(problem.u))
        step = 1 / smoothness(problem) if self.step_size is None else self.step_size
        x, t, passes = y, 1.0, 0
        while True:
            value, gradient = value_and_gradient(problem, y)
            passes += 2
            yield Iterate(y, value, gradient, passes)
            following = y - step * gradient
            if gradient @ (following - x) > 0:
                t = 1.0
            t_next = (1 + np.sqrt(1 + 4 * t * t)) / 2
            y = following + (t - 1) / t_next * (following - x)
            x, t = following, t_next


@dataclass(frozen=True)
class BatchNormGradient:
    """Joint gradient steps on w and gamma of f(gamma w/|w|_S): what Batch Normalization does in practice.

    w <- w - step_size grad_w f,  gamma <- gamma - length_step_size d_gamma f. By scale invariance grad_w f is
    orthogonal to w, so that |w| grows and the effective step step_size/|w|^2 tunes itself; no theorem gives its rate.

    Parameters
    ----------
    step_size : float, optional
        1/zeta without it, after scaling w0 to |w0|_S = 1: a heuristic, as for every learning rate of BN.
    length_step_size : float, optional
        1/(zeta/L) without it: zeta/L = sup phi'' bounds the curvature in gamma.
    gamma : float
        The initial length, 1 as in Batch Normalization.
    """

    step_size: float | None = None
    length_step_size: float | None = None
    gamma: float = 1.0
    name: str = "bn"

    def __post_init__(self) -> None:
        _checked_step(self.step_size)
        _checked_step(self.length_step_size, "length_step_size")
        if not np.isfinite(self.gamma):
            raise InvalidInput("gamma", self.gamma, "must be finite", "give one such as 1")

    def iterates(self, problem: Problem, w0: Vector) -> Iterator[Iterate]:
        """w~_t = gamma_t w_t/|w_t|_S; two passes over the data each."""
        metric = metric_of(problem)
        w = checked_start(w0, len(problem.u))
        norm = metric.norm(w)
        if norm == 0.0:
            raise InvalidInput("w0", "|w0|_S = 0", "must have |w0|_S > 0", "start in the span of the data")
        w, norm, gamma = w / norm, 1.0, self.gamma
        step = 1 / smoothness(problem) if self.step_size is None else self.step_size
        length_step = metric.L / smoothness(problem) if self.length_step_size is None else self.length_step_size
        passes = 0
        while True:
            v = w / norm
            ray = problem.ray(v)
            gradient = ray.gradient(gamma)
            passes += 2
            value = ray.value(gamma)
            if not np.isfinite(value):
                raise Diverged(
                    f"joint gradient steps left the floating-point range with step_size {step:.6g}; lower it"
                )
            yield Iterate(gamma * v, value, gradient, passes)
            slope = ray.slope(gamma)
            w = w - step * direction_gradient(gradient, v, metric.S @ v, gamma) / norm
            gamma -= length_step * slope
            norm = metric.norm(w)
