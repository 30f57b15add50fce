"""A panel of any figure: the regimes of an observation, each effect with its interval, beside what was required."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from bntheory.paper_figs import style
from bntheory.statistics import Regime

_COLOURS = {"reproduced": style.BLUE, "reversed": style.RED, "not-reproduced": style.ORANGE}
_MARKERS = {"reproduced": "o", "reversed": "X", "not-reproduced": "s"}


def draw_regimes(ax: Axes, regimes: Sequence[Regime], effect: str) -> None:
    """A row a regime, the first on top: effect, 95 % interval, the required range shaded, the outcome by the marker."""
    low, high = _range(regimes)
    for row, regime in enumerate(reversed(regimes)):
        criterion, outcome = regime.criterion, regime.measured
        span = (max(criterion.above, low), min(criterion.below, high))
        ax.fill_betweenx([row - 0.35, row + 0.35], *span, color=style.BLACK, alpha=0.08, linewidth=0)
        ax.plot(regime.effect.ci95, [row, row], color=_COLOURS[outcome])
        ax.plot(regime.effect.mean, row, _MARKERS[outcome], color=_COLOURS[outcome], label=outcome)
    ax.axvline(0.0, color=style.BLACK, linewidth=0.5)
    ax.set_yticks(range(len(regimes)), [regime.name for regime in reversed(regimes)])
    ax.set(xlabel=f"{effect}, 95 % interval", xlim=(low, high), ylim=(-0.6, len(regimes) - 0.4))
    handles = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    ax.legend(handles.values(), handles.keys(), loc="lower center", bbox_to_anchor=(0.5, 1.12), ncols=3)


def _range(regimes: Sequence[Regime]) -> tuple[float, float]:
    """Everything that is shown, with a margin."""
    shown = [0.0]
    for regime in regimes:
        shown += [*regime.effect.ci95, *filter(np.isfinite, (regime.criterion.above, regime.criterion.below))]
    margin = 0.08 * (max(shown) - min(shown) or 1.0)
    return min(shown) - margin, max(shown) + margin
