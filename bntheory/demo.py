"""`bntheory demo`: in a few seconds a rate beside its theorem's bound on real data, a false statement, a figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bntheory.claims import claim
from bntheory.counterexample import explain
from bntheory.data import bundled
from bntheory.decoupling import contraction_factor
from bntheory.errors import MissingExtra
from bntheory.figures import save_figure
from bntheory.interrupts import remembered
from bntheory.ledger import parts, search, task_of
from bntheory.methods import GDNP, GradientDescent
from bntheory.problems import LeastSquares
from bntheory.protocols import Method
from bntheory.rates import fit_linear_rate
from bntheory.storage import check_writable
from bntheory.terminal import print_table, progress_bar
from bntheory.trace import Trace, run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEPS = 3000
#: A false statement whose counterexample says it all.
REFUTED = "C5"


def demo(out: Path) -> None:
    """Print the three parts; the figure goes into the folder `out`."""
    with remembered() as stop:
        _demo(out, stop)


def _demo(out: Path, stop: Callable[[], None]) -> None:
    from matplotlib import rc_context

    check_writable(out)
    problem, data = real_problem()
    metric = problem.metric
    bound = contraction_factor(metric.mu, metric.L)
    print(f"1. Least squares on {data}: d = {len(problem.u)}, condition L/mu = {metric.condition:.0f}.\n")
    traces = [descend(method, problem) for method in (GradientDescent(), GDNP())]
    rates = [fit_linear_rate(trace.suboptimality) for trace in traces]
    rows = [
        [trace.method, f"{rate.factor:.6f}", f"{bound:.6f}", f"{trace.suboptimality[-1] / trace.suboptimality[0]:.1e}"]
        for trace, rate in zip(traces, rates, strict=True)
    ]
    print_table(("method", "measured factor a step", "theorem: at most (1 - mu/L)^2", "f - min f left"), rows)
    print("   The source calls plain gradient descent sub-linear (E6); it has the very rate proved for GDNP.\n")
    refute()
    stop()
    file = out / "demo.png"
    with rc_context(import_module("bntheory.paper_figs.style").settings("demo")):
        save_figure(figure(traces, bound, data), file)
    stop()
    print(f"3. The traces beside the bound: {file}\n")
    print(
        "Next:  bntheory show C5\n"
        "       bntheory run halfspace_data --data FILE.csv --target COL --figure\n"
        "       bntheory reproduce --quick"
    )


def real_problem() -> tuple[LeastSquares, str]:
    """Least squares on the diabetes data; on random data where scikit-learn is not installed."""
    try:
        data = bundled("diabetes")
    except MissingExtra:
        rng = np.random.default_rng(0)
        X = rng.standard_normal((400, 10)) * np.geomspace(1.0, 0.05, 10)
        return LeastSquares.from_data(X, X.sum(axis=1) + rng.standard_normal(400)), "random data (no scikit-learn)"
    return LeastSquares.from_data(data.X, data.y), "the diabetes data of scikit-learn"


def descend(method: Method, problem: LeastSquares) -> Trace:
    """`STEPS` iterations from a fixed random start, with a live progress line."""
    w0 = np.random.default_rng(0).standard_normal(len(problem.u))
    with progress_bar(method.name) as progress:

        def watch(t: int) -> None:
            if t % 100 == 0:
                progress(t / STEPS, "descending")

        return run(method, problem, w0, steps=STEPS, watch=watch)


def refute() -> None:
    """One printed statement, and the exact case that breaks it."""
    whole = claim(REFUTED)
    part = next(part for part in parts(task_of(whole)) if part.statement is whole.printed)
    [entry] = search([part], examples=200, seed=0)
    witness = entry.finding.witness
    if witness is None:
        raise RuntimeError(f"{REFUTED}: no counterexample was found, though it is declared false")
    print(f"2. False as printed: {REFUTED}, {whole.title}. It breaks at")
    for line in explain(whole.printed, witness):
        print(f"   {line}")
    print()


def figure(traces: Sequence[Trace], bound: float, data: str) -> Figure:
    """D_t/D_0 of the methods and the theorem's bound."""
    from matplotlib.figure import Figure

    style = import_module("bntheory.paper_figs.style")
    drawn = Figure(figsize=(style.COLUMN + 1, 2.6))
    ax = drawn.subplots()
    for trace in traces:
        ax.semilogy(trace.suboptimality / trace.suboptimality[0], **style.method_style(trace.method))
    ax.semilogy(np.power(bound, np.arange(STEPS + 1)), label=r"bound $(1-\mu/L)^{2t}$", **style.BOUND)
    ax.set(xlabel="iteration $t$", ylabel=r"$(f(\tilde w_t)-f^*)\,/\,(f(\tilde w_0)-f^*)$")
    ax.set_title(f"Least squares on {data}: E5, E6")
    ax.legend()
    return drawn
