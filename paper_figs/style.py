"""How every figure looks: one dictionary of settings, returned and never set globally; colours that tell without hue.

The colours are Okabe and Ito's eight, told apart under every common form of colour blindness; each method also
has its own dash pattern, so that a figure survives a black-and-white printer.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

#: Widths of a journal's column and of its page, in inches.
COLUMN, PAGE = 3.4, 7.0

BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, RED, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)

_METHODS: dict[str, dict[str, Any]] = {
    "gd": {"label": "GD", "color": BLUE, "linestyle": "-"},
    "gd-best": {"label": "GD, best step", "color": SKY, "linestyle": (0, (5, 1))},
    "agd": {"label": "AGD", "color": GREEN, "linestyle": (0, (2, 1))},
    "bn": {"label": "BN (joint GD)", "color": ORANGE, "linestyle": (0, (3, 1, 1, 1))},
    "gdnp": {"label": "GDNP", "color": RED, "linestyle": (0, (7, 1.5))},
    "gdnp-whitened": {"label": "whitened GDNP", "color": PURPLE, "linestyle": (0, (8, 1.5, 1, 1.5, 1, 1.5))},
    "lbfgs": {"label": "L-BFGS", "color": BLACK, "linestyle": (0, (1, 1))},
    "cg": {"label": "CG", "color": "#777777", "linestyle": (0, (1, 2.5))},
}

#: The arms of the experiments with networks, in every figure that shows them.
ARMS: dict[str, dict[str, Any]] = {
    "plain": {"label": "plain", "color": BLUE, "linestyle": "-", "marker": "o"},
    "bn": {"label": "BN", "color": ORANGE, "linestyle": (0, (4, 1.5)), "marker": "s"},
    "affine": {"label": "scale and shift only", "color": BLACK, "linestyle": (0, (1, 1)), "marker": "x"},
    "noisy": {"label": "noisy BN", "color": RED, "linestyle": (0, (5, 1, 1, 1)), "marker": "^"},
    "l1": {"label": "$l_1$", "color": GREEN, "linestyle": (0, (6, 1.5)), "marker": "^"},
    "l2": {"label": "$l_2$", "color": SKY, "linestyle": (0, (3, 1, 1, 1)), "marker": "v"},
    "linf": {"label": "$l_\\infty$", "color": RED, "linestyle": (0, (3, 1, 1, 1, 1, 1)), "marker": "D"},
}

#: Outcomes, in every figure: colours of no method and of no arm, and a mark each.
OUTCOMES: dict[str, dict[str, Any]] = {
    "reproduced": {"color": "#332288", "marker": "o", "markersize": 4},
    "not-reproduced": {"color": "#999933", "marker": "D", "markersize": 4, "markerfacecolor": "white"},
    "reversed": {"color": "#882255", "marker": "X", "markersize": 5, "markeredgewidth": 0},
}

#: A theorem's bound, in every figure.
BOUND: dict[str, Any] = {"color": "#555555", "linewidth": 0.9, "linestyle": (0, (1, 1))}


def method_style(name: str) -> dict[str, Any]:
    """Label, colour and dash pattern of a method's line, for `Axes.plot`."""
    return dict(_METHODS[name])


def arm_handles(arms: Sequence[str], **changes: Any) -> list[Line2D]:
    """What a legend needs for these arms; changes are those of `Line2D`, such as another line style."""
    return [Line2D([], [], **ARMS[arm] | changes) for arm in arms]


def page(height: float, heading: str, note: str = "", width: float = PAGE) -> tuple[Figure, SubFigure]:
    """A figure and the part of it to draw in: a heading above it, the claim and what is shown, and a note below it.

    The heading is broken where it is too long; the note, which may hold formulas, is not.

    What a record says of itself is the title of the figure, above the heading.
    """
    figure = Figure(figsize=(width, height))
    around = figure.subfigures()
    around.suptitle(textwrap.fill(heading, int(14.7 * width)), x=0.01, ha="left", fontsize=8, fontweight="bold")
    if note:
        around.supxlabel(note, x=0.01, ha="left", fontsize=6.5)
    return figure, around.subfigures()


def title(ax: Axes, text: str, below: str) -> None:
    """A panel's title with a smaller line below it."""
    ax.set_title(text, pad=14)
    at = {"xycoords": "axes fraction", "xytext": (0, 4), "textcoords": "offset points"}
    ax.annotate(below, (0, 1), ha="left", va="bottom", fontsize=6.5, **at)


def settings(stem: str) -> dict[str, Any]:
    """Matplotlib settings for `matplotlib.rc_context`; the stem seeds the ids in SVG files: they are stable."""
    return {
        "font.family": "DejaVu Sans",
        "font.size": 7.5,
        "axes.titlesize": 8,
        "axes.labelsize": 7.5,
        "legend.fontsize": 6.5,
        "xtick.labelsize": 6.5,
        "ytick.labelsize": 6.5,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "lines.linewidth": 1.3,
        "lines.markersize": 3.5,
        "legend.frameon": False,
        "legend.handlelength": 2.6,
        "figure.constrained_layout.use": True,
        "figure.dpi": 150,
        "savefig.dpi": 300,
        "pdf.fonttype": 42,
        "svg.hashsalt": stem,
        "svg.fonttype": "path",
        "path.simplify": True,
    }
