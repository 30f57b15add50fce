"""halfspace_data (E13): suboptimality on real data against passes over the data; for the sigmoid loss, the gradient."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from bntheory.experiment import Instance, Result
from bntheory.paper_figs import style
from bntheory.paper_figs.regimes import draw_regimes, outcome_handles, required_handle

_ENDS = {"o": "converged", "x": "stopped"}
_HEADING = "E13. GDNP beside other methods on data, where its theorem does not apply"
_OF_ANY_DATA = "GDNP beside other methods"
_NOTE = (
    "GDNP, whitened or not, stops at once or after a few passes where it finds no best length along its direction: the"
    "\nloss levels off as the length grows, without a minimum, as on sigmoid; its theorem does not apply there."
)
_INFIMUM = " The gradient's norm\nis shown where the infimum is not known."


def draw(result: Result) -> Figure:
    """A panel an instance: relative suboptimality where the infimum is known, else the dual norm of the gradient.

    Below them the regimes of E13, over all starts.
    """
    rows = -(-len(result.instances) // 2)
    columns = min(2, len(result.instances))
    extra = 0.75 + 0.165 * len(result.regimes) if result.regimes else 0.0
    traces = 2.2 * rows + 0.35 * bool(rows)
    stopped = any("no minimizer" in run.trace.message for i in result.instances for run in i.runs.values())
    width = style.PAGE if columns != 1 else style.COLUMN + 1
    note = _NOTE if columns != 1 and (stopped or not result.instances) else ""
    note += _INFIMUM if note and stopped else ""
    heading = _OF_ANY_DATA if result.options.get("data") else _HEADING
    figure, body = style.page(traces + extra + 0.3 + 0.45 * bool(note), heading, note, width)
    if not result.instances:  # a record keeps no traces
        _regimes(body, result)
        return figure
    upper = body
    if result.regimes:
        upper, lower = body.subfigures(2, 1, height_ratios=(traces, extra))
        _regimes(lower, result)
    axes = upper.subplots(rows, columns, squeeze=False)
    for ax, instance in zip(axes.flat, result.instances, strict=False):
        _panel(ax, instance)
    for ax in axes.flat[len(result.instances) :]:
        ax.remove()
    for ax in axes[-1]:
        ax.set_xlabel("passes over the data")
    _legend(upper, axes.flat[0], result.instances)
    return figure


def _regimes(part: SubFigure, result: Result) -> None:
    ax = part.subplots()
    draw_regimes(ax, result.regimes, "log10 of iterations, of the second method over the first")
    ax.set_title(f"Who is ahead, over {result.regimes[0].effect.seeds} starts")
    handles = [*outcome_handles(result.regimes), required_handle()]
    part.legend(handles=handles, loc="outside lower center", ncols=len(handles))


def _legend(part: SubFigure, ax: Axes, instances: Sequence[Instance]) -> None:
    """The lines of a panel and what their ends mean; with the fitted factors, where one panel alone has them.

    A factor whose 95 % interval reaches 1 says nothing, and is left out.
    """
    handles, names = ax.get_legend_handles_labels()
    known = [instance for instance in instances if _is_known(instance)]
    title, columns = "", (len(names) + 2) * min(2, len(instances)) // 2
    if len(known) == 1:
        rates = {style.method_style(name)["label"]: run.rate() for name, run in known[0].runs.items()}
        sure = {name: rate["factor"] for name, rate in rates.items() if rate and rate["ci95"][1] < 1}
        names = [f"{name} {_factor(sure[name])}" if name in sure else name for name in names]
        title, columns = "Methods, with the factor of f − inf f a step", 2 * len(instances)
    outcomes = {run.trace.converged for one in instances for run in one.runs.values() if len(run.trace.value)}
    markers = [marker for marker, converged in (("o", True), ("x", False)) if converged in outcomes]
    ends = [Line2D([], [], color="#555555", linestyle="", marker=marker) for marker in markers]
    labels = [*names, *(_ENDS[marker] for marker in markers)]
    part.legend(handles + ends, labels, loc="outside lower center", ncols=columns, columnspacing=1.1, title=title)


def _factor(factor: float) -> str:
    """Four digits of it, or two of what it lacks to 1."""
    return f"{factor:.4f}" if abs(1 - factor) > 1e-3 else f"1 − {1 - factor:.1e}"


def _is_known(instance: Instance) -> bool:
    """Whether its infimum is: what is not is nan as measured, None as stored."""
    infimum = instance.problem["infimum"]
    return infimum is not None and bool(np.isfinite(infimum))


def _panel(ax: Axes, instance: Instance) -> None:
    known = _is_known(instance)
    for name, run in instance.runs.items():
        trace, line = run.trace, style.method_style(name)
        if not len(trace.value):
            ax.plot([], [], **line | {"label": f"{line['label']}: no step"})
            continue
        height = trace.suboptimality / instance.problem["initial_suboptimality"] if known else trace.grad_norm
        shown = height > (1e-11 if known else 0)  # below, the difference of two values is rounding
        ax.loglog(*_thinned(trace.passes[shown], height[shown]), **line)
        ax.plot(trace.passes[shown][-1], height[shown][-1], list(_ENDS)[not trace.converged], color=line["color"])
    ax.xaxis.set_minor_formatter(NullFormatter())  # over few decades its labels would run together
    n, d = instance.problem["n"], instance.problem["d"]
    label = instance.label if len(instance.label) <= 34 else instance.label[:15] + "…" + instance.label[-18:]
    ax.set_title(f"{label} (n = {n:,}, d = {d})", parse_math=False)  # a file's name may hold dollar signs
    ax.set_ylabel(r"$(f-\inf f)\,/\,(f_0-\inf f)$" if known else r"$\|\nabla f\|_{S^+}$")


def _thinned(passes: np.ndarray, height: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """About 400 points, evenly spread in log passes: what a line of this width can show."""
    wanted = np.geomspace(passes[0], passes[-1], 400)
    kept = np.unique(np.searchsorted(passes, wanted).clip(max=len(passes) - 1))
    kept = np.append(kept[:-1], len(passes) - 1)
    return passes[kept], height[kept]
