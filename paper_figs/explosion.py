"""explosion (D1, D2, D3): the rate of gradient growth against batch size and width, by depth, tamed, and broken."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bntheory.experiment import Result
from bntheory.experiments.explosion import (
    BATCH,
    DEPTH,
    LARGE_BATCH,
    NARROW,
    PASSES,
    width_bias,
)
from bntheory.meanfield import leaky_relu_limit
from bntheory.paper_figs import style

_BY_DEPTH = {
    "both": ("relu(BN(Wx))", style.BLUE, "-"),
    "inside": ("relu(BN(x+Wx))", style.ORANGE, (0, (4, 1.5))),
    "residual": ("x+relu(BN(Wx))", style.GREEN, (0, (6, 1.5))),
}
_PASSES = {"both": "whole", "mean": "mean only", "variance": "variance only", "neither": "neither"}


_SAMPLED = {
    "linear": ("linear", style.ORANGE, "s"),
    "relu": ("ReLU", style.BLUE, "o"),
    "leaky": ("leaky ReLU, .3", style.GREEN, "^"),
    "tanh": ("tanh", style.RED, "D"),
}
_RELIEF = {
    "relu": ("ReLU", style.BLUE, "-"),
    "relu, inside": ("ReLU, skip inside BN", style.SKY, (0, (3, 1, 1, 1))),
    "tanh": ("tanh", style.RED, "-"),
    "relu, skip": ("ReLU, skip", style.BLACK, (0, (1, 1))),
    "near-linear": ("leaky ReLU, .9", style.GREEN, (0, (4, 1.5))),
    "eps": ("tanh, $\\epsilon=.7$", style.PURPLE, (0, (3, 1, 1, 1, 1, 1))),
    "gamma": ("tanh, $\\gamma_l=l^{-1/2}$", style.ORANGE, (0, (6, 1.5))),
}


def draw(result: Result) -> Figure:
    """lambda(B); Monte Carlo against it; finite width; gradients along the depth; relief; broken backward passes."""
    heading = "D1 to D3, F8, F9. Growth of gradients at initialization, layer by layer, and what relieves it"
    figure, body = style.page(5.1, heading)
    (batch, sampled, width), (depth, relief, broken) = body.subplots(2, 3)
    _against_batch(batch, result.arrays)
    _monte_carlo(sampled, result.arrays)
    _against_width(width, result.arrays)
    _along_depth(depth, result.arrays)
    _relief(relief, result.arrays)
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
    ax.set(xlabel="batch size $B$", ylabel="$\\lambda$: growth of $|\\nabla|^2$ a layer", ylim=(0.9, 7.4))
    ax.set_title("D2: not decreasing for $3t-t^3$")
    ax.legend(loc="upper right")


def _monte_carlo(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    for shift, (name, (label, colour, marker)) in enumerate(_SAMPLED.items()):
        estimate, error, exact = arrays[f"infinite {name}"].T
        B = arrays["sampled batches"] * 1.07 ** (shift - 1.5)
        ax.plot(B, (estimate - exact) / error, marker, color=colour, markersize=3, label=label)
    ax.axhspan(-4, 4, color=style.BLACK, alpha=0.06, linewidth=0, label="required")
    ax.set_xscale("log")
    ax.set_xticks(arrays["sampled batches"], [str(B) for B in arrays["sampled batches"]])
    ax.minorticks_off()
    ax.set(xlabel="batch size $B$", ylabel="(Monte Carlo $-\\lambda$)/standard error", ylim=(-5.5, 9.5))
    ax.set_title("D1: the formula for any $\\phi$")
    ax.legend(loc="upper right", ncols=2, handlelength=1.4, columnspacing=1.2)


def _against_width(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    rates = arrays["narrow rates"]
    inverse, errors = 1 / np.array(NARROW), rates.std(axis=1, ddof=1) / np.sqrt(rates.shape[1])
    intercept, slope, _ = width_bias(rates)
    ax.errorbar(
        inverse,
        rates.mean(axis=1),
        2 * errors,
        fmt="o",
        color=style.BLUE,
        markersize=3,
        label=f"{rates.shape[1]} networks, ±2 s.e.",
    )
    x = np.array([0.0, inverse.max()])
    ax.plot(x, intercept + slope * x, color=style.BLUE, label=f"line, slope {slope:.2f}")
    wide = arrays["rate both"]
    error = 2 * wide.std(ddof=1) / np.sqrt(len(wide))
    ax.errorbar(
        1 / arrays["width"],
        wide.mean(),
        error,
        fmt="x",
        color=style.BLACK,
        markersize=4,
        label=f"{len(wide)} networks, ±2 s.e.",
    )
    ax.axhline(arrays["lambda relu"][list(arrays["batches"]).index(BATCH)], label="infinite width", **style.BOUND)
    ax.set(xlabel="1/width", ylabel=f"rate at $B={BATCH}$, ReLU")
    ax.set_title("D1: a bias of order 1/width")
    ax.legend(loc="lower left")


def _along_depth(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    _profiles(ax, arrays, _BY_DEPTH)
    ax.set(ylabel="$|\\nabla_{h^l}|^2\\,/\\,|\\nabla_{h^L}|^2$")
    ax.set_title(f"D1, D3: skips at $B={BATCH}$")


def _relief(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    _profiles(ax, arrays, _RELIEF)
    ax.set(ylabel="$|\\nabla_{W_l}|^2\\,/\\,|\\nabla_{W_L}|^2$", ylim=(None, 1e13))
    ax.set_title(f"D3: what relieves at $B={LARGE_BATCH}$")


def _profiles(ax: Axes, arrays: dict[str, NDArray[Any]], lines: dict[str, tuple[str, str, Any]]) -> None:
    """Squared gradients by the layer, over those of the last one: mean of the logarithms over networks."""
    for name, (label, colour, line) in lines.items():
        mean = arrays[f"profile {name}"].mean(axis=0)
        ax.semilogy(np.arange(1, DEPTH + 1), np.exp(mean - mean[-1])[1:], color=colour, linestyle=line, label=label)
    ax.set_xlabel("layer $l$")
    ax.legend(loc="upper right")


def _broken_passes(ax: Axes, arrays: dict[str, NDArray[Any]]) -> None:
    for place, (name, exact) in enumerate(zip(PASSES, arrays["lambda passes"], strict=True)):
        rates = arrays[f"rate {name}"]
        ax.plot(np.full(len(rates), place), rates, "x", color=style.BLACK, markersize=3.5, label="networks")
        ax.plot([place - 0.3, place + 0.3], [exact, exact], color=style.RED, label="infinite width")
    ax.set_xticks(range(len(PASSES)), [_PASSES[name] for name in PASSES], rotation=25, ha="right")
    ax.set(ylabel=f"rate at $B={BATCH}$, ReLU")
    ax.set_title("D1, controls: paths left out")
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(handles[:2], labels[:2], loc="upper left")
