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
from bntheory.paper_figs.regimes import draw_effect, outcome_handles
from bntheory.statistics import Regime

#: Broad and hollow first, narrow last: curves that coincide stay visible.
_LOOKS: tuple[dict[str, Any], ...] = (
    {"linestyle": "-", "linewidth": 2.6, "marker": "o", "markersize": 6.5, "markerfacecolor": "none"},
    {"linestyle": (0, (4, 1.5)), "linewidth": 1.0, "marker": "s", "markersize": 2.5},
    {"linestyle": (0, (1, 1)), "linewidth": 1.2, "marker": "^", "markersize": 3.5},
)
_LINEAR = {"deep linear": "sum", "deep linear, small loss": "small", "deep linear, large loss": "large"}
_VGG = {"VGG, Glorot, lr .03": "Glorot, .03", "VGG, Glorot, lr .1": "Glorot, .1", "VGG, He, lr .03": "He, .03"}
_ARMS = ("plain", "bn")
_NOTE = (
    "$G$: gradient of a layer's weights; $G'$: the same on the same batch, after the layers before it"
    " took their step. Cosine 1: no"
    "\nshift. Loss of the deep linear network: squares summed over outputs; small: a tenth of it; large:"
    " ten times. Dots: seeds."
)


def draw(result: Result) -> Figure:
    """Deep linear networks along the training, VGG along the layers, and the difference in every regime."""
    heading = "B2. How far a layer's gradient turns when the layers before it move, with BN and without"
    figure, body = style.page(3.9, heading, _NOTE)
    linear, vgg, effects = body.subplots(1, 3, width_ratios=(1, 1, 1.35))
    _linear(linear, result.arrays)
    _vgg(vgg, result.arrays)
    _effects(effects, result)
    arms = style.arm_handles(_ARMS, linestyle="-", marker="")
    ratio = Line2D([], [], label="criterion: interval to its right", **_TICK)
    handles = [*arms, *outcome_handles(result.regimes), ratio]
    body.legend(handles=handles, loc="outside lower center", ncols=len(handles), columnspacing=1.5)
    return figure


_TICK: dict[str, Any] = {"color": style.BLACK, "linestyle": "", "marker": "|", "markersize": 9, "markeredgewidth": 1.2}


def _linear(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    for look, name in zip(_LOOKS, _LINEAR, strict=True):
        _arms(ax, arrays["linear steps"], arrays[f"{name}/cosine by time"], look)
    ax.set(xlabel="step", ylabel="cosine of $G$ and $G'$, mean over layers", ylim=(-0.15, 1.42))
    _finish(ax, "25 linear layers", "loss", list(_LINEAR.values()))


def _vgg(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    for look, name in zip(_LOOKS, _VGG, strict=True):
        values = arrays[f"{name}/cosine by layer"]
        _arms(ax, np.arange(2, values.shape[2] + 2), values, look)
    ax.set(xlabel="layer", ylabel="cosine of $G$ and $G'$, mean over steps", ylim=(-0.05, 1.42))
    _finish(ax, "VGG-like network", "start, learning rate", list(_VGG.values()))


def _arms(ax: Axes, x: NDArray[Any], values: NDArray[Any], look: dict[str, Any]) -> None:
    """A line an arm, of values of shape (arms, seeds, len(x))."""
    for arm, rows in zip(_ARMS, values, strict=True):
        ax.plot(x, rows.mean(axis=0), color=style.ARMS[arm]["color"], **look)


def _finish(ax: Axes, title: str, legend: str, settings: list[str]) -> None:
    handles = [Line2D([], [], color="#555555", label=s, **look) for s, look in zip(settings, _LOOKS, strict=True)]
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.set_title(title)
    ax.legend(handles=handles, title=legend, title_fontsize=6.5, loc="upper right", alignment="left")


def _effects(ax: Axes, result: Result) -> None:
    places = np.arange(len(result.regimes))[::-1]
    for place, regime in zip(places, result.regimes, strict=True):
        _effect(ax, float(place), regime, result)
    ax.axvline(0, zorder=0, color=style.BLACK, linewidth=0.5)
    labels = [regime.name.replace(", ", ",\n", 1) for regime in result.regimes]
    ax.set_yticks(places, labels)
    ax.set(xlabel="cosine, plain $-$ BN; 95 % interval", ylim=(-0.4, len(places) - 0.3))
    ax.set_title("Higher without BN?")


def _effect(ax: Axes, place: float, regime: Regime, result: Result) -> None:
    plain, bn = result.arrays[f"{regime.name}/cosine by layer"].mean(axis=2)
    colour = style.OUTCOMES[regime.measured]["color"]
    ax.plot(plain - bn, np.full(len(plain), place - 0.17), ".", color=colour, markersize=2.5)
    draw_effect(ax, place, regime)
    ax.plot(regime.criterion.above, place, zorder=1, **_TICK)
    ratio = result.results[f"l2, {regime.name}, BN/plain"]
    text = f"$|G-G'|$, BN/plain: {ratio:.{0 if ratio >= 10 else 2}f}"
    ax.annotate(text, (0.99, place + 0.32), xycoords=("axes fraction", "data"), fontsize=6, ha="right", va="center")
