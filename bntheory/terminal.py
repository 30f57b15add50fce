"""What a person sees on a terminal: progress on stderr, tables on stdout; plain and stable lines when piped."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bntheory.experiment import Criterion, Instance, Progress, Result

#: Instances listed in full; of more, the first ones.
_SHOWN = 14


@contextmanager
def progress_bar(stem: str) -> Iterator[Progress]:
    """A progress bar on a terminal; else one plain line when a new stage begins. Both on stderr."""
    if not sys.stderr.isatty():
        shown = ""

        def line(fraction: float, label: str) -> None:
            nonlocal shown
            if label != shown:
                print(f"{stem}: {100 * fraction:3.0f} % {label}", file=sys.stderr, flush=True)
            shown = label

        yield line
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.fields[stem]:24}"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0, stem=stem)

        def advance(fraction: float, label: str) -> None:
            bar.update(task, completed=fraction, description=label)

        yield advance


def print_result(result: Result, files: Sequence[object]) -> None:
    """The measured rates beside the bounds, the criteria, and the files written."""
    if result.instances:
        _print_table(
            ["instance", "method", "iterations", "factor a step", "95 % interval", "bound", "outcome"],
            _rows(result),
        )
    if result.criteria:
        _print_table(["criterion", "measured", "required", ""], [_criterion_row(c) for c in result.criteria])
    for file in files:
        print(file)


def _rows(result: Result) -> Iterator[list[str]]:
    for instance in result.instances[:_SHOWN]:
        yield from _instance_rows(instance)
    if len(result.instances) > _SHOWN:
        yield [f"... {len(result.instances) - _SHOWN} more: --json lists all", *[""] * 6]


def _instance_rows(instance: Instance) -> Iterator[list[str]]:
    label = instance.label
    for name, run in instance.runs.items():
        rate = run.rate()
        yield [
            label,
            name,
            str(run.trace.iterations),
            "-" if rate is None else f"{rate['factor']:.8g}",
            "-" if rate is None else f"[{rate['ci95'][0]:.8g}, {rate['ci95'][1]:.8g}]",
            "-" if run.bound is None else f"{run.bound:.8g}",
            run.trace.message,
        ]
        label = ""


def _criterion_row(criterion: Criterion) -> list[str]:
    verdict = "met" if criterion.met else "MISSED"
    measured = f"{criterion.measured:.4g}"
    if float(measured) == criterion.limit != criterion.measured:  # rounding would hide on which side it lies
        measured = repr(float(criterion.measured))
    return [criterion.name, measured, f"{criterion.relation} {criterion.limit:g}", verdict]


def _print_table(header: Sequence[str], rows: Iterator[list[str]] | list[list[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    if not sys.stdout.isatty():  # every cell in full, tabs between: for eyes, grep and cut alike
        print("\t".join(header))
        for row in rows:
            print("\t".join(row))
        print()
        return
    table = Table(*header, box=box.SIMPLE)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
