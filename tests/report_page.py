"""A report for tests, made without a search, and its HTML read back strictly."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from bntheory.claim import Truth
from bntheory.falsify import Finding, decide
from bntheory.ledger import check, declared_verdict, parts, task_of, tasks
from bntheory.outcome import Checked, Entry
from bntheory.report import Check, write_report

CHECK = Check(examples=7, seed=3, seconds=1.5)
VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def as_declared(task):
    """The outcome of a claim as if searched: as declared, with its stored counterexamples where they are quick."""
    entries = []
    for part in parts(task):
        statement = part.statement
        false = statement.truth is Truth.FALSE
        quick = false and statement.witness is not None and task.id not in ("E8", "E14")
        witness = decide(statement, statement.witness) if quick else None
        outcome = "refuted" if false else "held"
        entries.append(Entry(part.name, statement, Finding(statement, outcome, 7, None if false else 0.5, witness, "")))
    return Checked(task, declared_verdict(task), "tested", tuple(entries))


def declared_outcomes():
    """Every claim as declared; observations by their records."""
    stated = [as_declared(task) for task in tasks() if task.claim is not None]
    return stated + check([task for task in tasks() if task.observation is not None], results=None)


def written(outcomes, folder, **options):
    """The text of a report of these outcomes."""
    path = write_report(outcomes, CHECK, folder / "report.html", **({"results": folder / "none"} | options))
    return path.read_text(encoding="utf-8")


def outcome_of(claim, **changes):
    """One claim of tests/statements.py as an outcome."""
    return as_declared(task_of(claim))


@dataclass
class Node:
    """An element: its tag, attributes, and what it holds in order."""

    tag: str
    attributes: dict = field(default_factory=dict)
    children: list = field(default_factory=list)

    def all(self, tag=None, **wanted):
        """The elements below it with this tag and these attributes (a class is one of several)."""
        for child in self.children:
            if isinstance(child, Node):
                have = {**child.attributes, "class_": child.attributes.get("class", "")}
                matches = all(value in (have.get(name) or "").split() for name, value in wanted.items())
                if (tag is None or child.tag == tag) and matches:
                    yield child
                yield from child.all(tag, **wanted)

    def one(self, tag=None, **wanted):
        """The only one of them."""
        [found] = self.all(tag, **wanted)
        return found

    @property
    def text(self):
        """All text below it, with single spaces."""
        return " ".join("".join(self.pieces()).split())

    def pieces(self):
        for child in self.children:
            yield from [child] if isinstance(child, str) else child.pieces()


class _Reader(HTMLParser):
    """Builds the tree; an element that is closed out of order, or never, is an error."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open = [Node("document")]

    def handle_starttag(self, tag, attributes):
        assert len(dict(attributes)) == len(attributes), f"<{tag}> has an attribute twice"
        node = Node(tag, dict(attributes))
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag, attributes):
        self.open[-1].children.append(Node(tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag} {self.open[-1].attributes}>"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].children.append(data)


def read(html):
    """The tree of a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert [node.tag for node in reader.open] == ["document"]
    return reader.open[0]
