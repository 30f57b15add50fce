"""Moments of 1e7 rows of 21 columns in an NPY file of 1.68 GB: time beside that of merely reading it, and peak memory.

The reading is np.add.reduce over parts of a map that is opened anew in each round, with the file in the page cache.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.timing import Measurement, ratio
from bntheory.data import chunks
from bntheory.streaming import moments

ROWS, COLUMNS = 10_000_000, 21
#: The goal of the read floor over the time achieved, and of the memory of a whole process, its imports included.
FLOOR_SHARE, PEAK_MB = 0.15, 64
#: Rows written, or summed, at once: 4 MB.
PART = 25_000
#: Why the ratio may miss its goal.
_SHARE = "X^T X alone takes six times as long as the reading: 21 columns are too few for BLAS to be fast"

PEAK = """
import sys
from bntheory.data import chunks
from bntheory.streaming import moments
moments(chunks(sys.argv[1], target=int(sys.argv[2]))).standardized()
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def measure(rounds: int = 5) -> Iterator[Measurement]:
    """The time of reading over that of the moments; then the peak memory of a process in MB (Linux)."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rows.npy"
        _write(file)
        name = f"reading the file / streaming moments, {ROWS:.0e} x {COLUMNS}"
        yield ratio(name, ">=", FLOOR_SHARE, lambda: _read(file), lambda: _moments(file), rounds, note=_SHARE)
        if sys.platform == "linux":
            command = [sys.executable, "-c", PEAK, str(file), str(COLUMNS - 1)]
            lines = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(3)]
            low, median, high = sorted(int(line) / 1024 for line in lines)
            yield Measurement("streaming moments, peak memory of the process", "<=", PEAK_MB, median, (low, high), "MB")


def _write(file: Path) -> None:
    rng = np.random.default_rng(0)
    table = np.lib.format.open_memmap(file, "w+", np.float64, (ROWS, COLUMNS))
    for start in range(0, ROWS, PART):
        table[start : start + PART] = rng.standard_normal((PART, COLUMNS))
    table.flush()


def _moments(file: Path) -> None:
    moments(chunks(file, target=COLUMNS - 1))


def _read(file: Path) -> None:
    table = np.load(file, mmap_mode="r")
    for start in range(0, ROWS, PART):
        np.add.reduce(table[start : start + PART], axis=None)
