"""The command `bntheory sweep SPEC`.

Exit code 0 if no run exceeds its theorem's bound, 1 if some do.
"""

from __future__ import annotations

import sys
import time

from bntheory import __version__
from bntheory.cli_parser import path

TYPE_CHECKING = False  # that of typing, which `--help` need not load
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

_RESULTS = "bntheory-results/sweeps"


def add_command(commands: Any) -> None:
    """Add the command to the parser's."""
    sweep = commands.add_parser(
        "sweep",
        help="run methods on a grid of random instances, on all processors or a cluster",
        usage="bntheory sweep SPEC [options]   (bntheory sweep --help)",
    )
    sweep.add_argument("spec", metavar="SPEC", type=path, help="a TOML file: the README has one")
    sweep.add_argument("--workers", metavar="N", type=int, help="processes here (default: one a CPU; 1: this one)")
    sweep.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask scheduler, such as tcp://host:8786")
    sweep.add_argument("--out", metavar="DIR", help=f"default ./{_RESULTS}/NAME, NAME that of the spec")
    sweep.add_argument("--json", action="store_true", help="the summary as JSON on stdout")
    sweep.set_defaults(command=run_sweep)


def run_sweep(spec: Path, workers: int | None, scheduler: str | None, out: Path | None, json: bool) -> int:
    """Compute what is missing, print the summary, and compare every run with its bound."""
    from bntheory.sweep.folder import code_identity
    from bntheory.sweep.reading import read_spec
    from bntheory.sweep.run import sweep
    from bntheory.sweep.summary import FILES
    from bntheory.terminal import progress_bar

    checked, out = read_spec(spec), out or path(_RESULTS) / spec.stem
    start = time.perf_counter()
    with progress_bar(f"sweep {spec.stem}") as progress:
        rows = sweep(checked, out, workers=workers, scheduler=scheduler, progress=progress)
    files = [str(out / name) for name in FILES]
    if json:
        facts = {"version": __version__, "code": code_identity(), "seconds": round(time.perf_counter() - start, 3)}
        _print_json(facts | {"spec": checked.document(), "configurations": rows, "files": files})
    else:
        _print_rows(rows)
        print(_COLUMNS, *files, sep="\n", file=sys.stderr)
    above = sum(row["above"] for row in rows)
    if above:
        worst = max(rows, key=lambda row: row["above"])
        which = ", ".join(f"{name} {worst[name]}" for name in ("problem", "method", "spectrum", "start", "condition"))
        print(f"bntheory: {above:,} runs exceed their theorem's bound, most with {which}", file=sys.stderr)
    return 1 if above else 0


def _print_json(document: Any) -> None:
    import json

    json.dump(document, sys.stdout, allow_nan=False)
    print()


_COLUMNS = """factor: of f - min f, over the later half of the steps.
worst step: the largest one-step ratio of what the bound is of: f - min f on least squares, the directions' excess of
gdnp on Gaussian inputs; of gd there, which has no bound, f - min f.
above: runs whose worst step exceeds the bound by more than 1e-13."""
#: Rows shown of a long summary, whose whole is in the files.
_SHOWN = 40


_SETTING = ("problem", "dimension", "condition", "spectrum", "start", "size", "loss", "method", "runs")


def _print_rows(rows: list[dict[str, Any]]) -> None:
    """One table with every column when piped; on a terminal one a problem and loss, titled with what its rows share."""
    from bntheory.terminal import print_table

    shown = rows[:_SHOWN]
    if sys.stdout.isatty():
        for group in dict.fromkeys((row["problem"], row["loss"]) for row in shown):
            own = [row for row in shown if (row["problem"], row["loss"]) == group]
            shared = [name for name in _SETTING if name != "method" and len({row[name] for row in own}) == 1]
            title = ", ".join(f"{name} {_cell(own[0][name])}" for name in shared if own[0][name] is not None)
            print_table(*_table(own, [name for name in _SETTING if name not in shared]), title.removeprefix("problem "))
    else:
        print_table(*_table(shown, _SETTING))
    if len(rows) > _SHOWN:
        print(f"... {len(rows) - _SHOWN:,} more configurations: the summary has them all\n")


def _table(rows: list[dict[str, Any]], setting: Sequence[str]) -> tuple[Sequence[str], list[list[str]]]:
    """Header and cells; `_COLUMNS` says of what the numbers are."""
    table = []
    for row in rows:
        numbers = (row["factor"]["50%"], row["worst"]["100%"], row["bound"])
        cells = [_cell(row[name]) for name in setting]
        table.append([*cells, *("-" if number is None else f"{number:.7g}" for number in numbers), str(row["above"])])
    return (*setting, "median factor", "worst step", "bound", "above"), table


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, float) else str(value)
