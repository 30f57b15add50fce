"""landscape (C1, C2): the loss's range along the gradient in training, and each arm's ratios, shift and accuracy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bntheory.experiment import Result
from bntheory.paper_figs import style
from bntheory.statistics import Regime

_SHOWN = ("plain", "affine", "bn", "l1", "l2", "linf")
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
_NOTE = (
    "Marks: means over seeds with 95 % intervals, which must lie to the right of the criterion"
    " (accuracy: between the two)."
    "\nLoss range, gradient change: over steps of .5 to 4 learning rates along the gradient. Effective"
    " $\\beta$: change of the gradient"
    "\nover the step's length. Shift: Wasserstein-2 distance of a layer's distributions before and after a"
    " step. $|\\nabla L|$: BN only."
)


def draw(result: Result) -> Figure:
    """Along the trajectory; log(plain/arm) of every regime; shift and accuracy of l_p against BN."""
    heading = "C1, C2. How loss and gradient vary along a gradient step: plain, BN and other normalizations"
    figure, body = style.page(3.95, heading, _NOTE)
    trajectory, ratios, norms = body.subplots(1, 3, width_ratios=(1.05, 1.15, 0.95))
    for arm in _SHOWN:
        mean = np.exp(np.log(result.arrays[f"range {arm}"]).mean(axis=0))
        trajectory.semilogy(result.arrays["steps"], mean, markersize=2.5, **style.ARMS[arm])
    trajectory.set(xlabel="step", ylabel="range of the loss along the gradient", ylim=(2e-3, 10))
    trajectory.set_title("C1, C2: in training")
    _ratios(ratios, result)
    _norms(norms, result)
    handles = [*style.arm_handles(_SHOWN), Line2D([], [], label="criterion", **style.BOUND)]
    body.legend(handles=handles, loc="outside lower center", ncols=len(handles), columnspacing=1.3)
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
    for label, fill in (("filled: trajectory", "#555555"), ("open: matched loss", "white")):
        ax.axhline(-1, label=label, color="#555555", marker="o", markersize=3, linewidth=0, mfc=fill)
    ax.set_yticks(range(len(_QUANTITIES)), list(_QUANTITIES.values()))
    ax.set(ylim=(len(_QUANTITIES) - 0.45, -0.5), xlabel="log(plain/arm)")
    ax.set_title("C1, C2: smoother than plain?")
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
    ax.set(ylim=(2.5, -0.5), xlabel="effect")
    ax.set_title("C2: $l_p$ against BN and plain")


def _interval(ax: Axes, regime: Regime, y: float, arm: str, *, filled: bool) -> None:
    """The effect's interval, and its mean as the arm's mark."""
    colour, marker = style.ARMS[arm]["color"], style.ARMS[arm]["marker"]
    ax.plot(regime.effect.ci95, [y, y], color=colour, linewidth=1.0)
    ax.plot([regime.effect.mean], [y], marker, color=colour, markersize=3, mfc=colour if filled else "white")
