"""The gallery of figures: a script a stem for sphinx-gallery, written anew for every build from what the package says.

Its pages run their experiment, but for those of `RECORDED`, whose shipped record is drawn. `shown` is what takes a
figure from a script to its page, without pyplot: as in a notebook, a block that ends with a figure shows it.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from bntheory.claims import IDS, entry
from bntheory.figures import caption
from bntheory.reproduce import QUICK
from bntheory.stems import DEEP, STEMS

#: Drawn from their records: networks take minutes, `explosion` as long as half of all others together.
RECORDED = (*DEEP, "explosion")
DOCS = Path(__file__).parent.parent
SCRIPTS = DOCS / "figure_scripts"
#: Of the pictures: enough for screens of two dots a pixel.
DPI = 200


def claims_of(stem: str) -> list[str]:
    """The ids that name this figure."""
    return [name for name in IDS if entry(name).figure == stem]


def script(stem: str) -> str:
    """The script of a stem's page."""
    jinja = Environment(
        loader=FileSystemLoader(DOCS / "_templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    line = caption(stem)
    return jinja.get_template("figure.py.jinja").render(
        stem=stem,
        caption=line[0].upper() + line[1:],
        claims=claims_of(stem),
        is_recorded=stem in RECORDED,
        is_deep=stem in DEEP,
        options=dict(QUICK.get(stem, {})),
    )


def write_scripts() -> None:
    """Write every stem's script, and remove those of stems that are no more."""
    for old in SCRIPTS.glob("*.py"):
        old.unlink()
    for stem in STEMS:
        (SCRIPTS / f"{stem}.py").write_text(script(stem), encoding="utf-8")


def order(name: str) -> tuple[int, str]:
    """Where a script stands in its gallery: figures as in `STEMS`, tutorials by their names."""
    stem = name.removesuffix(".py")
    return (STEMS.index(stem) if stem in STEMS else 0), name


def shown(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """The picture of the figure that a block ends with, as reStructuredText; empty if it ends with something else.

    sphinx-gallery calls it after every block. It has the value of the last expression under the name ``___``, also
    after later blocks that end with none.
    """
    last = ast.parse(block[1]).body[-1:]
    figure = block_vars["example_globals"].get("___")
    if not (last and isinstance(last[0], ast.Expr) and isinstance(figure, Figure)):
        return ""
    path = Path(block_vars["image_path_iterator"].next())
    figure.savefig(path, dpi=DPI)
    place = path.relative_to(gallery_conf["src_dir"]).as_posix()
    image = f".. image:: /{place}\n      :alt: {figure.get_label()}\n      :class: figure"
    return f"\n.. container:: plate\n\n   {image}\n"


def _link_claims(app: Any, docname: str, source: list[str]) -> None:
    """The line of claims, plain in scripts and notebooks, links on the page."""
    if docname.removeprefix("figures/") in STEMS:
        link = r":ref:`\g<0> <claim-\g<0>>`"
        source[0] = re.sub(r"^Claims: .*", lambda line: re.sub(r"\b[A-F]\d+\b", link, line[0]), source[0], flags=re.M)


def setup(app: Any) -> dict[str, Any]:
    write_scripts()  # sphinx-gallery reads them once the builder is there
    app.connect("source-read", _link_claims)
    return {"parallel_read_safe": True}
