"""noisy_bn (B1): accuracy along the training, and the instability of every layer, from both initializations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from bntheory.experiment import Result
from bntheory.paper_figs import style
from bntheory.statistics import Regime

_ARMS = {
    "plain": ("without BN", style.BLACK),
    "bn": ("BN", style.BLUE),
    "noisy": ("noisy BN", style.ORANGE),
}
_STARTS = {"he": ("He", "-"), "glorot": ("Glorot", (0, (3, 1.5)))}
_CONTROLS = {
    "before": ("noise before BN", style.GREEN),
    "frozen": ("frozen noise", style.PURPLE),
    "centred": ("zero-mean noise", style.SKY),
}


def draw(result: Result) -> Figure:
    """Accuracy of the three networks; their instability by layer from He's and from Glorot's initialization."""
    figure = Figure(figsize=(style.PAGE, 2.7))
    accuracy, he, glorot = figure.subplots(1, 3, width_ratios=(1.1, 1, 1))
    _accuracy(accuracy, result.arrays)
    for ax, start in ((he, "he"), (glorot, "glorot")):
        ax.axhspan(*_required(result.regimes), color=style.ORANGE, alpha=0.15, linewidth=0)
        _instability(ax, result.arrays, start)
    he.set_title("B1: instability, He")
    glorot.set_title("B1: instability, Glorot")
    figure.legend(handles=_handles(), loc="outside lower center", ncols=8, columnspacing=1.2, handlelength=1.8)
    return figure


def _handles() -> list[Line2D]:
    arms = [Line2D([], [], color=colour, label=label) for label, colour in _ARMS.values()]
    starts = [Line2D([], [], color="#777777", linestyle=line, label=label) for label, line in _STARTS.values()]
    controls = [Line2D([], [], color=c, marker="x", linestyle="", label=label) for label, c in _CONTROLS.values()]
    return arms + starts + controls


def _accuracy(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    for start, (_, line) in _STARTS.items():
        for arm, (_, colour) in _ARMS.items():
            rows = arrays[f"{start}/{arm}/accuracy"]
            ax.plot(arrays["steps"], rows.mean(axis=0), color=colour, linestyle=line)
            ax.fill_between(arrays["steps"], rows.min(axis=0), rows.max(axis=0), color=colour, alpha=0.12, linewidth=0)
    ax.set(xlabel="step", ylabel="training accuracy (band: all seeds)", ylim=(0, 1.03))
    ax.set_title("B1: accuracy of three networks")


def _required(regimes: Sequence[Regime]) -> tuple[float, float]:
    """What the criteria ask of noisy BN's instability: above, in its most stable layer, and below, in its least."""
    criteria = {regime.name.split(": ")[1]: regime.criterion for regime in regimes}
    lowest, highest = (criteria[f"instability, noisy, {which} stable layer"] for which in ("most", "least"))
    return lowest.above, highest.below


def _instability(ax: Axes, arrays: dict[str, NDArray[Any]], start: str) -> None:
    line = _STARTS[start][1]
    for arm, (_, colour) in _ARMS.items():
        rows = arrays[f"{start}/{arm}/instability"]
        layers = np.arange(1, rows.shape[1] + 1)
        mean, deviation = rows.mean(axis=0), rows.std(axis=0, ddof=1)
        ax.errorbar(layers, mean, deviation, color=colour, linestyle=line, marker="o", capsize=1.5)
    for control, (_, colour) in _CONTROLS.items():
        mean = arrays[f"{start}/{control}/instability"].mean(axis=0)
        ax.plot(np.arange(1, len(mean) + 1), mean, "x", color=colour)
    ax.set_yscale("log")
    ax.set(xlabel="layer", ylabel="$W_2$ between steps / deviation", ylim=(6e-4, 1.2), xticks=range(1, 8))
