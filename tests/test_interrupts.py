"""An interrupt stops the main job also where its exception is swallowed; afterwards everything is as before."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import threading

import pytest
from statements import claim, true

from bntheory import demo, ledger, reproduce
from bntheory.cli import main
from bntheory.interrupts import remembered
from bntheory.ledger import task_of


def swallowed():
    """Ctrl-C within a callback of the garbage collector, where Hypothesis has one too."""

    def callback(phase, info):
        gc.callbacks.remove(callback)
        signal.raise_signal(signal.SIGINT)

    gc.callbacks.append(callback)
    gc.collect()


@pytest.fixture(autouse=True)
def interrupts_arrive():
    """A shell's job in the background starts with them ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def test_a_swallowed_interrupt_is_raised_at_the_next_stop_and_the_handler_is_put_back():
    before = signal.getsignal(signal.SIGINT)
    with remembered() as stop:
        stop()
        swallowed()
        with pytest.raises(KeyboardInterrupt):
            stop()
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt), remembered():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_interrupts_that_are_ignored_or_handled_otherwise_stop_nothing():
    before, seen = signal.getsignal(signal.SIGINT), []
    try:
        for handler in (signal.SIG_IGN, lambda number, frame: seen.append(number)):
            signal.signal(signal.SIGINT, handler)
            with remembered() as stop:
                signal.raise_signal(signal.SIGINT)
                stop()
            assert signal.getsignal(signal.SIGINT) == handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]


def test_another_thread_leaves_handlers_alone():
    before, found = signal.getsignal(signal.SIGINT), []

    def run():
        with remembered() as stop:
            stop()
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [before]


@pytest.mark.parametrize("where", ["check", "experiment", "figure", "observations"])
def test_the_main_job_stops_at_the_next_boundary(where, tmp_path, monkeypatch, capsys):
    stages = []

    def stage(name, value):
        def perform(*_, progress=None, **__):
            stages.append(name)
            if name == where:
                swallowed()
            if progress is not None:
                progress(0.5, "half")
                stages.append(f"{name} after its report")
            return value

        return perform

    def check(chosen, *, progress=None, **__):
        return stage("observations" if progress is None else "check", [])(progress=progress)

    monkeypatch.setattr(reproduce, "tasks", lambda: [task_of(claim(true()))])
    monkeypatch.setattr(reproduce, "STEMS", ("ols_rate", "mlp_rate"))
    monkeypatch.setattr(reproduce, "is_current", lambda path, stem, options: False)
    monkeypatch.setattr(reproduce, "save", lambda result, out: None)
    monkeypatch.setattr(reproduce, "check", check)
    monkeypatch.setattr(reproduce, "draw", stage("figure", []))
    nothing = type("Nothing", (), {"criteria": (), "regimes": ()})
    monkeypatch.setattr(reproduce, "perform", stage("experiment", nothing))
    before = signal.getsignal(signal.SIGINT)
    assert main(["reproduce", "--out", str(tmp_path)]) == 130
    assert stages[-1] == where
    assert stages.count(where) == 1
    assert "interrupted; the same command keeps what is finished" in capsys.readouterr().err
    assert not (tmp_path / "check.json").exists()
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("command", ["check C3.printed", "check C3 C5", "show C3", "refute C3", "report"])
def test_a_search_stops_at_its_next_statement(command, tmp_path, monkeypatch, capsys):
    searched = []

    def falsify(*_, **__):
        searched.append(command)
        swallowed()
        raise RuntimeError

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ledger, "falsify", falsify)
    assert main(command.split()) == 130
    assert searched == [command]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[-1] == "bntheory: interrupted"


@pytest.mark.parametrize("where", ["run", "search", "save_figure"])
def test_the_demonstration_stops_at_its_next_part(where, tmp_path, monkeypatch, capsys):
    original, calls = getattr(demo, where), []

    def interrupted(*arguments, **options):
        calls.append(where)
        swallowed()
        return original(*arguments, **options)

    monkeypatch.setattr(demo, where, interrupted)
    assert main(["demo", "--out", str(tmp_path)]) == 130
    assert calls == [where]
    assert "Next:" not in capsys.readouterr().out


INTERRUPTED = """
import signal, sys

class Interrupting:
    def find_spec(name, path=None, target=None):
        if name == module:
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
from bntheory.__main__ import main
sys.meta_path.insert(0, Interrupting)
module, sys.argv[1:] = sys.argv[1], ["list"]
sys.exit(main())
"""


@pytest.mark.parametrize("module", ["bntheory.cli", "argparse", "bntheory.claims_terminal", "numpy"])
def test_an_interrupt_while_modules_are_loaded_is_one_line_too(module):
    arguments = [sys.executable, "-c", INTERRUPTED, module]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "bntheory: interrupted\n", 130)
