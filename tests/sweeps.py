"""Sweeps for tests: as documents, as TOML, and as processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from bntheory.cli import main
from bntheory.errors import InvalidInput

ROOT = Path(__file__).parent.parent
#: Every path through `blocks.compute`, in well below a second: 4 settings of least squares, 8 of Gaussian inputs.
SMALL = {"steps": 30, "seeds": 130, "tol": 0.02}
SMALL_GRID = {
    "problem": ["least-squares", "gaussian-halfspace"],
    "dimension": 5,
    "condition": [10, 1000.0],
    "spectrum": ["log-uniform", "two-point"],
    "start": ["generic"],
    "size": 0.5,
    "loss": ["softplus", "sqrt-hinge"],
    "method": ["gd", "gdnp"],
}
#: Blocks of 50 ms or more, one a condition number, for what is killed midway.
SLOW = {"steps": 3, "seeds": 40, "seed": 7}
SLOW_GRID = {
    "problem": "least-squares",
    "dimension": 10_000,
    "condition": [float(10 + k) for k in range(12)],
    "spectrum": "log-uniform",
    "start": "generic",
    "method": ["gd", "gdnp"],
}


def toml(top, grid):
    """The text of a spec; JSON's numbers, strings and lists are TOML's."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in top.items()]
    return "\n".join([*lines, "[grid]", *(f"{key} = {json.dumps(value)}" for key, value in grid.items())]) + "\n"


def written(path, top=SMALL, grid=SMALL_GRID):
    path.write_text(toml(top, grid))
    return path


def sweep(spec, out, *options):
    """The command, in this process."""
    return main(["sweep", str(spec), "--out", str(out), "--workers", "1", *options])


def configurations(out):
    """The rows of the summary."""
    return json.loads((out / "summary.json").read_text())["configurations"]


def start(*arguments, **options):
    """A Python process, as `start("-m", "bntheory", "sweep", ...)`."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    # where the tests run in the background of a shell, interrupts are ignored, and children would inherit that
    pipes |= {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    return subprocess.Popen([sys.executable, *map(str, arguments)], env=environment, **pipes | options)


@contextmanager
def group(*arguments):
    """As `start`, leading a process group of its own; none of that is left at the end, whatever fails."""
    process = start(*arguments, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for_blocks(out, count, process):
    """Until so many blocks are finished; the process must still be at it."""
    wait_until(lambda: len(finished_blocks(out)) >= count or process.poll() is not None)
    assert process.poll() is None, process.stderr.read()


def wait_until(holds, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def finished_blocks(out):
    return sorted((out / "blocks").glob("*/*.npz"))


def results(out):
    """Name and bytes of each file that sums a sweep up."""
    return {name: (out / name).read_bytes() for name in ("runs.npy", "summary.csv", "summary.json")}


def die(spec, block):
    """A block on which its process dies."""
    os.kill(os.getpid(), signal.SIGKILL)


def run_out(spec, block):
    """A block for which there is no room."""
    raise MemoryError("no room\nfor it")


def fail(spec, block):
    """A block that is refused."""
    raise InvalidInput("block", block.number, "must not be computed", "leave it out")
