"""How the time of an iteration grows with n, d, the hidden units and the runs: exponents of fitted power laws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.network_sweep import workloads
from benchmarks.problems import halfspace
from benchmarks.timing import Measurement, seconds
from bntheory.ensemble import LeastSquaresEnsemble
from bntheory.ensemble.instances import generic, log_uniform
from bntheory.methods import GDNP

#: An exponent of 1 and what caches, overheads and the noise of a shared machine add.
GOAL = 1.15


@dataclass(frozen=True)
class Growth:
    """Median seconds at each size, and the exponent through them."""

    label: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]

    @property
    def exponent(self) -> float:
        """The least-squares slope of log seconds against log size."""
        return float(np.polyfit(np.log(self.sizes), np.log(self.seconds), 1)[0])


def measure(rounds: int = 7, figure: Path | None = None) -> Iterator[Measurement]:
    """One exponent for each size that grows; the others are fixed."""
    growths = []
    for label, sizes, build in FAMILIES:
        times = sample([build(size) for size in sizes], rounds)
        growths.append(Growth(label, sizes, tuple(np.median(times, axis=0))))
        each = [Growth(label, sizes, tuple(row)).exponent for row in times]
        low, high = np.quantile(each, [0.25, 0.75])
        yield Measurement(f"exponent of {label}", "<=", GOAL, growths[-1].exponent, (float(low), float(high)))
    if figure is not None:
        draw(growths, figure)


def sample(works: list[Callable[[], object]], rounds: int) -> np.ndarray:
    """Seconds of each workload, shape (rounds, workloads), all of them in every round."""
    for work in works:
        work()
    return np.array([[seconds(work) for work in works] for _ in range(rounds)])


def iterations(n: int, d: int) -> Callable[[], object]:
    """The first five GDNP iterations on Gaussian data."""
    problem = halfspace(n, d, condition=30.0)
    return lambda: list(islice(GDNP().iterates(problem, -problem.u), 5))


def ensemble(runs: int) -> Callable[[], object]:
    """GDNP on least squares, d = 20, T = 50."""
    rng = np.random.default_rng(0)
    eigenvalues = log_uniform(30.0, (runs, 20), rng)
    u, w0 = generic(eigenvalues, rng)
    problems = LeastSquaresEnsemble(eigenvalues, u)
    return lambda: problems.gdnp(w0, 50)


FAMILIES: tuple[tuple[str, tuple[int, ...], Callable[[int], Callable[[], object]]], ...] = (
    ("n, GDNP iteration, d = 100", (20_000, 40_000, 80_000, 160_000), lambda n: iterations(n, 100)),
    ("d, GDNP iteration, n = 40,000", (50, 100, 200, 400), lambda d: iterations(40_000, d)),
    ("hidden units, MLP sweep, 20,000 x 100", (2, 4, 8, 16), lambda k: workloads(20_000, 100, k)[0]),
    ("runs, least-squares ensemble, d = 20, T = 50", (10_000, 20_000, 40_000, 80_000), ensemble),
)


def draw(growths: list[Growth], path: Path) -> None:
    """A panel a family: medians, and the line of exponent 1 through the first."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    from bntheory.paper_figs import style

    with rc_context(style.settings("cost_growth")):
        figure = Figure(figsize=(style.PAGE, 2.1))
        for ax, growth in zip(figure.subplots(1, len(growths), squeeze=False)[0], growths, strict=True):
            name, rest = growth.label.split(", ", 1)
            sizes = np.array(growth.sizes)
            ax.loglog(sizes, 1e3 * np.array(growth.seconds), "o-", color=style.BLUE)
            ax.loglog(sizes, 1e3 * growth.seconds[0] * sizes / sizes[0], **style.BOUND)
            ax.set(xlabel=name, title=f"exponent {growth.exponent:.2f}")
            ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
            ax.minorticks_off()
            ax.annotate(rest, (0.03, 0.92), xycoords="axes fraction", fontsize=6)
        figure.axes[0].set_ylabel("median time, ms (dotted: linear)")
        figure.savefig(path)
