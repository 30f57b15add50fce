"""A user's file of claims: a Python file with a tuple or list `CLAIMS` of Claims, or of bare Statements.

The file is run much as ``python FILE`` would run it: its folder comes first on the path, so that it may import its
neighbours. But its ``__name__`` is not ``"__main__"``, ``sys.argv`` is that of bntheory, what it prints goes to stderr,
and nothing is written into that folder.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from bntheory.claim import Claim, Statement
from bntheory.errors import InvalidInput, unknown

_EXAMPLE = "CLAIMS = (Statement('my.claim', ...),)"


@dataclass(frozen=True)
class ClaimFile:
    """A file that was run: its path as given, its module, and its claims (a bare statement is a claim of its own)."""

    path: Path
    module: ModuleType
    claims: tuple[Claim, ...]

    def statement(self, name: str) -> Statement:
        """The statement of the file with this id.

        Raises
        ------
        InvalidInput
            If there is none.
        """
        found = {entry.id: entry for entry in _statements(self.claims)}
        if name not in found:
            raise unknown("statement", name, found)
        return found[name]


def load(path: Path | str) -> ClaimFile:
    """Run a claim file.

    An entry that is neither a Claim nor a Statement stays in, as a claim that cannot be decided, so that it does not
    hide the others.

    Raises
    ------
    InvalidInput
        If the file is not there, is not Python, raises, has no `CLAIMS`, or two of its ids are the same.
    """
    path = Path(path)
    module = _run(path)
    if not hasattr(module, "CLAIMS"):
        raise InvalidInput("file", path, "has no CLAIMS", f"write {_EXAMPLE} at its top level")
    entries = module.CLAIMS
    if not isinstance(entries, (tuple, list)):
        rule = f"has CLAIMS of type {type(entries).__name__}, which must be a tuple or list"
        raise InvalidInput("file", path, rule, f"write {_EXAMPLE}")
    if not entries:
        raise InvalidInput("file", path, "has no claim in CLAIMS", f"write one: {_EXAMPLE}")
    claims = tuple(_as_claim(entry, number, path) for number, entry in enumerate(entries))
    _refuse_repeated([claim.id for claim in claims], path)
    _refuse_repeated([statement.id for statement in _statements(claims) if isinstance(statement.id, str)], path)
    return ClaimFile(path, module, claims)


def _run(path: Path) -> ModuleType:
    if path.suffix != ".py":
        raise InvalidInput("file", path, "is not a Python file", "give one that ends in .py and has CLAIMS in it")
    file = os.path.abspath(path)  # no link is followed, since one may lead to itself
    module = ModuleType(f"claim file {file}")
    module.__file__, module.__package__ = file, ""  # no package: a relative import is refused as such
    try:
        code = compile(path.read_bytes(), module.__file__, "exec", dont_inherit=True)
    except OSError as error:
        rule = f"cannot be read ({error.strerror})"
        raise InvalidInput(
            "file", path, rule, "give the path of a claim file, or an id that bntheory list shows"
        ) from None
    except (SyntaxError, ValueError) as error:  # ValueError: null bytes
        line = f" in line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise InvalidInput("file", path, f"is not valid Python{line} ({reason})", "mend it") from None
    _make_way(Path(file).parent, path)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        with redirect_stdout(sys.stderr):
            exec(code, module.__dict__)
    except (Exception, SystemExit) as error:
        del sys.modules[module.__name__]
        rule = f"raises {type(error).__name__}{_line(error, module.__file__)}: {' '.join(str(error).split())}"
        raise InvalidInput("file", path, rule, f"run python {path} to see where") from error
    return module


def _make_way(folder: Path, path: Path) -> None:
    """Put a folder first on the path; refuse if one of its files would be taken for a neighbour of an earlier file."""
    sys.dont_write_bytecode = True  # for good: a side may import a neighbour when it is called
    earlier = {Path(name.removeprefix("claim file ")).parent for name in sys.modules if name.startswith("claim file ")}
    for neighbour in folder.glob("*.py"):
        loaded = getattr(sys.modules.get(neighbour.stem), "__file__", None)
        if loaded and Path(loaded).parent in earlier - {folder}:
            rule = f"has a neighbour {neighbour.name} that is hidden by {loaded}, which another file imported"
            raise InvalidInput("file", path, rule, "check the two files one command at a time")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _line(error: BaseException, file: str) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f" in line {lines[-1]}" if lines else ""


def _as_claim(entry: Any, number: int, path: Path) -> Claim:
    place = f"CLAIMS[{number}]"
    if not isinstance(entry, (Claim, Statement)):
        return Claim(place, "not a Claim or Statement", path.name, (), entry, None, (), None, None)
    if not isinstance(entry.id, str) or not entry.id:
        rule = f"has {entry.id!r} as the id of {place}, which must be a name"
        raise InvalidInput("file", path, rule, "write one such as 'my.claim'")
    if isinstance(entry, Claim):
        return replace(entry, readings=_tuple(entry.readings), mutants=_tuple(entry.mutants))
    return Claim(entry.id, entry.tex, path.name, (), entry, None, (), None, None)


def _tuple(statements: Any) -> tuple[Any, ...]:
    """(statement) without the comma is the statement; what is no statement is reported when it is checked."""
    return tuple(statements) if isinstance(statements, (tuple, list)) else (statements,)


def _statements(claims: Sequence[Claim]) -> Iterator[Statement]:
    for claim in claims:
        yield from (part for part in claim.statements if isinstance(part, Statement))


def _refuse_repeated(names: Sequence[str], path: Path) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise InvalidInput("file", path, f"has the id {name} {count} times", "give each its own")
