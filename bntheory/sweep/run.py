"""Performing a sweep: what is on disk is kept, the rest is computed, and all of it summed up."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path

from bntheory.errors import InvalidInput
from bntheory.experiment import Progress
from bntheory.sweep.blocks import Block, Runs, compute, partition
from bntheory.sweep.cluster import check_scheduler, on_cluster
from bntheory.sweep.folder import SweepFolder
from bntheory.sweep.processes import in_processes
from bntheory.sweep.spec import Spec
from bntheory.sweep.summary import Row, merge


def sweep(
    spec: Spec, out: Path, *, workers: int | None = None, scheduler: str | None = None, progress: Progress
) -> list[Row]:
    """Compute the blocks that `out` does not have, and sum all of them up; the result does not depend on who computes.

    Parameters
    ----------
    spec : Spec
    out : Path
        The folder of the sweep (`SweepFolder`); interrupted at any point, the same call continues there.
    workers : int, optional
        Processes on this machine, 1 being this one; without it as many as there are CPUs.
    scheduler : str, optional
        The address of a Dask scheduler, whose workers are taken instead.
    progress : callable

    Returns
    -------
    list of dict
        A row a configuration (`bntheory.sweep.summary.merge`).

    Raises
    ------
    InvalidInput
        If workers is below 1, both are given, `out` is another sweep's or cannot be written to, the scheduler cannot
        be reached, or workers fail for good. Finished blocks stay.
    MissingExtra
        If a scheduler is given and `distributed` is not installed.
    """
    if workers is not None and scheduler is not None:
        raise InvalidInput("--workers", workers, "is for this machine, not for a cluster", "leave it out")
    if workers is not None and workers < 1:
        raise InvalidInput("--workers", workers, "must be at least 1", "give the number of processes, or leave it out")
    if scheduler is not None:
        check_scheduler(scheduler)
    folder, blocks = SweepFolder(out, spec), list(partition(spec))
    report = _Report(spec, progress)
    missing = []
    for block in blocks:
        if folder.read(block) is None:
            missing.append(block)
        else:
            report.found(block)
    stale = sum(folder.has_file(block) for block in missing)
    report.begin(len(blocks), len(missing), stale)
    with closing(_computed(spec, missing, workers or _cpus(), scheduler)) as finished:
        for block, runs in finished:
            folder.write(block, runs)
            report.computed(block)
    progress(1.0, "summing up")
    return merge(folder, blocks)


def _computed(
    spec: Spec, blocks: Sequence[Block], workers: int, scheduler: str | None
) -> Generator[tuple[Block, Runs]]:
    if not blocks:
        return
    if scheduler is not None:
        yield from on_cluster(spec, blocks, scheduler)
    elif min(workers, len(blocks)) > 1:
        yield from in_processes(spec, blocks, min(workers, len(blocks)))
    else:
        yield from ((block, compute(spec, block)) for block in blocks)


def _cpus() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Report:
    """The progress in runs; the label changes at every tenth, as each change is a line where there is no terminal."""

    def __init__(self, spec: Spec, progress: Progress) -> None:
        self._total, self._progress = spec.runs, progress
        self._done = self._kept = 0
        self._start, self._tenth, self._label = time.monotonic(), -1, ""

    def found(self, block: Block) -> None:
        self._done += _runs(block)

    def begin(self, blocks: int, missing: int, stale: int) -> None:
        again = f", {stale} damaged or of other code: computed again" if stale else ""
        label = f"{self._total:,} runs in {blocks:,} blocks, {blocks - missing:,} of them on disk{again}"
        self._kept, self._start = self._done, time.monotonic()
        self._tenth, self._label = 10 * self._done // self._total, label
        self._progress(self._done / self._total, label)

    def computed(self, block: Block) -> None:
        self._done += _runs(block)
        if 10 * self._done // self._total != self._tenth:
            self._tenth = 10 * self._done // self._total
            rate = (self._done - self._kept) / max(time.monotonic() - self._start, 1e-9)
            self._label = f"{self._done:,} runs, about {(self._total - self._done) / rate:.0f} s left"
        self._progress(self._done / self._total, self._label)


def _runs(block: Block) -> int:
    return len(block.cells) * (block.stop - block.first)
