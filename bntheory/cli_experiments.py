"""The commands about experiments: `bntheory run | figures | reproduce`."""

from __future__ import annotations

import sys

from bntheory.errors import InvalidInput, MissingExtra

TYPE_CHECKING = False  # that of typing, which `--help` need not load
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

_RESULTS = "bntheory-results"


def add_commands(commands: Any) -> None:
    """Add the three commands to the parser's."""
    run = commands.add_parser(
        "run", help="run one experiment", usage="bntheory run STEM [options]   (bntheory run --help)"
    )
    run.add_argument("stem", metavar="STEM", help="such as ols_rate; bntheory info lists them all")
    run.add_argument("--data", metavar="FILE", help="CSV, NPY, NPZ or LIBSVM file, or breast_cancer, digits")
    run.add_argument("--target", metavar="COL", help="the column of labels (of an NPY file, its index)")
    run.add_argument("--loss", metavar="NAME", help="the loss, such as softplus or sigmoid")
    run.add_argument(
        "--method",
        metavar="NAME,...",
        type=_names,
        help="the methods to run",
    )
    run.add_argument("--steps", metavar="N", type=int, help="at most so many iterations of every method")
    run.add_argument("--tol", metavar="T", type=float, help="stop at |grad f|_S+ <= T")
    run.add_argument("--seed", metavar="S", type=int, help="seed of every random choice (default 0)")
    run.add_argument("--raw", action="store_true", default=None, help="neither centre nor scale dense columns")
    run.add_argument("--out", metavar="DIR", default=_RESULTS, help=f"default ./{_RESULTS}")
    run.add_argument("--figure", action="store_true", help="draw its figure too")
    run.add_argument("--json", action="store_true", help="the whole result as JSON on stdout")
    run.set_defaults(command=_run)

    figures = commands.add_parser(
        "figures", help="draw figures from results", usage="bntheory figures [STEM ...] [--out DIR]"
    )
    figures.add_argument("stems", metavar="STEM", nargs="*", help="default: every experiment with results")
    figures.add_argument("--out", metavar="DIR", default=_RESULTS, help="the folder of the results")
    figures.set_defaults(command=_figures)

    everything = commands.add_parser(
        "reproduce",
        help="check every claim, run every experiment, draw every figure",
        usage="bntheory reproduce [--quick] [--out DIR]",
    )
    everything.add_argument(
        "--quick",
        action="store_true",
        help="without the experiments that train networks, fewer steps on data, fewer cases a statement",
    )
    everything.add_argument("--out", metavar="DIR", default=_RESULTS, help=f"default ./{_RESULTS}")
    everything.set_defaults(command=reproduce)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _run(stem: str, out: Path, figure: bool, json: bool, **chosen: Any) -> int:
    from bntheory.stems import checked_stem, perform
    from bntheory.storage import check_writable, save
    from bntheory.terminal import print_result, progress_bar

    options = {name: value for name, value in chosen.items() if value is not None}
    checked_stem(stem)
    for folder in (out, out / "figures") if figure else (out,):  # before anything is computed
        check_writable(folder)
    with progress_bar(stem) as progress:
        result = perform(stem, options, progress=progress, keep=out)
    files = [save(result, out)]
    trouble = _draw_into(files, stem, out) if figure else None
    if json:
        _print_json(result, files)
    else:
        print_result(result, files)
    if trouble is not None:
        raise trouble
    runs = [run for instance in result.instances for run in instance.runs.values()]
    for run in runs:
        if run.trace.diverged:
            print(f"bntheory: {run.trace.method}: {run.trace.message}", file=sys.stderr)
    return 1 if runs and all(run.trace.diverged for run in runs) else 0


def _draw_into(files: list[Path], stem: str, out: Path) -> InvalidInput | None:
    """Draw the figure, and add its files; what cannot be drawn is for after the result."""
    from bntheory.figures import draw

    try:
        files += draw(stem, out)
    except InvalidInput as error:
        return error
    return None


def _print_json(result: Any, files: Sequence[Path]) -> None:
    import json

    from bntheory.experiment import document

    json.dump(document(result, files), sys.stdout)
    print()


def _figures(stems: Sequence[str], out: Path) -> int:
    """Draw what can be drawn; what cannot is said, and the exit code is then 2."""
    from bntheory.figures import draw
    from bntheory.records import RECORDS
    from bntheory.stems import STEMS, checked_stem
    from bntheory.storage import check_writable

    for stem in stems:
        checked_stem(stem)
    own, recorded = ({stem for stem in STEMS if (place / f"{stem}.npz").exists()} for place in (out, RECORDS))
    absent = [stem for stem in STEMS if stem not in own | recorded]
    check_writable(out / "figures")
    code, unmeasured = 0, []
    for stem in stems or [stem for stem in STEMS if stem not in absent]:
        try:
            files = draw(stem, out)
        except (InvalidInput, MissingExtra) as error:
            if isinstance(error, InvalidInput) and error.name == "out":  # nothing more can be kept
                raise
            print(f"bntheory: {error}", file=sys.stderr)
            code = 2
            continue
        unmeasured += [] if stem in own else [stem]
        for file in files:
            print(file)
    if unmeasured:
        print(f"bntheory: drawn from records, not run here: {', '.join(unmeasured)}", file=sys.stderr)
    if absent and not stems:
        left = f"left out, with neither a result in {out} nor a record: {', '.join(absent)}"
        print(f"bntheory: {left}; bntheory run STEM makes one", file=sys.stderr)
    return code


def reproduce(quick: bool, out: Path) -> int:
    """The main job."""
    from bntheory import reproduce as job

    return job.reproduce(out, quick=quick)
