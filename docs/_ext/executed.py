"""The directive `executed`: code that is run when the page is built, shown with what it prints.

``.. executed:: python`` shares the names of earlier blocks of its page; ``.. executed:: console`` runs commands, one a
line, in a folder of the page; ``.. executed:: file NAME`` writes one there and shows it. A command may declare the exit
code it is to have with ``:exit:`` (0 without); any other stops the build.
"""

from __future__ import annotations

import io
import shlex
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

_NAMES: dict[str, dict[str, Any]] = {}
_FOLDERS: dict[str, tempfile.TemporaryDirectory[str]] = {}


def aligned(text: str) -> str:
    """The text with the cells of each table, which tabs part when piped, in columns."""
    found: list[str] = []
    for is_table, lines in groupby(text.splitlines(), key=lambda line: "\t" in line):
        rows = [line.split("\t") for line in lines]
        if is_table:
            widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
            rows = [[cell.ljust(width) for cell, width in zip(row, widths, strict=False)] for row in rows]
        found += ["  ".join(row).rstrip() for row in rows]
    return "\n".join(found)


class Executed(SphinxDirective):
    """Runs its content."""

    has_content = True
    required_arguments = 1
    optional_arguments = 1
    option_spec = {"exit": directives.nonnegative_int}  # noqa: RUF012 (docutils reads a class attribute)

    def run(self) -> list[nodes.Node]:
        code = "\n".join(self.content)
        kind = self.arguments[0]
        if kind == "file":
            name = self.arguments[1]
            (self._folder() / name).write_text(code + "\n", encoding="utf-8")
            block = self._block(code, "toml" if name.endswith(".toml") else "python")
            return [nodes.paragraph("", "", nodes.strong(name, name)), block]
        if kind == "console":
            return [self._block("\n".join(self._command(line) for line in self.content if line), "console")]
        if kind != "python":
            raise self.error(f"executed: {kind} is not python, console or file")
        printed = self._python(code)
        return [self._block(code, "python"), *([self._block(printed, "text", "printed")] if printed else [])]

    def _folder(self) -> Path:
        name = self.env.docname
        if name not in _FOLDERS:
            _FOLDERS[name] = tempfile.TemporaryDirectory()
        return Path(_FOLDERS[name].name)

    def _python(self, code: str) -> str:
        output = io.StringIO()
        with redirect_stdout(output):
            exec(compile(code, self.env.docname, "exec"), _NAMES.setdefault(self.env.docname, {}))
        return output.getvalue().rstrip()

    def _command(self, line: str) -> str:
        words = shlex.split(line)
        if words[0] == "bntheory":
            words[:1] = [sys.executable, "-m", "bntheory"]
        run = subprocess.run(words, cwd=self._folder(), capture_output=True, text=True, check=False)
        if run.returncode != self.options.get("exit", 0):
            raise self.error(f"{line}: exit code {run.returncode}\n{run.stderr}")
        # Progress goes to stderr too; a line of ours is a message.
        said = [one for one in run.stderr.splitlines() if one.startswith("bntheory: ")]
        return "\n".join([f"$ {line}", *filter(None, [aligned(run.stdout).rstrip(), *said])])

    def _block(self, text: str, language: str, *classes: str) -> nodes.Node:
        block = nodes.literal_block(text, text, language=language, classes=["executed", *classes])
        self.set_source_info(block)
        return block


def setup(app: Any) -> dict[str, Any]:
    app.add_directive("executed", Executed)
    return {"parallel_read_safe": True}
