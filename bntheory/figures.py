"""Drawing a stem's figure from its stored result: PDF, SVG and PNG, the same bytes from the same numbers.

A figure is a module of paper_figs/ with the experiment's stem and a function ``draw(result) -> matplotlib Figure``.
What it needs is in the result, so that a record is drawn where the experiment's packages are absent.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

from bntheory.errors import InvalidInput
from bntheory.records import Evidence, stored
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
    folder = results / "figures"
    files = [folder / f"{stem}.{kind}" for kind in _METADATA]
    with _drawn(stored(stem, results)) as figure, _without_remarks_on_fonts():
        for file in files:
            save_figure(figure, file)
    return files


def svg(stem: str, results: Path) -> str:
    """The figure of a stem as the text of its SVG; no file is written.

    Raises
    ------
    InvalidInput
        If there is no such stem, neither a result of it in the folder nor a record, or the result has not what the
        figure shows.
    """
    text = BytesIO()
    with _drawn(stored(checked_stem(stem), results)) as figure:
        figure.savefig(text, format="svg", metadata=_METADATA["svg"])
    return text.getvalue().decode()


@contextmanager
def _drawn(found: Evidence) -> Iterator[Any]:
    """The figure of what is stored, in the style of figures; what was not measured here says so."""
    import matplotlib as mpl

    stem = found.result.stem
    style = import_module("bntheory.paper_figs.style")
    drawing = import_module(f"bntheory.paper_figs.{stem}")
    with mpl.rc_context(style.settings(stem)):
        try:
            figure = drawing.draw(found.result)
            if found.standing != "measured":
                figure.suptitle(found.origin, x=0.998, ha="right", fontsize=5)  # below, legends may lie
            yield figure
        except InvalidInput:
            raise
        except Exception as error:  # whatever a result lacks, of another version, say, stops this figure alone
            broken = f"cannot be drawn ({type(error).__name__}: {' '.join(str(error).split())})"
            raise InvalidInput("results", found.path, broken, f"run bntheory run {stem} again") from error


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
