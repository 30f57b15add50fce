"""Results on disk: one NPZ file a stem, written atomically, and where its numbers come from.

The arrays lie in the file under their names; beside them, as JSON under "meta", the seed, the options, the criteria,
the versions and a digest of the code that made them.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bntheory import __version__
from bntheory.errors import InvalidInput
from bntheory.experiment import Criterion, Instance, MethodRun, Result, plain
from bntheory.trace import Trace

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
        "instances": instances,
        "results": plain(result.results),
        "provenance": plain(result.provenance),
    }
    path = folder / f"{result.stem}.npz"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(path, {"meta": np.array(json.dumps(meta)), **arrays})
    except OSError as error:
        remedy = "give --out a folder of yours with room"
        raise InvalidInput("out", folder, f"cannot be written ({error.strerror})", remedy) from error
    return path


def _write(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write beside the target and rename: a reader sees the old file or the new one, never a part."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        try:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def load(path: Path) -> Result:
    """Read back what `save` wrote.

    Raises
    ------
    InvalidInput
        If the file is absent or not a result file.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            stored = {key: file[key] for key in file.files}
        meta = json.loads(str(stored.pop("meta")))
    except FileNotFoundError as error:
        raise InvalidInput("results", path, "do not exist", f"run bntheory run {path.stem} first") from error
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise InvalidInput("results", path, "is not a result file", f"run bntheory run {path.stem} again") from error
    instances = []
    for number, entry in enumerate(meta["instances"]):
        runs = {}
        for name, run in entry["runs"].items():
            prefix = f"{number}/{name}"
            trace = Trace(
                **{column: stored[f"{prefix}/{column}"] for column in (*_COLUMNS, "w_tilde")},
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
    )


def provenance(stem: str) -> dict[str, Any]:
    """Where a result comes from: versions, platform, date (UTC) and the digest of the code that makes it."""
    packages = ("numpy", "scipy")
    return {
        "bntheory": __version__,
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
        "machine": f"{platform.system()} {platform.machine()}",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "digest": code_digest(stem),
    }


def code_digest(stem: str) -> str:
    """SHA-256 (16 hex digits) over the sources that an experiment's numbers depend on.

    These are its own script and the package below floor 5: everything but this file, the command line and its output.
    """
    package = Path(__file__).parent
    script = (
        next(path for path in (package / "experiments", package.parent / "experiments") if path.is_dir()) / f"{stem}.py"
    )
    above = {"experiment.py", "cli.py", "__main__.py", "figures.py", "reproduce.py"}
    sources = [*(p for p in package.rglob("*.py") if not _outer(p, package) and p.name not in above), script]
    digest = hashlib.sha256()
    for source in sorted(sources, key=lambda p: p.relative_to(package.parent).as_posix() if p != script else p.name):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _outer(path: Path, package: Path) -> bool:
    return path.relative_to(package).parts[0] in ("experiments", "paper_figs", "proofs")
