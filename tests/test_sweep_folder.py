"""What is finished is kept and used again, and what is not of this sweep is never mixed in."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import time

import pytest
from sweeps import (
    SLOW,
    SLOW_GRID,
    SMALL,
    SMALL_GRID,
    configurations,
    finished_blocks,
    group,
    results,
    start,
    sweep,
    wait_for_blocks,
    written,
)

from bntheory import storage
from bntheory.cli import main
from bntheory.sweep import folder
from bntheory.sweep import run as running
from bntheory.sweep.blocks import compute
from bntheory.sweep.reading import spec_of


@pytest.fixture
def computed(monkeypatch):
    """The numbers of the blocks that are computed."""
    numbers = []

    def counted(spec, block):
        numbers.append(block.number)
        return compute(spec, block)

    monkeypatch.setattr(running, "compute", counted)
    return numbers


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished small sweep."""
    place = tmp_path_factory.mktemp("whole")
    assert sweep(written(place / "small.toml"), place / "out") == 0
    return place / "out"


def test_what_is_on_disk_is_not_computed_again(whole, tmp_path, computed, capsys):
    spec, out = written(tmp_path / "small.toml"), tmp_path / "out"
    assert sweep(spec, out) == 0
    assert computed == list(range(8))
    before = results(out)
    assert before == results(whole)
    (out / "runs.npy").unlink()
    finished_blocks(out)[3].unlink()
    damaged = finished_blocks(out)[5]
    damaged.write_bytes(damaged.read_bytes()[:-40])
    computed.clear()
    capsys.readouterr()
    assert sweep(spec, out) == 0
    assert len(computed) == 2
    assert 3 in computed
    assert results(out) == before
    assert "8 blocks, 6 of them on disk, 1 damaged or of other code: computed again" in capsys.readouterr().err


def test_blocks_of_other_code_are_computed_again(tmp_path, computed, monkeypatch):
    spec, out = written(tmp_path / "small.toml"), tmp_path / "out"
    monkeypatch.setattr(folder, "code_identity", lambda: "older")
    assert sweep(spec, out) == 0
    monkeypatch.undo()
    (out / "blocks" / "0000" / "0000003.npz").write_bytes((out / "blocks" / "0000" / "0000004.npz").read_bytes())
    monkeypatch.setattr(running, "compute", lambda spec, block: computed.append(block.number) or compute(spec, block))
    computed.clear()
    assert sweep(spec, out) == 0
    assert computed == list(range(8))


def test_the_code_of_a_block_is_what_its_numbers_depend_on():
    from bntheory.provenance import sources

    names = {"/".join(path.parts[-2:]) for path in sources("sweep.blocks")}
    assert {"sweep/blocks.py", "sweep/spec.py", "ensemble/instances.py", "rates/batch.py"} <= names
    assert not {"sweep/run.py", "sweep/reading.py", "sweep/cluster.py", "bntheory/storage.py"} & names


def test_a_folder_of_another_spec_is_refused_and_left_alone(tmp_path, capsys):
    out = tmp_path / "out"
    assert sweep(written(tmp_path / "a.toml"), out) == 0
    before = results(out)
    capsys.readouterr()
    other = written(tmp_path / "b.toml", SMALL | {"seed": 1})
    assert sweep(other, out) == 2
    captured = capsys.readouterr()
    assert captured.err == (
        f"bntheory: out = {out}: holds the results of another spec; give --out another folder, "
        "or the spec that made this one (its sweep.json)\n"
    )
    (out / "sweep.json").write_text("{")
    assert sweep(other, out) == 2
    assert "no readable sweep.json" in capsys.readouterr().err
    assert results(out) == before


def test_a_full_disk_loses_nothing(whole, tmp_path, monkeypatch, computed, capsys):
    spec, out = written(tmp_path / "small.toml"), tmp_path / "out"
    replace = os.replace

    def full(source, target):
        if "blocks" in str(target) and len(finished_blocks(out)) >= 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(storage.os, "replace", full)
    assert sweep(spec, out) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error == (
        f"bntheory: out = {out / 'blocks' / '0000'}: cannot be written (No space left on device); "
        "give --out a place of yours with room"
    )
    assert sorted(entry.name for entry in out.iterdir()) == ["blocks", "sweep.json"]
    assert len(list((out / "blocks" / "0000").iterdir())) == 5, "no part of a block stays"
    monkeypatch.setattr(storage.os, "replace", replace)
    computed.clear()
    assert sweep(spec, out) == 0
    assert computed == [5, 6, 7]
    assert results(out) == results(whole)


