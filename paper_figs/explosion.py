"""explosion (D1, D2): the rate of gradient growth against the batch size, by depth, and for broken backward passes."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bntheory.experiment import Result
from bntheory.experiments.explosion import BATCH, DEPTH, PASSES
from bntheory.meanfield import leaky_relu_limit
from bntheory.paper_figs import style

_BY_DEPTH = {
    "both": ("relu(BN(Wx))", style.BLUE, "-"),
    "inside": ("relu(BN(x+Wx))", style.ORANGE, (0, (4, 1.5))),
    "residual": ("x+relu(BN(Wx))", style.GREEN, (0, (6, 1.5))),
}
_PASSES = {"both": "whole", "mean": "mean only", "variance": "variance only", "neither": "neither"}


def draw(result: Result) -> Figure:
    """lambda(B) with the measured networks, gradients along the depth, and the broken backward passes."""
    figure = Figure(figsize=(style.PAGE, 2.6))
    batch, depth, broken = figure.subplots(1, 3, width_ratios=(1.25, 1.1, 1))
    _against_batch(batch, result.arrays)
    _along_depth(depth, result.arrays)
    _broken_passes(broken, result.arrays)
    return figure


def _against_batch(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    B = arrays["batches"]
    for name, label, colour, line in (
        ("cubic", "$3t-t^3$", style.GREEN, (0, (4, 1.5))),
        ("relu", "ReLU", style.BLUE, "-"),
        ("linear", "linear", style.ORANGE, (0, (6, 1.5))),
    ):
        ax.semilogx(B, arrays[f"lambda {name}"], color=colour, linestyle=line, marker="o", markersize=2, label=label)
    ax.axhline(leaky_relu_limit(0.0), label=r"$\pi/(\pi-1)$", **style.BOUND)
    rates = arrays["rate both"]
    ax.plot(np.full(len(rates), BATCH), rates, "x", color=style.BLACK, markersize=4, label="networks, ReLU")
    ax.set_xticks([4, 8, 16, 32, 64, 128, 256], ["4", "8", "16", "32", "64", "128", "256"])
    ax.minorticks_off()
    ax.set(xlabel="batch size $B$", ylabel="$\\lambda$: growth of $|\\nabla|^2$ a layer", ylim=(0.9, 5.7))
    ax.set_title("D2: not decreasing for $3t-t^3$")
    ax.legend(loc="upper right", ncols=2)


def _along_depth(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    layers = np.arange(1, DEPTH + 1)
    for name, (label, colour, line) in _BY_DEPTH.items():
        mean = arrays[f"profile {name}"].mean(axis=0)
        ax.semilogy(layers, np.exp(mean - mean[-1])[1:], color=colour, linestyle=line, label=label)
    ax.set(xlabel="layer $l$", ylabel="$|\\nabla_{h^l}|^2\\,/\\,|\\nabla_{h^L}|^2$")
    ax.set_title("D1, D3: exponential, and a power")
    ax.legend(loc="upper right")


def _broken_passes(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    for place, (name, exact) in enumerate(zip(PASSES, arrays["lambda passes"], strict=True)):
        rates = arrays[f"rate {name}"]
        ax.plot(np.full(len(rates), place), rates, "x", color=style.BLACK, markersize=3.5, label="networks")
        ax.plot([place - 0.3, place + 0.3], [exact, exact], color=style.RED, label="infinite width")
    ax.set_xticks(range(len(PASSES)), [_PASSES[name] for name in PASSES], rotation=25, ha="right")
    ax.set(ylabel=f"rate at $B={BATCH}$, ReLU")
    ax.set_title("Controls: paths left out")
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(handles[:2], labels[:2], loc="upper left")
