"""Every command of the README is run as it stands there, in a shell, and leaves what the README says.

Each console block, and each command within prose, is run in a folder of its own that has the files which the README
shows and a `patients.csv`; `python -m` in the checkout, since the README says so there. Nothing in a line is changed
but host and port of the Dask scheduler. These are walks: a new line is run, whatever it is. Behind the marker `slow`
are the three commands that check every claim (half a minute to a minute each), every line once more, one after another
in one folder, and every `make` that `.ci/run` has not, in a fresh clone with what is committed. `make test` and
`make docs` stand in `.ci/run`, which makes them for every change; here the tests would run within themselves.
"""

from __future__ import annotations

import os
import pty
import re
import shlex
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatch
from pathlib import Path

import pytest
from readme import README, fences, units, write_files
from sweeps import ROOT, wait_until
from terminals import everything

from bntheory.cli import _parser

TEXT = README.read_text()
UNITS = units(TEXT)
LINES = [command.line for unit in UNITS for command in unit]
CI = ROOT / ".ci" / "run"
#: They check every claim.
SLOW = {"bntheory check", "bntheory report", "bntheory report --examples 200 --out mine.html"}
#: Exit codes other than 0.
CODES = {"bntheory check my_claims.py": 1}
RESULTS = "bntheory-results"
SWEEP = [
    f"{RESULTS}/sweeps/rates/{name}" for name in ("*.npz", "runs.npy", "summary.csv", "summary.json", "sweep.json")
]
#: The files that a command writes; any other command writes none. The last two of refute are pytest's.
WRITES = {
    "bntheory demo": [f"{RESULTS}/demo.png"],
    "bntheory run ols_rate --figure": [
        f"{RESULTS}/ols_rate.npz",
        *(f"{RESULTS}/figures/ols_rate.{kind}" for kind in ("pdf", "svg", "png")),
    ],
    "bntheory report": [f"{RESULTS}/report.html"],
    "bntheory report --examples 200 --out mine.html": ["mine.html"],
    "bntheory refute C6 > test_c6.py": ["test_c6.py"],
    "bntheory refute my_claims.py > test_means.py && pytest test_means.py": [
        "test_means.py",
        ".pytest_cache/*",
        "__pycache__/test_means.*.pyc",
    ],
    "bntheory run halfspace_data --data patients.csv --target outcome --figure": [
        f"{RESULTS}/halfspace_data.npz",
        *(f"{RESULTS}/figures/halfspace_data.{kind}" for kind in ("pdf", "svg", "png")),
    ],
    "bntheory run halfspace_data --data patients.csv --target outcome --method gd,gdnp --loss softplus --json": [
        f"{RESULTS}/halfspace_data.npz"
    ],
    "bntheory figures halfspace_data": [f"{RESULTS}/figures/halfspace_data.{kind}" for kind in ("pdf", "svg", "png")],
    "bntheory sweep rates.toml": SWEEP,
    "bntheory sweep rates.toml --json > rates.json": [*SWEEP, "rates.json"],
    "bntheory sweep rates.toml --scheduler tcp://head:8786": SWEEP,
}


def runs_here(line):
    """Whether a test runs the line itself: `make` has its own."""
    return not line.startswith("make ")


