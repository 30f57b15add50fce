"""An argument parser whose complaints name the nearest valid command or option."""

from __future__ import annotations

import argparse
import os
import sys

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
    """argparse's, with one more clause in its error line: did you mean ...?"""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": Formatter} | options)

    def error(self, message: str) -> NoReturn:
        """A usage line, the error in one line, exit code 2."""
        import difflib
        import re

        wrong = re.search(r"invalid choice: '([^']*)'|unrecognized arguments: (-\S+)", message)
        if wrong:
            typed = (wrong[1] or wrong[2]).partition("=")[0]
            near = difflib.get_close_matches(typed, set(self._names()), n=1, cutoff=0.5)
            if near:
                message = re.sub(r" \(choose from.*\)", "", message) + f"; did you mean {near[0]}?"
            elif wrong[2]:
                message += "; --help after the command lists its options"
        super().error(message)

    def _names(self) -> Iterator[str]:
        """Every command and option, of this parser and of those below it."""
        for action in self._actions:
            yield from action.option_strings
            if isinstance(action, argparse._SubParsersAction):
                for name, parser in action.choices.items():
                    yield name
                    yield from parser._names()
            elif action.choices:
                yield from map(str, action.choices)
