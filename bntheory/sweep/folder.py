"""The folder of a sweep: its spec, and the finished blocks, each in a file of its own that says what it is."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from bntheory import __version__
from bntheory.errors import InvalidInput
from bntheory.provenance import code_digest, installed_version
from bntheory.storage import Damaged, load_arrays, save_arrays, save_json
from bntheory.sweep.blocks import RUN, Block, Runs
from bntheory.sweep.spec import Spec


@cache
def code_identity() -> str:
    """What a block's numbers come from besides its spec: a digest of the code, and the libraries' versions."""
    libraries = ", ".join(f"{name} {installed_version(name)}" for name in ("numpy", "scipy"))
    return f"bntheory {__version__} ({code_digest('sweep.blocks')}), {libraries}"


class SweepFolder:
    """Where the blocks of one spec are kept; made with the spec's record in it, if it is not there.

    A block is used again iff it was computed for this spec by this code (`code_identity`).

    Parameters
    ----------
    path : Path
    spec : Spec

    Raises
    ------
    InvalidInput
        If the folder is another sweep's, or cannot be written to.
    """

    def __init__(self, path: Path, spec: Spec) -> None:
        self.path, self.spec = path, spec
        self._code = code_identity()
        record = path / "sweep.json"
        found = _digest_in(record)
        if found is None and any((path / "blocks").glob("*/*.npz")):
            remedy = "give --out another folder, or take its folder `blocks` away"
            raise InvalidInput("out", path, "has blocks of a sweep, but no readable sweep.json that says which", remedy)
        if found not in (None, spec.digest):
            remedy = "give --out another folder, or the spec that made this one (its sweep.json)"
            raise InvalidInput("out", path, "holds the results of another spec", remedy)
        save_json({"digest": spec.digest, "spec": spec.document(), "code": self._code}, record)

    def write(self, block: Block, runs: Runs) -> None:
        """Keep a finished block.

        Raises
        ------
        InvalidInput
            If it cannot be written; those that were stay.
        """
        save_arrays({"runs": runs, "key": np.array(json.dumps(self._key(block)))}, self._file(block))

    def read(self, block: Block) -> Runs | None:
        """A block's runs; None where it is absent, damaged, or of another spec or code."""
        with suppress(Damaged, OSError, KeyError, ValueError):
            stored = load_arrays(self._file(block))
            runs = stored["runs"]
            shape = (len(block.cells), block.stop - block.first)
            if json.loads(str(stored["key"])) == self._key(block) and runs.shape == shape and runs.dtype == RUN:
                return runs
        return None

    def has_file(self, block: Block) -> bool:
        """Whether there is a file in the block's place, of whatever content."""
        return self._file(block).exists()

    def _file(self, block: Block) -> Path:
        """Folders of 1,000 blocks: looking for one takes the same time in a large sweep as in a small one."""
        return self.path / "blocks" / f"{block.number // 1000:04d}" / f"{block.number:07d}.npz"

    def _key(self, block: Block) -> dict[str, Any]:
        return {"spec": self.spec.digest, "code": self._code, "first": block.first, "stop": block.stop}


def _digest_in(record: Path) -> str | None:
    """The digest of the spec that a folder's record names; None where there is none that can be read."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads(record.read_text(encoding="utf-8"))["digest"])
    return None
