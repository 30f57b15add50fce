"""Where a result's numbers come from: versions, date, and a digest of the code that made them.

The digest covers an experiment's own script and every module that it imports, directly or through others: changed code
makes exactly those results old that depend on it. Modules that only run, store and report are left out.
"""

from __future__ import annotations

import ast
import hashlib
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bntheory import __version__

#: They hand numbers on and change none.
_NOT_NUMBERS = {"errors", "experiment", "stems", "typing"}
_PACKAGE = Path(__file__).parent


def provenance(stem: str) -> dict[str, Any]:
    """Versions, platform, date (UTC) and the digest of the code that makes a stem's numbers."""
    return {
        "bntheory": __version__,
        "python": platform.python_version(),
        **{package: installed_version(package) for package in ("numpy", "scipy", "torch", "scikit-learn")},
        "machine": f"{platform.system()} {platform.machine()}",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "digest": code_digest(stem),
    }


def installed_version(package: str) -> str | None:
    """The version of a distribution; None where it is absent."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def processor() -> str:
    """The name of the CPU's model, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or "unknown"


def code_digest(stem: str, package: Path = _PACKAGE) -> str:
    """SHA-256 (16 hex digits) over the sources that the numbers of a stem, or of a module, depend on."""
    digest = hashlib.sha256()
    for source in sources(stem, package):
        digest.update(_logical(source, package).encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def sources(stem: str, package: Path = _PACKAGE) -> list[Path]:
    """The experiment's script and the modules it comes to import, also inside functions, in a fixed order.

    A name with a dot is that of a module below bntheory, as "sweep.blocks", and stands in the script's place.
    """
    start = list(_files(stem, package)) if "." in stem else [_outer("experiments", package) / f"{stem}.py"]
    waiting, found = start, set[Path]()
    while waiting:
        source = waiting.pop()
        if source not in found:
            found.add(source)
            waiting += [file for name in _imported(source) for file in _files(name, package)]
    return sorted(found, key=lambda path: _logical(path, package))


def _logical(path: Path, package: Path) -> str:
    """The path below the package, also of what lies beside it in a checkout: the same there and in a wheel."""
    return path.relative_to(package if path.is_relative_to(package) else package.parent).as_posix()


def _files(module: str, package: Path) -> Iterator[Path]:
    """The files that importing ``bntheory.module`` runs: the package of each part, and the module."""
    parts = module.split(".")
    if parts[0] in _NOT_NUMBERS:
        return
    outer = _outer(parts[0], package).parent if parts[0] == "experiments" else package
    for depth in range(1, len(parts) + 1):
        path = outer.joinpath(*parts[:depth])
        for file in (path / "__init__.py", path.with_suffix(".py")):
            if file.is_file():
                yield file


@cache
def _imported_names(text: str) -> frozenset[str]:
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return frozenset(name.removeprefix("bntheory.") for name in found if name.startswith("bntheory."))


def _imported(source: Path) -> frozenset[str]:
    """The names below bntheory that a file imports; a name may be a module's or something in one."""
    return _imported_names(source.read_text())


def _outer(folder: str, package: Path) -> Path:
    """A folder that lies inside the package in a wheel, beside it in a checkout."""
    return next(path for path in (package / folder, package.parent / folder) if path.is_dir())
