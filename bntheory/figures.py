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
from bntheory.experiment import Result
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
    folder = results / "figures"
    files = [folder / f"{stem}.{kind}" for kind in _METADATA]
    with _stored_figure(stem, results) as figure, _without_remarks_on_fonts():
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
    with _stored_figure(checked_stem(stem), results) as figure:
        figure.savefig(text, format="svg", metadata=_METADATA["svg"])
    return text.getvalue().decode()


def figure_of(result: Result, remark: str = "") -> Any:
    """The figure of a result as a Matplotlib `Figure`, for a notebook or to be saved; its label says what it shows.

    Parameters
    ----------
    result : Result
    remark : str
        Stands in the upper right corner: the `origin` of a record, say.

    Raises
    ------
    InvalidInput
        If the result has not what the figure shows.
    """
    with _drawn(result, remark, result.stem) as figure:
        figure.set_label(f"{result.stem}: {caption(result.stem)}")
        return figure


def caption(stem: str) -> str:
    """What the figure of a stem shows, in a line: the first of its module."""
    return str(import_module(f"bntheory.paper_figs.{stem}").__doc__).partition("\n")[0].partition(": ")[2]


@contextmanager
def _stored_figure(stem: str, results: Path) -> Iterator[Any]:
    """The figure of what is stored; what was not measured here says so."""
    found = stored(stem, results)
    with _drawn(found.result, "" if found.standing == "measured" else found.origin, found.path) as figure:
        yield figure


@contextmanager
def _drawn(result: Result, remark: str, source: Path | str) -> Iterator[Any]:
    """The figure of a result, in the style of figures."""
    import matplotlib as mpl

    stem = result.stem
    style = import_module("bntheory.paper_figs.style")
    drawing = import_module(f"bntheory.paper_figs.{stem}")
    with mpl.rc_context(style.settings(stem)):
        try:
            figure = drawing.draw(result)
            if remark:
                figure.suptitle(remark, x=0.998, ha="right", fontsize=5)  # below, legends may lie
            yield figure
        except InvalidInput:
            raise
        except Exception as error:  # whatever a result lacks, of another version, say, stops this figure alone
            broken = f"cannot be drawn ({type(error).__name__}: {' '.join(str(error).split())})"
            raise InvalidInput("results", source, broken, f"run bntheory run {stem} again") from error


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
