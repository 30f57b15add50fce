"""ols_rate (E5, E6): suboptimality on the worst case, and every measured rate against the theorem's."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bntheory.experiment import Instance, Result
from bntheory.paper_figs import style

_NOTE = "Right: circles GD, triangles GDNP, squares GD with the best constant step."


def draw(result: Result) -> Figure:
    """Traces at condition 100 on the worst case and on 10,000 generic ones; measured rates against the theorem's."""
    heading = "E5, E6, F1 to F3. Least squares: GD and GDNP against the theorem's rate, attained in the worst case"
    figure, body = style.page(2.8, heading, _NOTE)
    worst, generic, rates = body.subplots(1, 3, width_ratios=(1, 1, 1.15))
    instances = {instance.label: instance for instance in result.instances}
    _traces(worst, instances["worst case, condition 100"], "Worst case: GD as fast as GDNP")
    _typical(generic, result, instances["generic, condition 100"])
    _legend(worst, loc="lower left")
    _rates(rates, result)
    return figure


def _traces(ax: Axes, instance: Instance, title: str) -> None:
    for name, run in instance.runs.items():
        if run.trace.iterations > 1:  # CG solves the worst case in one step
            ax.semilogy(run.trace.suboptimality / run.trace.suboptimality[0], **style.method_style(name))
    _bound(ax, instance)
    ax.set(
        xlabel=r"iteration $t$ ($L/\mu = 100$)", ylabel=r"$(f(\tilde w_t)-f^*)\,/\,(f(\tilde w_0)-f^*)$", title=title
    )


def _bound(ax: Axes, instance: Instance) -> None:
    gd = instance.runs.get("gd")
    if gd is not None:
        t = np.arange(len(gd.trace.value))
        ax.semilogy(t, gd.bound**t, label=r"bound $(1-\mu/L)^{2t}$", zorder=5, **style.BOUND)


def _typical(ax: Axes, result: Result, instance: Instance) -> None:
    """Of each method, the median of D_t/D_0 and a band from the 5 % to the 95 % quantile, over all generic runs."""
    low, middle, high = np.searchsorted(result.arrays["levels"], [0.05, 0.5, 0.95])
    for name in instance.runs:
        traces = result.arrays.get(f"traces/{name}")
        if traces is not None:
            t, line = np.arange(traces.shape[1]), style.method_style(name)
            ax.fill_between(t, traces[low], traces[high], color=line["color"], alpha=0.2, linewidth=0)
            ax.semilogy(t, traces[middle], **line)
    cg = instance.runs.get("cg")
    if cg is not None:
        ax.semilogy(cg.trace.suboptimality / cg.trace.suboptimality[0], **style.method_style("cg"))
        ax.annotate(" CG, one run", (cg.trace.iterations, 2e-8), color=style.method_style("cg")["color"], fontsize=6.5)
    _bound(ax, instance)
    runs = result.results["runs"]
    ax.set(xlabel=r"iteration $t$ ($L/\mu = 100$)", ylim=(1e-8, 3), title=f"{runs:,} generic runs")
    ax.annotate("median and 5 to 95 %", (0.97, 0.95), ha="right", xycoords="axes fraction", fontsize=6.5)


def _rates(ax: Axes, result: Result) -> None:
    """1 - factor against the theorem's: single worst cases, and medians and ranges of the generic runs."""
    markers = {"gd": "o", "gdnp": "^", "gd-best": "s"}
    for place, (name, marker) in enumerate(markers.items()):
        worst = [i.runs[name] for i in result.instances if i.label.startswith("worst") and name in i.runs]
        pairs = [(1 - run.bound, 1 - rate["factor"]) for run in worst if (rate := run.rate())]
        colour = style.method_style(name)["color"]
        if pairs:
            ax.loglog(*np.transpose(pairs), marker, color=colour)
        factors = result.arrays.get(f"factors/{name}")
        if factors is not None:
            slowest, middle, fastest = (1 - factors[:, k] for k in (-1, factors.shape[1] // 2, 0))
            x = np.array([1 - run.bound for run in worst]) * 1.5 ** (place - 1)  # side by side
            spread = [middle - slowest, fastest - middle]
            ax.errorbar(x, middle, spread, fmt=marker, markerfacecolor="none", color=colour, elinewidth=0.7)
    for fill, label in (
        (style.BLACK, "worst case"),
        ("none", f"{result.results['runs']:,} generic runs: median, range"),
    ):
        ax.plot([], [], "o", color=style.BLACK, markerfacecolor=fill, label=label)
    ends = np.array([1e-6, 1.0])
    ax.loglog(ends, ends, **style.BOUND)
    ax.annotate("theorem", (3e-5, 3e-5), xytext=(0, -9), textcoords="offset points", color="#555555")
    ax.set(xlabel="theorem: 1 − factor a step", ylabel="measured: 1 − factor a step")
    ax.set(title="No rate below the theorem's", ylim=(3e-7, 60))
    _legend(ax, loc="upper left", handletextpad=0.2, handlelength=1.2)


def _legend(ax: Axes, **options: Any) -> None:
    """A legend where there is a line to name: a user may have run CG alone."""
    if ax.get_legend_handles_labels()[0]:
        ax.legend(**options)
