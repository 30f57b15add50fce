"""What an experiment has found: in the folder of results, else in the records that ship with the package.

A record is a stored result like any other, with its date and the digest of the code that made it. It is never taken
for a run: whoever shows it says "recorded", and "stale" where the code has changed since.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bntheory.errors import InvalidInput
from bntheory.experiment import Result
from bntheory.provenance import code_digest
from bntheory.storage import load

#: Where results go, and where figures and checks look for them.
RESULTS = Path("bntheory-results")
RECORDS = Path(__file__).parent / "recorded"

#: measured: run here, by the present code; recorded: shipped, of the present code; stale: of other code.
Standing = Literal["measured", "recorded", "stale"]


@dataclass(frozen=True)
class Evidence:
    """A stored result and what it counts for."""

    result: Result
    path: Path
    standing: Standing

    @property
    def is_record(self) -> bool:
        """Whether it came with the package."""
        return self.path.parent == RECORDS

    @property
    def origin(self) -> str:
        """Where and when it was measured, in words."""
        where = "recorded, not run here" if self.is_record else f"run here, {self.path}"
        made = f"{where}, of {self.result.provenance['date']}, seed {self.result.seed}"
        return f"{made}; STALE: the code has changed since" if self.standing == "stale" else made


def evidence(stem: str, folder: Path | None = RESULTS) -> Evidence | None:
    """The result of a stem with regimes: from the folder, else the record; None where neither is.

    Parameters
    ----------
    stem : str
    folder : Path or None
        None looks at the records alone.
    """
    return next((found for found in _stored(stem, folder) if found.result.regimes), None)


def stored(stem: str, folder: Path) -> Evidence:
    """The result of a stem: from the folder, else the record.

    Raises
    ------
    InvalidInput
        If there is neither, or the one in the folder is damaged.
    """
    own = folder / f"{stem}.npz"
    if own.exists() or not (RECORDS / own.name).exists():
        load(own)
    return next(_stored(stem, folder))


def _stored(stem: str, folder: Path | None) -> Iterator[Evidence]:
    """What can be read, the folder's first."""
    for place in (folder, RECORDS):
        if place is not None:
            with suppress(InvalidInput):
                yield _standing(place / f"{stem}.npz")


def _standing(path: Path) -> Evidence:
    result = load(path)
    current = result.provenance.get("digest") == code_digest(result.stem)
    fresh: Standing = "recorded" if path.parent == RECORDS else "measured"
    return Evidence(result, path, fresh if current else "stale")
