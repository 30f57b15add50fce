"""motivations (A6): learning rates, initial scales, gradients at initialization, and regularization on few images."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bntheory.experiment import Arrays, Result
from bntheory.paper_figs import style
from bntheory.statistics import Regime

_SHOWN = ("plain", "bn", "affine")
_INITIALIZATIONS = ("glorot", "he")
_NOTE = (
    "Small marks: seeds; lines and bars: means. In brackets the criterion; reproduced: the effect's 95 %"
    " interval over seeds"
    "\nmeets it. Scale and shift only, the control, has BN's learned parameters without its normalization;"
    " it is not run for initial"
    "\nscales and regularization."
)


def draw(result: Result) -> Figure:
    """Two sweeps above; gradients and the gap between training and test below, each with its outcome."""
    heading = "A6. Benefits that are said to follow from batch normalization, each with its criterion and outcome"
    figure, body = style.page(5.1, heading, _NOTE)
    (rates, scales), (gradients, few) = body.subplots(2, 2)
    regimes = {regime.name: regime for regime in result.regimes}
    _sweep(rates, result, "rates", regimes)
    _sweep(scales, result, "scales", regimes)
    _gradients(gradients, result.arrays, [r for name, r in regimes.items() if name.startswith("gradients")])
    _few(few, result, [r for name, r in regimes.items() if name.startswith("regularization")])
    body.legend(handles=style.arm_handles(_SHOWN), loc="outside lower center", ncols=len(_SHOWN))
    return figure


def _sweep(ax: Axes, result: Result, sweep: str, regimes: Mapping[str, Regime]) -> None:
    arrays, name = result.arrays, {"rates": "learning rates", "scales": "initial scales"}[sweep]
    for arm in _SHOWN:
        if f"{sweep} {arm}" in arrays:
            runs, look = arrays[f"{sweep} {arm}"], style.ARMS[arm]
            ax.semilogx(arrays[name], runs.T, look["marker"], color=look["color"], markersize=2, alpha=0.6)
            ax.semilogx(arrays[name], runs.mean(axis=0), **look)
    trained = result.options["trained"]
    ax.axhline(trained, **style.BOUND)
    place = {"rates": 0.73, "scales": 0.27}[sweep]  # where no line passes
    text = f"counts as\ntrained: {trained:g}"
    ax.annotate(text, (place, trained + 0.02), xycoords=("axes fraction", "data"), fontsize=6.5, ha="center")
    ax.set(xlabel=name.removesuffix("s"), ylabel="training accuracy at the end", ylim=(0, 1.04))
    ax.set_xlim(arrays[name].min() / 1.4, arrays[name].max() * 1.4)
    outcome = regimes[name].measured.replace("-", " ")
    bn, plain, gain = (regimes[name + part] for part in (", BN alone", ", plain alone", ""))
    counts = f"BN at {bn.effect.mean:.2g} of 7 (≥ {math.ceil(bn.criterion.above)}), "
    counts += f"plain at {plain.effect.mean:.2g} (≤ {math.floor(plain.criterion.below)}), "
    counts += f"BN − plain {gain.effect.mean:.2g} (≥ {math.ceil(gain.criterion.above)})"
    style.title(ax, f"{name.capitalize()} that train: {outcome}", counts)


def _gradients(ax: Axes, arrays: Arrays, regimes: Sequence[Regime]) -> None:
    for place, initialization in enumerate(_INITIALIZATIONS):
        for shift, arm in zip((-0.15, 0.0, 0.15), _SHOWN, strict=True):
            _dots(ax, place + shift, arrays[f"sigmoid {initialization} {arm}"], arm)
    names = [name.capitalize() for name in _INITIALIZATIONS]
    labels = [f"{name}: {r.effect.mean:.2f}\n{_said(r)}" for name, r in zip(names, regimes, strict=True)]
    ax.set_xticks(range(len(names)), labels)
    ax.set(xlim=(-0.5, 1.5), ylim=(-3.2, 0.2), ylabel="$\\log_{10}\\,|\\nabla_{W_1}|/|\\nabla_{W_6}|$")
    below = f"BN − plain, at initialization (above {regimes[0].criterion.above:g})"
    style.title(ax, "Gradients vanish less, in six sigmoid layers", below)


def _few(ax: Axes, result: Result, regimes: Sequence[Regime]) -> None:
    rate, high = result.options["rate"], result.options["high rate"]
    rows = (("plain", rate), ("bn", rate), ("bn", high))
    for place, (arm, lr) in enumerate(rows):
        _dots(ax, place, result.arrays[f"gap {lr} {arm}"], arm)
    accuracies = result.results["test accuracy after few images, mean"]
    labels = [f"{style.ARMS[arm]['label']}, lr {lr:g}\ntest: {accuracies[f'{arm}, lr {lr}']:.2f}" for arm, lr in rows]
    outcomes = ("", *map(_said, regimes))
    ax.set_xticks(range(len(rows)), [f"{a}\n{b}" for a, b in zip(labels, outcomes, strict=True)])
    ax.set(xlim=(-0.5, 2.5), ylabel="training $-$ test accuracy")
    style.title(
        ax,
        f"Regularization, on {result.options['few']} images",
        "a smaller gap than plain's at lr 0.1 (difference above 0)",
    )


def _said(regime: Regime) -> str:
    return regime.measured.replace("-", " ")


def _dots(ax: Axes, place: float, values: Sequence[float], arm: str) -> None:
    """One mark a seed, and a bar at their mean."""
    colour, marker = style.ARMS[arm]["color"], style.ARMS[arm]["marker"]
    ax.plot(place + np.linspace(-0.05, 0.05, len(values)), values, marker, color=colour, markersize=3)
    ax.plot([place - 0.07, place + 0.07], [np.mean(values)] * 2, color=colour)
