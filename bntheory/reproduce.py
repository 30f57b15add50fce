"""The main job: check everything, run every experiment, draw every figure; results that are current are kept.

A stored result is current if its options, its seed and the digest of the code it depends on are those of this run, so
that an interrupted run continues where it stopped and changed code runs again. The claims are checked in every run:
check.json, beside the results, records what came out and is never read back here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bntheory.errors import InvalidInput, MissingExtra
from bntheory.figures import draw
from bntheory.ledger import EXAMPLES, check, tasks
from bntheory.outcome import document
from bntheory.provenance import code_digest
from bntheory.stems import STEMS, checked_stem, perform
from bntheory.storage import load, save, save_json
from bntheory.terminal import progress_bar

#: What `--quick` changes: fewer steps where most of the time goes; the criteria stay.
QUICK: Mapping[str, Mapping[str, Any]] = {"halfspace_data": {"steps": 5000}}
_QUICK_EXAMPLES = 200


def reproduce(out: Path, *, quick: bool = False) -> int:
    """Check every claim, run every experiment that has no current result in `out`, and draw every figure there.

    An experiment whose extra is not installed is skipped, saying so; a missed criterion is a finding, not a failure.
    A claim that comes out otherwise than declared is one: the exit code is then that of `bntheory check`, else 0.

    Parameters
    ----------
    out : Path
    quick : bool
        Smaller settings where an experiment has them, and fewer cases a statement.
    """
    code = check_claims(out / "check.json", _QUICK_EXAMPLES if quick else EXAMPLES)
    for number, stem in enumerate(STEMS, start=1):
        options = QUICK.get(stem, {}) if quick else {}
        title = f"[{number}/{len(STEMS)}] {stem}"
        if is_current(out / f"{stem}.npz", stem, options):
            say(f"{title}: kept, nothing it depends on has changed")
        else:
            try:
                with progress_bar(title) as progress:
                    result = perform(stem, options, progress=progress, keep=out)
            except MissingExtra as error:
                say(f"{title}: skipped: {error}")
                continue
            save(result, out)
            say(
                f"{title}: {sum(criterion.met for criterion in result.criteria)} of {len(result.criteria)} criteria met"
            )
            for missed in (criterion for criterion in result.criteria if not criterion.met):
                say(f"    missed: {missed.name}: {missed.measured:.4g}, required {missed.relation} {missed.limit:g}")
        say(f"{title}: drawing its figure")
        draw(stem, out)
    say(f"results in {out}, figures in {out / 'figures'}")
    return code


def check_claims(path: Path, examples: int) -> int:
    """Check every claim, record the outcomes at `path`, and return the exit code of `bntheory check`."""
    start = time.perf_counter()
    with progress_bar("check") as progress:
        outcomes = check(tasks(), examples=examples, progress=progress)
    problems = [problem for outcome in outcomes for problem in outcome.problems]
    report = document(outcomes, seed=0, seconds=round(time.perf_counter() - start, 3))
    save_json(report | {"examples": examples, "problems": problems}, path)
    for problem in problems:
        say(f"check: {problem}")
    say(f"check: {len(problems)} problems, {path}")
    return 2 if any(outcome.undecided for outcome in outcomes) else int(bool(problems))


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