def test_a_block_that_goes_while_all_are_summed_up_is_named(tmp_path, monkeypatch, capsys):
    out, merge = tmp_path / "out", running.merge

    def without_one(folder, blocks):
        finished_blocks(out)[3].unlink()
        return merge(folder, blocks)

    monkeypatch.setattr(running, "merge", without_one)
    assert sweep(written(tmp_path / "small.toml"), out) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error == f"bntheory: out = {out}: has lost block 3 since it was computed; run the same command again"


def test_a_sweep_that_is_killed_continues_and_gives_the_same(tmp_path, computed):
    spec, out = written(tmp_path / "slow.toml", SLOW, SLOW_GRID), tmp_path / "out"
    process = start("-m", "bntheory", "sweep", spec, "--out", out, "--workers", 1)
    wait_for_blocks(out, 3, process)
    process.kill()
    process.communicate()
    kept = len(finished_blocks(out))
    assert 3 <= kept < 12
    assert sweep(spec, out) == 0
    assert computed == list(range(kept, 12))
    computed.clear()
    assert sweep(spec, tmp_path / "whole") == 0
    assert results(out) == results(tmp_path / "whole")


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_sweep_says_that_it_continues(tmp_path, workers):
    spec, out = written(tmp_path / "slow.toml", SLOW, SLOW_GRID), tmp_path / "out"
    arguments = ("-m", "bntheory", "sweep", spec, "--out", out, "--workers", workers)
    with group(*arguments) as process:
        wait_for_blocks(out, 2, process)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group
        _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    said = [line for line in error.splitlines() if not line.startswith("sweep slow: ")]
    assert said == ["bntheory: interrupted; the same command keeps what is finished and continues"]


def test_an_interrupt_does_not_wait_for_the_blocks_at_hand(tmp_path):
    """Each of which takes a million steps."""
    grid = SLOW_GRID | {"dimension": 100}
    spec = written(tmp_path / "long.toml", SLOW | {"steps": 10**6}, grid)
    with group("-m", "bntheory", "sweep", spec, "--out", tmp_path / "out", "--workers", 2) as process:
        assert "0 of them on disk" in process.stderr.readline()
        time.sleep(4)  # the workers have begun
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
        assert time.monotonic() - began < 5
    assert process.returncode == 130


def test_json_is_alone_on_stdout(whole, capsys):
    spec = written(whole.parent / "small.toml")
    assert sweep(spec, whole, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["configurations"] == configurations(whole)
    assert report["spec"] == spec_of({**SMALL, "grid": SMALL_GRID}).document()
    assert [os.path.exists(file) for file in report["files"]] == [True] * 3


def test_the_table_names_every_configuration(whole, capsys):
    assert sweep(whole.parent / "small.toml", whole) == 0
    header, *lines = capsys.readouterr().out.splitlines()[:25]
    assert header.split("\t")[-4:] == ["median factor", "worst step", "bound", "above"]
    assert len(lines) == 24
    assert lines[0].startswith("least-squares\t5\t10\tlog-uniform\tgeneric\t0.5\t-\tgd\t130\t0.8071715\t0.81\t0.81\t0")


WRONG = {
    "no workers": (["--workers", "0"], "--workers = 0: must be at least 1"),
    "both": (["--workers", "2", "--scheduler", "tcp://a:1"], "--workers = 2: is for this machine, not for a cluster"),
    "no address": (["--scheduler", "nonsense"], "--scheduler = nonsense: is not an address"),
}


@pytest.mark.parametrize("case", WRONG)
def test_bad_options_are_named(case, tmp_path, capsys):
    if case == "no address":
        pytest.importorskip("distributed")
    options, problem = WRONG[case]
    spec = written(tmp_path / "small.toml")
    assert main(["sweep", str(spec), "--out", str(tmp_path / "out"), *options]) == 2
    assert problem in capsys.readouterr().err.splitlines()[-1]


def test_without_distributed_the_extra_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    spec = written(tmp_path / "small.toml")
    assert main(["sweep", str(spec), "--out", str(tmp_path / "out"), "--scheduler", "tcp://127.0.0.1:1"]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.endswith("--scheduler needs it; run pip install 'bntheory[distributed]'")


def test_the_folder_is_named_after_the_spec(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", str(written(tmp_path / "mine.toml")), "--workers", "1"]) == 0
    assert sorted(results(tmp_path / "bntheory-results" / "sweeps" / "mine")) == [
        "runs.npy",
        "summary.csv",
        "summary.json",
    ]
    assert main(["sweep", "mine.toml", "--out", ""]) == 2
    assert "bntheory: --out = '': names no folder" in capsys.readouterr().err
