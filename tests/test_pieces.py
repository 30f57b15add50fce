"""Finished pieces are kept and used again; a run that is killed continues, and nothing finished is done twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from multiprocessing import get_context
from types import SimpleNamespace

import miniature_plan
import numpy as np
import pytest

from bntheory import pieces, stems
from bntheory.experiment import Result
from bntheory.experiments import explosion
from bntheory.pieces import Kept
from bntheory.stems import perform
from bntheory.storage import load


def counted(calls, value=1.0):
    def compute():
        calls.append(value)
        return {"a": np.full((2, 3), value)}

    return compute


def test_a_finished_piece_is_read_back_by_the_same_name_only(tmp_path):
    calls = []
    for _ in range(2):
        kept = Kept(tmp_path, "ols_rate")
        assert (kept("seed 0", counted(calls))["a"] == 1.0).all()
    assert kept("seed 1", counted(calls, 2.0))["a"].shape == (2, 3)
    assert calls == [1.0, 2.0]


def test_how_many_finished_pieces_are_kept_is_said_before_the_next_is_made(tmp_path):
    said, calls = [], []
    for names in ("ab", "abc", "abc"):
        kept = Kept(tmp_path, "ols_rate", said.append)
        for name in names:
            kept(name, counted(calls))
        kept.tell()
        kept.tell()
    assert said == ["2 finished pieces kept", "3 finished pieces kept"]


def test_an_experiment_that_continues_reports_what_it_keeps(tmp_path, monkeypatch):
    for name, value in (("WIDTH", 16), ("RUNS", 2), ("NARROW_RUNS", 4), ("SAMPLED_BATCHES", (6,))):
        monkeypatch.setattr(explosion, name, value)
    reports = []

    def progress(fraction, label):
        reports.append((round(fraction, 3), label))

    perform("explosion", {}, progress=progress, keep=tmp_path)
    assert not any("kept" in label for _, label in reports)
    [narrow] = (tmp_path / "pieces" / "explosion").rglob("*narrow*")
    narrow.unlink()
    reports.clear()
    perform("explosion", {}, progress=progress, keep=tmp_path)
    assert (0.8, "4 finished pieces kept") in reports
    assert reports[-1] == (0.9, "1 finished piece kept")


def test_names_that_make_one_file_are_told_apart(tmp_path):
    calls, kept = [], Kept(tmp_path, "ols_rate")
    kept("a/b", counted(calls, 1.0))
    assert (kept("a_b", counted(calls, 2.0))["a"] == 2.0).all()


def test_a_piece_of_other_code_or_a_damaged_one_is_made_again(tmp_path, monkeypatch):
    calls = []
    Kept(tmp_path, "ols_rate")("seed 0", counted(calls))
    monkeypatch.setattr(pieces, "code_digest", lambda stem: "other")
    Kept(tmp_path, "ols_rate")("seed 0", counted(calls))
    assert len(calls) == 2
    file = tmp_path / "pieces" / "ols_rate" / "other" / "seed 0.npz"
    whole = file.read_bytes()
    for damaged in (
        whole[:40],
        whole[:-30],
        *(whole[:k] + bytes([whole[k] ^ 8]) + whole[k + 1 :] for k in range(30, 200, 7)),
    ):
        file.write_bytes(damaged)
        assert (Kept(tmp_path, "ols_rate")("seed 0", counted(calls))["a"] == 1.0).all()
    assert len(calls) >= 4


def test_pieces_of_other_code_go_when_an_experiment_has_ended_and_its_own_stay(tmp_path, monkeypatch):
    calls = []
    Kept(tmp_path, "ols_rate")("seed 0", counted(calls))
    Kept(tmp_path, "smoothness")("seed 0", counted(calls))

    def measure(*, seed=0, progress, pieces):
        pieces(f"seed {seed}", counted(calls))
        if seed == 2:
            raise KeyboardInterrupt
        return Result("ols_rate", seed, {}, ())

    monkeypatch.setattr(stems, "experiment", lambda stem: SimpleNamespace(measure=measure))
    old = pieces.code_digest("ols_rate")
    monkeypatch.setattr(pieces, "code_digest", lambda stem: "other")
    folder = tmp_path / "pieces" / "ols_rate"
    for name in (f"{old}/seed 1.npz.abc.part", "seed 0.npz", f"{old}/notes.txt", "abc.part"):
        (folder / name).write_text("")
    with pytest.raises(KeyboardInterrupt):
        stems.perform("ols_rate", {"seed": 2}, keep=tmp_path)
    assert (folder / old / "seed 0.npz").exists(), "the run has not ended"
    for seed in (0, 1):
        stems.perform("ols_rate", {"seed": seed}, keep=tmp_path)
    left = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert left == {*(f"other/seed {seed}.npz" for seed in range(3)), f"{old}/notes.txt"}, "what is no piece stays"
    assert list((tmp_path / "pieces" / "smoothness").rglob("*.npz")) != []
    (folder / old / "notes.txt").unlink()
    stems.perform("ols_rate", {}, keep=tmp_path)
    assert [path.name for path in folder.iterdir()] == ["other"]
    assert len(calls) == 5, "finished pieces were used again"


PROCESSES = get_context("forkserver")  # what it has imported need not be imported again for every process
PROCESSES.set_forkserver_preload(["miniature_plan"])


def start(out):
    process = PROCESSES.Process(target=miniature_plan.run, args=(out,))
    process.start()
    return process


def test_a_run_that_is_killed_at_random_continues_and_gives_the_same(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for out in (tmp_path / "warm", whole):
        began = time.monotonic()
        start(out).join()
    lasts = time.monotonic() - began
    moments, killed = random.Random(0), 0
    for _ in range(10):
        process = start(broken)
        process.join(moments.uniform(0.05, 0.7) * lasts)
        killed += process.is_alive()
        process.kill()
        process.join()
    assert killed >= 5
    last = start(broken)
    last.join()
    assert last.exitcode == 0
    first, second = load(whole / "explosion.npz"), load(broken / "explosion.npz")
    assert first.arrays.keys() == second.arrays.keys()
    assert all((first.arrays[name] == second.arrays[name]).all() for name in first.arrays)
    assert first.regimes == second.regimes
    done = (broken / "log").read_text().split()
    assert len(done) == len(set(done)), "a finished piece is not made again"
    assert set(done) <= set((whole / "log").read_text().split())  # one kill may fall between a piece and its line
    assert len(list((broken / "pieces" / "explosion").glob("*/*.npz"))) == miniature_plan.PIECES
    assert list(broken.rglob("*.part")) == []


@pytest.mark.slow
def test_the_real_plan_survives_ten_kills(tmp_path):
    from bntheory.stems import STEMS

    def reproduce(out):
        return subprocess.Popen(
            [sys.executable, "-m", "bntheory", "reproduce", "--out", str(out)], stderr=subprocess.DEVNULL
        )

    began = time.monotonic()
    assert reproduce(tmp_path / "whole").wait() == 0
    lasts, moments = time.monotonic() - began, random.Random(1)
    for _ in range(10):
        process = reproduce(tmp_path / "broken")
        try:
            process.wait(moments.uniform(0.05, 0.6) * lasts)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    assert reproduce(tmp_path / "broken").wait() == 0
    for stem in STEMS:
        first, second = (load(tmp_path / name / f"{stem}.npz") for name in ("whole", "broken"))
        assert all(np.array_equal(first.arrays[name], second.arrays[name], equal_nan=True) for name in first.arrays)
        assert (first.regimes, first.criteria) == (second.regimes, second.criteria)
