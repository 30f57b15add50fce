"""How every figure looks: one dictionary of settings, returned and never set globally; colours that tell without hue.

The colours are Okabe and Ito's eight, told apart under every common form of colour blindness; each method also
has its own dash pattern, so that a figure survives a black-and-white printer.
"""

from __future__ import annotations

from typing import Any

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
    "agd": {"label": "AGD", "color": GREEN, "linestyle": (0, (4, 1.5))},
    "bn": {"label": "BN (joint GD)", "color": ORANGE, "linestyle": (0, (3, 1, 1, 1))},
    "gdnp": {"label": "GDNP", "color": RED, "linestyle": (0, (6, 1.5))},
    "gdnp-whitened": {"label": "whitened GDNP", "color": PURPLE, "linestyle": (0, (3, 1, 1, 1, 1, 1))},
    "lbfgs": {"label": "L-BFGS", "color": BLACK, "linestyle": (0, (1, 1))},
    "cg": {"label": "CG", "color": "#777777", "linestyle": (0, (1, 1.5))},
}

#: A theorem's bound, in every figure.
BOUND: dict[str, Any] = {"color": "#555555", "linewidth": 0.9, "linestyle": (0, (1, 1))}


def method_style(name: str) -> dict[str, Any]:
    """Label, colour and dash pattern of a method's line, for `Axes.plot`."""
    return dict(_METHODS[name])


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
