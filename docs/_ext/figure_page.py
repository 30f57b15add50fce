"""The directive `figures`: every stem's figure, drawn when the page is built.

Drawn are a current result in ./bntheory-results, a record, and stems of `QUICK`, which are run for it; of the others
the page has the command.
"""

from __future__ import annotations

import logging
import re
from importlib import import_module
from pathlib import Path
from typing import Any

from claim_pages import plain
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from bntheory.claims import IDS, entry
from bntheory.errors import InvalidInput
from bntheory.figures import draw
from bntheory.records import RECORDS, evidence
from bntheory.reproduce import is_current
from bntheory.stems import STEMS, perform
from bntheory.storage import save

#: Stems without a record that take a few seconds.
QUICK = ("smoothness", "rayleigh_landscape", "rayleigh_pencil")
ROOT = Path(__file__).parent.parent.parent


def line_of(stem: str) -> str:
    """What the figure shows, by the first line of its module."""
    line = str(import_module(f"bntheory.paper_figs.{stem}").__doc__).strip().splitlines()[0]
    return re.sub(rf"^{stem}( \([^)]*\))?: ", "", line)


def claims_of(stem: str) -> list[str]:
    """The ids that name this figure."""
    return [name for name in IDS if entry(name).figure == stem]


def drawn(stem: str, folder: Path) -> tuple[Path, str] | None:
    """The PNG and where its numbers are from; None for a stem that is neither stored nor quick."""
    results = ROOT / "bntheory-results"
    if is_current(results / f"{stem}.npz", stem, {}):
        origin = "run on this machine before"
    elif (RECORDS / f"{stem}.npz").exists():
        found = evidence(stem, None)
        results, origin = folder, found.origin if found else "recorded, not run here"
    elif stem in QUICK:
        results, origin = folder, "run for this page"
        save(perform(stem, {}), folder)
    else:
        return None
    # `draw` writes beside the results: a current one is copied, so that their folder stays as it is
    if results != folder:
        (folder / f"{stem}.npz").write_bytes((results / f"{stem}.npz").read_bytes())
    return next(file for file in draw(stem, folder) if file.suffix == ".png"), origin


class Figures(SphinxDirective):
    """A section a stem."""

    def run(self) -> list[nodes.Node]:
        logging.getLogger("matplotlib").setLevel(logging.WARNING)
        folder = Path(self.env.app.outdir).parent / "figures"
        folder.mkdir(parents=True, exist_ok=True)
        text = "\n".join(self._section(stem, folder) for stem in STEMS)
        return self.parse_text_to_nodes(text, allow_section_headings=True)

    def _section(self, stem: str, folder: Path) -> str:
        try:
            found, trouble = drawn(stem, folder), "it takes longer than a page should"
        except InvalidInput:
            found, trouble = None, "its record was made by other code and lacks what the figure shows"
        links = ", ".join(f":ref:`{name} <claim-{name}>`" for name in claims_of(stem)) or "no claim of its own"
        lines = [f".. _figure-{stem}:", "", stem, "-" * 40, "", f"{plain(line_of(stem))} ({links})", ""]
        if found is None:
            command = f"``bntheory run {stem}`` and ``bntheory figures {stem}``"
            return "\n".join([*lines, f"Not drawn here, since {plain(trouble)}: {command} draw it.", ""])
        image, origin = found
        place = Path(self.env.app.srcdir) / "figures_drawn"
        place.mkdir(exist_ok=True)
        (place / image.name).write_bytes(image.read_bytes())
        alt = plain(line_of(stem))
        lines += [f".. image:: /figures_drawn/{image.name}", f"   :alt: {alt}", "   :class: figure", ""]
        return "\n".join([*lines, f"*{plain(origin)}*", ""])


def setup(app: Any) -> dict[str, Any]:
    app.add_directive("figures", Figures)
    return {"parallel_read_safe": True}
