"""A panel of any figure: the regimes of an observation, each effect with its interval, beside what was required."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bntheory.paper_figs import style
from bntheory.statistics import Regime


def draw_regimes(ax: Axes, regimes: Sequence[Regime], effect: str) -> None:
    """A row a regime, the first on top: effect, 95 % interval, the required range shaded, the outcome by the marker."""
    low, high = _range(regimes)
    for row, regime in enumerate(reversed(regimes)):
        span = (max(regime.criterion.above, low), min(regime.criterion.below, high))
        ax.fill_betweenx([row - 0.35, row + 0.35], *span, color=style.BLACK, alpha=0.08, linewidth=0)
        draw_effect(ax, row, regime)
    ax.axvline(0.0, color=style.BLACK, linewidth=0.5)
    ax.set_yticks(range(len(regimes)), [regime.name for regime in reversed(regimes)])
    ax.set(xlabel=f"{effect}, 95 % interval", xlim=(low, high), ylim=(-0.6, len(regimes) - 0.4))


def draw_effect(ax: Axes, place: float, regime: Regime) -> None:
    """The effect at a height: its 95 % interval, and at its mean the outcome's mark."""
    look = style.OUTCOMES[regime.measured]
    ax.plot(regime.effect.ci95, [place, place], color=look["color"])
    ax.plot(regime.effect.mean, place, linestyle="", **look)


def outcome_handles(regimes: Sequence[Regime]) -> list[Line2D]:
    """What a legend needs for the marks of these regimes: an entry an outcome, always in the same order."""
    found = {regime.measured for regime in regimes}
    return [
        Line2D([], [], linestyle="", label=name, **style.OUTCOMES[name]) for name in style.OUTCOMES if name in found
    ]


def required_handle() -> Patch:
    """What a legend needs for the shading of `draw_regimes`."""
    return Patch(color=style.BLACK, alpha=0.08, linewidth=0, label="where the whole interval must lie")


def _range(regimes: Sequence[Regime]) -> tuple[float, float]:
    """Everything that is shown, with a margin."""
    shown = [0.0]
    for regime in regimes:
        shown += [*regime.effect.ci95, *filter(np.isfinite, (regime.criterion.above, regime.criterion.below))]
    margin = 0.08 * (max(shown) - min(shown) or 1.0)
    return min(shown) - margin, max(shown) + margin
