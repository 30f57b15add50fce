"""What the machine can do, measured in the run that uses it."""

from __future__ import annotations

import os
import platform
from typing import Any

import numpy as np

from benchmarks.timing import seconds
from bntheory.provenance import installed_version, processor

PACKAGES = ("bntheory", "numpy", "scipy", "scikit-learn", "torch", "jax")


def describe() -> dict[str, Any]:
    """CPU, cores, versions, and how fast one thread reads memory."""
    return {
        "cpu": processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: installed_version(name) for name in PACKAGES},
        "stream_GB_per_s": round(streaming(), 1),
    }


def streaming(rounds: int = 7, size: int = 5 * 10**7) -> float:
    """GB/s of an inner product of 400 MB with itself, the best of the rounds."""
    a = np.ones(size)
    return 8 * size / min(seconds(lambda: a @ a) for _ in range(rounds)) / 1e9
