"""The directives `claims SECTION` and `verdicts`: the claims as `bntheory.claims` has them, nothing typed again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sphinx.util.docutils import SphinxDirective

from bntheory.claim import Claim, Observation, Truth
from bntheory.claims import IDS, SECTIONS, entry
from bntheory.ledger import declared_verdict, task_of
from bntheory.records import evidence
from bntheory.references import paper_of

DOCS = Path(__file__).parent.parent
_SPECIAL = re.compile(r"([\\*`|_<>\[\]])")


def plain(text: str) -> str:
    """Text of a claim, with nothing in it read as markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def section_ids(section: str) -> list[str]:
    """The ids of a section, in the order of the source."""
    return [name for name in IDS if name[0] == section]


def context(name: str) -> dict[str, Any]:
    """What the template shows of one claim or observation."""
    found = entry(name)
    paper = paper_of(name)
    shared = {
        "entry": found,
        "verdict": declared_verdict(task_of(found)) or "not recorded",
        "reference": paper.citation if paper else None,
        "is_ours": found.source.startswith("bntheory"),
    }
    if isinstance(found, Observation):
        record = evidence(found.stem, None)
        regimes = [] if record is None else [one for one in record.result.regimes if one.claim == name]
        return shared | {"regimes": regimes, "origin": record.origin if record else None}
    assert isinstance(found, Claim)
    false = [one for one in found.mutants if one.truth is Truth.FALSE]
    return shared | {"false": false, "surviving": [one for one in found.mutants if one.truth is not Truth.FALSE]}


def section_source(section: str) -> str:
    """The page of a section as reStructuredText, without its title."""
    jinja = Environment(
        loader=FileSystemLoader(DOCS / "_templates"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    jinja.filters["plain"] = plain
    template = jinja.get_template("section.rst.jinja")
    return template.render(claims=[context(name) for name in section_ids(section)])


class Claims(SphinxDirective):
    """The claims of a section."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes(section_source(self.arguments[0]), allow_section_headings=True)


class Verdicts(SphinxDirective):
    """Every claim with its verdict as declared, a table a section."""

    def run(self) -> list[nodes.Node]:
        lines: list[str] = []
        for section, title in SECTIONS.items():
            lines += [f".. list-table:: :doc:`{section}. {title} <{section.lower()}>`", "   :widths: 8 70 22"]
            lines += ["   :class: verdicts", ""]
            for name in section_ids(section):
                verdict = context(name)["verdict"]
                lines += [f"   * - :ref:`{name} <claim-{name}>`", f"     - {plain(entry(name).title)}"]
                lines += [f"     - :verdict:`{verdict}`"]
            lines.append("")
        return self.parse_text_to_nodes("\n".join(lines))


def _verdict(role: str, raw: str, text: str, *args: Any) -> tuple[list[nodes.Node], list[nodes.Node]]:
    return [nodes.inline(raw, text, classes=["verdict", f"verdict-{text.replace(' ', '-')}"])], []


def setup(app: Any) -> dict[str, Any]:
    app.add_directive("claims", Claims)
    app.add_directive("verdicts", Verdicts)
    app.add_role("verdict", _verdict)
    return {"parallel_read_safe": True}
