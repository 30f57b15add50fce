"""What the report tells besides the claims: experiments with their figures, proofs with their sources, the machine."""

from __future__ import annotations

import ast
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from bntheory.errors import InvalidInput
from bntheory.experiment import Progress
from bntheory.figures import caption, svg
from bntheory.info import information
from bntheory.outcome import Checked
from bntheory.provenance import processor
from bntheory.records import Evidence, stored
from bntheory.report.inline_svg import Drawing, drawing
from bntheory.stems import silent


class Experiment(NamedTuple):
    """One stem: what its script and its figure say they show, what is stored of it, and its figure.

    `drawing` is None where there is nothing to draw or it cannot be drawn; `trouble` then says why.
    """

    stem: str
    subject: str
    caption: str
    claims: tuple[str, ...]
    evidence: Evidence | None
    drawing: Drawing | None
    trouble: str


class ProofSource(NamedTuple):
    """One proof file, with the ids of the claims that name it."""

    stem: str
    subject: str
    source: str
    claims: tuple[str, ...]


def experiments(
    stems: Sequence[str],
    outcomes: Sequence[Checked],
    results: Path,
    drawn: Mapping[str, Path],
    progress: Progress = silent,
) -> list[Experiment]:
    """What is stored of each stem in `results`, else recorded, with its figure; `drawn` names SVG files of this run."""
    found = []
    for number, stem in enumerate(stems):
        progress(number / len(stems), stem)
        found.append(_experiment(stem, _claims_of(stem, outcomes), results, drawn.get(stem)))
    return found


def _claims_of(stem: str, outcomes: Sequence[Checked]) -> tuple[str, ...]:
    """The claims whose figure or whose evidence this stem is."""
    return tuple(one.task.id for one in outcomes if stem in (_figure(one), getattr(one.task.observation, "stem", None)))


def _figure(outcome: Checked) -> str | None:
    return (outcome.task.claim or outcome.task.observation).figure  # type: ignore[union-attr]


def _experiment(stem: str, claims: tuple[str, ...], results: Path, drawn: Path | None) -> Experiment:
    subject, shown = _docstring(_source(f"bntheory.experiments.{stem}")).partition("\n")[0], caption(stem)
    try:
        found = stored(stem, results)
    except InvalidInput as error:
        damaged = (results / f"{stem}.npz").exists()
        trouble = str(error) if damaged else f"Not run here, and no record of it ships: bntheory run {stem} makes it."
        return Experiment(stem, subject, shown, claims, None, None, trouble)
    try:
        text = svg(stem, results) if drawn is None else drawn.read_text(encoding="utf-8")
    except (InvalidInput, OSError) as error:
        return Experiment(stem, subject, shown, claims, found, None, f"Its figure is not drawn: {error}")
    return Experiment(stem, subject, shown, claims, found, drawing(text, f"drawing-{stem}"), "")


def proof_sources(outcomes: Sequence[Checked]) -> list[ProofSource]:
    """The proof files that the claims name, in the order of the claims."""
    stems: dict[str, tuple[str, ...]] = {}
    for one in outcomes:
        if one.task.claim is not None and one.task.claim.proof is not None:
            stem = one.task.claim.proof
            stems[stem] = (*stems.get(stem, ()), one.task.id)
    sources = {stem: _source(f"bntheory.proofs.{stem}") for stem in stems}
    return [
        ProofSource(stem, _docstring(source).partition("\n")[0], source, stems[stem])
        for stem, source in sources.items()
    ]


def _source(module: str) -> str:
    """The text of a module, which is not run for it; nothing where it is missing."""
    found = find_spec(module)
    return "" if found is None or found.origin is None else Path(found.origin).read_text(encoding="utf-8")


def _docstring(source: str) -> str:
    return ast.get_docstring(ast.parse(source)) or ""


def environment(*, examples: int, seed: int, seconds: float) -> dict[str, str]:
    """What produced the page: date, command, versions, machine."""
    facts = information()
    versions = [("Python", facts["python"]), *facts["packages"].items()]
    extras = [(name, number or "absent") for name, number in facts["extras"].items()]
    return {
        "Date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "bntheory": facts["bntheory"],
        "Check": f"{examples} cases a statement, seed {seed}, {seconds:.0f} s",
        "Versions": ", ".join(f"{name} {number}" for name, number in versions),
        "Extras": ", ".join(f"{name} {number}" for name, number in extras),
        "System": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "Processor": f"{processor()}, {os.cpu_count()} seen",
    }
