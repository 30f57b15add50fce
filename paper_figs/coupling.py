"""coupling: log(plain/BN) of the relative cross-layer curvature, in three measures, for every setting."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bntheory.experiment import Result
from bntheory.paper_figs import style
from bntheory.statistics import Regime

_OUTCOMES = {"reproduced": ("o", style.GREEN), "not-reproduced": ("D", style.BLACK), "reversed": ("s", style.RED)}
_NAMES = {"glorot": "Glorot", "he": "He"}


def draw(result: Result) -> Figure:
    """One panel a measure, one row a setting and activation; regimes are named "measure: setting"."""
    figure = Figure(figsize=(style.PAGE, 2.9))
    measures: dict[str, dict[str, Regime]] = {}
    for regime in result.regimes:
        measure, setting = regime.name.split(": ")
        measures.setdefault(measure, {})[setting] = regime
    panels = figure.subplots(1, len(measures), sharex=True, sharey=True)
    for ax, (name, settings) in zip(panels, measures.items(), strict=True):
        _regimes(ax, list(settings.values()))
        ax.set_title(f"coupling: {name}")
        ax.set_xlabel("log(plain/BN), 95 %")
    panels[0].set_yticks(_places(len(settings)), list(map(_label, settings)))
    handles, labels = panels[0].get_legend_handles_labels()
    known = dict(zip(labels, handles, strict=True))
    for ax in panels[1:]:
        handles, labels = ax.get_legend_handles_labels()
        known |= dict(zip(labels, handles, strict=True))
    figure.legend(known.values(), known.keys(), loc="outside lower center", ncols=len(known))
    return figure


def _label(setting: str) -> str:
    """Of initialization, learning rate and activation."""
    initialization, lr, activation = setting.split()
    return f"{_NAMES[initialization]}, lr {lr}, {activation}"


def _places(rows: int) -> np.ndarray:
    order = np.arange(rows)
    return -(order + 0.6 * (order // 3))


def _regimes(ax: Axes, regimes: list[Regime]) -> None:
    for place, regime in zip(_places(len(regimes)), regimes, strict=True):
        marker, colour = _OUTCOMES[regime.measured]
        ax.plot(regime.effect.ci95, [place, place], color=colour)
        ax.plot(regime.effect.mean, place, marker, color=colour, markersize=3.5, label=regime.measured)
    ax.axvline(0.0, color="#555555", linewidth=0.5, zorder=0)
    least = regimes[0].criterion.above
    ax.axvline(least, label=f"criterion: above {least:g}", **style.BOUND)
