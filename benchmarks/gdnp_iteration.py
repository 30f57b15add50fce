"""A GDNP iteration reads the data twice: its time over that of its two products; PyTorch and JAX doing the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np

from benchmarks.problems import halfspace
from benchmarks.timing import Measurement, once, one_core, ratio
from bntheory.methods import GDNP
from bntheory.problems import SampledHalfspace

#: n, d, and the goals of: iteration over its products, PyTorch's step and JAX's iteration over ours.
SIZES = ((60_000, 784, 1.10, 1.25, 1.3), (32_561, 123, 1.4, 2.5, 1.8))
#: Iterations a round: enough for the first length search, which has no good start, not to matter.
ITERATIONS = 10


def measure(rounds: int = 9) -> Iterator[Measurement]:
    """Three ratios for each size, on one core."""
    with one_core():
        yield from compare(rounds)


def compare(rounds: int) -> Iterator[Measurement]:
    """The rows; the peers' thread pools start in here, so that one core is all they see."""
    for n, d, floor, torch_goal, jax_goal in SIZES:
        problem = halfspace(n, d)
        iterates = GDNP().iterates(problem, -problem.u)
        next(iterates)

        def iterate(iterates=iterates):
            list(islice(iterates, ITERATIONS))

        yield ratio(f"GDNP iteration / its two products, {n} x {d}", "<=", floor, iterate, products(problem), rounds)
        for peer, goal, build in (
            ("PyTorch autograd step of BN", torch_goal, torch_steps),
            ("JAX jit GDNP iteration", jax_goal, jax_iterations),
        ):
            name = f"{peer} / GDNP iteration, {n} x {d}"
            try:
                work = build(problem)
            except ModuleNotFoundError as error:
                yield once(name, ">=", goal, float("nan"), note=f"skipped: {error.name} is not installed")
                continue
            yield ratio(name, ">=", goal, work, iterate, rounds)


def products(problem: SampledHalfspace) -> Callable[[], None]:
    """X w and X^T r, `ITERATIONS` times."""
    w, r = -problem.u, np.ones(problem.n)

    def work() -> None:
        for _ in range(ITERATIONS):
            problem.X @ w
            problem.X.T @ r

    return work


def torch_steps(problem: SampledHalfspace) -> Callable[[], None]:
    """Joint gradient steps by autograd on w and gamma of the mean of softplus(gamma t), t = Z w/|w|_S."""
    import torch
    from torch.nn.functional import softplus

    torch.set_num_threads(1)
    Z = torch.from_numpy(np.ascontiguousarray(-problem.y[:, None] * problem.X))
    w = torch.from_numpy(-problem.u).requires_grad_()
    gamma = torch.ones((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w, gamma], lr=0.1)

    def work() -> None:
        for _ in range(ITERATIONS):
            optimizer.zero_grad()
            margins = Z @ w
            softplus(gamma * margins / margins.square().mean().sqrt()).mean().backward()
            optimizer.step()

    return work


def jax_iterations(problem: SampledHalfspace) -> Callable[[], None]:
    """The same iteration, jit-compiled, with the same Newton search to the same relative step."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    Z, S, u, L = (jnp.asarray(a) for a in (-problem.y[:, None] * problem.X, problem.S, problem.u, problem.metric.L))
    n = problem.n

    def search(t, start):  # a fixed sign of u^T v keeps every step safe on this loss
        def newton(state):
            gamma, _ = state
            s = jax.nn.sigmoid(gamma * t)
            step = -jnp.vdot(s, t) / jnp.vdot(s * (1 - s), t * t)
            return gamma + step, jnp.abs(step / gamma)

        return jax.lax.while_loop(lambda state: state[1] > 1e-9, newton, (start, jnp.inf))[0]

    @jax.jit
    def iteration(v, t, gamma):
        s = jax.nn.sigmoid(gamma * t)
        gradient = Z.T @ s / n
        mean = u @ v
        h = (s.mean() - (s * (1 - s)).mean() * gamma * mean) * mean
        w = v + (gradient - (v @ gradient) * (S @ v)) / (L * h)
        margins = Z @ w
        norm = jnp.sqrt(jnp.vdot(margins, margins) / n)
        gamma = search(margins / norm, gamma)
        return w / norm, margins / norm, gamma

    v = -problem.u / problem.metric.norm(problem.u)
    t = Z @ jnp.asarray(v)
    state = [jnp.asarray(v), t, search(t, 1.0)]

    def work() -> None:
        for _ in range(ITERATIONS):
            state[:] = iteration(*state)
        state[0].block_until_ready()

    return work
