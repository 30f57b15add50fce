"""A data set ready for a problem: from a user's file, or one of scikit-learn's own copies.

Dense columns are centred and scaled, constant ones dropped with a note, and there is no intercept, because
the theory assumes E[x] = 0 (article, section E). Sparse data stay as they are; with ``raw=True`` all data do.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from scipy.sparse import csr_array

from bntheory.data.csv_file import read_csv
from bntheory.data.formats import Format, format_of, opened
from bntheory.data.libsvm_file import read_libsvm
from bntheory.data.messages import counted
from bntheory.data.npy_file import MappedTable
from bntheory.data.npz_file import read_npz
from bntheory.data.scaling import scaling_notes, standardize
from bntheory.data.table import Table
from bntheory.data.targets import reals, require_variation, signs, signs_in_place
from bntheory.errors import InvalidInput, MissingExtra, unknown
from bntheory.mapped_rows import MappedRows
from bntheory.streaming import moments
from bntheory.typing import Matrix, Vector

Task = Literal["classification", "regression"]

TASKS: tuple[Task, ...] = get_args(Task)

BUNDLED = ("breast_cancer", "digits", "diabetes")
"""Names that `bundled` knows."""

UNCENTRED = "columns are taken as they are; the theory assumes E[x] = 0"

Reader = Callable[[str, bytes, str | None], Table]

READERS: dict[Format, Reader] = {"csv": read_csv, "npz": read_npz, "libsvm": read_libsvm}
"""The readers of files that are held in memory whole."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Examples and targets.

    Attributes
    ----------
    name : str
        The file's name, or the bundled name.
    X : Matrix, csr_array or MappedRows, shape (n, d)
        Finite, n >= 2, d >= 1. MappedRows, for an NPY file, are centred and scaled as they are read.
    y : Vector, shape (n,)
        Labels in {-1, +1}, or real targets.
    classes : tuple of two str, or None
        Sorted class names, the second is +1; None for a regression.
    columns : tuple of str, or None
        Names of the d columns kept, where the file has names.
    notes : tuple of str
        What was done to the data, a phrase each.
    """

    name: str
    X: Matrix | csr_array[np.float64] | MappedRows
    y: Vector
    classes: tuple[str, str] | None
    columns: tuple[str, ...] | None
    notes: tuple[str, ...]


def load(
    path: str | os.PathLike[str],
    *,
    target: str | int | None = None,
    raw: bool = False,
    task: Task = "classification",
) -> Dataset:
    """Read a CSV, NPZ or LIBSVM file, which is held in memory whole, or map an NPY file, whose target alone is.

    Parameters
    ----------
    path : str or path
        The format is told by the extension (.csv .tsv .npz .svm .libsvm .svmlight) and else by the content.
    target : str or int, optional
        CSV: the target column, by name or, where no column has that name, by index from 0. NPY: its index. NPZ: the
        array of labels, "y" if not given. LIBSVM: not to be given.
    raw : bool
        Keep dense columns as they are: neither centred nor scaled nor dropped.
    task : "classification" or "regression"

    Returns
    -------
    Dataset

    Raises
    ------
    InvalidInput
        If the file cannot be read or its content breaks a rule; the message names row, column and value.
    MissingExtra
        For a LIBSVM file without scikit-learn.
    """
    path = Path(path)
    name = None if target is None else str(target)
    with opened(path) as stream:
        kind = format_of(path, stream)
        if kind == "npy":
            return _mapped(MappedTable(path, name), raw=raw, task=task)
        data = stream.read()
    return _dataset(READERS[kind](path.name, data, name), raw=raw, task=task)


def bundled(name: str, *, raw: bool = False) -> Dataset:
    """A data set that scikit-learn ships.

    Parameters
    ----------
    name : str
        ``"breast_cancer"`` (569 x 30, benign -1, malignant +1), ``"digits"`` (1797 x 64 pixels, 3 of them
        constant; even -1, odd +1) or ``"diabetes"`` (442 x 10, a regression; in its own units if raw).
    raw : bool
        As in `load`.

    Raises
    ------
    InvalidInput
        If the name is not in `BUNDLED`.
    MissingExtra
        If scikit-learn is not installed.
    """
    if name not in BUNDLED:
        raise unknown("data set", name, BUNDLED)
    try:
        from sklearn import datasets
    except ModuleNotFoundError as error:
        raise MissingExtra("scikit-learn", "data", f"the data set {name!r}") from error
    task: Task = "classification"
    if name == "breast_cancer":
        source = datasets.load_breast_cancer()
        target = source.target_names[source.target].tolist()
    elif name == "digits":
        source = datasets.load_digits()
        target = np.where(source.target % 2, "odd", "even").tolist()
    else:
        source = datasets.load_diabetes(scaled=False)
        target, task = source.target.tolist(), "regression"
    X: Matrix = np.asarray(source.data, dtype=np.float64)
    table = Table(name, X, target, tuple(map(str, source.feature_names)), lambda i: f"{name}, row {i}")
    return _dataset(table, raw=raw, task=task)


def _require_rows(file: str, n: int, task: Task) -> None:
    if n < 2:
        found = counted(n, "row", "rows")
        raise InvalidInput(file, found, "must have at least 2 rows", "add rows of both classes")
    if task not in TASKS:
        raise unknown("task", task, TASKS)


def _mapped(table: MappedTable, *, raw: bool, task: Task) -> Dataset:
    y = table.target()
    _require_rows(table.file, len(y), task)
    found = moments(table.chunks())
    classes = None
    if task == "classification":
        classes = signs_in_place(table.file, y)
    else:
        require_variation(table.file, y)
    columns = table.features
    if raw:
        return Dataset(table.file, table.rows(columns), y, classes, None, (UNCENTRED,))
    kept = found.deviation > 0
    notes = scaling_notes(table.file, columns.tolist(), kept.tolist())
    X = table.rows(columns[kept], found.center[:, :-1][:, kept], found.deviation[kept])
    return Dataset(table.file, X, y, classes, None, notes)


def _dataset(table: Table, *, raw: bool, task: Task) -> Dataset:
    _require_rows(table.file, len(table.target), task)
    y, classes = signs(table) if task == "classification" else (reals(table), None)
    if raw or not isinstance(table.X, np.ndarray):
        return Dataset(table.file, table.X, y, classes, table.columns, (*table.notes, UNCENTRED))
    X, columns, notes = standardize(table.X, table.columns, name=table.file)
    return Dataset(table.file, X, y, classes, columns, table.notes + notes)
