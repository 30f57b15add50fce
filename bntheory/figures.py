"""Drawing a stem's figure from its stored result: PDF, SVG and PNG, the same bytes from the same numbers.

A figure is a module of paper_figs/ with the experiment's stem and a function ``draw(result) -> matplotlib Figure``.
What it needs is in the result, so that a record is drawn where the experiment's packages are absent.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from bntheory.errors import InvalidInput
from bntheory.records import stored
from bntheory.stems import checked_stem
from bntheory.storage import write

# No dates and no program versions inside the files: they would change the bytes and say nothing about the figure.
_METADATA: dict[str, dict[str, str | None]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}


def draw(stem: str, results: Path) -> list[Path]:
    """Draw the figure of a stem into ``results/figures`` and return the three files.

    Parameters
    ----------
    stem : str
    results : Path
        The folder that holds ``STEM.npz``; without it the record is drawn, and the figure says so.

    Raises
    ------
    InvalidInput
        If there is no such stem, neither a result of it in the folder nor a record, the result has not what the figure
        shows, or the files cannot be written: each is written whole or not at all.
    """
    checked_stem(stem)
    found = stored(stem, results)
    import matplotlib as mpl

    style = import_module("bntheory.paper_figs.style")
    drawing = import_module(f"bntheory.paper_figs.{stem}")
    folder = results / "figures"
    files = [folder / f"{stem}.{kind}" for kind in _METADATA]
    with mpl.rc_context(style.settings(stem)):
        try:
            figure = drawing.draw(found.result)
            if found.standing != "measured":
                figure.suptitle(found.origin, x=0.998, ha="right", fontsize=5)  # below, legends may lie
            with _without_remarks_on_fonts():
                for file in files:
                    save_figure(figure, file)
        except InvalidInput:
            raise
        except Exception as error:  # whatever a result lacks, of another version, say, stops this figure alone
            broken = f"cannot be drawn ({type(error).__name__}: {' '.join(str(error).split())})"
            raise InvalidInput("results", found.path, broken, f"run bntheory run {stem} again") from error
    return files


def save_figure(figure: Any, path: Path) -> None:
    """Write a figure whole or not at all, in the format of the name; InvalidInput if it cannot be written."""
    kind = path.suffix[1:]
    write(path, lambda file: figure.savefig(file, format=kind, metadata=_METADATA[kind]))


@contextmanager
def _without_remarks_on_fonts() -> Iterator[None]:
    """Within it fontTools does not remark on dates in Matplotlib's own fonts.

    A prime in a formula is taken from Computer Modern, whose file counts seconds from 1970 instead of 1904; embedding
    it in a PDF, fontTools says so on stderr.
    """
    log = logging.getLogger("fontTools.ttLib.tables._h_e_a_d")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)
