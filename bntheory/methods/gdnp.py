"""Gradient descent in normalized parameterization (Kohler et al. 2018, Algorithm 1): E9, and its S-metric sibling."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf

from bntheory.decoupling import Criterion, direction_gradient, gdnp_criterion, stein_coefficient
from bntheory.errors import InvalidInput
from bntheory.linalg import Metric
from bntheory.methods.length import Length, bisection_length, newton_length
from bntheory.protocols import Iterate, Problem, Ray, SteinRay, checked_start, metric_of
from bntheory.typing import Vector


@dataclass(frozen=True)
class GDNP:
    """w_{t+1} = w_t - s_t grad_w f(w_t, gamma_t), then gamma_{t+1} by a search along w_{t+1}.

    s_t = -|w_t|_S^3/(L gamma_t h(w_t, gamma_t)); the iteration ends where h = 0. On Gaussian inputs with the corrected
    h the excess of the directions contracts by (1 - mu/L)^2 a step at least, whatever the loss.

    Parameters
    ----------
    bisection_steps : int, optional
        T_s, the source's length search. Without it a safeguarded Newton search goes to rounding level.
    bracket : tuple of float
        [a^(0), b^(0)] of the bisection; the slope must change sign on it.
    criterion : "corrected" or "printed"
        h = c1(w~) u^T w, or the source's h, for which the theorem is false.

    Raises
    ------
    InvalidInput
        From the constructor: bisection_steps < 1, a bracket with a >= b, a bracket without steps or steps without a
        bracket, an unknown criterion. From `iterates`: w0 = 0 or u^T w0 = 0 (the theorem asks for rho(w0) != 0).
    NoFiniteLength
        From `iterates`, if there is no minimizer along a direction.
    """

    bisection_steps: int | None = None
    bracket: tuple[float, float] | None = None
    criterion: Criterion = "corrected"
    name: str = "gdnp"

    def __post_init__(self) -> None:
        if self.criterion not in ("corrected", "printed"):
            raise InvalidInput("criterion", self.criterion, "is not known", "choose corrected or printed")
        if (self.bisection_steps is None) != (self.bracket is None):
            raise InvalidInput(
                "bracket",
                self.bracket,
                "goes with bisection_steps",
                "give both, or neither for the fast search",
            )
        if self.bisection_steps is not None and not (
            isinstance(self.bisection_steps, int) and self.bisection_steps >= 1
        ):
            raise InvalidInput("bisection_steps", self.bisection_steps, "must be a whole number, at least 1", "try 50")
        if self.bracket is not None and not -inf < self.bracket[0] < self.bracket[1] < inf:
            raise InvalidInput("bracket", self.bracket, "must have finite a < b", "give (a, b) around the minimizer")

    def iterates(self, problem: Problem, w0: Vector) -> Iterator[Iterate]:
        """w~_t = gamma_t w_t/|w_t|_S, t = 0, 1, ..., two passes over the data each."""
        metric = metric_of(problem)

        def step(v: Vector, ray: Ray, gamma: float, gradient: Vector) -> Vector | None:
            return direction_step(problem, metric, v, ray, gamma, gradient, self.criterion)

        return decoupled_iterates(problem, metric, w0, step, self.search)

    def search(self, ray: Ray, start: float) -> Length:
        """The length along a ray, `start` a guess."""
        if self.bisection_steps is None or self.bracket is None:
            return newton_length(ray, start)
        return bisection_length(ray, self.bracket, self.bisection_steps)


@dataclass(frozen=True)
class WhitenedGDNP:
    """GDNP in the S-metric, where L = mu = 1: the direction moves along S^+ grad_w f with step -|w|_S^3/(gamma h).

    Not the source's method: it needs S^+, and on Gaussian inputs it finds the optimal direction in one step. Away from
    Gaussian inputs that step may overshoot; it is halved until the value after the length search does not rise.
    """

    name: str = "gdnp-whitened"

    def iterates(self, problem: Problem, w0: Vector) -> Iterator[Iterate]:
        """w~_t = gamma_t w_t/|w_t|_S, two passes over the data each, and one more for each halving."""
        metric = metric_of(problem)

        def step(v: Vector, ray: Ray, gamma: float, gradient: Vector) -> Vector | None:
            u_v = float(problem.u @ v)
            a, b = stein_pair(problem, metric, ray, v, gamma, gradient)
            h = stein_coefficient(a, b, gamma * u_v) * u_v
            if h == 0.0:
                return None
            return metric.solve(direction_gradient(gradient, v, metric.S @ v, 1.0)) / h

        return decoupled_iterates(problem, metric, w0, step, newton_length, halvings=30)


def direction_step(
    problem: Problem, metric: Metric, v: Vector, ray: Ray, gamma: float, gradient: Vector, criterion: Criterion
) -> Vector | None:
    """-s grad_w f at w = v, |v|_S = 1, with GDNP's step s; None where h = 0."""
    u_v = float(problem.u @ v)
    a, b = stein_pair(problem, metric, ray, v, gamma, gradient)
    h = gdnp_criterion(a, b, u_v, gamma * u_v, criterion)
    if h == 0.0:
        return None
    # the length gamma of s and of grad_w f cancel, so that gamma = 0 is no pole
    return direction_gradient(gradient, v, metric.S @ v, 1.0) / (metric.L * h)


