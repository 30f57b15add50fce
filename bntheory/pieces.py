"""Finished pieces of a long experiment, kept on disk: an interrupted run does not compute them again."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from bntheory.experiment import Arrays
from bntheory.provenance import code_digest
from bntheory.storage import PART, Damaged, load_arrays, save_arrays

#: Where a file says what it is; no piece's own field.
_KEY = "piece/key"


class Kept:
    """The pieces of one stem in a folder; calling it gives a piece, computed if it is not there.

    A piece is used again iff its name and the code that it depends on are the same. The name tells pieces of one code
    apart: by setting, arm and seed.

    Parameters
    ----------
    folder : Path
        Pieces lie in ``pieces/STEM/DIGEST`` below it, DIGEST that of the code.
    stem : str
    say : callable, optional
        Told how many finished pieces were used again, when one has to be computed after them.
    """

    def __init__(self, folder: Path, stem: str, say: Callable[[str], None] = lambda line: None) -> None:
        self._digest = code_digest(stem)
        self._stem = folder / "pieces" / stem
        self._folder = self._stem / self._digest
        self._say, self._used = say, 0

    def tell(self) -> None:
        """Say how many finished pieces were used again since it was last said, if any."""
        if self._used:
            self._say(f"{self._used} finished piece{'s' * (self._used > 1)} kept")
        self._used = 0

    def __call__(self, name: str, compute: Callable[[], Arrays]) -> Arrays:
        path = self._folder / f"{name.replace('/', '_')}.npz"
        key = {"name": name, "digest": self._digest}
        found = _read(path, key)
        if found is not None:
            self._used += 1
        else:
            self.tell()
            found = {field: np.asarray(value) for field, value in compute().items()}
            save_arrays({**found, _KEY: np.array(json.dumps(key))}, path)
        return found

    def remove_others(self) -> None:
        """Remove the stem's pieces of other code, and what killed runs of it left; nothing else, and none of its own.

        For when the present code has come to its end, so that no run needs them.
        """
        for path in self._stem.rglob("*"):
            if path.suffix in (".npz", PART) and path.parent != self._folder:
                path.unlink(missing_ok=True)
        for folder in self._stem.glob("*/"):
            with suppress(OSError):  # not empty
                folder.rmdir()


def _read(path: Path, key: dict[str, Any]) -> Arrays | None:
    """The arrays of a piece; None where the file is absent, damaged, of another name or of other code."""
    with suppress(Damaged, OSError, KeyError, ValueError):
        stored = load_arrays(path)
        if json.loads(str(stored.pop(_KEY))) == key:
            return stored
    return None
