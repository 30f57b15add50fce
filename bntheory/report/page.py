"""The page: one HTML file from outcomes, experiments, proofs and the environment, through the templates beside it.

Everything is escaped by jinja2; marked safe are only the converter's MathML, the figures' SVG once their links and
scripts are refused, and the style, the script and the font that ship with the package.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bntheory.claims import SECTIONS
from bntheory.counterexample import explain
from bntheory.experiment import Criterion
from bntheory.outcome import Checked, Entry
from bntheory.references import PAPERS, paper_of
from bntheory.report import math_font
from bntheory.report.contents import Experiment, ProofSource
from bntheory.statistics import Regime
from bntheory.tex import mathml

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"
#: What the verdicts and the levels mean, in the page's own legend.
WORDS = {
    "true": "the print and its readings hold",
    "false": "the print and its readings are refuted",
    "underspecified": "the print's readings differ in truth",
    "reproduced": "the experiment's intervals meet the criterion in every regime",
    "not-reproduced": "they meet it in no regime",
    "depends": "it depends on the regime: each has its own outcome",
    "proved": "algebra in every dimension with zero residual, its steps in prose listed; and the search held",
    "certified": "the search held, and so did stated instances, in exact rationals or ball arithmetic",
    "tested": "the search over the whole domain found no counterexample; a thin exception can be missed",
    "refuted": "an exact counterexample, decided in rational or 50-digit arithmetic; a critical point, in balls",
    "measured": "run here, by the present code",
    "recorded": "shipped with the package, not run here",
    "stale": "of code that has changed since: to be run again",
    "undecided": "a tool is absent or something broke; the card says what",
    "skipped": "its experiment was not run and no record of it ships",
}


class Group(NamedTuple):
    """A section with its outcomes."""

    letter: str
    title: str
    outcomes: list[Checked]


class Entries(NamedTuple):
    """The entries of a claim by their places."""

    printed: Entry
    readings: list[Entry]
    corrected: Entry | None
    mutants: list[Entry]


def page(
    outcomes: Sequence[Checked],
    experiments: Sequence[Experiment],
    proofs: Sequence[ProofSource],
    environment: Mapping[str, str],
) -> str:
    """The whole page; it depends on nothing but its arguments."""
    present = {one.task.id[0] for one in outcomes}
    groups = [
        Group(letter, title, [one for one in outcomes if one.task.id[0] == letter])
        for letter, title in SECTIONS.items()
        if letter in present
    ]
    return (
        _environment()
        .get_template("report.html")
        .render(
            outcomes=outcomes,
            sections=groups,
            experiments=experiments,
            stems={one.stem: one for one in experiments},
            proofs=proofs,
            papers=list(dict.fromkeys(PAPERS.values())),
            environment=environment,
            problems=[problem for one in outcomes for problem in one.problems],
            verdicts=[word for word in WORDS if any(one.verdict == word for one in outcomes)],
            words=WORDS,
            summary=summary(outcomes),
            family=math_font.FAMILY,
        )
    )


def summary(outcomes: Sequence[Checked]) -> dict[str, str]:
    """The counts in words."""
    theorems = [one for one in outcomes if one.task.observation is None and one.task.id[0] != "F"]
    own = [one for one in outcomes if one.task.observation is None and one.task.id[0] == "F"]
    observed = [one for one in outcomes if one.task.observation is not None]
    shipped = [one.task.id for one in observed if one.level == "recorded"]
    stale = [one.task.id for one in observed if one.level == "stale"]
    records = f"Recorded, not run here: {', '.join(shipped)}." if shipped else ""
    return {
        "theorems": f"Of {len(theorems)} theorems as printed, {_counted(theorems)}; of {len(own)} beyond the article,"
        f" {_counted(own)}.",
        "observations": f"Of {len(observed)} observations, {_counted(observed)}." if observed else "",
        "records": records + (f" STALE, the code has changed since: {', '.join(stale)}." if stale else ""),
    }


def _counted(outcomes: Sequence[Checked]) -> str:
    """How many came out how, in the order of the legend."""
    counts = Counter(one.verdict for one in outcomes)
    phrases = {"depends": "depend on the regime"}
    return ", ".join(f"{counts[word]} {phrases.get(word, word)}" for word in WORDS if counts[word]) or "none"


def _environment() -> Environment:
    """Jinja2 with autoescape on, undefined names as errors, and the filters that the templates use."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    found = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    script = (_TEMPLATES / "filter.js").read_text(encoding="utf-8")
    found.globals |= {
        "style": Markup((_TEMPLATES / "style.css").read_text(encoding="utf-8")),
        "script": Markup(script),
        "font": Markup(math_font.data_url()),
        "policy": _policy(script),
    }
    found.filters |= {
        "mathml": lambda tex: [Markup("<wbr>".join(chunks)) for chunks in mathml(tex)],
        "body": lambda drawing: Markup(drawing.body),
        "entries": _entries,
        "explain": _explain,
        "measured": _measured,
        "neighbours": _neighbours,
        "paper": paper_of,
        "seeds": _seeds,
    }
    return found


def _policy(script: str) -> str:
    """What the page may load: nothing from anywhere; its own script by its digest."""
    digest = b64encode(sha256(script.encode()).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; script-src 'sha256-{digest}';"
        " base-uri 'none'; form-action 'none'"
    )


def _entries(outcome: Checked) -> Entries:
    claim: Any = outcome.task.claim
    found = {id(entry.statement): entry for entry in outcome.entries}
    return Entries(
        found[id(claim.printed)],
        [found[id(one)] for one in claim.readings],
        None if claim.corrected is None else found[id(claim.corrected)],
        [found[id(one)] for one in claim.mutants],
    )


def _explain(entry: Entry) -> list[str]:
    return [] if entry.finding.witness is None else explain(entry.statement, entry.finding.witness)


def _neighbours(mutants: Sequence[Entry]) -> str:
    """How many false neighbours were refuted, and how many true ones survived."""
    refuted = sum(entry.outcome == "refuted" for entry in mutants)
    held = sum(entry.outcome in ("held", "proved") for entry in mutants)
    words = [f"{len(mutants)} neighbours: {refuted} refuted, {held} held"]
    surprises = sum(entry.problem is not None for entry in mutants)
    return ", ".join([*words, *([f"{surprises} NOT as declared"] if surprises else ["all as declared"])])


def _measured(criterion: Criterion) -> str:
    """Four digits, or all where rounding would hide on which side of the limit the number lies."""
    text = f"{criterion.measured:.4g}"
    return repr(float(criterion.measured)) if float(text) == criterion.limit != criterion.measured else text


def _seeds(regimes: Sequence[Regime]) -> str:
    counts = sorted({regime.effect.seeds for regime in regimes})
    return str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
