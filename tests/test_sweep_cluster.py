"""A real Dask scheduler and workers of their own on loopback: the same results, whoever is lost midway."""

from __future__ import annotations

import json
import signal

import pytest
from sweeps import (
    SLOW,
    SLOW_GRID,
    SMALL,
    SMALL_GRID,
    finished_blocks,
    results,
    start,
    sweep,
    wait_for_blocks,
    wait_until,
    written,
)

from bntheory.errors import InvalidInput
from bntheory.sweep.cluster import _failure

pytest.importorskip("distributed", reason="the extra `distributed` is not installed")

#: `python -m bntheory` whose code is other than that of the workers.
OTHER_CODE = """
import sys
from bntheory.sweep import cluster
cluster.code_identity = lambda: "bntheory of tomorrow"
from bntheory.cli import main
sys.exit(main())
"""


class Cluster:
    """A scheduler, and workers as they are asked for; all are killed in the end."""

    def __init__(self, folder):
        self.folder, self.processes = folder, []
        file = folder / "scheduler.json"
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file]
        self.scheduler = self.start("scheduler", *options)
        wait_until(lambda: file.exists() and file.read_text().rstrip().endswith("}"))
        self.address = json.loads(file.read_text())["address"]

    def start(self, *arguments):
        log = (self.folder / f"{len(self.processes)}.log").open("w")
        with log:
            process = start("-m", "dask", *arguments, stderr=log)
        self.processes.append(process)
        return process

    def worker(self):
        options = ["--no-nanny", "--no-dashboard", "--nthreads", 1, "--memory-limit", 0]
        return self.start("worker", self.address, *options, "--local-directory", self.folder)

    def sweep(self, spec, out, *program):
        return start(*(program or ("-m", "bntheory")), "sweep", spec, "--out", out, "--scheduler", self.address)


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path)
    yield made
    for process in made.processes:
        process.kill()
        process.wait()


def said(process):
    """What is amiss, by stderr, and the exit code."""
    _, error = process.communicate(timeout=30)
    assert "Traceback" not in error
    return [line for line in error.splitlines() if line.startswith("bntheory: ")], process.returncode


def test_a_worker_killed_midway_costs_nothing_but_its_block(cluster, tmp_path):
    first, _ = cluster.worker(), cluster.worker()
    spec, out = written(tmp_path / "slow.toml", SLOW, SLOW_GRID), tmp_path / "out"
    process = cluster.sweep(spec, out)
    wait_for_blocks(out, 2, process)
    first.send_signal(signal.SIGKILL)
    assert said(process) == ([], 0)
    sweep(spec, tmp_path / "here")
    assert results(out) == results(tmp_path / "here")
    small = written(tmp_path / "small.toml", SMALL, SMALL_GRID)
    assert said(cluster.sweep(small, tmp_path / "small")) == ([], 0)  # by the worker that is left
    sweep(small, tmp_path / "small here")
    assert results(tmp_path / "small") == results(tmp_path / "small here")
    other = cluster.sweep(small, tmp_path / "other", "-c", OTHER_CODE)
    [line], code = said(other)
    assert code == 2
    assert line.startswith("bntheory: the worker on ")
    assert line.endswith("must be bntheory of tomorrow; install the same versions on every host")
    assert finished_blocks(tmp_path / "other") == []


def test_without_workers_it_waits_and_without_its_scheduler_it_ends(cluster, tmp_path):
    spec, out = written(tmp_path / "slow.toml", SLOW, SLOW_GRID), tmp_path / "out"
    process = cluster.sweep(spec, out)
    lines = [process.stderr.readline(), process.stderr.readline()]
    assert lines[1] == f"bntheory: no worker yet: start some with dask worker {cluster.address}\n"
    cluster.worker()
    wait_for_blocks(out, 2, process)
    cluster.scheduler.kill()
    lines, code = said(process)
    remedy = "run the same command once it is back, since finished blocks are kept"
    assert lines == [f"bntheory: --scheduler = {cluster.address}: was lost; {remedy}"]
    assert code == 2
    assert 2 <= len(finished_blocks(out)) < 12
    sweep(spec, out)
    sweep(spec, tmp_path / "here")
    assert results(out) == results(tmp_path / "here")


def test_what_breaks_on_a_worker_is_one_line():
    line = str(_failure(TypeError("no such argument\nat all"), "tcp://host:1"))
    assert line.startswith(
        "--scheduler = tcp://host:1: has a block that failed (TypeError: no such argument); install "
    )
    refused = InvalidInput("block", 3, "must not be computed", "leave it out")
    assert _failure(refused, "tcp://host:1") is refused


def test_a_scheduler_that_does_not_answer_is_named_within_seconds(tmp_path):
    spec = written(tmp_path / "small.toml", SMALL, SMALL_GRID)
    process = start("-m", "bntheory", "sweep", spec, "--out", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:1")
    [line], code = said(process)
    assert code == 2
    assert line.startswith("bntheory: --scheduler = tcp://127.0.0.1:1: cannot be reached")
    assert line.endswith("start one with dask scheduler, and give its address")
