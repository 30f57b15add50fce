"""coupling: log(plain/BN) of the relative cross-layer curvature, in three measures, for every setting."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bntheory.experiment import Result
from bntheory.paper_figs import style
from bntheory.paper_figs.regimes import draw_effect, outcome_handles
from bntheory.statistics import Regime

_NAMES = {"glorot": "Glorot", "he": "He"}
_MEASURES = {
    "fourth layer": "the central one of 7 against all others",
    "all layers": "blocks between layers against those within",
    "scale-free": "unchanged when a layer is scaled",
}
_NOTE = (
    "$H_{kl}$: block of the loss's Hessian between the weights of layers $k$ and $l$; $|\\cdot|$:"
    " Frobenius norm. Right of 0, layers are"
    "\ncoupled less with BN. Fourth layer: $(\\Sigma_{k\\neq 4}|H_{k4}|^2)^{1/2}/|H_{44}|$; all layers:"
    " $(\\Sigma_{k\\neq l}|H_{kl}|^2/\\Sigma_k|H_{kk}|^2)^{1/2}$;"
    "\nscale-free: root of the mean over $k\\neq l$ of $|H_{kl}|^2/(|H_{kk}||H_{ll}|)$. The remark leaves"
    " measure and setting open."
)


def draw(result: Result) -> Figure:
    """One panel a measure, one row a setting and activation; regimes are named "measure: setting"."""
    heading = "Kohler et al. 2018, a remark in Section 5: with BN a layer's optimization depends less on the others"
    figure, body = style.page(3.6, heading, _NOTE)
    measures: dict[str, dict[str, Regime]] = {}
    for regime in result.regimes:
        measure, setting = regime.name.split(": ")
        measures.setdefault(measure, {})[setting] = regime
    panels = body.subplots(1, len(measures), sharex=True, sharey=True)
    for ax, (name, settings) in zip(panels, measures.items(), strict=True):
        _regimes(ax, list(settings.values()))
        style.title(ax, f"{name[0].upper()}{name[1:]}", _MEASURES[name])
        ax.set_xlabel("log(plain/BN), 95 % interval")
    panels[0].set_yticks(_places(len(settings)), list(map(_label, settings)))
    least = result.regimes[0].criterion.above
    criterion = Line2D([], [], label=f"criterion: interval above {least:g}", **style.BOUND)
    handles = [*outcome_handles(result.regimes), criterion]
    body.legend(handles=handles, loc="outside lower center", ncols=len(handles))
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
        draw_effect(ax, place, regime)
    ax.axvline(0.0, color="#555555", linewidth=0.5, zorder=0)
    ax.axvline(regimes[0].criterion.above, zorder=0, **style.BOUND)
