"""ics (B2): cosines of gradients before and after the previous layers move, and their differences by regime."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from bntheory.experiment import Result
from bntheory.paper_figs import style
from bntheory.statistics import Regime

_COLOURS = {
    "deep linear": style.BLUE,
    "deep linear, small loss": style.SKY,
    "deep linear, large loss": style.PURPLE,
    "VGG, Glorot, lr .03": style.GREEN,
    "VGG, Glorot, lr .1": style.ORANGE,
    "VGG, He, lr .03": style.RED,
}
_LINES = {"plain": ("plain", "-"), "bn": ("BN", (0, (3, 1.5)))}
_OUTCOMES = {"reproduced": "reproduced", "not-reproduced": "not reproduced", "reversed": "reversed"}
_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.3}


def draw(result: Result) -> Figure:
    """Deep linear networks along the training, VGG along the layers, and the difference in every regime."""
    figure = Figure(figsize=(style.PAGE, 3.2))
    linear, vgg, effects = figure.subplots(1, 3, width_ratios=(1, 1, 1.35))
    _linear(linear, result.arrays)
    _vgg(vgg, result.arrays)
    _effects(effects, result)
    handles = [Line2D([], [], color=colour, label=name) for name, colour in _COLOURS.items()]
    handles += [Line2D([], [], color=style.BLACK, linestyle=line, label=arm) for arm, line in _LINES.values()]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, columnspacing=1.5)
    return figure


def _linear(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    for name, colour in _COLOURS.items():
        if name.startswith("deep linear"):
            _arms(ax, arrays["linear steps"], arrays[f"{name}/cosine by time"], colour)
    ax.set(xlabel="step", ylabel="cosine of $G$ and $G'$, mean over layers", ylim=(-0.2, 1.05))
    ax.set_title("B2: 25 linear layers")


def _vgg(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    for name, colour in _COLOURS.items():
        if name.startswith("VGG"):
            values = arrays[f"{name}/cosine by layer"]
            _arms(ax, np.arange(2, values.shape[2] + 2), values, colour)
    ax.set(xlabel="layer", ylabel="cosine of $G$ and $G'$, mean over steps", ylim=(-0.05, 1.05))
    ax.set_title("B2: VGG-like network")


def _arms(ax: Axes, x: NDArray[Any], values: NDArray[Any], colour: str) -> None:
    """A line an arm, in the order of `_LINES`, of values of shape (arms, seeds, len(x))."""
    for (_, line), rows in zip(_LINES.values(), values, strict=True):
        ax.plot(x, rows.mean(axis=0), color=colour, linestyle=line, marker="o", markersize=2)


def _effects(ax: Axes, result: Result) -> None:
    places = np.arange(len(result.regimes))[::-1]
    for place, regime in zip(places, result.regimes, strict=True):
        _effect(ax, float(place), regime, result)
    ax.axvline(0, zorder=0, **style.BOUND)
    labels = [regime.name.replace(", ", ",\n", 1) for regime in result.regimes]
    ax.set_yticks(places, labels)
    ax.set(xlabel="plain $-$ BN (dots: seeds; bar: 95 %)", ylim=(-0.4, len(places) - 0.3))
    ax.set_title("B2: higher without BN?")


def _effect(ax: Axes, place: float, regime: Regime, result: Result) -> None:
    colour = _COLOURS[regime.name]
    plain, bn = result.arrays[f"{regime.name}/cosine by layer"].mean(axis=2)
    ax.plot(plain - bn, np.full(len(plain), place), "o", color=colour, markersize=2, alpha=0.6)
    ax.plot(regime.effect.ci95, [place, place], color=colour, linewidth=3, alpha=0.6)
    ax.plot([regime.criterion.above] * 2, [place - 0.18, place + 0.18], color=style.BLACK, linewidth=0.9)
    ratio = result.results[f"l2, {regime.name}, BN/plain"]
    text = f"{_OUTCOMES[regime.measured]}; $|G-G'|$ BN/plain: {ratio:.{0 if ratio >= 10 else 2}f}"
    ax.annotate(text, (0.02, place + 0.4), xycoords=("axes fraction", "data"), fontsize=5.5, va="center", bbox=_WHITE)
