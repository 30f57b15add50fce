"""Mathematics as MathML, by the report's converter and with its font and rules: no scripts and no network.

TeX outside the checked set of `bntheory.tex` is a warning, which fails the build of `make docs`.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.util import logging

from bntheory.errors import InvalidInput
from bntheory.report import math_font, page
from bntheory.tex import mathml

_LOG = logging.getLogger(__name__)
_STYLE = Path(page.__file__).parent / "templates" / "style.css"
#: Those of the report's rules that are about formulas alone.
_RULE = re.compile(r"^(?:math|\.formula)\b[^{},\n]*\{[^{}]*\}$", re.M)


def typeset(tex: str, location: Any = None) -> list[str]:
    """The parts of the formula, which may break between elements; with a warning the TeX itself where it is refused."""
    try:
        return ["<wbr>".join(elements) for elements in mathml(tex)]
    except InvalidInput as error:
        _LOG.warning("%s", error, location=location)
        return [f"<code>{escape(tex)}</code>"]


def style_sheet() -> str:
    """The font of the formulas and the report's rules for them."""
    font = f'@font-face {{ font-family: "{math_font.FAMILY}"; src: url({math_font.data_url()}) format("woff"); }}'
    return "\n".join([font, *_RULE.findall(_STYLE.read_text(encoding="utf-8")), ""])


def _inline(writer: Any, node: nodes.math) -> None:
    found = " ".join(typeset(node.astext(), node)).replace(' displaystyle="true"', "")
    writer.body.append(f'<span class="math">{found}</span>')
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.math_block) -> None:
    found = "".join(f'<span class="part">{part}</span>' for part in typeset(node.astext(), node))
    writer.body.append(f'<div class="math formula">{found}</div>')
    raise nodes.SkipNode


def _write_style_sheet(app: Any) -> None:
    folder = Path(app.outdir) / "_static"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "formulas.css").write_text(style_sheet(), encoding="utf-8")


def setup(app: Any) -> dict[str, Any]:
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.add_css_file("formulas.css")
    app.connect("builder-inited", _write_style_sheet)
    return {"parallel_read_safe": True}
