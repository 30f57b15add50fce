"""rayleigh_pencil (E4): the corrected bound is attained, every other reading is crossed, E5 is no special case."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from bntheory.experiment import Result
from bntheory.paper_figs import style

_CORRECTED: dict[str, Any] = {**style.BOUND, "linewidth": 1.2}
_PRINTED: dict[str, Any] = {"color": style.GREEN, "linewidth": 1.2, "linestyle": (0, (4, 1.5))}
#: The first panel shows the run whose q^2 is nearest to this one.
_SHOWN_FACTOR = 0.6
_SHOWN_STEPS = 16
#: What each reading changes in the corrected statement, and its colour.
_READINGS = {
    "corrected": ("corrected", style.BLUE),
    "printed exponent": ("exponent $2t$, $t\\geq 2$", style.GREEN),
    "Euclidean gradient": ("Euclidean gradient", style.ORANGE),
    "eigenvalues of B": ("eigenvalues of $B$", style.SKY),
}


def draw(result: Result) -> Figure:
    """One run with its error along x_2, all runs at t = 2, the share that crosses each reading, and B = u u^T."""
    heading = "E4. Ascent on matrix pencils: the printed rate is crossed, the corrected one attained"
    figure, body = style.page(5.1, heading)
    (one, every), (shares, special) = body.subplots(2, 2)
    _tight_run(one, result.arrays)
    _all_runs(every, result.arrays)
    _shares(shares, result)
    _special_case(special, result)
    return figure


def _tight_run(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    shown = np.abs(arrays["factor"] - _SHOWN_FACTOR).argmin()
    factor, error = arrays["factor"][shown], arrays["error_tight"][shown, : _SHOWN_STEPS + 1]
    error = error[~np.isnan(error)] / error[0]
    t = np.arange(len(error))
    # the printed factors q^(2s) of the steps s = 0, ..., t - 1 multiply to q^(t (t - 1))
    ax.semilogy(t, factor ** (t * (t - 1) / 2), label="printed: $q^{2t}$ in step $t$", **_PRINTED)
    ax.semilogy(t, factor**t, label="corrected: $q^2$ in every step", **_CORRECTED)
    ax.semilogy(t, error, "o", color=style.BLUE, label=f"measured, $q^2={factor:.2f}$", markersize=3.5)
    ax.set(ylim=(error[-1] / 4, 3), xlabel="iteration $t$", ylabel="$R_t\\,/\\,R_0$")
    error_meant = r"$R=\dfrac{\lambda_1-\rho}{\rho-\lambda_2}$"
    q_meant = r"$q=\dfrac{\lambda_2-\lambda_{\min}}{\lambda_1-\lambda_{\min}}$"
    ax.text(0.05, 0.08, f"{error_meant}\n\n{q_meant}", transform=ax.transAxes, va="bottom")
    ax.set_title("Error along $x_2$: the corrected bound is attained")
    ax.legend(loc="upper right")


def _all_runs(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    factor = arrays["factor"]
    for key, marker, look, label in (
        ("error_euclidean", "x", {"color": style.ORANGE, "alpha": 0.6}, "Euclidean gradient"),
        ("error", "o", {"color": style.BLUE, "alpha": 0.6, "markeredgewidth": 0}, "$A$-gradient"),
    ):
        before, after = arrays[key][:, 2], arrays[key][:, 3]
        used = (before > 0) & (after > 0)
        ax.plot(factor[used], after[used] / before[used], marker, markersize=2.6, label=label, **look)
    q2 = np.linspace(0, 1, 101)
    ax.plot(q2, q2, label="corrected: $q^2$", **_CORRECTED)
    ax.plot(q2, q2**2, label="printed: $q^4$", **_PRINTED)
    ax.set(xlim=(0, 1), ylim=(0, 1.32), xlabel="$q^2$ of the pencil", ylabel="$R_3\\,/\\,R_2$")
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.set_title("Step $t=2$: all dots within $q^2$, most above $q^4$")
    ax.legend(loc="upper center", ncols=2)


def _shares(ax: Axes, result: Result) -> None:
    shares = [result.results["share of runs that cross"][key] for key in _READINGS]
    labels, colours = zip(*_READINGS.values(), strict=True)
    place = np.arange(len(shares))[::-1]
    bars = ax.barh(place, shares, color=colours, height=0.55)
    ax.bar_label(bars, [f"{100 * share:.0f} %" for share in shares], padding=3)
    ax.set_yticks(place, labels)
    ax.tick_params(axis="y", length=0, labelsize=7)
    ax.set(xlim=(0, 1.12), xlabel="share of the runs that cross the bound")
    ax.set_xticks(np.linspace(0, 1, 5))
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.set_title(f"{result.results['runs']} random pencils: one thing changed at a time")


def _special_case(ax: Axes, result: Result) -> None:
    instance = result.instances[0]
    euclidean = instance.runs["gdnp"]
    for name, label, marker in (
        ("gdnp", "Euclidean gradient (E5, GDNP)", "D"),
        ("gdnp-whitened", "$A$-gradient (whitened GDNP)", "o"),
    ):
        D = instance.runs[name].trace.suboptimality
        look = style.method_style(name) | {"label": label, "marker": marker, "markersize": 2.8}
        ax.semilogy(D / D[0], **look)
    t = np.arange(euclidean.trace.iterations + 1)
    ax.semilogy(t, euclidean.bound**t, label=r"E5: $(1-\mu/L)^{2t}$", zorder=5, **style.BOUND)
    ax.annotate("factor 0 (corrected E4):\none step, to rounding level", (1.4, 2e-4), fontsize=6.5)
    ax.set(ylim=(1e-4, 4), xlabel="iteration $t$", ylabel="$D_t\\,/\\,D_0$")
    ax.set_title(rf"$B=uu^{{\!\top}}$, $L/\mu={instance.problem['condition']:.0f}$: E5 is not a special case of E4")
    ax.legend(loc="upper right")
