"""The commands about claims: `bntheory list | show | check | refute`.

Exit codes of show and check: 0 if every statement, proof and verdict came out as declared, 1 if one came out otherwise,
2 if something is undecided; single regimes of an observation are counted and change none. Of refute: 0 if a
counterexample was found, 1 if none was, 2 if none was and something is undecided.
"""

from __future__ import annotations

import os
import sys
import time

from bntheory import __version__
from bntheory.errors import InvalidInput

TYPE_CHECKING = False  # that of typing, which `--help` need not load
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from bntheory.claim_file import ClaimFile
    from bntheory.ledger import Part
    from bntheory.outcome import Checked, Task


def add_commands(commands: Any) -> None:
    """Add the four commands to the parser's."""
    listing = commands.add_parser("list", help="every claim and its declared verdict", usage="bntheory list [--json]")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(command=_list)

    show = commands.add_parser(
        "show", help="decide one claim and say everything about it", usage="bntheory show ID [options]"
    )
    show.add_argument("target", metavar="ID", help="such as C3; bntheory list has them all")
    show.add_argument("--bibtex", action="store_true", help="only the reference, as BibTeX")
    _add_search(show, "the outcome and the texts as JSON on stdout")
    show.set_defaults(command=_show)

    check = commands.add_parser(
        "check", help="check that claims come out as declared", usage="bntheory check [ID|FILE ...] [options]"
    )
    check.add_argument("targets", metavar="ID|FILE", nargs="*", help="claims, statements, claim files; default: all")
    _add_search(check, "the outcomes as JSON on stdout")
    check.set_defaults(command=_check)

    refute = commands.add_parser(
        "refute", help="find counterexamples and write them as a pytest", usage="bntheory refute ID|FILE [options]"
    )
    refute.add_argument("target", metavar="ID|FILE", help="a claim, a statement such as C3.printed, or a claim file")
    _add_search(refute, "the outcomes as JSON on stdout, in place of the pytest")
    refute.set_defaults(command=_refute)


def _add_search(parser: Any, as_json: str) -> None:
    examples = 2000  # bntheory.ledger.EXAMPLES, which is not loaded for --help
    parser.add_argument("--examples", metavar="N", type=int, default=examples, help=f"cases a statement ({examples})")
    parser.add_argument("--seed", metavar="S", type=int, default=0, help="seed of the search (0)")
    parser.add_argument("--json", action="store_true", help=as_json)


def _list(json: bool) -> int:
    from bntheory.claims_terminal import print_list
    from bntheory.ledger import declared_verdict, tasks

    rows = [
        {
            "id": task.id,
            "section": task.id[0],
            "title": task.title,
            "kind": task.kind,
            "verdict": declared_verdict(task),
            "level": None,  # nothing is checked here
        }
        for task in tasks()
    ]
    if json:
        _print_json(rows)
    else:
        print_list(rows)
    return 0


def _show(target: str, bibtex: bool, examples: int, seed: int, json: bool) -> int:
    from bntheory.claims import IDS, known_id
    from bntheory.claims_terminal import print_claim
    from bntheory.outcome import claim_text
    from bntheory.references import SOFTWARE, paper_of

    whole, dot, _ = target.partition(".")
    if dot and whole.upper() in IDS:
        raise InvalidInput("claim", target, "is a statement: show tells of whole claims", f"run bntheory show {whole}")
    if _is_file(target):
        rule = "is a file: show tells of the claims that come with bntheory"
        raise InvalidInput("claim", target, rule, f"run bntheory check {target}")
    if bibtex:
        paper = paper_of(known_id(target))
        print(SOFTWARE if paper is None else paper.bibtex)  # what stands here first
        return 0
    [task] = _tasks(known_id(target))
    [outcome] = _decide([task], examples, seed, minimize_mutants=True)
    if json:
        _print_json(claim_text(outcome))
    else:
        print_claim(outcome)
    return _report([outcome])


def _check(targets: Sequence[str], examples: int, seed: int, json: bool) -> int:
    from bntheory.claims_terminal import print_check
    from bntheory.ledger import tasks
    from bntheory.outcome import document

    once = {os.path.abspath(target) if _is_file(target) else target.upper(): target for target in targets}
    chosen = [task for target in once.values() for task in _tasks(target)] if targets else tasks()
    start = time.perf_counter()
    outcomes = _decide(chosen, examples, seed, minimize_mutants=False)
    if json:
        _print_json(document(outcomes, seed=seed, seconds=round(time.perf_counter() - start, 3)))
    else:
        print_check(outcomes)
    return _report(outcomes)


