"""A refuted statement as a pytest: the counterexample as a literal, decided again from scratch whenever the test runs.

The test passes as long as the statement is violated there, with the same sides where they are rational, and fails once
the statement is mended.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from bntheory import __version__
from bntheory.claim import Statement
from bntheory.claim_file import ClaimFile
from bntheory.falsify import Decision
from bntheory.notation import NotWritable, Source, readable

_FILE = "MINE"


def explain(statement: Statement, witness: Decision) -> list[str]:
    """A counterexample in lines for people: the case, and both sides with the sign that is true of them."""
    sign = ">" if statement.relation == "<=" else "!="
    arithmetic = "rational arithmetic" if witness.arithmetic == "rational" else witness.arithmetic
    return [
        readable(witness.case),
        f"lhs = {readable(witness.lhs)} {sign} rhs = {readable(witness.rhs)} ({arithmetic})",
    ]


def pytest_source(
    refuted: Sequence[tuple[Statement, Decision]], file: ClaimFile | None = None, *, title: str = ""
) -> str:
    """A module of tests, one a refuted statement; of this package if `file` is None, else of that file.

    What cannot be written as source stands in it as a comment.
    """
    prefixes = {} if file is None else {file.module.__name__: f"{_FILE}.module"}
    source = Source(prefixes, (_FILE, "load", "decide", "statement", "case", "decision"))
    tests: dict[str, str] = {}
    for statement, witness in refuted:
        name = re.sub(r"\W+", "_", f"test_{statement.id}_is_violated", flags=re.ASCII).lower()
        name += f"_{len(tests)}" if name in tests else ""
        tests[name] = _test(name, statement, witness, source, f"{_FILE}.statement" if file else "statement")
    return "\n".join([_comment([title or f"Counterexamples, bntheory {__version__}."]), *_imports(source, file)]) + (
        "".join(f"\n\n\n{test}" for test in tests.values()) + "\n"
    )


def _test(name: str, statement: Statement, witness: Decision, source: Source, lookup: str) -> str:
    lines = [line for text in (str(statement.tex), *explain(statement, witness)) for line in text.splitlines()]
    try:
        case = source.write_lines(witness.case, "    ")
        sides = []
        if witness.arithmetic == "rational":
            sides = [f"assert decision.{side} == {source.write(getattr(witness, side))}" for side in ("lhs", "rhs")]
    except NotWritable as error:
        return _comment([f"{statement.id}: {error}, so that no test can be written for this counterexample:", *lines])
    body = [
        f"case = {case}",
        f"decision = decide({lookup}({statement.id!r}), case)",
        "assert decision.violated",
        *sides,
    ]
    return "\n".join([f"def {name}():", *(f"    # {line}" for line in lines), *(f"    {line}" for line in body)])


def _comment(lines: Sequence[str]) -> str:
    return "\n".join(f"# {line}" for text in lines for line in text.splitlines())


def _imports(source: Source, file: ClaimFile | None) -> list[str]:
    """Import lines in their usual order; modules beside a claim file can be found once that file is loaded."""
    lines = ["", "from fractions import Fraction"] if "fractions" in source.modules else []
    lines += ["", "import numpy as np"] if "numpy" in source.modules else []
    found: list[str] = []
    beside: list[str] = []
    for name, (module, outer) in sorted(source.classes.items()):
        line = f"from {module} import {outer}" + (f" as {name}" if name != outer else "")
        (beside if file is not None and _is_beside(module, file.path) else found).append(line)
    lookup = "from bntheory.claims import statement" if file is None else "from bntheory.claim_file import load"
    lines += ["", *sorted([*found, lookup, "from bntheory.falsify import decide"])]
    if file is not None:
        lines += ["", f"{_FILE} = load({str(file.path.resolve())!r})", *(f"{line}  # noqa: E402" for line in beside)]
    return lines


def _is_beside(module: str, path: Path) -> bool:
    found = getattr(sys.modules.get(module), "__file__", None)
    return found is not None and path.resolve().parent in Path(found).parents
