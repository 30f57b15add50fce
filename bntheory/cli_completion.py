"""The command `bntheory completion SHELL`: a script that completes commands, options, and the names that these take."""

from __future__ import annotations

from bntheory.errors import MissingExtra

TYPE_CHECKING = False  # that of typing, which `--help` need not load
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator
    from typing import Any


def add_command(commands: Any, parser: ArgumentParser) -> None:
    """Add the command, which completes the arguments of `parser`."""
    completion = commands.add_parser(
        "completion",
        help="print a script that completes commands in a shell",
        usage="bntheory completion bash|zsh|tcsh",
    )
    completion.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "tcsh"), help="bash, zsh or tcsh")
    completion.set_defaults(command=lambda shell: print_script(parser, shell))


def print_script(parser: ArgumentParser, shell: str) -> int:
    """Print the script.

    Raises
    ------
    MissingExtra
        If shtab is not installed.
    """
    try:
        import shtab
    except ModuleNotFoundError as error:
        raise MissingExtra("shtab", "completion", "completing commands in a shell") from error
    for action, choices in _choices(parser):
        action.choices = choices
    print(shtab.complete(parser, shell))
    return 0


def _choices(parser: ArgumentParser) -> Iterator[tuple[Any, list[Any]]]:
    """Each argument that takes a name out of a set, or a file, with what completes it.

    They are choices for shtab alone: argparse would refuse the rest itself, without the nearest name.
    """
    from shtab import Optional

    from bntheory.claims import CLAIMS, IDS
    from bntheory.losses import LOSSES
    from bntheory.methods import METHODS
    from bntheory.stems import STEMS

    file, folder = Optional.FILE, Optional.DIRECTORY
    statements = [statement.id for claim in CLAIMS for statement in claim.statements]
    names: dict[tuple[str, str], list[Any]] = {
        ("show", "target"): [*IDS],
        ("check", "targets"): [*IDS, *statements, *file],
        ("refute", "target"): [*IDS, *statements, *file],
        ("run", "stem"): [*STEMS],
        ("run", "data"): file,
        ("run", "loss"): sorted(LOSSES),
        ("run", "method"): [*METHODS],
        ("figures", "stems"): [*STEMS],
        ("report", "file"): file,
        ("report", "results"): folder,
        ("sweep", "spec"): file,
    }
    [commands] = [action.choices for action in parser._actions if isinstance(action.choices, dict)]
    for command, own in commands.items():
        for action in own._actions:
            found = names.get((command, action.dest), folder if action.metavar == "DIR" else None)
            if found is not None:
                yield action, found
