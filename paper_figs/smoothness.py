"""smoothness (C3, C4, C6, E8): identities on random units, the closer optimum, a critical point off the line."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bntheory.experiment import Result
from bntheory.experiments.smoothness import GRID, gap
from bntheory.paper_figs import style


def draw(result: Result) -> Figure:
    """The printed C3 against its left side; the gaps of the equalities; C6 by the angle; E8's gradient."""
    heading = "C3, C4, C6, E8. Printed bounds beside the exact identities, and a critical point off the line"
    figure, body = style.page(5.1, heading)
    (bound, gaps), (optima, plane) = body.subplots(2, 2)
    _bound(bound, result)
    _gaps(gaps, result)
    _optima(optima, result)
    _plane(plane, result)
    return figure


def _bound(ax: Axes, result: Result) -> None:
    lhs, rhs, _ = result.arrays["C3 as printed"].T
    shown = (lhs > 0) & (rhs > 0)
    ax.loglog(rhs[shown], lhs[shown], ".", color=style.BLUE, markersize=2, label="units with $\\epsilon>0$")
    ends = np.array([rhs[shown].min(), rhs[shown].max()])
    ax.plot(ends, ends, label="equality: $\\epsilon=0$", **style.BOUND)
    ax.set(xlabel="printed bound", ylabel="$|\\nabla_y\\hat L|^2$")
    ax.set_title("C3: the bound is an equality at $\\epsilon=0$, strict above")
    ax.legend(loc="upper left")


def _gaps(ax: Axes, result: Result) -> None:
    for name, label, colour, line in (
        ("C3", "C3 corrected", style.BLUE, "-"),
        ("C4", "C4 corrected", style.GREEN, (0, (4, 1.5))),
        ("C3 without the mean", "C3 without the mean's term", style.RED, (0, (1, 1))),
    ):
        values = np.sort(np.maximum(gap(result.arrays[name], terms=name != "C4"), 1e-18))
        ax.semilogx(values, np.arange(1, len(values) + 1) / len(values), color=colour, linestyle=line, label=label)
    ax.set(xlabel="$|lhs-rhs|$, relative (1e-18: none)", ylabel="part of the units")
    ax.set_title("C3, C4: equalities in any batch, to rounding")
    ax.set_xticks([1e-18, 1e-14, 1e-10, 1e-6, 1e-2])
    ax.legend(loc="center", bbox_to_anchor=(0.52, 0.6))


def _optima(ax: Axes, result: Result) -> None:
    cosine, distance, bound = result.arrays["C6"].T
    for side, label, colour, marker in (
        (cosine > 0, "$\\langle W_0,W^*\\rangle>0$: equality", style.BLUE, "o"),
        (cosine <= 0, "$\\langle W_0,W^*\\rangle<0$: the bound is false", style.RED, "x"),
    ):
        ax.plot(cosine[side], (distance - bound)[side], marker, color=colour, markersize=2, label=label)
    ax.axhline(0.0, **style.BOUND)
    ax.set(xlabel="cosine of the angle between $W_0$ and $W^*$", ylabel="(distance$^2$ - bound)/$|W_0|^2$")
    ax.set_xticks([-1.0, -0.5, 0.0, 0.5, 1.0])
    ax.set_title("C6: the printed bound is false for obtuse angles")
    ax.legend(loc="upper right")


def _plane(ax: Axes, result: Result) -> None:
    levels = np.linspace(-2, 0.5, 11)
    picture = ax.contourf(GRID, GRID, np.log10(result.arrays["E8 gradient"]), levels, cmap="Blues_r", extend="both")
    ax.figure.colorbar(picture, ax=ax, label="$\\log_{10}|\\nabla f|$")
    ax.axhline(0.0, color=style.BLACK, linestyle=(0, (4, 1.5)), label="the line of $S^{-1}u$")
    ax.plot(*result.arrays["E8 root"], "X", color=style.RED, markersize=6, label="proved critical point")
    ax.set(xlabel="$w_1$", ylabel="$w_2$")
    ax.set_title("E8: a critical point off the line")
    ax.legend(loc="lower left", facecolor="white", framealpha=1.0, frameon=True)