def _tasks(target: str) -> list[Task]:
    """What an argument names: a claim, a claim file, or one statement."""
    from bntheory.claims import IDS, claim, entry, statement
    from bntheory.ledger import task_of

    if target.upper() in IDS:
        return [task_of(entry(target))]
    if _is_file(target):
        return [task_of(entry) for entry in _load(target).claims]
    only = statement(target)
    return [task_of(claim(only.id.partition(".")[0]), only)]


def _is_file(target: str) -> bool:
    """Whether an argument is a path: an id of ours never is, even if there is a file of that name."""
    from bntheory.claims import IDS

    return target.upper() not in IDS and (target.endswith(".py") or os.sep in target or os.path.exists(target))


def _load(target: str) -> ClaimFile:
    from bntheory.claim_file import load

    return load(target)


def _decide(tasks: Sequence[Task], examples: int, seed: int, *, minimize_mutants: bool) -> list[Checked]:
    from contextlib import redirect_stdout

    from bntheory.ledger import check

    with _progress("check", many=len(tasks) > 1) as progress, redirect_stdout(sys.stderr):
        return check(tasks, examples=examples, seed=seed, minimize_mutants=minimize_mutants, progress=progress)


def _progress(title: str, *, many: bool) -> Any:
    """A bar on a terminal; piped, a line for each of many."""
    from bntheory.terminal import progress_bar

    return progress_bar(title, lines=many or sys.stderr.isatty())


def _report(outcomes: Sequence[Checked]) -> int:
    """What is amiss on stderr, and the exit code."""
    for notice in dict.fromkeys(outcome.notice for outcome in outcomes if outcome.notice):
        print(f"bntheory: {notice}", file=sys.stderr)
    for outcome in outcomes:
        for problem in outcome.problems:
            print(f"bntheory: {problem}", file=sys.stderr)
    if any(outcome.undecided for outcome in outcomes):
        return 2
    return 1 if any(outcome.problems for outcome in outcomes) else 0


def _refute(target: str, examples: int, seed: int, json: bool) -> int:
    from contextlib import redirect_stdout

    from bntheory.counterexample import pytest_source
    from bntheory.ledger import search
    from bntheory.outcome import statement_entry

    statements, file = _refutable(target)
    with _progress("refute", many=False) as progress, redirect_stdout(sys.stderr):
        entries = search(statements, examples=examples, seed=seed, progress=progress)
    refuted = [(one.statement, one.finding.witness) for one in entries if one.finding.witness is not None]
    if json:
        report = {"version": __version__, "seed": seed, "statements": [statement_entry(entry) for entry in entries]}
        _print_json(report)
    elif refuted:
        print(pytest_source(refuted, file, title=f"Found by: bntheory refute {target} --seed {seed}"), end="")
    for entry in entries:
        if entry.outcome == "undecided":
            print(f"bntheory: {entry.problem}", file=sys.stderr)
        elif entry.outcome == "held":
            worst = "-" if entry.finding.worst is None else f"{entry.finding.worst:.6g}"
            none_found = f"no counterexample in {entry.finding.cases} cases, worst ratio {worst}"
            print(f"bntheory: {entry.name}: {none_found}", file=sys.stderr)
    if refuted:
        return 0
    return 2 if any(entry.outcome == "undecided" for entry in entries) else 1


def _refutable(target: str) -> tuple[list[Part], ClaimFile | None]:
    """Of a claim the print and its readings; of a file everything; else one statement."""
    from bntheory.claims import IDS, claim
    from bntheory.ledger import parts, task_of

    if target.upper() in IDS:
        whole = claim(target)
        told = [whole.printed, *whole.readings]
        return [part for part in parts(task_of(whole)) if any(part.statement is one for one in told)], None
    if _is_file(target):
        file = _load(target)
        return [part for entry in file.claims for part in parts(task_of(entry))], file
    [task] = _tasks(target)
    return list(parts(task)), None


def _print_json(value: Any) -> None:
    import json

    json.dump(value, sys.stdout)
    print()
