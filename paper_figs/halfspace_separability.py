"""halfspace_separability: GD, linear but ever slower on softplus as the classes separate, sub-linear on sigmoid."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bntheory.experiment import Instance, Result
from bntheory.paper_figs import style

_COLOURS = (style.GREEN, style.BLUE, style.PURPLE, style.ORANGE, style.SKY, style.BLACK)
_DASHES = ("-", (0, (6, 1.5)), (0, (4, 1, 1, 1)), (0, (3, 1)), (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)))
_LAWS = (
    (r"$f-\inf f$", (1, 2), {"color": style.BLUE, "linestyle": "-"}, "o"),
    (r"$\|\nabla f\|$", (3, 4), {"color": style.RED, "linestyle": (0, (6, 1.5))}, "s"),
    (r"$1/\|\tilde w\|$", (1, 4), {"color": style.GREEN, "linestyle": (0, (4, 1, 1, 1))}, "^"),
)


def draw(result: Result) -> Figure:
    """Softplus: time to the minimum against |rho*|, and GD's runs; sigmoid: its power laws, and their exponents."""
    heading = "F10. As classes separate, GD's linear rate collapses on softplus; on sigmoid GD is sub-linear"
    figure, body = style.page(4.9, heading)
    (slowness, runs), (laws, exponents) = body.subplots(2, 2)
    _slowness(slowness, result)
    _runs(runs, result)
    _laws(laws, result)
    _exponents(exponents, result)
    return figure


def _slowness(ax: Axes, result: Result) -> None:
    arrays = result.arrays
    size, log_slowness = arrays["curve"], arrays["curve_log_slowness"]
    shown = size <= 0.97
    ax.semilogy(1 / (1 - size[shown]), np.exp(-log_slowness[shown]), label="predicted", **style.BOUND)
    middle, low, high = 1 / arrays["near_slowness"].T[[0, 2, 1]]
    spread = np.abs([middle - low, high - middle])
    gd, gdnp = style.method_style("gd")["color"], style.method_style("gdnp")["color"]
    ax.errorbar(
        1 / (1 - arrays["near"]),
        middle,
        spread,
        fmt="o",
        color=gd,
        label="GD, measured; 95 %\nwithin the marks",
    )
    kept = np.isfinite(arrays["far_gdnp_factor"]) & (arrays["far"] <= 0.97)
    far, factor = arrays["far"][kept], arrays["far_gdnp_factor"][kept]
    ax.semilogy(1 / (1 - far), 1 / (1 - factor), "^", color=gdnp, label="GDNP's directions, measured")
    ax.axhline(1 / (1 - result.instances[0].runs["gdnp"].bound), **style.BOUND)
    off = f"off the plot, $|\\rho^*|={size[-1]:g}$: $10^{{{-log_slowness[-1] / np.log(10):.0f}}}$"
    ax.annotate(off, (0.98, 0.3), xycoords="axes fraction", ha="right", fontsize=6.5)
    ax.set(xlabel=r"$1/(1-|\rho^*|)$", ylabel="iterations to gain a factor $e$")
    ax.set_title("Softplus: GD is linear, at a collapsing rate")
    ax.legend(loc="upper left")


def _of_loss(result: Result, loss: str) -> list[Instance]:
    found = [instance for instance in result.instances if instance.problem["loss"] == loss]
    return sorted(found, key=lambda instance: -instance.problem["rho_star"])


def _runs(ax: Axes, result: Result) -> None:
    instances = _of_loss(result, "softplus")
    for instance, colour, dashes in zip(instances, _COLOURS, _DASHES, strict=False):
        _gap(ax, instance, "gd", color=colour, linestyle=dashes, label=f"{-instance.problem['rho_star']:g}")
    fast = instances[-2]
    look = style.method_style("gdnp") | {"label": "_"}
    _gap(ax, fast, "gdnp", **look)
    ax.annotate(f"GDNP,\n{_size(fast)}", (13, 1e-11), color=look["color"], fontsize=6.5, va="center")
    t = np.array([30.0, 1e4])
    ax.loglog(t, 10 / t, **style.BOUND)
    ax.annotate("$1/t$", (t[-1], 10 / t[-1]), xytext=(2, 2), textcoords="offset points", fontsize=6.5)
    ax.set(xlabel="iteration $t+1$", ylabel="$f(\\tilde w_t)-\\min f$", xlim=(0.8, 1e5), ylim=(1e-13, 3))
    ax.set_title("Before its linear phase GD looks sub-linear")
    ax.legend(loc="lower right", title="GD, $|\\rho^*|=$", title_fontsize=6.5, alignment="left")


def _size(instance: Instance) -> str:
    return f"$|\\rho^*|={-instance.problem['rho_star']:g}$"


def _gap(ax: Axes, instance: Instance, method: str, **line: Any) -> None:
    """The suboptimality, where it is above its rounding, 1e-15."""
    suboptimality = instance.runs[method].trace.suboptimality
    gap = np.where(suboptimality > 1e-15, suboptimality, np.nan)
    ax.loglog(np.arange(1, len(gap) + 1), gap, **line)


def _laws(ax: Axes, result: Result) -> None:
    instance = _of_loss(result, "sigmoid")[0]
    trace = instance.runs["gd"].trace
    t = np.arange(1, len(trace.value))
    guide = t[len(t) // 100 :]
    at = guide[len(guide) // 12]
    laws = (trace.suboptimality, trace.grad_norm, 1 / trace.observed["norm"])
    for (label, (over, under), line, _), law in zip(_LAWS, laws, strict=True):
        power = -over / under
        ax.loglog(t, law[1:], label=label, **line)
        ax.loglog(guide, 1.5 * law[-1] * (guide / t[-1]) ** power, **style.BOUND)
        ax.annotate(f"$t^{{-{over}/{under}}}$", (at, 1.6 * law[-1] * (at / t[-1]) ** power), va="bottom", fontsize=6.5)
    ax.set(xlabel="iteration $t$", ylabel="along GD")
    ax.set_title(f"Sigmoid, {_size(instance)}: GD is sub-linear for ever")
    ax.legend(loc="lower left")


def _exponents(ax: Axes, result: Result) -> None:
    arrays = result.arrays
    settled = np.flatnonzero(arrays["local_t"] >= 100)[::3]
    for number, instance in enumerate(_of_loss(result, "sigmoid")):
        for k, (name, (over, under), line, marker) in enumerate(_LAWS):
            off = np.abs(arrays["local"][number, k] - over / under)[settled]
            look = {"color": line["color"], "markerfacecolor": line["color"] if number == 0 else "none"}
            ax.loglog(arrays["local_t"][settled], off, marker, label=f"{name}, {_size(instance)}", **look)
            flow = np.abs(arrays["late_local"][number, k] - over / under)
            ax.loglog(arrays["late_t"], flow, **line | {"linewidth": 0.8})
    ax.set(xlabel="iteration $t$", ylabel="|local exponent $-$ its limit|", xlim=(70, 1e6), ylim=(1e-6, 0.1))
    ax.set_title("Exponents reach their limits along the flow (lines)")
    ax.legend(loc="lower left", ncols=2, columnspacing=1.0, handlelength=1.0)
