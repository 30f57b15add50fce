"""An argument parser whose complaints name the nearest valid command or option."""

from __future__ import annotations

import argparse
import os
import sys

from bntheory.errors import did_you_mean, nearest

TYPE_CHECKING = False  # that of typing, which `--help` need not load
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any, NoReturn


def path(text: str) -> Path:
    """The path, for `type=`: pathlib is loaded when there is one."""
    from pathlib import Path

    return Path(text)


class Formatter(argparse.HelpFormatter):
    """argparse's, told the width: to find it, argparse loads shutil and with that three libraries of compression."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    """As `shutil.get_terminal_size` has it: COLUMNS, else the terminal's, else 80."""
    try:
        return int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        pass
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80


class Parser(argparse.ArgumentParser):
    """argparse's, whose error line names the nearest of the names that this very command knows."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": Formatter} | options)

    def parse_known_args(self, *given: Any) -> Any:  # type: ignore[override]
        """As argparse, but a command complains of what it does not know: argparse leaves that to the whole parser."""
        options, left = super().parse_known_args(*given)
        if left:
            self.error(f"unrecognized arguments: {' '.join(left)}")
        return options, left

    def error(self, message: str) -> NoReturn:
        """A usage line, the error in one line, exit code 2."""
        import re

        choice = re.search(r"invalid choice: '([^']*)'", message)
        option = re.search(r"unrecognized arguments: --?([^\s=]+)", message)
        if choice and (near := nearest(choice[1], self._choices())):
            message = re.sub(r" \(choose from.*\)", "", message) + f"; {did_you_mean(near)}"
        elif option:
            known = {name.lstrip("-"): name for action in self._actions for name in action.option_strings}
            near = [known[name] for name in nearest(option[1], known)]
            message += f"; {did_you_mean(near) or '--help after the command lists its options'}"
        elif message.startswith(("unrecognized arguments", "the following arguments are required")):
            message += f"; {self.prog} --help says what it takes"
        message = re.sub("invalid int value: (.*)", r"\1 is not a whole number; give one such as 100", message)
        message = re.sub("invalid float value: (.*)", r"\1 is not a number; give one such as 1e-6", message)
        super().error(message)

    def _print_message(self, message: str, file: Any = None) -> None:
        """As argparse, which keeps to itself that it could not be written."""
        (file or sys.stderr).write(message)

    def _choices(self) -> Iterator[str]:
        """What stands in a fixed place: the commands, or a command's own choices."""
        for action in self._actions:
            yield from map(str, action.choices or ())
