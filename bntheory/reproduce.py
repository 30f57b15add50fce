"""The main job: check everything, run every experiment, draw every figure, report; current results are kept.

A stored result is current if its options, its seed and the digest of the code it depends on are those of this run, so
that an interrupted run continues where it stopped and changed code runs again; long experiments keep their finished
pieces likewise (`bntheory.pieces`). The theorems are checked in every run, the observations decided by the results:
check.json, beside them, records what came out and is never read back here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bntheory.claims import position
from bntheory.errors import InvalidInput, MissingExtra
from bntheory.figures import draw
from bntheory.interrupts import remembered
from bntheory.ledger import EXAMPLES, check, tasks
from bntheory.outcome import Checked, document, regimes_otherwise, verdict_counts
from bntheory.provenance import code_digest
from bntheory.report import REPORT, Check, write_report
from bntheory.stems import DEEP, STEMS, checked_stem, perform
from bntheory.storage import check_writable, load, save, save_json
from bntheory.terminal import progress_bar

#: Raises an interrupt that was swallowed, if there was one (`bntheory.interrupts`).
Stop = Callable[[], None]

#: What `--quick` changes: fewer steps where most of the time goes; the criteria stay.
QUICK: Mapping[str, Mapping[str, Any]] = {"halfspace_data": {"steps": 5000}}
_QUICK_EXAMPLES = 200


def reproduce(out: Path, *, quick: bool = False) -> int:
    """Check every theorem, run every experiment that has no current result in `out`, draw, and decide the observations.

    An experiment whose extra is not installed is skipped, saying so; a missed criterion is a finding, not a failure.
    A claim that comes out otherwise than declared is one: the exit code is then that of `bntheory check`; it is 1 where
    an experiment failed, else 0.

    Parameters
    ----------
    out : Path
    quick : bool
        Without the experiments that train networks (their records count), with smaller settings where an experiment
        has them, and fewer cases a statement.
    """
    with remembered() as stop:
        return _reproduce(out, quick, stop)


def _reproduce(out: Path, quick: bool, stop: Stop) -> int:
    for folder in (out, out / "figures"):  # before anything is computed
        check_writable(folder)
    examples = _QUICK_EXAMPLES if quick else EXAMPLES
    begun, start = time.time(), time.perf_counter()
    with progress_bar("check") as progress:
        theorems = check([task for task in tasks() if task.claim is not None], examples=examples, progress=progress)
    seconds = time.perf_counter() - start
    stems = [stem for stem in STEMS if not (quick and stem in DEEP)]
    failed = []
    for number, stem in enumerate(stems, start=1):
        title = f"[{number}/{len(stems)}] {stem}"
        try:
            if run_experiment(stem, QUICK.get(stem, {}) if quick else {}, out, title):
                say(f"{title}: drawing its figure")
                draw(stem, out)
                stop()
        except InvalidInput as error:
            if error.name == "out":  # nothing more can be kept
                raise
            failed.append(stem)  # what it measured is no number, say; the others go on
            say(f"{title}: FAILED: {error}")
    if quick:
        say(f"left out by --quick, with their records shown instead: {', '.join(DEEP)}")
        shortened = ", ".join(f"{stem} ({', '.join(f'{k} = {v}' for k, v in QUICK[stem].items())})" for stem in QUICK)
        say(f"shortened by --quick, with the records of their observations' regimes: {shortened}")
        for stem in DEEP:
            draw_record(stem, out)
            stop()
    observations = check([task for task in tasks() if task.observation is not None], results=out)
    stop()
    code = record_check([*theorems, *observations], out / "check.json", examples, seconds)
    say(f"report: {report([*theorems, *observations], out, examples, seconds, begun)}")
    source, own = ([one for one in theorems if (one.task.id[0] == "F") is ours] for ours in (False, True))
    say(f"theorems of the source: {verdict_counts(source)}; of section F: {verdict_counts(own)}")
    say(f"observations: {verdict_counts(observations)}")
    otherwise = regimes_otherwise(observations, f"{out / 'check.json'} lists them")
    if otherwise:
        say(f"regimes: {otherwise}")
    say(f"results in {out}, figures in {out / 'figures'}" + (f"; FAILED: {', '.join(failed)}" if failed else ""))
    return code or int(bool(failed))


def run_experiment(stem: str, options: Mapping[str, Any], out: Path, title: str) -> bool:
    """Run an experiment unless its stored result is current; whether there is a result now."""
    if any(
        is_current(out / f"{stem}.npz", stem, chosen) for chosen in (options, {})
    ):  # the whole run serves --quick too
        say(f"{title}: kept, nothing it depends on has changed")
        return True
    try:
        with progress_bar(title) as progress:
            result = perform(stem, options, progress=progress, keep=out)
    except MissingExtra as error:
        say(f"{title}: skipped: {error}")
        return False
    save(result, out)
    say(f"{title}: {sum(criterion.met for criterion in result.criteria)} of {len(result.criteria)} criteria met")
    for missed in (criterion for criterion in result.criteria if not criterion.met):
        say(f"    missed: {missed.name}: {missed.measured:.4g}, required {missed.relation} {missed.limit:g}")
    for regime in result.regimes:
        say(f"    {regime.claim}, {regime.name}: {regime.measured}")
    return True


def draw_record(stem: str, out: Path) -> None:
    """The figure of what is stored or recorded of a stem; said where there is neither."""
    try:
        draw(stem, out)
    except InvalidInput as error:
        say(f"{stem}: no figure: {error}")


def record_check(outcomes: Sequence[Checked], path: Path, examples: int, seconds: float) -> int:
    """Record the outcomes of a check at `path`, in the source's order, and return the exit code of `bntheory check`."""
    ordered = sorted(outcomes, key=lambda outcome: position(outcome.task.id))
    problems = [problem for outcome in ordered for problem in outcome.problems]
    report = document(ordered, seed=0, seconds=round(seconds, 3))
    save_json(report | {"examples": examples, "problems": problems}, path)
    for line in dict.fromkeys([outcome.notice for outcome in ordered if outcome.notice] + problems):
        say(f"check: {line}")
    say(f"check: {len(problems)} problems, {path}")
    return 2 if any(outcome.undecided for outcome in ordered) else int(bool(problems))


def report(outcomes: Sequence[Checked], out: Path, examples: int, seconds: float, begun: float) -> Path:
    """Write the report of this run, with the figures that it has drawn since `begun`; its path."""
    drawn = [figure for figure in (out / "figures").glob("*.svg") if figure.stat().st_mtime >= begun]
    checked = Check(examples, seed=0, seconds=seconds)
    return write_report(outcomes, checked, out / REPORT, results=out, stems=STEMS, drawn=drawn)


def is_current(path: Path, stem: str, options: Mapping[str, Any]) -> bool:
    """Whether the stored result was made with these chosen options, the default seed and the present code.

    Versions of Python and of the libraries are recorded beside the result, not compared.
    """
    checked_stem(stem)
    try:
        result = load(path)
    except InvalidInput:
        return False
    chosen = result.provenance.get("chosen")
    return chosen == dict(options) and result.provenance.get("digest") == code_digest(stem)


def say(line: str) -> None:
    """A plain line on stderr."""
    print(line, file=sys.stderr, flush=True)
