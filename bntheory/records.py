"""What an experiment has found: in the folder of results, else in the records that ship with the package.

A record is a stored result like any other, with its date and the digest of the code that made it. It is never taken
for a run: whoever shows it says "recorded", and "stale" where the code has changed since.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from bntheory.errors import InvalidInput
from bntheory.experiment import Result
from bntheory.provenance import code_digest
from bntheory.storage import load, save

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
        made = f"{where}, of {self.result.provenance.get('date', 'an unknown date')}, seed {self.result.seed}"
        return f"{made}; STALE: the code has changed since" if self.standing == "stale" else made


def evidence(stem: str, folder: Path | None = RESULTS) -> Evidence | None:
    """The result of a stem with regimes: from the folder, else (or where that is stale) the record; None without both.

    Parameters
    ----------
    stem : str
    folder : Path or None
        None looks at the records alone.
    """
    found = [one for one in _stored(stem, folder) if one.result.regimes]
    return min(found, key=lambda one: one.standing == "stale", default=None)  # of equals the folder's


def damage(stem: str, folder: Path | None = RESULTS) -> str | None:
    """What is wrong with a result in the folder that `evidence` passes over; None where it is whole or absent."""
    if folder is None or not (folder / f"{stem}.npz").exists():
        return None
    try:
        load(folder / f"{stem}.npz")
    except InvalidInput as error:
        return f"{error}; until then {'its record counts' if evidence(stem, None) else 'nothing is known'}"
    return None


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


def record(stem: str, folder: Path) -> Path:
    """Make the result of a stem in a folder the record that ships: without the traces, which are most of its size.

    Raises
    ------
    InvalidInput
        If there is none, it has no regimes, or was not made by the present code with the default options.
    """
    result = load(folder / f"{stem}.npz")
    made = result.provenance
    if not result.regimes or made.get("digest") != code_digest(stem) or made.get("chosen") != {}:
        remedy = f"run bntheory run {stem} --out {folder} first"
        raise InvalidInput("results", folder / f"{stem}.npz", "is no whole, current result with regimes", remedy)
    return save(replace(result, instances=()), RECORDS)


def record_all(folder: Path = RESULTS) -> None:
    """Make records of every result in a folder that has regimes."""
    for path in sorted(folder.glob("*.npz")):
        if load(path).regimes:
            record(path.stem, folder)
