"""Results on disk: one NPZ file a stem, written atomically.

The arrays lie in the file under their names; beside them, as JSON under "meta", the seed, the options, the criteria,
the versions and a digest of the code that made them.
"""

from __future__ import annotations

import glob
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from bntheory.errors import InvalidInput
from bntheory.experiment import Arrays, Criterion, Instance, MethodRun, Result, plain
from bntheory.statistics import Effect, IntervalCriterion, Regime
from bntheory.trace import Trace

#: Ends the names of files that are being written.
PART = ".part"
_COLUMNS = ("value", "suboptimality", "grad_norm", "passes")
_OUTCOME = ("method", "converged", "diverged", "message")


def save(result: Result, folder: Path) -> Path:
    """Write ``folder/STEM.npz`` atomically and return its path; the same result gives the same arrays, byte for byte.

    Raises
    ------
    InvalidInput
        If the folder cannot be made or written to.
    """
    arrays: dict[str, NDArray[Any]] = {f"arrays/{key}": np.asarray(value) for key, value in result.arrays.items()}
    instances = []
    for number, instance in enumerate(result.instances):
        runs = {}
        for name, run in instance.runs.items():
            trace, prefix = run.trace, f"{number}/{name}"
            arrays |= {f"{prefix}/{column}": getattr(trace, column) for column in _COLUMNS}
            arrays |= {f"{prefix}/observed/{key}": value for key, value in trace.observed.items()}
            arrays[f"{prefix}/w_tilde"] = trace.w_tilde
            outcome = {key: getattr(trace, key) for key in _OUTCOME}
            runs[name] = outcome | {"observed": list(trace.observed), "bound": run.bound}
        instances.append({"label": instance.label, "problem": plain(instance.problem), "runs": runs})
    meta = {
        "stem": result.stem,
        "seed": result.seed,
        "options": plain(result.options),
        "criteria": [asdict(c) for c in result.criteria],
        "regimes": [asdict(regime) for regime in result.regimes],
        "instances": instances,
        "results": plain(result.results),
        "provenance": plain(result.provenance),
    }
    path = folder / f"{result.stem}.npz"
    arrays["meta"] = np.array(json.dumps(meta))
    save_arrays(arrays, path)
    return path


def save_arrays(arrays: Arrays, path: Path) -> None:
    """Write an NPZ file atomically.

    Raises
    ------
    InvalidInput
        If the folder cannot be made or written to.
    """
    write(path, lambda file: np.savez_compressed(file, **arrays))  # type: ignore[arg-type]


def check_writable(folder: Path) -> None:
    """Write a file of 1 MiB there, as much as many results, and remove it again, with the folders made for it.

    Raises
    ------
    InvalidInput
        If the folder cannot be made or written to.
    """
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        with _refusals(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder, suffix=PART) as probe:  # a new name: nobody's file
                probe.write(os.urandom(2**20))
                probe.flush()
                os.fsync(probe.fileno())
    finally:
        with suppress(OSError):  # one that is not empty any more stays
            for parent in made:
                parent.rmdir()


def check_writable_file(path: Path) -> None:
    """As `check_writable`, of the folder of a file.

    Raises
    ------
    InvalidInput
        Also if what is there is no regular file.
    """
    check_writable(_target(path).parent)


def save_json(document: Any, path: Path) -> None:
    """Write JSON atomically.

    Raises
    ------
    InvalidInput
        If the folder cannot be made or written to.
    """
    write(path, lambda file: file.write(json.dumps(document, indent=1).encode()))