def stein_pair(
    problem: Problem, metric: Metric, ray: Ray, v: Vector, gamma: float, gradient: Vector
) -> tuple[float, float]:
    """(a, b) of grad f = a u + b Cov w~, from the ray where it knows them, else from the gradient itself.

    For a ray with no more than the contract's members: p = S^+ u - (u^T v) v is S-orthogonal to v, so that grad f =
    c1 u + c2 S w~ gives p^T grad f = c1 p^T u; then (a, b) = (c1, 0) has that c1. At the optimal direction p = 0, the
    step is 0, and any c1 serves.
    """
    if isinstance(ray, SteinRay):
        return ray.stein(gamma)
    p = metric.solve(problem.u) - (problem.u @ v) * v
    excess = float(p @ problem.u)
    return (float(p @ gradient) / excess if excess > 0 else 1.0), 0.0


def decoupled_iterates(
    problem: Problem,
    metric: Metric,
    w0: Vector,
    step: Callable[[Vector, Ray, float, Vector], Vector | None],
    search: Callable[[Ray, float], Length],
    halvings: int = 0,
) -> Iterator[Iterate]:
    """Alternate direction steps and length searches from w0, ending where `step` has no direction to give.

    With `halvings` > 0 a step after which the value has risen (by more than rounding, 1e-14 of it) is halved, at most
    so many times.
    """
    if hasattr(problem, "unit"):
        raise InvalidInput(
            "method", "gdnp", "moves one direction, and this network has one a unit", "use AlternatingGDNP"
        )
    v = checked_start(w0, len(problem.u))
    if not problem.u.any():
        raise InvalidInput(
            "u", 0, "must not be 0, or every direction has rho = 0", "use gd, or data whose class means differ"
        )
    if metric.norm(v) == 0.0 or problem.u @ v == 0.0:
        raise InvalidInput("w0", "u^T w0 = 0", "must have u^T w0 != 0 (rho(w0) != 0)", "give another start, such as -u")
    v = v / metric.norm(v)
    ray = problem.ray(v)
    gamma = search(ray, -float(problem.u @ v)).gamma
    passes, change = 1.0, 0.0
    while True:
        gradient = ray.gradient(gamma)
        value = ray.value(gamma)
        passes += 1
        yield Iterate(gamma * v, value, gradient, passes)
        move = step(v, ray, gamma, gradient)
        if move is None:
            return
        for halving in range(halvings + 1):
            following = v + move / 2**halving
            following /= metric.norm(following)
            ray = problem.ray(following)
            passes += 1
            length = search(ray, gamma + change)
            if halving == halvings or ray.value(length.gamma) <= value + 1e-14 * abs(value):
                break
        v, change, gamma = following, length.gamma - gamma, length.gamma
