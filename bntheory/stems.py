"""The experiments by their stems: which there are, which options each takes, and performing one."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from bntheory.errors import InvalidInput, MissingExtra, unknown
from bntheory.experiment import Progress, Result
from bntheory.pieces import Kept
from bntheory.provenance import provenance
from bntheory.records import RESULTS
from bntheory.storage import save

#: Those that train networks with PyTorch, in the order of the source's sections.
DEEP = ("motivations", "noisy_bn", "ics", "landscape", "spectrum", "coupling")
#: All of them, in the order of the source's sections.
STEMS = (
    *DEEP,
    "smoothness",
    "explosion",
    "ols_rate",
    "rayleigh_landscape",
    "rayleigh_pencil",
    "halfspace_rate",
    "halfspace_separability",
    "halfspace_data",
    "mlp_rate",
)


def checked_stem(stem: str) -> str:
    """The stem, if there is such an experiment; else InvalidInput with the nearest one."""
    if stem not in STEMS:
        raise unknown("stem", stem, STEMS)
    return stem


def silent(fraction: float, label: str) -> None:
    """A progress report that goes nowhere."""


def perform(stem: str, options: Mapping[str, Any], *, progress: Progress = silent, keep: Path | None = None) -> Result:
    """Run an experiment and say where its numbers come from.

    Parameters
    ----------
    stem : str
    options : mapping
        What the user chose; the rest has the experiment's defaults.
    progress : callable
    keep : Path, optional
        A folder where finished pieces are kept, for when the run is interrupted; those of other code go at its end.

    Raises
    ------
    InvalidInput
        If there is no such stem, the experiment does not take one of the options, or it rejects its value.
    MissingExtra
        If a package that it needs is not installed.
    """
    measure = experiment(stem).measure
    parameters = inspect.signature(measure).parameters
    accepted = [name for name in parameters if name not in ("progress", "pieces")]
    for name, value in options.items():
        if name not in accepted:
            flags = ", ".join("--" + option for option in accepted)
            given = ",".join(value) if isinstance(value, list) else value
            raise InvalidInput(f"--{name}", given, f"is not an option of {stem}", f"choose from {flags}")
    _refuse_bad_numbers(**options)
    done = 0.0

    def report(fraction: float, label: str) -> None:
        nonlocal done
        done = fraction
        progress(fraction, label)

    kept = Kept(keep, stem, lambda line: progress(done, line)) if keep is not None and "pieces" in parameters else None
    with one_torch_thread() if stem in DEEP else nullcontext():
        result: Result = measure(**options, **({} if kept is None else {"pieces": kept}), progress=report)
    if kept is not None:
        kept.tell()
        kept.remove_others()
    return replace(result, provenance=provenance(stem) | {"chosen": dict(options)})


def _refuse_bad_numbers(seed: int = 0, steps: int = 1, tol: float = 0.0, **others: Any) -> None:
    """What no experiment takes, before one says that it has begun."""
    if seed < 0:
        raise InvalidInput("--seed", seed, "must be at least 0", "give a whole number such as 0")
    if steps < 1:
        raise InvalidInput("--steps", steps, "must be a whole number, at least 1", "give one such as 1000")
    if not tol >= 0:
        raise InvalidInput("--tol", tol, "must be at least 0", "give a number such as 1e-6")


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Within it torch adds in one order, whatever the machine; and these networks are too small for two threads."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def experiment(stem: str) -> ModuleType:
    """The module of a stem's experiment.

    Raises
    ------
    InvalidInput
        If there is no such stem.
    MissingExtra
        If it needs PyTorch, which is not installed.
    """
    try:
        return import_module(f"bntheory.experiments.{checked_stem(stem)}")
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise MissingExtra("torch", "deep", f"the experiment {stem}") from error


def main(stem: str, out: Path = RESULTS, **options: Any) -> Path:
    """Perform an experiment and store its results; returns their path (each experiment's own `main`)."""
    return save(perform(stem, options), out)
