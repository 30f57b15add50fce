"""Users' data for halfspace learning and least squares: CSV, NPY, NPZ and LIBSVM files, and the bundled sets.

    load(path, target="label")    -> Dataset      a file of the user's; an NPY file is memory-mapped
    chunks(path, target="label")  -> (X, y), ...  the same in parts, for data larger than memory
    bundled("breast_cancer")      -> Dataset      one that scikit-learn ships
    standardize(X)                -> centred and scaled columns

A reader (`csv_file`, `npz_file`, `libsvm_file`) turns a file into a `Table`, or into several; `targets` turns its
target into y; `dataset` joins the two. Whatever is wrong with a file raises `bntheory.errors.InvalidInput` with one
line that names the file, the row, the column and the value.
"""

from __future__ import annotations

from bntheory.data.chunks import chunks
from bntheory.data.dataset import BUNDLED, Dataset, bundled, load
from bntheory.data.scaling import standardize

__all__ = ["BUNDLED", "Dataset", "bundled", "chunks", "load", "standardize"]
