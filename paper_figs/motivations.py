"""motivations (A6): learning rates, initial scales, gradients at initialization, and regularization on few images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bntheory.experiment import Arrays, Result
from bntheory.paper_figs import style

_ARMS = {
    "plain": ("plain", style.BLUE, "-", "o"),
    "bn": ("BN", style.ORANGE, (0, (4, 1.5)), "s"),
    "affine": ("scale and shift only", style.BLACK, (0, (1, 1)), "x"),
}
_INITIALIZATIONS = ("glorot", "he")


def draw(result: Result) -> Figure:
    """Two sweeps above; gradients and the gap between training and test below, each with its outcome."""
    figure = Figure(figsize=(style.PAGE, 4.3))
    (rates, scales), (gradients, few) = figure.subplots(2, 2)
    outcomes = {regime.name: regime.measured.replace("-", " ") for regime in result.regimes}
    _sweep(rates, result, "rates", "learning rates", outcomes["learning rates"])
    _sweep(scales, result, "scales", "initial scales", outcomes["initial scales"])
    scales.legend(*rates.get_legend_handles_labels(), loc="center left", bbox_to_anchor=(0.0, 0.4))
    _gradients(gradients, result.arrays, [text for name, text in outcomes.items() if name.startswith("gradients")])
    _few(few, result, [text for name, text in outcomes.items() if name.startswith("regularization")])
    return figure


def _sweep(ax: Axes, result: Result, sweep: str, axis: str, outcome: str) -> None:
    arrays, values = result.arrays, result.arrays[axis]
    for arm, (label, colour, line, marker) in _ARMS.items():
        if f"{sweep} {arm}" in arrays:
            runs = arrays[f"{sweep} {arm}"]
            ax.semilogx(values, runs.T, marker, color=colour, markersize=2, alpha=0.6)
            ax.semilogx(values, runs.mean(axis=0), color=colour, linestyle=line, marker=marker, label=label)
    ax.axhline(result.options["trained"], **style.BOUND)
    ax.set(xlabel=axis.removesuffix("s"), ylabel="training accuracy at the end", ylim=(0, 1.04))
    bn, plain = (result.results["count that train, mean"][f"{sweep} {arm}"] for arm in ("bn", "plain"))
    ax.set_title(f"A6, {axis}: BN {bn:.2g} of 7, plain {plain:.2g}; {outcome}")


def _gradients(ax: Axes, arrays: Arrays, outcomes: Sequence[str]) -> None:
    for place, initialization in enumerate(_INITIALIZATIONS):
        for shift, (arm, (_, colour, _, marker)) in zip((-0.15, 0.0, 0.15), _ARMS.items(), strict=True):
            _dots(ax, place + shift, arrays[f"sigmoid {initialization} {arm}"], colour, marker)
    names = [name.capitalize() for name in _INITIALIZATIONS]
    ax.set_xticks(range(len(names)), [f"{name}\ngap above 2: {o}" for name, o in zip(names, outcomes, strict=True)])
    ax.set(xlim=(-0.5, 1.5), ylim=(-3.2, 0.2), ylabel="$\\log_{10}\\,|\\nabla_{W_1}|/|\\nabla_{W_6}|$")
    ax.set_title("A6, vanishing gradients of six sigmoid layers")


def _few(ax: Axes, result: Result, outcomes: Sequence[str]) -> None:
    rate, high = result.options["rate"], result.options["high rate"]
    rows = (("plain", rate), ("bn", rate), ("bn", high))
    for place, (arm, lr) in enumerate(rows):
        _, colour, _, marker = _ARMS[arm]
        _dots(ax, place, result.arrays[f"gap {lr} {arm}"], colour, marker)
    accuracies = result.results["test accuracy after few images, mean"]
    labels = [f"{_ARMS[arm][0]}, lr {lr:g}\ntest: {accuracies[f'{arm}, lr {lr}']:.2f}" for arm, lr in rows]
    ax.set_xticks(range(len(rows)), [f"{a}\n{b}" for a, b in zip(labels, ("", *outcomes), strict=True)])
    ax.set(xlim=(-0.5, 2.5), ylabel="training $-$ test accuracy")
    ax.set_title(f"A6, regularization on {result.options['few']} images, against plain")


def _dots(ax: Axes, place: float, values: Sequence[float], colour: str, marker: str) -> None:
    """One mark a seed, and a bar at their mean."""
    spread = np.linspace(-0.05, 0.05, len(values))
    ax.plot(place + spread, values, marker, color=colour, markersize=3)
    ax.plot([place - 0.07, place + 0.07], [np.mean(values)] * 2, color=colour)
