"""Blocks of a sweep, the numbers of each, and the random instances: all fixed by the spec, whoever computes them.

A block is up to 10,000 runs of one setting, which every method and every loss meets: runs are paired. Instances are
drawn in units of `UNIT` consecutive runs, each with a generator of its own, keyed by the spec's seed, the dimension,
the condition, the spectrum and the number of the unit. So run k of a setting has the same instance in every spec with
this seed, whatever else that asks for; other problems, starts and sizes meet the same eigenvalues, and generic starts
the same directions. `instances(seed, setting, k, k + 1)` draws that of run k again, alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bntheory.decoupling import best_constant_factor, contraction_factor
from bntheory.ensemble import EnsembleTrace, GaussianEnsemble, LeastSquaresEnsemble
from bntheory.ensemble.instances import SPECTRA, STARTS
from bntheory.rates import fit_linear_rates
from bntheory.sweep.spec import LEAST_SQUARES, Cell, Setting, Spec
from bntheory.typing import Matrix, Vector

#: Runs whose instances come from one generator.
UNIT = 100
#: Most runs of a block, and most float64 entries of one of its arrays (4 MB): a few times 100 ms, below 100 MB.
_MOST, _ENTRIES = 10_000, 2**19

#: What is kept of a run. `factor` is that of D_t = f(w~_t) - min f over the later half (`bntheory.rates.BatchRates`),
#: `worst` the largest one-step ratio of what the theorem bounds: D_t, of gdnp on Gaussian inputs rho(w_t) - rho*;
#: `bound` that theorem's, nan where there is none; `final` D_T/D_0; `iterations` the least t with D_t <= tol D_0, inf
#: if there is none up to T, nan if no tol is asked for. Where D_0 (tol D_0) is not above 100 times the error of the
#: D_t, final (iterations) is nan.
RUN = np.dtype([(name, "<f8") for name in ("factor", "worst", "bound", "final", "iterations")])
Runs = NDArray[np.void]


class Block(NamedTuple):
    """Runs first, ..., stop - 1 of one setting, by each of the cells."""

    number: int
    setting: Setting
    cells: tuple[Cell, ...]
    first: int
    stop: int


def partition(spec: Spec) -> Iterator[Block]:
    """The blocks, setting by setting, those of a setting in the order of their runs."""
    number = 0
    for setting in spec.grid.settings():
        size = max(min(_MOST, _ENTRIES // max(setting.dimension, spec.steps + 1)), 1)
        for first in range(0, spec.seeds, size):
            yield Block(number, setting, spec.grid.cells(setting.problem), first, min(first + size, spec.seeds))
            number += 1


def instances(seed: int, setting: Setting, first: int, stop: int) -> tuple[Matrix, Matrix, Matrix]:
    """Eigenvalues, u and w0 of the runs first, ..., stop - 1, each of shape (stop - first, d)."""
    units = range(first // UNIT, (stop - 1) // UNIT + 1)
    drawn = [_unit(seed, setting, number) for number in units]
    kept = slice(first - units[0] * UNIT, stop - units[0] * UNIT)
    eigenvalues, u, w0 = (np.concatenate(arrays)[kept] for arrays in zip(*drawn, strict=True))
    return eigenvalues, u, w0


def _unit(seed: int, setting: Setting, number: int) -> tuple[Matrix, Matrix, Matrix]:
    what = json.dumps([setting.dimension, setting.condition, setting.spectrum])
    words = np.frombuffer(hashlib.sha256(what.encode()).digest(), "<u4")
    rng = np.random.default_rng([seed, number, *words.tolist()])
    eigenvalues = SPECTRA[setting.spectrum](setting.condition, (UNIT, setting.dimension), rng)
    return eigenvalues, *STARTS[setting.start](eigenvalues, rng, size=setting.size)


def compute(spec: Spec, block: Block) -> Runs:
    """The runs of a block, shape (cells, stop - first), of dtype `RUN`."""
    eigenvalues, u, w0 = instances(spec.seed, block.setting, block.first, block.stop)
    runs = np.empty((len(block.cells), block.stop - block.first), RUN)
    for row, cell in zip(runs, block.cells, strict=True):
        if block.setting.problem == LEAST_SQUARES:
            found = _least_squares(LeastSquaresEnsemble(eigenvalues, u), w0, cell.method, spec.steps)
        else:
            assert cell.loss is not None
            found = _gaussian(GaussianEnsemble(eigenvalues, u, cell.loss), w0, cell.method, spec.steps)
        _record(row, *found, spec.tol)
    return runs


def _least_squares(
    ensemble: LeastSquaresEnsemble, w0: Matrix, method: str, steps: int
) -> tuple[EnsembleTrace, Matrix, Vector]:
    """The trace, what the theorem bounds, and its bound."""
    mu, L = ensemble.mu, ensemble.L
    if method == "gdnp":
        trace = ensemble.gdnp(w0, steps)
    else:
        trace = ensemble.gradient_descent(w0, steps, 1 / (L + mu) if method == "gd-best" else None)
    bound: Any = best_constant_factor if method == "gd-best" else contraction_factor
    return trace, trace.suboptimality, bound(mu, L)


def _gaussian(ensemble: GaussianEnsemble, w0: Matrix, method: str, steps: int) -> tuple[EnsembleTrace, Matrix, Vector]:
    mu: Any = ensemble.mu
    if method == "gd":
        trace = ensemble.gradient_descent(w0, steps)
        return trace, trace.suboptimality, np.full_like(mu, np.nan)
    trace = ensemble.gdnp(w0, steps)
    return trace, trace.observed["excess"], contraction_factor(mu, ensemble.L)  # type: ignore[arg-type, return-value]


def _record(row: Runs, trace: EnsembleTrace, bounded: Matrix, bound: Vector, tol: float | None) -> None:
    D, rates = trace.suboptimality, trace.rates()
    row["factor"], row["bound"] = rates.factor, bound
    row["worst"] = rates.worst if bounded is D else fit_linear_rates(bounded).worst
    known = D[:, 0] > 100 * trace.error
    row["final"] = np.divide(D[:, -1].clip(0.0), D[:, 0], out=np.full(len(D), np.nan), where=known)
    row["iterations"] = np.nan
    if tol is not None:
        reached = tol * D[:, :1] >= D
        counted = np.where(reached.any(axis=1), reached.argmax(axis=1), np.inf)
        row["iterations"] = np.where(tol * D[:, 0] > 100 * trace.error, counted, np.nan)
