"""The main job: run every experiment, draw every figure; what is finished and still current is kept.

A stored result is current if its options, its seed and the digest of the code it depends on are those of this run, so
that an interrupted run continues where it stopped and changed code runs again.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bntheory.errors import InvalidInput, MissingExtra
from bntheory.figures import draw
from bntheory.stems import STEMS, checked_stem, perform
from bntheory.storage import code_digest, load, save
from bntheory.terminal import progress_bar

#: What `--quick` changes: fewer steps where most of the time goes; the criteria stay.
QUICK: Mapping[str, Mapping[str, Any]] = {"halfspace_data": {"steps": 5000}}


def reproduce(out: Path, *, quick: bool = False) -> int:
    """Run every experiment that has no current result in `out`, draw every figure there; returns 0.

    An experiment whose extra is not installed is skipped, saying so; a missed criterion is a finding, not a failure.

    Parameters
    ----------
    out : Path
    quick : bool
        Smaller settings where an experiment has them.
    """
    for number, stem in enumerate(STEMS, start=1):
        options = QUICK.get(stem, {}) if quick else {}
        title = f"[{number}/{len(STEMS)}] {stem}"
        if is_current(out / f"{stem}.npz", stem, options):
            say(f"{title}: kept, nothing it depends on has changed")
        else:
            try:
                with progress_bar(title) as progress:
                    result = perform(stem, options, progress=progress)
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
    return 0


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
