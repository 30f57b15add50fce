"""The ledger as a page: proofs/README.md, written from a check that is run for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bntheory.claims import CLAIMS, IDS, SECTIONS
from bntheory.ledger import check, tasks
from bntheory.outcome import Checked
from bntheory.tex import mathml

#: The check behind the page: more cases change no verdict and no level, or the page would be wrong.
EXAMPLES, SEED = 50, 0
PAGE = Path(__file__).parent.parent / "proofs" / "README.md"
_TEST = "test_as_declared.py"
_HEAD = """\
# The ledger

Written by `make ledger` from a check of every claim; `tests/test_as_declared.py` fails where it is out of date. The
verdict is on the printed statement with its readings, the level is that of what holds instead (`bntheory show ID` says
more): *proved* is algebra in every dimension with zero residual in a canonical form, its steps in prose listed, and a
search that held; *certified* a search that held, and stated instances in exact rationals or ball arithmetic; *tested*
a search that held; *refuted* an exact counterexample; *recorded* an observation, decided
by its experiment's recorded result (*stale* if the code has changed since).
"""


def write_page(path: Path = PAGE) -> None:
    """Check every claim and write the page.

    Raises
    ------
    InvalidInput
        If a formula of a claim cannot be typeset (`bntheory.tex`), before anything is checked.
    """
    for claim in CLAIMS:
        for statement in claim.statements:
            mathml(statement.tex)
    outcomes = check(tasks(), examples=EXAMPLES, seed=SEED, results=None)
    path.write_text(page({outcome.task.id: row(outcome) for outcome in outcomes}), encoding="utf-8")


def page(rows: Mapping[str, str]) -> str:
    """The page with these rows by id; nothing in it depends on the machine or on timings."""
    lines = [_HEAD]
    for section, title in SECTIONS.items():
        columns = f"| claim | {_verdict_on(section)} | level | proof | test | figure |"
        mine = [rows[name] for name in IDS if name[0] == section]
        lines += [f"## {section}. {title}", "", columns, "|---|---|---|---|---|---|", *mine, ""]
    return "\n".join(lines)


def _verdict_on(section: str) -> str:
    """What the verdicts of a section are about: nobody has printed what is ours."""
    return "stated" if section == "F" else "printed"


def row(outcome: Checked) -> str:
    """The row of one claim."""
    task, claim = outcome.task, outcome.task.claim
    name = f"{task.id} {task.title}".replace("|", r"\|")
    if claim is None:
        stem = task.observation.stem if task.observation else ""
        experiment, drawn = (f"[{stem}.py](../{folder}/{stem}.py)" for folder in ("experiments", "paper_figs"))
        return f"| {name} | {outcome.verdict} | {outcome.level} | {experiment} | | {drawn} |"
    proof = f"[{claim.proof}.py]({claim.proof}.py)" if claim.proof else ""
    figure = f"[{claim.figure}.py](../paper_figs/{claim.figure}.py)" if claim.figure else ""
    test = f"[`{_TEST}::test_claim[{task.id}]`](../tests/{_TEST})"
    return f"| {name} | {outcome.verdict} | {outcome.level or 'undecided'} | {proof} | {test} | {figure} |"
