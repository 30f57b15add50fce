"""What becomes of a command whose stdout takes nothing more: a full disk, a reader that has gone, a closed stream."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bntheory.cli import main

COMMAND = [sys.executable, "-m", "bntheory"]
FULL = "bntheory: output = stdout: cannot be written (No space left on device); give it a place with room\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["list", "list --json", "", "--help", "--version"])
def test_a_full_stdout_is_one_line_and_exit_code_two(command, unbuffered):
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        arguments = [*COMMAND, *command.split()]
        done = subprocess.run(arguments, stdout=full, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    assert (done.stderr, done.returncode) == (FULL, 2)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_gone_is_no_trouble(unbuffered):
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*COMMAND, "list"], env=environment, **pipes) as process:
        process.stdout.close()  # long before the first line comes
        assert (process.stderr.read(), process.wait()) == ("", 0)


@pytest.mark.parametrize(("command", "code"), [("list", 0), ("list --json", 0), ("", 0), ("shwo", 2), ("show Z9", 2)])
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_is_said_nothing_to(command, code, closed, tmp_path):
    """Python has None in its place; what is meant for stderr must not come on stdout then."""
    shell = ["bash", "-c", f'"$@" {closed}', "bash", *COMMAND, *command.split()]
    done = subprocess.run(shell, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == code
    assert (done.stdout != "") == (code == 0 and closed == "2>&-")
    assert (done.stderr != "") == (code == 2 and closed == ">&-")


def test_no_other_trouble_with_files_is_taken_for_stdouts(monkeypatch):
    def absent(**_):
        raise FileNotFoundError(2, "No such file or directory", "x")

    monkeypatch.setattr("bntheory.cli_claims._list", absent)
    with pytest.raises(FileNotFoundError):
        main(["list"])
