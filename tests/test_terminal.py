"""No escape code where none belongs: in a pipe, in a file, under NO_COLOR, on a terminal that is dumb."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sweeps import ROOT, written
from terminals import everything

SHOW = "show C6 --examples 50"
REFUTE = "refute C6 --examples 50"
#: Every kind of output; one process runs them all, and `report` checks two claims and draws one figure.
COMMANDS = (
    "list",
    SHOW,
    "check C6 --examples 50",
    REFUTE,
    "demo",
    "run ols_rate --steps 20",
    "sweep small.toml --workers 1",
    "info",
    "report --examples 50",
)
PROGRAM = """
import sys
from bntheory import ledger, report
from bntheory.cli import main

every = ledger.tasks
report.write_report.__kwdefaults__["stems"] = ("ols_rate",)
for line in sys.argv[1:]:
    if line.startswith("report"):
        ledger.tasks = lambda: [task for task in every() if task.id in ("A6", "C6")]
    assert main(line.split()) == 0, line
"""
#: What decides of colours and cursors, here and in rich.
VARIABLES = {"NO_COLOR", "FORCE_COLOR", "TERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS"}
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")  # and bold


def environment(**chosen):
    """This one, with none but the chosen variables of colour."""
    inherited = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return inherited | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | chosen


def on_a_terminal(folder, *commands, **variables):
    """What the commands write to two terminals, one for stdout and one for stderr."""
    ends = [pty.openpty() for _ in range(2)]
    out, err = (slave for _, slave in ends)
    arguments = [sys.executable, "-c", PROGRAM, *commands]
    with (
        subprocess.Popen(arguments, stdout=out, stderr=err, cwd=folder, env=environment(**variables)) as process,
        ThreadPoolExecutor(2) as readers,
    ):
        os.close(out)
        os.close(err)
        written_there = list(readers.map(lambda end: everything(end[0]), ends))
    assert process.returncode == 0, written_there[1].decode()
    return written_there


@pytest.fixture
def folder(tmp_path):
    written(tmp_path / "small.toml")
    return tmp_path


def test_nothing_piped_and_no_file_has_an_escape_code(folder):
    arguments = [sys.executable, "-c", PROGRAM, "figures landscape", *COMMANDS]
    done = subprocess.run(arguments, capture_output=True, cwd=folder, env=environment(TERM="xterm"), check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert b"\x1b" not in done.stdout + done.stderr
    assert b"\r" not in done.stdout + done.stderr
    texts = [file for file in folder.rglob("*") if file.suffix in {".csv", ".json", ".html", ".svg"}]
    assert {file.suffix for file in texts} == {".csv", ".json", ".html", ".svg"}
    assert [file.name for file in texts if b"\x1b" in file.read_bytes()] == []


def test_with_no_color_a_terminal_gets_no_code_but_those_that_move_the_bar(folder):
    out, err = on_a_terminal(folder, *COMMANDS, TERM="xterm-256color", NO_COLOR="1")
    assert b"Better initialization" in out
    assert b"\x1b" not in out
    assert b"\x1b[2K" in err
    assert COLOUR.search(err) is None


@pytest.mark.parametrize("no_color", [{}, {"NO_COLOR": ""}], ids=["not set", "empty"])
def test_else_a_terminal_gets_bold_and_colours(no_color, folder):
    out, err = on_a_terminal(folder, SHOW, TERM="xterm-256color", **no_color)
    assert COLOUR.search(out)
    assert COLOUR.search(err)


def test_a_dumb_terminal_gets_plain_lines(folder):
    out, err = on_a_terminal(folder, SHOW, TERM="dumb")
    assert b"\x1b" not in out + err
    assert err == b"check:   0 % C6\r\n"


def test_a_file_gets_none_while_a_bar_is_on_the_terminal(folder):
    master, slave = pty.openpty()
    with (folder / "test_c6.py").open("wb") as file:
        command = [sys.executable, "-c", PROGRAM, REFUTE]
        with subprocess.Popen(command, stdout=file, stderr=slave, env=environment(TERM="xterm")) as process:
            os.close(slave)
            assert b"\x1b[2K" in everything(master)
    assert process.returncode == 0
    source = (folder / "test_c6.py").read_text()
    assert "def test_c6_printed_is_violated" in source
    assert "\x1b" not in source
