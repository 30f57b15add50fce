"""What a command costs before it does anything, and what the two long ones cost in all."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

from benchmarks.timing import Measurement, once, ratio, seconds


def measure(rounds: int = 15) -> Iterator[Measurement]:
    """`--help` over a bare interpreter; CPU seconds of `check`; seconds of `reproduce --quick`."""
    help_page, bare = command("-m", "bntheory", "--help"), command("-c", "pass")
    yield ratio("bntheory --help / python -c pass", "<=", 2.5, help_page, bare, rounds)
    before = cpu()
    code = subprocess.run([sys.executable, "-m", "bntheory", "check"], capture_output=True, check=False).returncode
    used = cpu() - before if code == 0 else float("nan")
    yield once("bntheory check, CPU", "<=", 60.0, used, unit="s", note=f"exit code {code}")
    with tempfile.TemporaryDirectory() as folder:
        quick = command("-m", "bntheory", "reproduce", "--quick", "--out", folder)
        yield once("bntheory reproduce --quick", "<=", 180.0, seconds(quick), unit="s", note="wall clock")


def command(*arguments: str) -> Callable[[], object]:
    """A run of the interpreter, which keeps bytecode as an installed package has it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run([sys.executable, *arguments], capture_output=True, check=True, env=environment)


def cpu() -> float:
    """CPU seconds of all finished child processes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
