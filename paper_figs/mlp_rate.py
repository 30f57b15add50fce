"""mlp_rate (E14, E15): the bound holds unit by unit, the whole gradient does not follow, minima lie off the line."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bntheory.experiment import Result
from bntheory.paper_figs import style

_UNITS = ((style.BLUE, "-"), (style.RED, (0, (5, 1.5))), (style.GREEN, (0, (1, 1))))


def draw(result: Result) -> Figure:
    """Four panels: one unit against its bound; two passes over the units; digits; the minimum off the line."""
    heading = "E14, E15. GDNP on one hidden layer: the bound holds for one unit, not for the whole network"
    figure, body = style.page(4.6, heading)
    (unit, passes), (digits, minimum) = body.subplots(2, 2)
    _unit(unit, result)
    _steps(passes, result.arrays["step_grad"], "Population: the other unit's gradient stays")
    _steps(digits, result.arrays["digits_grad"], "Digits, three units: no unit's gradient stays small")
    _minimum(minimum, result)
    return figure


def _unit(ax: Axes, result: Result) -> None:
    run = result.instances[0].runs["gdnp"]
    D, c1, slope = (run.trace.observed[key] for key in ("D", "c1", "slope"))
    t = np.arange(len(D))
    ax.semilogy(t, run.trace.grad_norm**2, **style.method_style("gdnp") | {"label": r"$\|\nabla_i f\|^2_{S^{-1}}$"})
    factor = result.results["unit"]["factor"]
    ax.semilogy(t, factor**t * np.max(c1**2) * D[0] + slope**2, label="bound of E15, corrected", **style.BOUND)
    ax.set(
        xlabel="direction step $t$", ylabel="squared gradient", title="One unit, the other on the line: the bound holds"
    )
    ax.legend(loc="lower left")


def _steps(ax: Axes, grads: np.ndarray, title: str) -> None:
    k = grads.shape[1]
    for i, (colour, dashes) in zip(range(k), _UNITS, strict=False):
        ax.semilogy(grads[:, i], color=colour, linestyle=dashes, label=f"unit {i + 1}")
    visit = len(grads) // (2 * k)
    for start in range(0, len(grads), visit):
        ax.axvline(start, color="#BBBBBB", linewidth=0.5, zorder=0)
    ax.set(xlabel="direction step (grey lines: the next unit's turn)", ylabel=r"$\|\nabla_i f\|_{S^{+}}$", title=title)
    ax.legend(loc="upper right" if k > 2 else "lower left", ncols=k)


def _minimum(ax: Axes, result: Result) -> None:
    axis, landscape = result.arrays["landscape_axis"], result.arrays["landscape"]
    W = result.arrays["off_line_W"]
    smallest = result.results["off_line_minimum"]["smallest_eigenvalue"]
    middle = landscape[len(landscape) // 2]
    ax.plot(axis, 1e4 * (landscape - middle), color=style.BLACK)
    found = result.results["off_line_minimum"]["value"]
    ax.plot([abs(W[0, 1]), -abs(W[0, 1])], [1e4 * (found - middle)] * 2, "o", color=style.RED)
    ax.annotate(
        rf"$\lambda_{{\min}}(\nabla^2 f) = {smallest:.5f} > 0$",
        (0.5, 0.72),
        xycoords="axes fraction",
        ha="center",
        color=style.RED,
    )
    ax.set(
        xlabel="part of $w_1$ off the line ($w_2$: its opposite)",
        ylabel=r"$10^4\,(f - f\ \mathrm{on\ the\ line})$",
        title="Strict local minima off the line $S^{-1}u$",
    )
