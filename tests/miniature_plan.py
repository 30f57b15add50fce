"""A plan in miniature for the main job: one stem of ten small pieces; what is finished is logged."""

from __future__ import annotations

import os
import sys
import time
from contextlib import redirect_stderr

from bntheory import pieces, reproduce
from bntheory.experiments import explosion

PIECES = 10


def run(out):
    """The main job into a folder: 8 networks, the narrow ones, the infinite ones."""
    out.mkdir(exist_ok=True)
    for name, value in (("WIDTH", 24), ("RUNS", 4), ("NARROW_RUNS", 4), ("SAMPLED_BATCHES", (6,))):
        setattr(explosion, name, value)
    save = pieces.save_arrays

    def logged(arrays, path):
        time.sleep(0.05)
        save(arrays, path)
        with (out / "log").open("a") as log:
            log.write(path.name.replace(" ", "_") + "\n")

    pieces.save_arrays = logged
    reproduce.tasks = list
    reproduce.draw = lambda stem, results: []  # figures are drawn anew in every run, and take longest
    reproduce.STEMS, reproduce.DEEP = ("explosion",), ()
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):
        code = reproduce.reproduce(out)
    sys.exit(code)
