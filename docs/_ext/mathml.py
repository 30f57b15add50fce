"""Mathematics as MathML, converted when the pages are built: browsers show it without scripts, fonts or a network."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util import logging

_LOG = logging.getLogger(__name__)


def mathml(tex: str, display: str, location: Any = None) -> str:
    """The formula as MathML; a warning where the converter leaves a command of TeX as it is."""
    found = convert(tex, display=display)
    if "\\" in found:
        _LOG.warning("TeX that latex2mathml does not know: %s", tex, location=location)
    return found


def _inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(f'<span class="math">{mathml(node.astext(), "inline", node)}</span>')
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="math">{mathml(node.astext(), "block", node)}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, Any]:
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True}
