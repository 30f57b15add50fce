"""What the tests of every experiment ask of a result: the criteria that it misses, and its figure."""

from __future__ import annotations

from importlib import import_module
from io import BytesIO

import matplotlib as mpl

from bntheory.paper_figs import style


def missed(criteria):
    return [criterion.name for criterion in criteria if not criterion.met]


def svg(result):
    """The figure's bytes; SVG holds every coordinate and every letter."""
    figure = import_module(f"bntheory.paper_figs.{result.stem}")
    file = BytesIO()
    with mpl.rc_context(style.settings(result.stem)):
        figure.draw(result).savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()
