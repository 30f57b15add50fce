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
import zlib
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from bntheory import __version__
from bntheory.errors import InvalidInput
from bntheory.experiment import Criterion, Instance, MethodRun, Result, plain
from bntheory.trace import Trace

_COLUMNS = ("value", "suboptimality", "grad_norm", "passes")
_NOT_NUMBERS = {
    "__main__.py", "cli.py", "experiment.py", "figures.py", "info.py", "reproduce.py", "stems.py", "storage.py",
    "terminal.py", "experiments", "paper_figs", "proofs",
    "cases", "claim.py", "claim_file.py", "claims", "claims_terminal.py", "cli_claims.py", "counterexample.py",
    "falsify", "gram", "ledger.py", "ledger_page.py", "notation.py", "outcome.py", "proof.py", "references.py",
    "batchnorm.py", "certify.py", "jets.py", "optimize.py", "statistics.py",  # no experiment runs these
}  # fmt: skip
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
    arrays["meta"] = np.array(json.dumps(meta))
    _write(path, lambda file: np.savez_compressed(file, **arrays))  # type: ignore[arg-type]
    return path


def save_json(document: Any, path: Path) -> None:
    """Write JSON atomically.

    Raises
    ------
    InvalidInput
        If the folder cannot be made or written to.
    """
    _write(path, lambda file: file.write(json.dumps(document, indent=1).encode()))


def _write(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """Write beside the target and rename: a reader sees the old file or the new one, never a part."""
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file:
            try:
                fill(file)
                file.flush()
                os.chmod(file.name, 0o644)  # a temporary file is private; a result is not
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        remedy = "give --out a folder of yours with room"
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
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:  # numpy leaks a damaged file it opened
            stored = {key: file[key] for key in file.files}
        return _assemble(stored)
    except FileNotFoundError as error:
        raise InvalidInput("results", path, "do not exist", f"run bntheory run {path.stem} first") from error
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile, zlib.error) as error:
        raise InvalidInput("results", path, "is not a result file of this version", again) from error


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


def code_digest(stem: str, package: Path = Path(__file__).parent) -> str:
    """SHA-256 (16 hex digits) over the sources that an experiment's numbers depend on.

    These are its own script and every module of the package that experiments import, but for those that only report,
    store and draw; a test compares the list with the imports.
    """
    modules = [path for path in package.rglob("*.py") if path.relative_to(package).parts[0] not in _NOT_NUMBERS]
    digest = hashlib.sha256()
    for source in [*sorted(modules), _outer("experiments", package) / f"{stem}.py"]:
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _outer(folder: str, package: Path) -> Path:
    """A folder that lies inside the package in a wheel, beside it in a checkout."""
    return next(path for path in (package / folder, package.parent / folder) if path.is_dir())
