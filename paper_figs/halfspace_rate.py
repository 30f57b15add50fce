"""halfspace_rate (E9 to E12, F4, F5): GDNP's directions and lengths apart, each under its own bound; the printed h."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bntheory.decoupling import contraction_factor
from bntheory.experiment import Result
from bntheory.paper_figs import style

_LOSSES = {"softplus": (style.BLUE, "o"), "gaussian-hinge": (style.ORANGE, "s"), "sqrt-hinge": (style.GREEN, "^")}
_DIRECTION = {"color": style.RED, "linestyle": (0, (6, 1.5))}
_LENGTH = {"color": style.PURPLE, "linestyle": "-"}


def draw(result: Result) -> Figure:
    """Directions of all losses, the two parts of the gradient, the length search, printed against corrected h."""
    heading = "E9 to E12, F4, F5. GDNP on Gaussian halfspaces: direction and length, each under its own bound"
    figure, body = style.page(4.9, heading)
    (directions, parts), (length, criterion) = body.subplots(2, 2)
    _directions(directions, result)
    _parts(parts, result)
    _length(length, result)
    _criterion(criterion, result)
    return figure


def _directions(ax: Axes, result: Result) -> None:
    losses = result.results["losses"]
    for number in (0, 1):
        paths = result.arrays["excess"][number]
        problem = result.instances[number * len(losses)].problem
        t = np.arange(paths.shape[1])
        ax.semilogy(t, paths[0] / paths[0, 0], color="#999999", linewidth=0.9)
        for k, loss in enumerate(losses):
            colour, marker = _LOSSES.get(loss, (style.BLACK, "o"))
            shown = t[8 * k :: 24]
            label = loss if number == 0 else None
            ax.semilogy(shown, (paths[k + 1] / paths[k + 1, 0])[shown], marker, color=colour, label=label)
        factor = contraction_factor(problem["mu"], problem["L"])
        ax.semilogy(t, np.power(factor, t), label="bound $q^{2t}$" if number == 0 else None, **style.BOUND)
        condition = f"$L/\\mu={problem['condition']:g}$"
        if number == 0:
            below = {"xytext": (0, -7), "textcoords": "offset points", "ha": "right", "va": "top"}
            ax.annotate(f"worst case, {condition}: on its bound", (t[-1], factor ** t[-1]), fontsize=6.5, **below)
        else:
            middle = t[-1] / 2
            ax.annotate(f"  generic, {condition}", (middle, factor**middle), va="bottom", fontsize=6.5)
    ax.set(xlabel="iteration $t$", ylabel="$D(w_t)\\,/\\,D_0$", ylim=(1e-33, 30))
    ax.set_title("Directions: one path for all losses, within the bound")
    ax.legend(loc="lower left")


def _parts(ax: Axes, result: Result) -> None:
    direction, length, direction_bound = result.arrays["split"]
    steps = result.results["shown_bisections"]
    corrected = result.arrays["length"][1][np.searchsorted(result.arrays["bisections"], steps)]
    t = np.arange(len(direction))
    ax.semilogy(t, direction, label="direction part $c_1^2D$", **_DIRECTION)
    ax.semilogy(t, length, label=r"length part $(\partial_\gamma f)^2$", **_LENGTH)
    ax.semilogy(t, direction_bound, label="bound of each part", **style.BOUND)
    ax.axhline(corrected, **style.BOUND)
    middle = 3 * len(t) // 4
    ax.annotate("$q^{2t}C^2D_0$", (middle, 3 * direction_bound[middle]), ha="left", va="bottom", fontsize=6.5)
    label = rf"$(\zeta/\mu)^2\,4^{{-T_s}}|b-a|^2$, $T_s={steps}$"
    ax.annotate(label, (t[-1], 1.6 * corrected), ha="right", va="bottom", fontsize=6.5)
    ax.set(xlabel="iteration $t$", ylabel=r"parts of $\|\nabla f\|^2_{S^{-1}}$")
    ax.set_title("Gradient: two parts, each under its own bound")
    ax.legend(loc="lower left")


def _length(ax: Axes, result: Result) -> None:
    T = result.arrays["bisections"]
    largest, corrected, printed, *_, printed_scaled = result.arrays["length"]
    scale = float(result.arrays["scale"])
    ax.semilogy(T, largest, "o", color=style.PURPLE, label=r"measured: $\max_t\,(\partial_\gamma f)^2$")
    ax.semilogy(T, corrected, label=r"corrected $(\zeta/\mu)^2\,4^{-T_s}|b-a|^2$", **style.BOUND)
    ax.semilogy(T, printed, label=r"printed $2^{-T_s}\zeta|b-a|/\mu^2$", color=style.ORANGE, linestyle=(0, (4, 1.5)))
    label = f"printed, inputs in units {scale:g} times smaller"
    ax.semilogy(T, printed_scaled, label=label, color=style.RED, linestyle=(0, (1, 1)))
    ax.set(xlabel="bisection steps $T_s$", ylabel=r"$(\partial_\gamma f)^2$ and its bounds")
    ax.set_title("Length: the printed bound depends on units and fails")
    ax.legend(loc="lower left")


def _criterion(ax: Axes, result: Result) -> None:
    lines = (
        ("printed", "printed $h$, $|w_t|_S=1$", style.RED, (0, (6, 1.5))),
        ("printed_unscaled", "printed $h$, $w_t$ never rescaled", style.ORANGE, (0, (3, 1, 1, 1))),
        ("corrected", "corrected $h$", style.BLUE, "-"),
    )
    for key, label, colour, dashes in lines:
        D = result.arrays[key]
        ax.semilogy(np.arange(len(D)), D / D[0], label=label, color=colour, linestyle=dashes)
    ax.axhline(1.0, color="#999999", linewidth=0.6)
    ax.set(xlabel="iteration $t$", ylabel="$D(w_t)\\,/\\,D_0$", xlim=(0, 40), ylim=(1e-8, None))
    ax.set_title("Criterion: with the printed $h$ the direction gets worse")
    ax.legend(loc="center right")
