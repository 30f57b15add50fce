"""rayleigh_landscape (E3): the quotient's sectors, the bowl that they come from, and both methods' paths on them."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bntheory.experiment import Result
from bntheory.paper_figs import style

#: One scale for both landscapes, in units of |rho*|; what lies above 0 is worse than w~ = 0, and stays white.
_LEVELS = np.linspace(-1.0, 0.0, 11)
_SHADES = LinearSegmentedColormap.from_list("shades", ["#7b97b2", "#f4f7fa"])
_OUTSIDE: dict[str, Any] = {"levels": (0.5, 1, 2, 4, 8), "colors": "#d5dce3", "linewidths": 0.5}
_SEAMS: dict[str, Any] = {"colors": "white", "linewidths": 0.5, "linestyles": "solid"}
_GUIDE: dict[str, Any] = {"color": style.BLACK, "linewidth": 0.7, "linestyle": (0, (4, 2))}
_STAR: dict[str, Any] = {"marker": "*", "color": style.BLACK, "markersize": 9, "linestyle": "none", "zorder": 6}
#: The methods' markers, on the first steps; later ones would merge.
_MARKERS = {"gd": "o", "gdnp": "D"}
_MARKED = slice(0, 14)
_SHOWN_STEPS = 60


def draw(result: Result) -> Figure:
    """Top: rho and f_OLS in the plane, on one scale. Bottom: E3 along every ray, and how fast both methods are."""
    heading = "E3. Least squares at the best length of every direction is a Rayleigh quotient"
    figure, body = style.page(5.35, heading)
    top, bottom = body.subfigures(2, 1, height_ratios=[1.28, 1])
    quotient, bowl = top.subplots(1, 2)
    filled = _quotient(quotient, result.arrays)
    _bowl(bowl, result.arrays)
    bar = top.colorbar(filled, ax=[quotient, bowl], shrink=0.8, aspect=28, pad=0.015, ticks=_LEVELS[::2])
    bar.set_label(r"$\rho\,/\,|\rho^*|$ and $f\,/\,|\rho^*|$")
    bar.outline.set_visible(False)
    section, speed = bottom.subplots(1, 2)
    _section(section, result.arrays)
    _speed(speed, result)
    return figure


def _quotient(ax: Axes, arrays: dict[str, NDArray[Any]]) -> QuadContourSet:
    reach = 1.3 * np.sqrt(np.diag(np.linalg.inv(arrays["S"])))
    # rho is constant along rays, so that a polar grid of two radii shows it exactly
    radius = np.array([0.0, 2 * np.linalg.norm(reach)])
    x, y = np.outer(radius, np.cos(arrays["angle"])), np.outer(radius, np.sin(arrays["angle"]))
    values = np.tile(arrays["rho"], (2, 1))
    filled = ax.contourf(x, y, values, _LEVELS, cmap=_SHADES)
    ax.contour(x, y, values, _LEVELS, **_SEAMS)
    best = arrays["minimizer"]
    ax.plot(*np.outer(best, [-9, 9]), color=style.BLACK, linewidth=0.7)
    ax.plot(*_ellipse(arrays["S"]), **_GUIDE)
    path = _unit(arrays["path_gdnp"], arrays["S"])
    ax.plot(*path.T, **_steps("gdnp"))
    ax.plot(*best, **_STAR)
    _write(ax, "$w_0$", path[0], (-5, 3), ha="right")
    _write(ax, "$w^*$", best, (6, -2))
    _write(ax, r"$\|w\|_S=1$", _ellipse(arrays["S"])[:, 335], (8, -9))
    _write(ax, "line of $S^{-1}u$", 0.88 * best / best[1] * reach[1], (5, 0))
    _write_formula(ax, r"$\rho(w)=-\,(u^{\!\top}w)^2\,/\,(w^{\!\top}Sw)$")
    ax.set(xlim=(-reach[0], reach[0]), ylim=(-reach[1], reach[1]), aspect="equal", xlabel="$w_1$", ylabel="$w_2$")
    ax.set_title(r"Rayleigh quotient $\rho$: only the direction counts")
    return filled


def _bowl(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    x, y, f = arrays["x"], arrays["y"], arrays["f"]
    ax.contourf(x, y, f, _LEVELS, cmap=_SHADES)
    ax.contour(x, y, f, _LEVELS, **_SEAMS)
    ax.contour(x, y, f, **_OUTSIDE)
    best = arrays["minimizer"]
    lengths = best[:, None] / 2 + _ellipse(arrays["S"]) / 2
    ax.plot(*lengths, **_GUIDE)
    for name in _MARKERS:
        ax.plot(*arrays[f"path_{name}"].T, **_steps(name))
    ax.plot(*best, **_STAR)
    ax.plot(0, 0, "+", color=style.BLACK, markersize=5)
    _write(ax, "$0$", (0, 0), (4, -7))
    _write(ax, r"$\tilde w_0$", arrays["path_gd"][0], (4, -8))
    _write(ax, r"$\tilde w^*$", best, (6, -2))
    _write(ax, "the best length of\nevery direction", lengths[:, 335], (5, -12))
    _write_formula(ax, r"$f(\tilde w)=2u^{\!\top}\tilde w+\tilde w^{\!\top}S\tilde w$")
    ax.set(xlim=x[[0, -1]], ylim=y[[0, -1]], aspect="equal", xlabel=r"$\tilde w_1$", ylabel=r"$\tilde w_2$")
    ax.set_title("Least squares $f$: GDNP keeps the best length")
    ax.legend(loc="upper left")


def _section(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    half = len(arrays["angle"]) // 2 + 1  # rho(-v) = rho(v)
    angle, rho, lowest, euclidean = (arrays[key][:half] for key in ("angle", "rho", "lowest", "euclidean"))
    degrees = np.rad2deg(angle)
    ax.plot(degrees, euclidean, color="#999999", linewidth=0.9, linestyle=(0, (5, 2)), label="control, $I$ for $S$")
    ax.plot(degrees, rho, color=style.BLACK, label=r"$\rho(v)$")
    ax.plot(degrees[::30], lowest[::30], "o", color=style.SKY, label=r"$\min_\gamma f(\gamma v)$")
    ax.set(xlabel="angle of the direction $v$ (degrees)", ylabel=r"value$\,/\,|\rho^*|$")
    ax.set_xticks(range(0, 181, 45))
    ax.set_ylim(-1.05, 0.25)
    ax.set_yticks(_LEVELS[::2])
    ax.set_title(r"The lowest $f$ on every ray is $\rho$ (E3)")
    ax.legend(loc="upper center", ncols=3)


def _speed(ax: Axes, result: Result) -> None:
    instance = result.instances[0]
    for name, run in instance.runs.items():
        D = run.trace.suboptimality
        ax.semilogy(D / D[0], **style.method_style(name))
    t = np.arange(_SHOWN_STEPS + 1)
    ax.semilogy(t, instance.runs["gd"].bound ** t, label=r"bound $(1-\mu/L)^{2t}$ (E5)", **style.BOUND)
    ax.set(xlim=(-1, _SHOWN_STEPS), ylim=(1e-9, 2), xlabel="iteration $t$")
    ax.set_ylabel(r"$(f(\tilde w_t)-f^*)\,/\,(f(\tilde w_0)-f^*)$")
    ax.set_title(rf"Neither is slower than E5's bound, $L/\mu={instance.problem['condition']:.0f}$")
    ax.legend(loc="lower left")


def _steps(name: str) -> dict[str, Any]:
    edge = {"markeredgecolor": "white", "markeredgewidth": 0.3}
    return style.method_style(name) | edge | {"marker": _MARKERS[name], "markersize": 3, "markevery": _MARKED}


def _write_formula(ax: Axes, formula: str) -> None:
    box = {"facecolor": "white", "edgecolor": "none", "pad": 2.5}
    ax.text(0.98, 0.03, formula, transform=ax.transAxes, ha="right", va="bottom", bbox=box, zorder=7)


def _write(ax: Axes, text: str, point: Any, offset: tuple[float, float], **alignment: str) -> None:
    ax.annotate(text, point, xytext=offset, textcoords="offset points", fontsize=7, **alignment)


def _unit(points: NDArray[Any], S: NDArray[Any]) -> NDArray[Any]:
    """The rows scaled to |w|_S = 1."""
    return points / np.sqrt(np.einsum("ti,ij,tj->t", points, S, points))[:, None]


def _ellipse(S: NDArray[Any]) -> NDArray[Any]:
    """The points of |w|_S = 1, shape (2, 361)."""
    angle = np.linspace(0, 2 * np.pi, 361)
    return np.linalg.solve(np.linalg.cholesky(S).T, np.array([np.cos(angle), np.sin(angle)]))
