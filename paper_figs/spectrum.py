"""spectrum (C7): all eigenvalues with BN and without, log(plain/BN) of every quantile, and the regimes."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bntheory.experiment import Result
from bntheory.paper_figs import style
from bntheory.paper_figs.regimes import draw_effect, outcome_handles
from bntheory.statistics import Regime

_TIMES = {"initial": ((0, (4, 1.5)), 0.9), "trained": ("-", 1.4)}
_NOTE = (
    "Middle: above 0, BN is flatter; bands: 95 % bootstrap intervals of the mean over seeds; at its"
    " right end plain's eigenvalues"
    "\nare 0 up to rounding. Right: 95 % intervals over seeds; reproduced: all of it above 0, reversed:"
    " all below. $H$: Hessian of the"
    "\nloss in all weights, before training (initial) and after it (trained)."
)


def draw(result: Result) -> Figure:
    """Spectra as quantile functions, their ratios, and what the criterion says of four numbers at two times."""
    heading = "C7. The whole spectrum of the Hessian: its largest eigenvalues are smaller with BN, its bulk is not"
    figure, body = style.page(3.3, heading, _NOTE)
    spectra, ratios, found = body.subplots(1, 3, width_ratios=(1.1, 1, 0.85))
    _spectra(spectra, result.arrays)
    _ratios(ratios, result.arrays)
    _regimes(found, result.regimes)
    return figure


def _spectra(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    for arm in ("plain", "bn"):
        label, colour = style.ARMS[arm]["label"], style.ARMS[arm]["color"]
        for time, (line, width) in _TIMES.items():
            mean = arrays[f"{arm} {time}"].mean(axis=0)
            levels = (np.arange(len(mean)) + 0.5) / len(mean)
            ax.plot(levels, mean, color=colour, linestyle=line, linewidth=width, label=f"{label}, {time}")
    ax.set_yscale("symlog", linthresh=1e-2)
    ax.set_yticks([-1, -0.1, -0.01, 0, 0.01, 0.1, 1, 10], ["-1", "-.1", "-.01", "0", ".01", ".1", "1", "10"])
    ax.minorticks_off()
    ax.axhline(0.0, **style.BOUND)
    ax.set(xlabel="part of the eigenvalues below", ylabel="eigenvalue, mean over seeds")
    ax.set_title("All 600 eigenvalues of $H$")
    ax.legend(loc="upper left")


def _ratios(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    levels = arrays["levels"]
    above = np.maximum(levels, levels[1] / 2)
    for time, colour in zip(_TIMES, ("#888888", style.BLACK), strict=True):
        mean, low, high = arrays[f"ratio {time}"]
        ax.fill_between(above, low, high, color=colour, alpha=0.2, linewidth=0)
        ax.semilogx(above, mean, color=colour, linestyle=_TIMES[time][0], label=f"{time}, 95 % band")
    ax.axhline(0.0, **style.BOUND)
    ax.set_xticks([1e-3, 1e-2, 1e-1, 0.5], ["largest", ".01", ".1", ".5"])
    ax.minorticks_off()
    ax.set(xlabel=r"part with larger $|\lambda|$", ylabel=r"log(plain/BN) of quantiles of $|\lambda|$", ylim=(-6, 4.2))
    ax.set_title("Top flatter, bulk not")
    ax.legend(loc="upper right")


def _regimes(ax: Axes, regimes: tuple[Regime, ...]) -> None:
    places = np.arange(len(regimes))[::-1] - 0.6 * (np.arange(len(regimes)) >= len(regimes) // 2)
    for place, regime in zip(places, regimes, strict=True):
        draw_effect(ax, place, regime)
    ax.plot([0.0, 0.0], [places.min() - 0.5, 7.5], **style.BOUND)
    names = [
        regime.name.replace("eigenvalue|", r"$\lambda$|").replace("eigenvalue", r"$\lambda$") for regime in regimes
    ]
    ax.set_yticks(places, names)
    ax.set(xlabel="log(plain/BN), 95 %", ylim=(places.min() - 2.6, 7.6))
    ax.set_title("Flatter with BN?")
    ax.legend(handles=outcome_handles(regimes), loc="lower left")
