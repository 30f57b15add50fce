"""landscape (C1, C2): the loss's range along the gradient in training, and each arm's ratios, shift and accuracy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bntheory.experiment import Result
from bntheory.paper_figs import style
from bntheory.statistics import Regime

_ARMS = {
    "plain": ("plain", style.BLUE, "-", "o"),
    "affine": ("scale, shift only", style.BLACK, (0, (1, 1)), "x"),
    "bn": ("BN", style.ORANGE, (0, (4, 1.5)), "s"),
    "l1": ("$l_1$", style.GREEN, (0, (6, 1.5)), "^"),
    "l2": ("$l_2$", style.SKY, (0, (3, 1, 1, 1)), "v"),
    "linf": ("$l_\\infty$", style.RED, (0, (3, 1, 1, 1, 1, 1)), "D"),
}
_NORMS = ("l1", "l2", "linf")
#: What regimes call the quantities, and rows of the panel in the middle; the same of the one on the right.
_QUANTITIES = {
    "range of the loss": "loss\nrange",
    "change of the gradient": "gradient\nchange",
    "effective beta-smoothness": "effective\n$\\beta$",
    "norm of the gradient": "$|\\nabla L|$",
}
_AGAINST = {
    "distribution shift against BN": "shift:\nlog($l_p$/BN)",
    "distribution shift against plain": "shift:\nlog($l_p$/plain)",
    "accuracy": "accuracy:\nBN$-l_p$",
}


def draw(result: Result) -> Figure:
    """Along the trajectory; log(plain/arm) of every regime; shift and accuracy of l_p against BN."""
    figure = Figure(figsize=(style.PAGE, 3.1))
    trajectory, ratios, norms = figure.subplots(1, 3, width_ratios=(1.1, 1.15, 0.9))
    for arm, (label, colour, line, _) in _ARMS.items():
        mean = np.exp(np.log(result.arrays[f"range {arm}"]).mean(axis=0))
        trajectory.semilogy(result.arrays["steps"], mean, color=colour, linestyle=line, label=label)
    trajectory.set(xlabel="step", ylabel="range of the loss along the gradient", ylim=(2e-3, 300))
    trajectory.set_title("C1, C2: with and without")
    trajectory.legend(loc="upper center", ncols=2, columnspacing=1.0)
    _ratios(ratios, result)
    _norms(norms, result)
    return figure


def _regimes(result: Result) -> tuple[dict[str, Regime], Mapping[str, str]]:
    """The regimes by their names, and what these call the arms."""
    return {regime.name: regime for regime in result.regimes}, result.options["names"]


def _ratios(ax: Axes, result: Result) -> None:
    regimes, names = _regimes(result)
    for row, text in enumerate(_QUANTITIES):
        limit = regimes[f"{names['bn']}, {text}, along the trajectory"].criterion.above
        ax.plot([limit, limit], [row - 0.42, row + 0.42], **style.BOUND)
        for place, arm in enumerate(("bn", *_NORMS)):
            for offset, where, filled in ((0.0, "along the trajectory", True), (0.1, "at matched loss", False)):
                regime = regimes.get(f"{names[arm]}, {text}, {where}")
                if regime is not None:
                    _interval(ax, regime, row - 0.35 + 0.2 * place + offset, arm, filled=filled)
    ax.axhline(-1, label="trajectory", color=style.BLACK, marker="o", markersize=3, linewidth=0)
    ax.axhline(-1, label="matched loss", color=style.BLACK, marker="o", markersize=3, linewidth=0, mfc="white")
    ax.set_yticks(range(len(_QUANTITIES)), list(_QUANTITIES.values()))
    ax.set(ylim=(len(_QUANTITIES) - 0.45, -0.5), xlabel="log(plain / arm), dotted: must exceed")
    ax.set_title("C1, C2: ratios, 95 % intervals")
    ax.legend(loc="lower right")


def _norms(ax: Axes, result: Result) -> None:
    regimes, names = _regimes(result)
    for row, text in enumerate(_AGAINST):
        for place, arm in enumerate(_NORMS):
            regime = regimes[f"{names[arm]}, {text}"]
            _interval(ax, regime, row - 0.22 + 0.22 * place, arm, filled=True)
        for bound in filter(np.isfinite, (regime.criterion.above, regime.criterion.below)):
            ax.plot([bound, bound], [row - 0.35, row + 0.35], zorder=1, **style.BOUND)
    ax.set_yticks(range(len(_AGAINST)), list(_AGAINST.values()))
    ax.set(ylim=(2.5, -0.5), xlabel="effect, dotted: bounds")
    ax.set_title("C2: shift and accuracy")


def _interval(ax: Axes, regime: Regime, y: float, arm: str, *, filled: bool) -> None:
    """The effect's interval, and its mean as the arm's mark."""
    _, colour, _, marker = _ARMS[arm]
    ax.plot(regime.effect.ci95, [y, y], color=colour, linewidth=1.0)
    ax.plot([regime.effect.mean], [y], marker, color=colour, markersize=3, mfc=colour if filled else "white")
