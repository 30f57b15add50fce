"""The directive `readme-section TITLE`: a section of the README, so that it is written once.

It knows what the README uses: paragraphs, fenced code and code in single backticks. A section that is not there stops
the build.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

README = Path(__file__).parent.parent.parent / "README.md"
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def section(title: str, text: str) -> str:
    """The section as reStructuredText.

    Raises
    ------
    ExtensionError
        If there is none of this title.
    """
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    if found is None:
        raise ExtensionError(f"readme-section: the README has no section {title!r}; has its title changed?")
    pieces = _FENCE.split(found[1])
    lines = [title, "-" * len(title), ""]
    for prose, language, code in zip(pieces[0::3], [*pieces[1::3], ""], [*pieces[2::3], ""], strict=True):
        escaped = re.sub(r"(`[^`]+`)|([\\*|_])", lambda part: f"`{part[1]}`" if part[1] else "\\" + part[2], prose)
        lines += [escaped.strip("\n"), ""]
        if code:
            lines += [f".. code-block:: {language or 'text'}", "", *(f"   {line}" for line in code.splitlines()), ""]
    return "\n".join(lines)


class ReadmeSection(SphinxDirective):
    """Includes it."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(README))
        source = section(self.arguments[0], README.read_text(encoding="utf-8"))
        return self.parse_text_to_nodes(source, allow_section_headings=True)


def setup(app: Any) -> dict[str, Any]:
    app.add_directive("readme-section", ReadmeSection)
    return {"parallel_read_safe": True}
