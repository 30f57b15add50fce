"""What a person sees on a terminal: progress on stderr, tables on stdout; plain and stable lines when piped."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isnan
from typing import TYPE_CHECKING

from bntheory.experiment import Criterion, Instance, Progress, Result
from bntheory.interrupts import remembered

if TYPE_CHECKING:
    from rich.console import Console

#: Instances listed in full; of more, the first ones.
_SHOWN = 14
_HEADER = ("method", "steps", "factor of f", "95 % of the fit", "bound", "outcome")
_WRAPPED = ("outcome", "criterion", "title")


def console(*, stderr: bool = False) -> Console:
    """Of rich, on stdout or stderr; without colour or bold where NO_COLOR is set and not empty (no-color.org)."""
    from rich.console import Console

    # `no_color` is decided here: rich leaves bold where it is set, and before version 14 took an empty one for set
    return Console(stderr=stderr, color_system=None if os.environ.get("NO_COLOR") else "auto", no_color=False)


@contextmanager
def progress_bar(stem: str, *, lines: bool = True) -> Iterator[Progress]:
    """A bar on a terminal that can move its cursor; else, with `lines`, one when a new stage begins. Both on stderr.

    At every report, and at the end, an interrupt that was swallowed meanwhile is raised (`bntheory.interrupts`).
    """
    with remembered() as stop:

        def report(fraction: float, label: str) -> None:
            stop()
            progress(fraction, label)

        with _shown(stem, lines=lines) as progress:
            yield report
        stop()


@contextmanager
def _shown(stem: str, *, lines: bool) -> Iterator[Progress]:
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        shown = ""

        def line(fraction: float, label: str) -> None:
            nonlocal shown
            if lines and label != shown:
                print(f"{stem}: {100 * fraction:3.0f} % {label}", file=sys.stderr, flush=True)
            shown = label

        yield line
        return
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.fields[stem]:24}"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Bar(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0, stem=stem)

        def advance(fraction: float, label: str) -> None:
            bar.update(task, completed=fraction, description=label)

        yield advance


def print_result(result: Result, files: Sequence[object]) -> None:
    """The measured rates beside the bounds, the criteria, and the files written."""
    for instance in result.instances[:_SHOWN]:
        print_table(_HEADER, _method_rows(instance), title=f"{instance.label} ({_facts(instance)})")
    if len(result.instances) > _SHOWN:
        print(f"... {len(result.instances) - _SHOWN} more instances: --json lists all\n")
    notes = result.results.get("notes", {})
    for name, entries in notes.items():
        for note in entries:
            print(f"{name}: {note}")
    if result.criteria:
        print_table(("criterion", "measured", "required", ""), [_criterion_row(c) for c in result.criteria])
    for file in files:
        print(file)


def _facts(instance: Instance) -> str:
    problem = instance.problem
    facts = [f"{name} = {problem[name]:.6g}" for name in ("n", "d", "condition") if problem.get(name) is not None]
    if problem.get("classes"):
        facts.append(f"{problem['classes'][1]} is +1")
    return ", ".join(facts)


def _method_rows(instance: Instance) -> list[list[str]]:
    rows = []
    for name, run in instance.runs.items():
        rate = run.rate()
        rows.append(
            [
                name,
                str(run.trace.iterations),
                "-" if rate is None else f"{rate['factor']:.7g}",
                "-" if rate is None else _interval(*rate["ci95"]),
                "-" if run.bound is None else f"{run.bound:.7g}",
                "converged" if run.trace.converged else run.trace.message,
            ]
        )
    return rows


def _interval(low: float, high: float) -> str:
    """The interval, or "too few steps": one in which f - inf f may double a step does not tell a rise from a fall."""
    return "too few steps" if high > 2 else f"{low:.6g}..{high:.6g}"


def _criterion_row(criterion: Criterion) -> list[str]:
    verdict = "met" if criterion.met else "not measured" if isnan(criterion.measured) else "MISSED"
    measured = f"{criterion.measured:.4g}"
    if float(measured) == criterion.limit != criterion.measured:  # rounding would hide on which side it lies
        measured = repr(float(criterion.measured))
    return [criterion.name, measured, f"{criterion.relation} {criterion.limit:g}", verdict]


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], title: str | None = None) -> None:
    """A table on stdout, tabs between cells when piped; a row shorter than the header is a heading."""
    from rich import box
    from rich.table import Table

    if not sys.stdout.isatty():  # every cell in full, tabs between: for eyes, grep and cut alike
        for line in ([title] if title else []) + ["\t".join(cells) for cells in (header, *rows)]:
            print(line)
        print()
        return
    table = Table(box=box.SIMPLE, title=title, title_justify="left", title_style="bold", pad_edge=False)
    table.padding = (0, 1, 0, 0)
    for place, name in enumerate(header):
        # headings break at their spaces; numbers and names do not break
        whole = [row[place] for row in rows if len(row) == len(header)] if name not in _WRAPPED else []
        table.add_column(name, overflow="fold", min_width=max(map(len, [*name.split(), *whole]), default=0))
    for row in rows:
        table.add_row(*row, style="bold" if len(row) < len(header) else None)
    wide = console()
    # on a terminal too narrow for that, lines run over its edge: nothing is left out
    wide.width = max(wide.width, wide.measure(table, options=wide.options.update(width=10**4)).minimum)
    wide.print(table, markup=False)
