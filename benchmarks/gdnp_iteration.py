"""A GDNP iteration reads the data twice: its time over that of its two products; PyTorch and JAX doing the same.

Every round starts anew, at -u, the first length searches with their poor guesses included. The peers read the data in
their own layout, a row after the other, and once more in ours, a column after the other: much of a ratio is the layout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from benchmarks.problems import halfspace
from benchmarks.timing import Measurement, once, one_core, ratio
from bntheory.methods import GDNP
from bntheory.problems import SampledHalfspace

#: n, d, and the goals of: iteration over its products, PyTorch's step and JAX's iteration over ours.
SIZES = ((60_000, 784, 1.10, 1.25, 1.3), (32_561, 123, 1.4, 2.5, 1.8))
ITERATIONS, CONDITION = 30, 30.0
#: Why a ratio may miss its goal.
_SHARE = "the rest is the length search and the value: a few exponentials and logarithms a row and iteration"
_ROWS = "both read the data twice; a step of PyTorch has no length search, which is the other part of ours"
_BOUND = "in one layout both mostly wait for the same memory, so that no large ratio is to be had"
#: How a peer's rows lie in memory.
LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "rows, as it keeps them": np.ascontiguousarray,
    "columns, as here": np.asfortranarray,
}


def measure(rounds: int = 7) -> Iterator[Measurement]:
    """The rows of each size, on one core."""
    with one_core():  # the peers' thread pools start in here, so that one core is all they see
        for n, d, floor, torch_goal, jax_goal in SIZES:
            problem = halfspace(n, d, condition=CONDITION)
            iterate = gdnp_iterations(problem)
            name = f"GDNP iteration / its two products, {n} x {d}"
            yield ratio(name, "<=", floor, iterate, products(problem), rounds, note=_SHARE)
            for peer, goal, build in (("PyTorch BN step", torch_goal, torch_steps), ("JAX GDNP", jax_goal, jax_gdnp)):
                for layout, arrange in LAYOUTS.items():
                    name = f"{peer} / GDNP iteration, {n} x {d}, {layout}"
                    try:
                        work = build(problem, arrange)
                    except ModuleNotFoundError as error:
                        yield once(name, ">=", goal, float("nan"), note=f"skipped: {error.name} is not installed")
                        continue
                    note = _BOUND if layout.startswith("columns") else _ROWS if peer.startswith("PyTorch") else ""
                    yield ratio(name, ">=", goal, work, iterate, rounds, note=note)


def gdnp_iterations(problem: SampledHalfspace) -> Callable[[], np.ndarray]:
    """`ITERATIONS` iterates from -u; returns the last."""
    return lambda: list(islice(GDNP().iterates(problem, -problem.u), ITERATIONS))[-1].w_tilde


def products(problem: SampledHalfspace) -> Callable[[], None]:
    """X w and X^T r, `ITERATIONS` times."""
    w, r = -problem.u, np.ones(problem.n)

    def work() -> None:
        for _ in range(ITERATIONS):
            problem.X @ w
            problem.X.T @ r

    return work


def torch_steps(problem: SampledHalfspace, arrange: Callable[[Any], Any]) -> Callable[[], None]:
    """Joint gradient steps by autograd on w and gamma of the mean of softplus(gamma t), t = Z w/|w|_S."""
    import torch
    from torch.nn.functional import softplus

    torch.set_num_threads(1)
    Z = torch.from_numpy(arrange(-problem.y[:, None] * problem.X))
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


def jax_gdnp(problem: SampledHalfspace, arrange: Callable[[Any], Any]) -> Callable[[], np.ndarray]:
    """The same iterations, jit-compiled, with Newton's search to the same relative step; returns the last iterate."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    z = -problem.y[:, None] * problem.X
    by_columns = arrange(z).flags.f_contiguous  # JAX keeps rows: columns lie together in the transpose
    stored = jnp.asarray(np.ascontiguousarray(z.T if by_columns else z))
    S, u, L, n = jnp.asarray(problem.S), jnp.asarray(problem.u), problem.metric.L, problem.n

    def margins(Z, w):
        return w @ Z if by_columns else Z @ w

    def pullback(Z, s):
        return Z @ s if by_columns else s @ Z

    def direction(Z, w):
        t = margins(Z, w)
        norm = jnp.sqrt(jnp.vdot(t, t) / n)
        return w / norm, t / norm

    def search(t, start):  # a fixed sign of u^T v keeps every step safe on this loss
        def newton(state):
            gamma, _ = state
            s = jax.nn.sigmoid(gamma * t)
            step = -jnp.vdot(s, t) / jnp.vdot(s * (1 - s), t * t)
            return gamma + step, jnp.abs(step / (gamma + step))

        return jax.lax.while_loop(lambda state: state[1] > 1e-9, newton, (start, jnp.inf))[0]

    @jax.jit
    def start(Z):
        v, t = direction(Z, -u)
        return v, t, search(t, -(u @ v))

    @jax.jit
    def iteration(Z, v, t, gamma):
        s = jax.nn.sigmoid(gamma * t)
        gradient, mean = pullback(Z, s) / n, u @ v
        h = (s.mean() - (s * (1 - s)).mean() * gamma * mean) * mean
        v, t = direction(Z, v + (gradient - (v @ gradient) * (S @ v)) / (L * h))
        return v, t, search(t, gamma)

    def work() -> np.ndarray:
        state = start(stored)
        for _ in range(ITERATIONS - 1):
            state = iteration(stored, *state)
        pullback(stored, state[1]).block_until_ready()  # GDNP's last iterate has its gradient too
        return np.asarray(state[0] * state[2])

    return work
