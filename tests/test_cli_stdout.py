"""What becomes of a command whose stdout takes nothing more: a full disk, a reader that has gone."""

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


def test_no_other_trouble_with_files_is_taken_for_stdouts(monkeypatch):
    def absent(**_):
        raise FileNotFoundError(2, "No such file or directory", "x")

    monkeypatch.setattr("bntheory.cli_claims._list", absent)
    with pytest.raises(FileNotFoundError):
        main(["list"])