def write(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """Write beside the target and rename: a reader sees the old file or the new one, never a part.

    Parts of the same target that killed runs have left are removed. If it was another run's, still being written, that
    run finds the target written by this one, as if it had been first itself. Symbolic links are followed.

    Parameters
    ----------
    path : Path
    fill : callable
        Writes the content into the open file that it is given.

    Raises
    ------
    InvalidInput
        If the folder cannot be made or written to, or what is there is no regular file.
    """
    path = _target(path)
    folder = path.parent
    with _refusals(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=f"{path.name}.", suffix=PART, delete=False) as file:
            try:
                fill(file)
                file.flush()
                os.fsync(file.fileno())  # a power cut must not leave the new name on an old or empty content
                _publish(file.name, path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        for part in folder.glob(f"{glob.escape(path.name)}.*{PART}"):
            part.unlink(missing_ok=True)


def _publish(part: str, path: Path) -> None:
    """Give a finished part its name; where another run has taken it away, that run has written the file."""
    try:
        os.chmod(part, 0o666 & ~_umask())  # a temporary file is private; a result is not
        os.replace(part, path)
    except FileNotFoundError:
        if not path.exists():
            raise


def _target(path: Path) -> Path:
    """Where a file of that name lies, behind symbolic links; a device or a pipe there must not become a file."""
    if os.path.exists(path) and not os.path.isfile(path):
        raise InvalidInput("out", path, "is no regular file", "give another name")
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _umask() -> int:
    """What the user withholds from new files; to read it is to set it."""
    withheld = os.umask(0o077)
    os.umask(withheld)
    return withheld


@contextmanager
def _refusals(folder: Path) -> Iterator[None]:
    """What the system refuses, as bad input."""
    try:
        yield
    except OSError as error:
        remedy = "give --out a place of yours with room"
        raise InvalidInput("out", folder, f"cannot be written ({error.strerror})", remedy) from error


def load(path: Path) -> Result:
    """Read back what `save` wrote.

    Raises
    ------
    InvalidInput
        If the file is absent or not a result file.
    """
    again = f"run bntheory run {path.stem} again"
    try:
        return _assemble(load_arrays(path))
    except FileNotFoundError as error:
        raise InvalidInput("results", path, "do not exist", f"run bntheory run {path.stem} first") from error
    except (Damaged, OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput("results", path, "is not a result file of this version", again) from error


class Damaged(Exception):
    """A file that cannot be read as NPZ."""


def load_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read an NPZ file.

    Raises
    ------
    FileNotFoundError
        It is absent.
    Damaged
        It cannot be read.
    """
    with path.open("rb") as raw:  # numpy leaks a damaged file that it opened itself
        try:
            with np.load(raw, allow_pickle=False) as file:
                return {key: file[key] for key in file.files}
        except Exception as error:  # zip, zlib, tokenizer and more: whatever a flipped bit makes of it
            raise Damaged(str(path)) from error


def _assemble(stored: dict[str, NDArray[Any]]) -> Result:
    meta = json.loads(str(stored.pop("meta")))
    instances = []
    for number, entry in enumerate(meta["instances"]):
        runs = {}
        for name, run in entry["runs"].items():
            prefix = f"{number}/{name}"
            trace = Trace(
                **{column: stored[f"{prefix}/{column}"] for column in (*_COLUMNS, "w_tilde")},  # type: ignore[arg-type]
                **{key: run[key] for key in _OUTCOME},
                observed={key: stored[f"{prefix}/observed/{key}"] for key in run["observed"]},
            )
            runs[name] = MethodRun(trace, run["bound"])
        instances.append(Instance(entry["label"], entry["problem"], runs))
    return Result(
        meta["stem"],
        meta["seed"],
        meta["options"],
        tuple(Criterion(**criterion) for criterion in meta["criteria"]),
        tuple(instances),
        {key.removeprefix("arrays/"): value for key, value in stored.items() if key.startswith("arrays/")},
        meta["results"],
        meta["provenance"],
        tuple(_regime(entry) for entry in meta["regimes"]),
    )


def _regime(entry: dict[str, Any]) -> Regime:
    effect: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in entry["effect"].items()
    }
    parts: dict[str, Any] = {"criterion": IntervalCriterion(**entry["criterion"]), "effect": Effect(**effect)}
    return Regime(**(entry | parts))
