"""ols_rate (E5, E6): suboptimality on the worst case, and every measured rate against the theorem's."""

from __future__ import annotations

import numpy as np
from bntheory.paper_figs import style
from matplotlib.figure import Figure

from bntheory.experiment import Instance, Result

_SHOWN = "worst case, condition 100"


def draw(result: Result) -> Figure:
    """Left: GD converges linearly, as fast as GDNP. Right: measured against proved 1 - factor, all spectra."""
    figure = Figure(figsize=(style.PAGE, 2.5))
    left, right = figure.subplots(1, 2)
    shown = next(instance for instance in result.instances if instance.label == _SHOWN)
    _traces(left, shown)
    _rates(right, result.instances)
    return figure


def _traces(ax, instance: Instance) -> None:
    for name, run in instance.runs.items():
        ax.semilogy(run.trace.suboptimality / run.trace.suboptimality[0], **style.method_style(name))
    gd = instance.runs.get("gd")
    if gd is not None:
        t = np.arange(len(gd.trace.value))
        ax.semilogy(t, gd.bound**t, label=r"bound $(1-\mu/L)^{2t}$", zorder=5, **style.BOUND)
    ax.set(xlabel="iteration $t$", ylabel=r"$(f(\tilde w_t)-f^*)\,/\,(f(\tilde w_0)-f^*)$")
    ax.set_title("Least squares, worst case, $L/\\mu=100$")
    ax.legend(loc="lower left")


def _rates(ax, instances: tuple[Instance, ...]) -> None:
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
    ax.set(xlabel="theorem: $1-$ factor a step", ylabel="measured: $1-$ factor a step")
    ax.set_title("On or above the line: never slower than proved")
    ax.legend(loc="upper left")
