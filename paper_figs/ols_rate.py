"""ols_rate (E5, E6): suboptimality on the worst case, and every measured rate against the theorem's."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bntheory.experiment import Instance, Result
from bntheory.paper_figs import style


def draw(result: Result) -> Figure:
    """Traces at condition 100 on the worst case and a generic one; all measured rates against the theorem's."""
    figure = Figure(figsize=(style.PAGE, 2.4))
    worst, generic, rates = figure.subplots(1, 3, width_ratios=(1, 1, 1.15))
    instances = {instance.label: instance for instance in result.instances}
    _traces(worst, instances["worst case, condition 100"], "Worst case: GD as fast as GDNP")
    _traces(generic, instances["generic, condition 100"], "Generic start: faster at first")
    generic.set(ylabel="", ylim=(1e-10, 3))
    _legend(worst, loc="lower left")
    _rates(rates, result.instances)
    return figure


def _traces(ax: Axes, instance: Instance, title: str) -> None:
    for name, run in instance.runs.items():
        if run.trace.iterations > 1:  # CG solves the worst case in one step
            ax.semilogy(run.trace.suboptimality / run.trace.suboptimality[0], **style.method_style(name))
    gd = instance.runs.get("gd")
    if gd is not None:
        t = np.arange(len(gd.trace.value))
        ax.semilogy(t, gd.bound**t, label=r"bound $(1-\mu/L)^{2t}$", zorder=5, **style.BOUND)
    if "cg" in instance.runs and instance.runs["cg"].trace.iterations > 1:
        ax.annotate("CG", (instance.runs["cg"].trace.iterations - 4, 1e-8), color=style.method_style("cg")["color"])
    ax.set(
        xlabel=r"iteration $t$ ($L/\mu = 100$)", ylabel=r"$(f(\tilde w_t)-f^*)\,/\,(f(\tilde w_0)-f^*)$", title=title
    )


def _rates(ax: Axes, instances: tuple[Instance, ...]) -> None:
    markers = {"gd": "o", "gdnp": "^", "gd-best": "s"}
    for name, marker in markers.items():
        for family, filled in (("worst", True), ("generic", False)):
            runs = [i.runs[name] for i in instances if i.label.startswith(family) and name in i.runs]
            pairs = [(1 - run.bound, 1 - rate["factor"]) for run in runs if (rate := run.rate())]
            if pairs:
                colour = style.method_style(name)["color"]
                ax.loglog(
                    *np.transpose(pairs),
                    marker,
                    color=colour,
                    markerfacecolor=colour if filled else "none",
                    label=f"{style.method_style(name)['label']}, {family}",
                )
    ends = np.array([1e-6, 1.0])
    ax.loglog(ends, ends, **style.BOUND)
    ax.annotate("theorem", (3e-5, 3e-5), xytext=(0, -9), textcoords="offset points", color="#555555")
    ax.set(xlabel="theorem: 1 − factor a step", ylabel="measured: 1 − factor a step")
    ax.set(title="No rate below the theorem's", ylim=(3e-7, 3e3))
    _legend(ax, loc="upper left", ncols=2, columnspacing=1.0, handletextpad=0.2, handlelength=1.2)


def _legend(ax: Axes, **options: Any) -> None:
    """A legend where there is a line to name: a user may have run CG alone."""
    if ax.get_legend_handles_labels()[0]:
        ax.legend(**options)
