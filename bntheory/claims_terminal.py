"""Claims on a terminal: the list, one claim at length, the outcomes of a check; plain lines when piped."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import Any

from bntheory.claims import SECTIONS
from bntheory.counterexample import explain
from bntheory.outcome import Checked, Entry, regimes_otherwise
from bntheory.references import paper_of
from bntheory.statistics import OUTCOMES
from bntheory.terminal import console, print_table

_SPACE = " " * 11


def print_list(rows: Sequence[dict[str, Any]]) -> None:
    """Every id with its verdict as declared, under the sections' titles on a terminal."""
    table: list[list[str]] = []
    for section, title in SECTIONS.items():
        mine = [row for row in rows if row["section"] == section]
        if mine and sys.stdout.isatty():
            table.append([section, title])
        table += [[row["id"], row["title"], row["kind"], row["verdict"] or "-"] for row in mine]
    print_table(("id", "title", "kind", "declared verdict"), table)


def print_check(outcomes: Sequence[Checked]) -> None:
    """One row a claim, how many came out as declared, and how many regimes within them did not."""
    header = ("id", "title", "verdict", "level", "held", "refuted", "worst")
    print_table(*_fitting(header, [_row(one) for one in outcomes]))
    stated = [one for one in outcomes if one.level != "skipped"]
    counts = Counter("undecided" if one.undecided else "otherwise" if one.problems else "as declared" for one in stated)
    words = [f"{counts[name]} {name}" for name in ("as declared", "otherwise", "undecided") if counts[name]]
    words += [f"{len(outcomes) - len(stated)} skipped"] if len(outcomes) > len(stated) else []
    print(f"{len(outcomes)} checked: {', '.join(words)}")
    otherwise = regimes_otherwise(outcomes, "bntheory show ID lists them")
    if otherwise:
        print(otherwise)


def _fitting(header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """The table, on a narrow terminal without the columns that ids, verdicts and levels need the room of."""
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    for name in ("title", "worst", "refuted", "held"):
        width = sum(max(map(len, (head, *cells))) + 3 for head, cells in columns.items())
        if sys.stdout.isatty() and width + 2 > shutil.get_terminal_size().columns:
            del columns[name]
    return tuple(columns), list(zip(*columns.values(), strict=True))


def _row(outcome: Checked) -> list[str]:
    task, main = outcome.task, outcome.main
    if task.claim is None:
        return [task.id, task.title, outcome.verdict, outcome.level or "-", "-", "-", "-"]
    counts = Counter(entry.outcome for entry in outcome.entries)
    held, refuted = counts["held"] + counts["proved"], counts["refuted"]
    return [task.id, task.title, outcome.verdict, outcome.level or "-", str(held), str(refuted), _worst(main)]


def _worst(entry: Entry | None) -> str:
    return "-" if entry is None or entry.finding.worst is None else f"{entry.finding.worst:.6g}"


def _certificate(entry: Entry) -> str:
    """What the certificate says; nothing where there is none."""
    found = entry.certificate
    if found is None:
        return ""
    worst = "" if found.worst is None else f", worst ratio {found.worst:.6g}"
    return f"on {found.instances} stated instances in {found.arithmetic}{worst}"


def print_claim(outcome: Checked) -> None:
    """Everything about one claim: what is printed, what came out, and why."""
    task, claim, main = outcome.task, outcome.task.claim, outcome.main
    _say_bold(f"{task.id}  {task.title}")
    paper = paper_of(task.id)
    if claim is None or main is None:
        _say_observation(outcome)
        _say("reference", paper.citation if paper else "")
        return
    entries = {id(entry.statement): entry for entry in outcome.entries}
    _say("source", claim.source)
    _say("assumes", *claim.assumes)
    _say_statement("stated" if claim.id.startswith("F") else "printed", entries[id(claim.printed)])
    _say("verdict", outcome.verdict)
    _say("why", claim.note)
    for reading in claim.readings:
        _say_statement("reading", entries[id(reading)])
    if claim.corrected is not None:
        _say_statement("corrected", entries[id(claim.corrected)])
    print()
    _say("level", f"{outcome.level or 'none'}: worst ratio {_worst(main)} in {main.finding.cases} cases of {main.name}")
    _say("certified", _certificate(main))
    _say("rests on", *main.rests_on)
    _say("proof", f"proofs/{claim.proof}.py" if claim.proof else "none")
    _say("figure", f"paper_figs/{claim.figure}.py" if claim.figure else "none")
    _say("reference", paper.citation if paper else "")
    print()
    for mutant in claim.mutants:
        _say_statement("mutant", entries[id(mutant)])


def _say_observation(outcome: Checked) -> None:
    observation = outcome.task.observation
    assert observation is not None
    _say("source", observation.source)
    _say("verdict", f"{outcome.verdict}: {outcome.origin or 'neither run here nor recorded'}")
    _say("experiment", f"bntheory run {observation.stem}")
    _say("criterion", observation.criterion)
    for regime in outcome.regimes:
        effect, (low, high) = regime.effect, regime.effect.ci95
        agreement = "as declared" if regime.as_declared else f"NOT as declared ({regime.declared})"
        _say("regime", f"{regime.name}: {regime.measured}, {agreement}")
        measured = f"{effect.mean:.4g}, 95 % [{low:.4g}, {high:.4g}], p = {regime.p:.3g} of {effect.seeds} seeds"
        _say("", f"{regime.criterion.text}: {measured} (smallest possible p: {effect.smallest_p:.2g})")
    _say("words", OUTCOMES)
    _say("note", observation.note)


def _say_statement(label: str, entry: Entry) -> None:
    """A statement with its TeX as it is, its outcome, and its counterexample."""
    statement, finding = entry.statement, entry.finding
    agreement = "NOT as declared" if entry.problem else "as declared"
    if entry.outcome == "undecided":
        agreement = "declared"
    _say(label, f"{entry.name}: {entry.outcome}, {agreement} ({statement.truth})")
    for line in str(statement.tex).splitlines():
        print(_SPACE + line)
    _say("", statement.note, finding.message)
    if finding.witness is not None:
        case, sides = explain(statement, finding.witness)
        _say("", f"at {case}", sides)


def _say(label: str, *paragraphs: str) -> None:
    """Paragraphs behind one label, wrapped on a terminal and a line each when piped; nothing if there is no text."""
    width = max(40, shutil.get_terminal_size().columns) if sys.stdout.isatty() else sys.maxsize
    for text in filter(None, paragraphs):
        first = f"{label:{len(_SPACE)}}"
        label = ""
        print(
            textwrap.fill(
                str(text),
                width,
                initial_indent=first,
                subsequent_indent=_SPACE,
                break_long_words=False,
                break_on_hyphens=False,
            )
        )


def _say_bold(text: str) -> None:
    from rich.text import Text

    if sys.stdout.isatty():
        console().print(Text(text, style="bold"))
    else:
        print(text)
