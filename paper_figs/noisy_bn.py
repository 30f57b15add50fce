"""noisy_bn (B1): accuracy along the training, and the instability of every layer, from both initializations."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bntheory.experiment import Result
from bntheory.experiments.noisy_bn import CONTROLS, EVERY, UNSTABLE
from bntheory.paper_figs import style

_ARMS = {
    "plain": ("without BN", style.BLACK),
    "bn": ("BN", style.BLUE),
    "noisy": ("noisy BN", style.ORANGE),
}
_STARTS = {"he": ("He", "-"), "glorot": ("Glorot", (0, (3, 1.5)))}
_CONTROL_COLOURS = (style.GREEN, style.PURPLE, style.SKY)


def draw(result: Result) -> Figure:
    """Accuracy of the three networks; their instability by layer from He's and from Glorot's initialization."""
    figure = Figure(figsize=(style.PAGE, 2.7))
    accuracy, he, glorot = figure.subplots(1, 3, width_ratios=(1.1, 1, 1))
    _accuracy(accuracy, result.arrays)
    _instability(he, result.arrays, "he")
    _instability(glorot, result.arrays, "glorot")
    he.set_title("B1: instability, He")
    glorot.set_title("B1: instability, Glorot")
    glorot.sharey(he)
    return figure


def _accuracy(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    for start, (origin, line) in _STARTS.items():
        for arm, (label, colour) in _ARMS.items():
            rows = arrays[f"{start}/{arm}/accuracy"]
            steps = EVERY * np.arange(rows.shape[1])
            ax.plot(steps, rows.mean(axis=0), color=colour, linestyle=line, label=f"{label}, {origin}")
            ax.fill_between(steps, rows.min(axis=0), rows.max(axis=0), color=colour, alpha=0.12, linewidth=0)
    ax.set(xlabel="step", ylabel="training accuracy (band: all seeds)", ylim=(0, 1.62))
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.set_title("B1: accuracy of three networks")
    ax.legend(loc="upper left", ncols=2, columnspacing=1)


def _instability(ax: Axes, arrays: dict[str, NDArray[Any]], start: str) -> None:
    ax.axhspan(*UNSTABLE, color=style.ORANGE, alpha=0.15, linewidth=0)
    line = _STARTS[start][1]
    for arm, (label, colour) in _ARMS.items():
        rows = arrays[f"{start}/{arm}/instability"]
        layers = np.arange(1, rows.shape[1] + 1)
        mean, deviation = rows.mean(axis=0), rows.std(axis=0, ddof=1)
        ax.errorbar(layers, mean, deviation, color=colour, linestyle=line, marker="o", capsize=1.5, label=label)
    for (control, label), colour in zip(CONTROLS.items(), _CONTROL_COLOURS, strict=True):
        if f"{start}/{control}/instability" in arrays:
            mean = arrays[f"{start}/{control}/instability"].mean(axis=0)
            ax.plot(np.arange(1, len(mean) + 1), mean, "x", color=colour, label=label)
    ax.set_yscale("log")
    ax.set(xlabel="layer", ylabel="$W_2$ between steps / deviation", ylim=(6e-4, 8))
    ax.legend(loc="upper left", ncols=2, columnspacing=0.8, handlelength=1.8)
