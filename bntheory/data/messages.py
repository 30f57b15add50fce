"""How values and lists of names are printed in one-line messages: escaped, and shortened when long."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH = 40
"""Characters of a value that a message shows."""

COUNT = 8
"""Names of a list that a message shows."""


def shown(value: object) -> str:
    """`repr` of a value on one line (control characters escaped), cut after `WIDTH` characters."""
    return _cut(repr(value))


def bare(name: str) -> str:
    """As `shown`, without quotes."""
    return _cut(repr(name)[1:-1])


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}..."


def listed(names: Sequence[object]) -> str:
    """The first `COUNT` names, and how many more there are: ``'a', 'b', ... (57 more)``."""
    more = f", ... ({len(names) - COUNT} more)" if len(names) > COUNT else ""
    return ", ".join(shown(name) for name in names[:COUNT]) + more


def counted(count: int, one: str, many: str) -> str:
    """``1 row``, ``3 rows``."""
    return f"{count} {one if count == 1 else many}"
