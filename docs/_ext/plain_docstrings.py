"""Docstrings are written to be read in an editor: formulas in plain text, names in single backticks.

Before numpydoc reads them, what only looks like markup (``|v|_S``, ``w*``) is escaped, and an indented formula of a
module becomes a literal block; dots that leave something out become one character, or autosummary takes the first
line to end there. A name in backticks is a link where it is documented, else code.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref

_CODE = re.compile(r"(``.+?``|:\w+(?::\w+)?:`[^`]+`|`[^`]+`)")
_MARKS = re.compile(r"(?<!\\)(\||\*(?!\s)|(?<=\S)\*|(?<=\w)_(?!\w))")
_OPTIONAL = "optional"


def escaped(line: str) -> str:
    """The line with markup characters escaped outside of code, and an ellipsis as one character; bullets stay."""
    if line.lstrip().startswith((">>>", "...")):
        return line
    parts = _CODE.split(line)
    parts[0::2] = [_MARKS.sub(r"\\\1", part.replace("...", "…")) for part in parts[0::2]]
    return "".join(parts)


def _process(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Escape every line outside of literal blocks."""
    found: list[str] = []
    literal: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if literal is not None and line.strip() and indent <= literal:
            literal = None
        before = next((one for one in reversed(found) if one.strip()), "")
        if literal is None and what == "module" and indent >= 4 and found and not found[-1].strip():
            literal = 0
            if not before.rstrip().endswith("::"):
                found += ["::", ""]
        found.append(line if literal is not None else escaped(line))
        if literal is None and line.rstrip().endswith("::"):
            literal = indent
    lines[:] = found


def _name(role: str, raw: str, text: str, *args: Any) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """`name`: a link if it is documented."""
    env = args[1].document.settings.env
    target = text.removesuffix("()")
    link = pending_xref(
        raw,
        nodes.literal(raw, text, classes=["xref"]),
        refdoc=env.docname,
        refdomain="py",
        reftype="obj",
        reftarget=target,
        refexplicit=False,
        **{_OPTIONAL: True, "py:module": env.ref_context.get("py:module"), "py:class": env.ref_context.get("py:class")},
    )
    return [link], []


def _without_link(app: Any, env: Any, node: pending_xref, content: nodes.Node) -> nodes.Node | None:
    if not node.get(_OPTIONAL):
        return None
    short = f"bntheory.{node['reftarget'].rpartition('.')[2]}"  # `bntheory.methods.GDNP` is bntheory.GDNP
    if short in env.domains["py"].objects:
        return env.domains["py"].resolve_xref(
            env, node["refdoc"], env._app.builder if hasattr(env, "_app") else app.builder, "obj", short, node, content
        )
    return content


def _signature(app: Any, what: str, name: str, obj: Any, *rest: Any) -> tuple[str, None] | None:
    """None for a protocol: nobody makes one, and Python says ``(*args, **kwargs)``."""
    return ("", None) if getattr(obj, "_is_protocol", False) else None


def _skip(app: Any, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Fields of named tuples without words of their own are in the class's docstring."""
    return True if str(getattr(obj, "__doc__", "")).startswith("Alias for field number") else None


def setup(app: Any) -> dict[str, Any]:
    app.connect("autodoc-process-docstring", _process, priority=400)
    app.connect("autodoc-process-signature", _signature)
    app.connect("autodoc-skip-member", _skip)
    app.connect("missing-reference", _without_link)
    app.add_role("name", _name)
    app.config.default_role = "name"
    return {"parallel_read_safe": True}
