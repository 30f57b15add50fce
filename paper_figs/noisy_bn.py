"""noisy_bn (B1): accuracy along the training, instability of every layer, from both initializations, and regimes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from bntheory.experiment import Result
from bntheory.paper_figs import style
from bntheory.paper_figs.regimes import draw_regimes, outcome_handles, required_handle
from bntheory.statistics import Regime

_SHOWN = ("plain", "bn", "noisy")
_STARTS = {"he": ("He", "-"), "glorot": ("Glorot", (0, (3, 1.5)))}
_CONTROLS = {
    "before": ("noise before BN", style.GREEN, "x"),
    "frozen": ("frozen noise", style.PURPLE, "+"),
    "centred": ("zero-mean noise", style.SKY, "1"),
}
_NOTE = (
    "Instability: Wasserstein-2 distance of a unit's outputs at two consecutive steps, over their"
    " deviation; mean over units and"
    "\nthe last steps; bars: deviation over seeds. Controls: noise that BN takes out again, noise drawn"
    " once, noise whose mean"
    "\nand scale do not change. He, Glorot: the initialization."
)


def draw(result: Result) -> Figure:
    """Accuracy of the networks; their instability by layer from He's and from Glorot's initialization; the regimes."""
    heading = "B1. Noise after BN makes every layer's distributions unstable, and training hardly slower"
    figure, body = style.page(5.9, heading, _NOTE)
    upper, lower = body.subfigures(2, 1, height_ratios=(2.75, 2.35))
    accuracy, he, glorot = upper.subplots(1, 3, width_ratios=(1.1, 1, 1))
    _accuracy(accuracy, result.arrays)
    low, high = _required(result.regimes)
    for ax, start in ((he, "he"), (glorot, "glorot")):
        ax.axhspan(low, high, color=style.ARMS["noisy"]["color"], alpha=0.18, linewidth=0)
        _instability(ax, result.arrays, start)
    he.set_title("Instability from He's start")
    glorot.set_title("Instability from Glorot's start")
    required = f"required of noisy BN: {low:.2f} to {high:.2f}"
    upper.legend(handles=_handles(required), loc="outside lower center", ncols=4, columnspacing=1.2, handlelength=2)
    ax = lower.subplots()
    draw_regimes(ax, result.regimes, "effect")
    handles = [*outcome_handles(result.regimes), required_handle()]
    lower.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _handles(required: str) -> list[Line2D | Patch]:
    arms = style.arm_handles(_SHOWN, linestyle="-")
    starts = [Line2D([], [], color="#777777", linestyle=line, label=label) for label, line in _STARTS.values()]
    controls = [
        Line2D([], [], color=colour, marker=marker, linestyle="", label=label)
        for label, colour, marker in _CONTROLS.values()
    ]
    band = Patch(color=style.ARMS["noisy"]["color"], alpha=0.18, linewidth=0, label=required)
    return [*arms, *starts, *controls, band]


def _look(arm: str) -> dict[str, Any]:
    return {key: style.ARMS[arm][key] for key in ("color", "marker")}


def _accuracy(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    for start, (_, line) in _STARTS.items():
        for arm in _SHOWN:
            rows, look = arrays[f"{start}/{arm}/accuracy"], _look(arm)
            ax.plot(arrays["steps"], rows.mean(axis=0), linestyle=line, markersize=2.5, **look)
            ax.fill_between(
                arrays["steps"], rows.min(axis=0), rows.max(axis=0), color=look["color"], alpha=0.12, linewidth=0
            )
    ax.set(xlabel="step", ylabel="training accuracy (band: all seeds)", ylim=(0, 1.03))
    ax.set_title("Accuracy of three networks")


def _required(regimes: Sequence[Regime]) -> tuple[float, float]:
    """What the criteria ask of noisy BN's instability: above, in its most stable layer, and below, in its least."""
    criteria = {regime.name.split(": ")[1]: regime.criterion for regime in regimes}
    lowest, highest = (criteria[f"instability, noisy, {which} stable layer"] for which in ("most", "least"))
    return lowest.above, highest.below


def _instability(ax: Axes, arrays: dict[str, NDArray[Any]], start: str) -> None:
    line = _STARTS[start][1]
    for arm in _SHOWN:
        rows = arrays[f"{start}/{arm}/instability"]
        layers = np.arange(1, rows.shape[1] + 1)
        mean, deviation = rows.mean(axis=0), rows.std(axis=0, ddof=1)
        ax.errorbar(layers, mean, deviation, linestyle=line, capsize=1.5, **_look(arm))
    for control, (_, colour, marker) in _CONTROLS.items():
        mean = arrays[f"{start}/{control}/instability"].mean(axis=0)
        ax.plot(np.arange(1, len(mean) + 1), mean, marker, color=colour)
    ax.set_yscale("log")
    ax.set(xlabel="layer", ylabel="$W_2$ between steps / deviation", ylim=(6e-4, 1.2), xticks=range(1, 8))
