"""Processes on one machine: the same results however many there are, and a process that dies costs its blocks alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from multiprocessing import active_children
from pathlib import Path

import pytest
import sweeps
from sweeps import SLOW, SLOW_GRID, SMALL, SMALL_GRID, results, wait_until

from bntheory import InvalidInput
from bntheory.sweep import processes, run
from bntheory.sweep.reading import spec_of
from bntheory.sweep.run import sweep

SPEC = spec_of({**SMALL, "grid": SMALL_GRID})
SLOW_SPEC = spec_of({**SLOW, "grid": SLOW_GRID})


def silent(fraction, label):
    pass


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The results of SPEC and SLOW_SPEC by one process."""
    place = tmp_path_factory.mktemp("alone")
    sweep(SPEC, place / "small", workers=1, progress=silent)
    sweep(SLOW_SPEC, place / "slow", workers=1, progress=silent)
    return place


def test_results_do_not_depend_on_the_number_of_workers(alone, tmp_path):
    sweep(SPEC, tmp_path, workers=2, progress=silent)
    assert results(tmp_path) == results(alone / "small")


def test_results_do_not_depend_on_the_order(alone, tmp_path, monkeypatch):
    forwards = run._computed

    def backwards(spec, blocks, workers, scheduler):
        yield from forwards(spec, blocks[::-1], workers, scheduler)

    monkeypatch.setattr(run, "_computed", backwards)
    sweep(SPEC, tmp_path, workers=1, progress=silent)
    assert results(tmp_path) == results(alone / "small")


def test_a_killed_worker_costs_no_finished_block(alone, tmp_path):
    reports = []

    def progress(fraction, label):
        reports.append(fraction)
        if len(reports) == 4:  # three blocks are on disk
            os.kill(active_children()[0].pid, signal.SIGKILL)

    sweep(SLOW_SPEC, tmp_path, workers=2, progress=progress)
    assert results(tmp_path) == results(alone / "slow")
    assert len(reports) == 1 + 12 + 1, "each block is finished once"
    assert reports == sorted(reports)
    wait_until(lambda: not active_children())


def test_workers_that_die_again_and_again_are_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "compute", sweeps.die)
    monkeypatch.setattr(processes, "_ATTEMPTS", 2)
    with pytest.raises(InvalidInput, match="--workers = 2: had processes that died 2 times without finishing a block"):
        sweep(SPEC, tmp_path, workers=2, progress=silent)
    wait_until(lambda: not active_children())


def test_what_a_worker_refuses_arrives_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "compute", sweeps.fail)
    with pytest.raises(InvalidInput, match=r"block = \d: must not be computed; leave it out"):
        sweep(SPEC, tmp_path, workers=2, progress=silent)
    wait_until(lambda: not active_children())


def test_what_breaks_in_a_worker_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "compute", sweeps.run_out)
    with pytest.raises(InvalidInput) as broken:
        sweep(SPEC, tmp_path, workers=2, progress=silent)
    failed = "--workers = 2: met a block that failed (MemoryError: no room for it); "
    assert str(broken.value).startswith(f"{failed}run the same command, with fewer workers if memory is short")
    wait_until(lambda: not active_children())


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are read from /proc")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_the_sweep_however_it_ends(tmp_path, end):
    spec = tmp_path / "long.toml"
    spec.write_text(
        'steps = 2000\nseeds = 200000\n[grid]\nproblem = "least-squares"\ndimension = 20\ncondition = 10\n'
        'spectrum = "geometric"\nstart = "generic"\nmethod = "gdnp"\n'
    )
    command = [sys.executable, "-m", "bntheory", "sweep", str(spec), "--workers", "2", "--out", str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as sweep:
        children = Path(f"/proc/{sweep.pid}/task/{sweep.pid}/children")
        wait_until(lambda: len(children.read_text().split()) >= 3)  # two workers, and what tracks their resources
        workers = children.read_text().split()
        sweep.send_signal(end)
        sweep.wait(timeout=10)
    wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
