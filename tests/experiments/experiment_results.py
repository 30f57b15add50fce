"""What the tests of every experiment ask of a result: the criteria that it misses, and its figure."""

from __future__ import annotations

from importlib import import_module
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib as mpl

from bntheory.paper_figs import style
from bntheory.storage import load, save


def missed(criteria):
    return [criterion.name for criterion in criteria if not criterion.met]


def svg(result):
    """The bytes of the stored result's figure; SVG holds every coordinate and every letter."""
    figure = import_module(f"bntheory.paper_figs.{result.stem}")
    file = BytesIO()
    with TemporaryDirectory() as folder:
        stored = load(save(result, Path(folder)))
    with mpl.rc_context(style.settings(result.stem)):
        figure.draw(stored).savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()