def environment(**chosen):
    """That of a user in the environment the tests run in: its commands, on a terminal as wide as the README."""
    dropped = re.compile("PYTEST|PYTHONDONTWRITEBYTECODE|NO_COLOR|TERM$|COLUMNS")
    inherited = {name: value for name, value in os.environ.items() if not dropped.match(name)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return inherited | {"PATH": path, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | chosen


def run_unit(unit, folder, elsewhere):
    """Run the commands in a folder, those that stay in another, until the last is done."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with ExitStack() as running:
        for command in unit:
            line = command.line.replace("tcp://head:8786", f"tcp://127.0.0.1:{port}")
            if line == "dask scheduler":
                line += f" --host 127.0.0.1 --port {port}"
            if line.startswith("dask "):
                pytest.importorskip("distributed", reason="the extra `distributed` is not installed")
                running.enter_context(staying(line, elsewhere))
                wait_until(lambda: accepts(port))
            else:
                run_one(command, line, folder)


def run_one(command, line, folder):
    """Run a line: its exit code, what the README shows of it, and the files that are new."""
    before = files(folder)
    place = ROOT if line.startswith("python -m ") else folder
    arguments, code = ["bash", "-c", line], CODES.get(command.line, 0)
    if command.shown is None:
        done = subprocess.run(arguments, cwd=place, env=environment(), capture_output=True, text=True, check=False)
        assert done.returncode == code, f"{line}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
    else:
        assert screen(arguments, place, code) == command.shown
    patterns = WRITES.get(command.line, [])
    assert [name for name in files(folder) - before if not any(fnmatch(name, pattern) for pattern in patterns)] == []
    assert [pattern for pattern in patterns if not any(fnmatch(name, pattern) for name in files(folder))] == []


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def screen(arguments, folder, code):
    """What a terminal without colours shows in the end; blanks at ends of lines are not seen."""
    master, slave = pty.openpty()
    variables = environment(NO_COLOR="1", TERM="xterm", COLUMNS="120")
    with subprocess.Popen(arguments, cwd=folder, env=variables, stdout=slave, stderr=slave) as process:
        os.close(slave)
        shown = everything(master).decode()
    assert process.returncode == code
    left = shown.rpartition("\x1b[2K")[2]  # after the bar is wiped
    return "".join(f"{line.rstrip()}\n" for line in left.splitlines())


@contextmanager
def staying(line, folder):
    """A process with those that it starts, until the end."""
    folder.mkdir(exist_ok=True)
    log = folder.parent / "log"
    with log.open("a") as file:
        pipes = {"stdout": file, "stderr": file, "start_new_session": True}
        process = subprocess.Popen(["bash", "-c", f"exec {line}"], cwd=folder, env=environment(), **pipes)
    try:
        yield
        assert process.poll() is None, log.read_text()
        assert files(folder) == set()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def accepts(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def chosen_of(unit, *left_out):
    """The commands of a unit that are run here, but those left out."""
    return tuple(command for command in unit if runs_here(command.line) and command.line not in left_out)


#: What the default tests run, each once.
QUICK = [unit for unit in dict.fromkeys(chosen_of(unit, *SLOW) for unit in UNITS) if unit]


@pytest.mark.parametrize("unit", QUICK, ids=lambda unit: unit[0].line)
def test_commands_run_and_leave_what_is_said(unit, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    write_files(folder, TEXT)
    run_unit(unit, folder, tmp_path / "elsewhere")


@pytest.mark.slow
def test_all_run_one_after_another_in_one_folder(tmp_path):
    for module in ("distributed", "flint", "sklearn"):
        pytest.importorskip(module, reason="of an extra that `make install` installs")
    folder = tmp_path / "folder"
    folder.mkdir()
    write_files(folder, TEXT)
    for unit in UNITS:
        run_unit(chosen_of(unit), folder, tmp_path / "elsewhere")


def test_all_that_looks_like_commands_is_taken_for_them():
    assert fences(TEXT) == {"console", "python", "toml", ""}
    assert {*SLOW, *CODES, *WRITES} <= {*LINES}
    assert sum(command.shown is not None for unit in QUICK for command in unit) >= 1
    assert len(QUICK) >= 10


@pytest.mark.parametrize("line", sorted(SLOW))
def test_what_only_slow_tests_run_is_understood(line):
    program, *arguments = shlex.split(line)
    assert program == "bntheory"
    _parser().parse_args(arguments)


def test_what_is_made_has_a_rule():
    makes = [line for line in LINES if line.startswith("make ")]
    assert len(makes) >= 5
    for line in dict.fromkeys(makes):
        done = subprocess.run([*line.split(), "-n"], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "/bin/" in done.stdout, done.stdout  # what it would run: of a phony name without a rule that is nothing


def made_in_ci():
    """The lines of `.ci/run` that make something; none where it is not, as in a source distribution."""
    return re.findall(r"^make [\w-]+$", CI.read_text(), re.M) if CI.exists() else []


@pytest.mark.skipif(not CI.exists(), reason="no .ci/run here")
def test_the_tests_and_the_documentation_are_made_for_every_change():
    assert {"make test", "make docs"} <= {*made_in_ci()} & {*LINES}


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no repository here")
def test_the_rest_is_made_in_a_fresh_clone(tmp_path):
    clone = tmp_path / "bntheory"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    variables = environment()
    del variables["PYTHONPATH"]
    makes = [line for line in dict.fromkeys(LINES) if line.startswith("make ") and line not in made_in_ci()]
    assert {"make reproduce", "make reproduce-all"} <= {*makes}
    for line in makes:
        subprocess.run(["bash", "-c", line], cwd=clone, env=variables, check=True)
        status = subprocess.run(["git", "status", "--short"], cwd=clone, capture_output=True, text=True, check=True)
        assert status.stdout == "", line
    assert (clone / "bntheory-results" / "report.html").exists()
    assert (clone / ".venv" / "bin" / "bntheory").exists()
