"""The command `bntheory report`: check the theorems, and write everything that is known as one HTML file.

Exit codes: those of `bntheory check`.
"""

from __future__ import annotations

import sys
import time

from bntheory.cli_parser import path
from bntheory.errors import InvalidInput

TYPE_CHECKING = False  # that of typing, which `--help` need not load
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

_RESULTS = "bntheory-results"
_REPORT = f"{_RESULTS}/report.html"


def add_command(commands: Any) -> None:
    """Add the command to the parser's."""
    parser = commands.add_parser(
        "report", help="check, and write one HTML file of everything", usage="bntheory report [--out FILE] [options]"
    )
    parser.add_argument("--out", metavar="FILE", dest="file", default=_REPORT, help=f"default ./{_REPORT}")
    parser.add_argument("--results", metavar="DIR", type=path, help=f"the folder of the results (./{_RESULTS})")
    examples = 2000  # bntheory.ledger.EXAMPLES, which is not loaded for --help
    parser.add_argument("--examples", metavar="N", type=int, default=examples, help=f"cases a statement ({examples})")
    parser.add_argument("--seed", metavar="S", type=int, default=0, help="seed of the search (0)")
    parser.set_defaults(command=report)


def report(file: str, results: Path | None, examples: int, seed: int) -> int:
    """Check every claim and write the report; the path is printed on stdout."""
    from bntheory.ledger import check, tasks
    from bntheory.report import Check, write_report
    from bntheory.storage import check_writable_file
    from bntheory.terminal import progress_bar

    page = path(file)
    if not str(file) or page.is_dir():
        way_out = f"give a file such as {page / 'report.html'}, or leave it out for ./{_REPORT}"
        raise InvalidInput("--out", str(file) or "''", "names no file", way_out)
    if results is None:
        results = path(_RESULTS)
    elif not results.is_dir():
        way_out = f"give the --out of bntheory run or reproduce, or leave it out for ./{_RESULTS}"
        raise InvalidInput("--results", results, "is no folder", way_out)
    check_writable_file(page)  # before anything is computed
    from contextlib import redirect_stdout

    start = time.perf_counter()
    with progress_bar("check") as progress, redirect_stdout(sys.stderr):
        outcomes = check(
            tasks(), examples=examples, seed=seed, minimize_mutants=False, results=results, progress=progress
        )
    checked = Check(examples, seed, time.perf_counter() - start)
    with progress_bar("report") as progress:
        write_report(outcomes, checked, page, results=results, progress=progress)
    print(page)
    for line in dict.fromkeys(line for one in outcomes for line in (one.notice, *one.problems) if line):
        print(f"bntheory: {line}", file=sys.stderr)
    if any(one.undecided for one in outcomes):
        return 2
    return 1 if any(one.problems for one in outcomes) else 0
