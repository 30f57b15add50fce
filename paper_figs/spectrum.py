"""spectrum (C7): all eigenvalues with BN and without, log(plain/BN) of every quantile, and the regimes."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bntheory.experiment import Result
from bntheory.paper_figs import style
from bntheory.statistics import Regime

_ARMS = {"plain": ("plain", style.BLUE), "bn": ("BN", style.RED)}
_TIMES = {"initial": ((0, (4, 1.5)), 0.9), "trained": ("-", 1.4)}
_OUTCOMES = {"reproduced": ("o", style.GREEN), "reversed": ("s", style.RED), "not-reproduced": ("D", style.BLACK)}


def draw(result: Result) -> Figure:
    """Spectra as quantile functions, their ratios, and what the criterion says of four numbers at two times."""
    figure = Figure(figsize=(style.PAGE, 2.7))
    spectra, ratios, found = figure.subplots(1, 3, width_ratios=(1.1, 1, 0.85))
    _spectra(spectra, result.arrays)
    _ratios(ratios, result.arrays)
    _regimes(found, result.regimes)
    return figure


def _spectra(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    for arm, (label, colour) in _ARMS.items():
        for time, (line, width) in _TIMES.items():
            mean = arrays[f"{arm} {time}"].mean(axis=0)
            levels = (np.arange(len(mean)) + 0.5) / len(mean)
            ax.plot(levels, mean, color=colour, linestyle=line, linewidth=width, label=f"{label}, {time}")
    ax.set_yscale("symlog", linthresh=1e-2)
    ax.set_yticks([-1, -0.1, -0.01, 0, 0.01, 0.1, 1, 10], ["-1", "-.1", "-.01", "0", ".01", ".1", "1", "10"])
    ax.minorticks_off()
    ax.axhline(0.0, **style.BOUND)
    ax.set(xlabel="part of the eigenvalues below", ylabel="eigenvalue, mean over seeds")
    ax.set_title("C7: all 600 eigenvalues of $H$")
    ax.legend(loc="upper left")


def _ratios(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    levels = arrays["levels"]
    above = np.maximum(levels, levels[1] / 2)
    for time, colour in zip(_TIMES, (style.ORANGE, style.BLACK), strict=True):
        mean, low, high = arrays[f"ratio {time}"]
        ax.fill_between(above, low, high, color=colour, alpha=0.2, linewidth=0)
        ax.semilogx(above, mean, color=colour, linestyle=_TIMES[time][0], label=time)
    ax.axhline(0.0, **style.BOUND)
    ax.set_xticks([1e-3, 1e-2, 1e-1, 0.5], ["largest", ".01", ".1", ".5"])
    ax.minorticks_off()
    ax.set(xlabel=r"part with larger $|\lambda|$", ylabel=r"log(plain/BN) of quantiles of $|\lambda|$", ylim=(-6, 2.6))
    ax.text(0.9e-3, -5.7, "right end: plain's\nare 0 up to rounding", fontsize=6.5, va="bottom")
    ax.set_title("C7: top flatter, bulk not")
    ax.legend(loc="upper right")


def _regimes(ax: Axes, regimes: tuple[Regime, ...]) -> None:
    places = np.arange(len(regimes))[::-1] - 0.6 * (np.arange(len(regimes)) >= len(regimes) // 2)
    for place, regime in zip(places, regimes, strict=True):
        marker, colour = _OUTCOMES[regime.measured]
        ax.plot(regime.effect.ci95, [place, place], color=colour, label="_")
        ax.plot(regime.effect.mean, place, marker, color=colour, markersize=4, linestyle="", label=regime.measured)
    ax.plot([0.0, 0.0], [places.min() - 0.5, 7.5], **style.BOUND)
    names = [
        regime.name.replace("eigenvalue|", r"$\lambda$|").replace("eigenvalue", r"$\lambda$") for regime in regimes
    ]
    ax.set_yticks(places, names)
    handles = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    ax.set(xlabel="log(plain/BN), 95 %", ylim=(places.min() - 2.6, 7.6))
    ax.set_title("C7: flatter with BN?")
    ax.legend(handles.values(), handles.keys(), loc="lower left")
