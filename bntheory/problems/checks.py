"""The checks on what problems are built from; each names the value, the rule and the way out."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from bntheory.arrays import real_array
from bntheory.errors import InvalidInput
from bntheory.linalg import Metric
from bntheory.mapped_rows import MappedRows
from bntheory.typing import Vector


def matching(name: str, u: Vector, metric: Metric) -> Vector:
    """u as a finite float64 array of shape (d,), d the dimension of the metric."""
    u = real_array(name, u)
    d = len(metric.S)
    if u.shape != (d,):
        raise InvalidInput(name, f"array of shape {u.shape}", f"must have shape ({d},)", "match the shape of S")
    if not np.isfinite(u).all():
        raise InvalidInput(name, "non-finite", "must be finite", "remove nan and inf")
    return u


def rows_and_targets(X: Any, y: Any) -> tuple[Any, Vector]:
    """Rows X of shape (n, d) and targets y of shape (n,), finite.

    Dense rows come back as float64 in column-major order, in which both products with the data stream fastest;
    sparse rows as CSR; a memory map as `MappedRows`, which read it block by block.
    """
    if sp.issparse(X):
        X = sp.csr_array(X)
        real_array("X", X.data)  # which `astype` does not ask
        X = X.astype(np.float64)
    elif isinstance(X, np.memmap):
        X = MappedRows(X)
    elif not isinstance(X, MappedRows):
        X = real_array("X", X, order="F")
    y = real_array("y", y)
    if len(X.shape) != 2 or 0 in X.shape:
        raise InvalidInput(
            "X", f"array of shape {X.shape}", "must have shape (n, d) with n, d >= 1", "give one row a sample"
        )
    if y.shape != (X.shape[0],):
        raise InvalidInput(
            "y", f"array of shape {y.shape}", f"must have shape ({X.shape[0]},)", "give one target a row of X"
        )
    if isinstance(X, MappedRows):
        for _ in X.finite_blocks():
            pass
    elif not np.isfinite(X.data if sp.issparse(X) else X).all():
        raise InvalidInput("X", "non-finite", "must be finite", "remove rows with nan and inf")
    if not np.isfinite(y).all():
        raise InvalidInput("y", "non-finite", "must be finite", "remove rows with nan and inf")
    return X, y


def signed_labels(y: Any) -> Vector:
    """Labels as -1.0 and +1.0: any two values, sorted, the second is +1."""
    labels = np.asarray(y)
    if labels.ndim != 1:
        raise InvalidInput("y", f"array of shape {labels.shape}", "must have shape (n,)", "give one label a row")
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise InvalidInput("y", "non-finite", "must be finite", "remove rows with nan and inf")
    try:
        classes, codes = np.unique(labels, return_inverse=True)
    except TypeError as error:
        raise InvalidInput(
            "y", "labels of several types", "must be comparable with one another", "make them strings"
        ) from error
    if len(classes) != 2:
        found = ", ".join(str(c) for c in classes[:4]) + (", ..." if len(classes) > 4 else "")
        raise InvalidInput(
            "y", f"{len(classes)} class(es): {found}", "must hold exactly two classes", "select two of them"
        )
    signed: Vector = np.asarray(2.0 * codes - 1.0, dtype=np.float64)
    return signed
