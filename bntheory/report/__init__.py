"""The report: everything that was decided and measured, as one self-contained HTML file.

`page` renders it through the templates, `contents` gathers experiments, proofs and the environment, `inline_svg` takes
figures in, `math_font` carries the font of the formulas.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from bntheory.claims import position
from bntheory.experiment import Progress
from bntheory.outcome import Checked
from bntheory.records import RESULTS
from bntheory.stems import STEMS, silent
from bntheory.storage import write

#: The file's name, beside the results.
REPORT = "report.html"


class Check(NamedTuple):
    """How the outcomes came about: cases a statement, seed, and how long it took."""

    examples: int
    seed: int
    seconds: float


def write_report(
    outcomes: Sequence[Checked],
    checked: Check,
    path: Path = RESULTS / REPORT,
    *,
    results: Path = RESULTS,
    stems: Iterable[str] = STEMS,
    drawn: Iterable[Path] = (),
    progress: Progress = silent,
) -> Path:
    """Write the report of a check that has just been made; returns its path.

    Parameters
    ----------
    outcomes : sequence of Checked
        The page shows these claims and no others.
    checked : Check
        What the page says of it.
    path : Path
    results : Path
        The folder of the experiments' results; where it has none, the records that ship.
    stems : iterable of str
        The experiments to show.
    drawn : iterable of Path
        SVG files of figures that this run has drawn; the others are drawn for the page.
    progress : callable
        Called with the fraction done, in [0, 1], and the experiment that is next.

    Raises
    ------
    InvalidInput
        If the file cannot be written, or a formula has a macro that is not typeset.
    """
    from bntheory.report.contents import environment, experiments, proof_sources
    from bntheory.report.page import page

    ordered = sorted(outcomes, key=lambda one: position(one.task.id))
    html = page(
        ordered,
        experiments(list(stems), ordered, results, {file.stem: file for file in drawn}, progress),
        proof_sources(ordered),
        environment(**checked._asdict()),
    )
    write(path, lambda file: file.write(html.encode()))
    return path
