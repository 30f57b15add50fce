"""The command line: `bntheory list | show | check | refute | run | figures | report | reproduce | sweep | demo | info`.

The commands about claims, experiments and sweeps stand in `cli_claims`, `cli_experiments` and `cli_sweep`, the
report in `cli_report`, the script for shells in `cli_completion`.

Exit codes: 0 done; 1 every method diverged, or a claim came out otherwise than declared; 2 bad input, with one line on
stderr that names it, or a claim that could not be decided; 130 interrupted.
"""

from __future__ import annotations

import errno
import os
import sys

from bntheory import __version__, cli_claims, cli_completion, cli_experiments, cli_report, cli_sweep
from bntheory.cli_parser import Parser
from bntheory.errors import InvalidInput, MissingExtra

TYPE_CHECKING = False  # that of typing, which `--help` need not load
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

_RESULTS = "bntheory-results"
_WELCOME = """bntheory decides an encyclopedia's theory of Batch Normalization, statement by statement, and measures it.

  bntheory demo                  a rate beside its bound, a false statement, a figure: a few seconds
  bntheory show C6               one claim: what is printed, what is true, the counterexample, the proof
  bntheory reproduce --quick     everything that needs no training: two minutes, into ./bntheory-results

bntheory --help lists the commands."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        try:
            return _perform(sys.argv[1:] if arguments is None else arguments)
        finally:
            sys.stdout.flush()  # what Python cannot write at its end it reports in its own way
    except BrokenPipeError:  # the reader of a pipe has gone, as in `bntheory run ... | head`
        _give_up_stdout()
        sys.stderr.close()
        return 0
    except OSError as error:
        if error.filename is not None or error.errno not in _UNWRITABLE:
            raise
        _give_up_stdout()
        rule, way_out = f"cannot be written ({error.strerror})", "give it a place with room"
        print(f"bntheory: {InvalidInput('output', 'stdout', rule, way_out)}", file=sys.stderr)
        return 2


#: What is wrong with a stdout that takes nothing; files of results have their own error (`bntheory.storage`).
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


def _give_up_stdout() -> None:
    """Send what its buffer still holds nowhere: Python tries once more at its end, and then exits with 120."""
    from contextlib import suppress

    with open(os.devnull, "wb") as nowhere, suppress(OSError):  # a stdout of Python alone has no number
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _perform(arguments: Sequence[str]) -> int:
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        # before numpy is imported: the matrices here are small, and a second BLAS thread mostly waits for the first
        os.environ.setdefault(variable, "1")
    if not arguments:
        print(_WELCOME)
        return 0
    options = vars(_parser().parse_args(arguments))
    command = options.pop("command")
    try:
        if options.get("out") is not None:  # sweep names its folder after the spec
            options["out"] = _folder(options["out"])
        code: int = command(**options)
        return code
    except (InvalidInput, MissingExtra) as error:
        print(f"bntheory: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        way_on = "; the same command keeps what is finished and continues" if command in _CONTINUED else ""
        print(f"bntheory: interrupted{way_on}", file=sys.stderr)
        return 130


def _parser() -> Parser:
    parser = Parser(
        prog="bntheory",
        usage="bntheory COMMAND [options]   (bntheory --help)",
        description="Verifies, refutes and measures the convergence theory of Batch Normalization.",
    )
    parser.add_argument("--version", action="version", version=f"bntheory {__version__}")
    commands = parser.add_subparsers(required=True, prog="bntheory", metavar="COMMAND", title="commands")
    cli_claims.add_commands(commands)

    cli_experiments.add_commands(commands)
    cli_report.add_command(commands)
    cli_sweep.add_command(commands)

    demo = commands.add_parser("demo", help="what this is, in a few seconds", usage="bntheory demo [--out DIR]")
    demo.add_argument("--out", metavar="DIR", default=_RESULTS, help=f"where its figure goes (./{_RESULTS})")
    demo.set_defaults(command=_demo)

    info = commands.add_parser("info", help="versions, extras, stems, methods, losses", usage="bntheory info [--json]")
    info.add_argument("--json", action="store_true", help="as JSON")
    info.set_defaults(command=_info)

    cli_completion.add_command(commands, parser)
    return parser


def _folder(text: str | Path) -> Path:
    """The folder of --out; Path("") would be the present one."""
    if not str(text):
        raise InvalidInput("--out", "''", "names no folder", f"leave it out for ./{_RESULTS}, or give . for this one")
    from pathlib import Path

    return Path(text)


def _demo(out: Path) -> int:
    from bntheory.demo import demo

    demo(out)
    return 0


def _info(json: bool) -> int:
    from bntheory.info import information, print_information

    facts = information()
    if json:
        _print_facts(facts)
    else:
        print_information(facts)
    return 0


#: Commands that, interrupted, go on where they were.
_CONTINUED = (cli_experiments.reproduce, cli_sweep.run_sweep)


def _print_facts(facts: dict[str, Any]) -> None:
    import json

    json.dump(facts, sys.stdout)
    print()
