"""All runs of a sweep in one file, and a line a configuration: order statistics, and how many exceed the bound."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import groupby
from math import ceil, isfinite
from typing import IO, Any

import numpy as np

from bntheory.errors import InvalidInput
from bntheory.storage import save_json, write
from bntheory.sweep.blocks import RUN, Block, Runs
from bntheory.sweep.folder import SweepFolder
from bntheory.sweep.spec import Cell, Setting
from bntheory.typing import Vector

#: A run exceeds its bound iff worst > bound + TOLERANCE: one-step ratios, at most 1, are accurate to about 3e-14 each.
TOLERANCE = 1e-13
#: What `merge` writes.
FILES = ("runs.npy", "summary.csv", "summary.json")
PERCENTS = (0, 5, 25, 50, 75, 95, 100)
_MEASURED = ("factor", "worst", "final", "iterations")

Row = dict[str, Any]


def merge(folder: SweepFolder, blocks: Sequence[Block]) -> list[Row]:
    """Write runs.npy, summary.csv and summary.json from the finished blocks, and return the summary.

    runs.npy has shape (configurations, seeds) and dtype `RUN`, the configurations in the summary's order;
    ``np.load(path, mmap_mode="r")["worst"]`` reads one column of it. In memory are the runs of one setting at a time.

    Raises
    ------
    InvalidInput
        If a block is not there any more, or something cannot be written.
    """
    rows: list[Row] = []

    def fill(file: IO[bytes]) -> None:
        shape = (folder.spec.configurations, folder.spec.seeds)
        header = {"descr": np.lib.format.dtype_to_descr(RUN), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for setting, cell, runs in _configurations(folder, blocks):
            file.write(runs.view(np.uint8).data)
            rows.append(setting._asdict() | cell._asdict() | _sums(runs))

    write(folder.path / FILES[0], fill)
    write(folder.path / FILES[1], lambda file: file.write(_csv(rows).encode()))
    save_json({"spec": folder.spec.document(), "tolerance": TOLERANCE, "configurations": rows}, folder.path / FILES[2])
    return rows


def _configurations(folder: SweepFolder, blocks: Sequence[Block]) -> Iterator[tuple[Setting, Cell, Runs]]:
    for setting, group in groupby(blocks, key=lambda block: block.setting):
        mine = list(group)
        together = np.empty((len(mine[0].cells), folder.spec.seeds), RUN)
        for block in mine:
            runs = folder.read(block)
            if runs is None:
                rule = f"has lost block {block.number} since it was computed"
                raise InvalidInput("out", folder.path, rule, "run the same command again")
            together[:, block.first : block.stop] = runs
        yield from ((setting, cell, runs) for cell, runs in zip(mine[0].cells, together, strict=True))


def _sums(runs: Runs) -> Row:
    """The bound, how many runs exceed it, and of each measured column how many are known and their order statistics."""
    bound = float(runs["bound"].max())
    above = int((runs["worst"] > runs["bound"] + TOLERANCE).sum())
    sums: Row = {"runs": len(runs), "bound": _number(bound), "above": above}
    for name in _MEASURED:
        values = np.sort(runs[name])
        known = values[~np.isnan(values)]
        sums[name] = {"known": len(known)} | {f"{q}%": _number(_quantile(known, q)) for q in PERCENTS}
    return sums


def _quantile(ordered: Vector, percent: int) -> float:
    """The least value with at least so many percent of the values at or below it; nan of none."""
    if not len(ordered):
        return float("nan")
    return float(ordered[max(ceil(percent * len(ordered) / 100) - 1, 0)])


def _number(value: float) -> float | None:
    """JSON has neither nan nor inf: null, as "unknown" and as "not reached"."""
    return value if isfinite(value) else None


def _csv(rows: Sequence[Row]) -> str:
    """A line a configuration; the parts of a column as factor_known, factor_50% and so on."""
    text = io.StringIO()
    flat = [_flat(row) for row in rows]
    writer = csv.DictWriter(text, list(flat[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()


def _flat(row: Row) -> Row:
    parts = {f"{name}_{part}": value for name in _MEASURED for part, value in row[name].items()}
    return {name: value for name, value in row.items() if name not in _MEASURED} | parts
