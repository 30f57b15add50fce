"""Rows on disk read block by block: the same products as in memory, in bounded memory."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from instances import D, X, Y

import bntheory
from bntheory import mapped_rows
from bntheory.data import load, standardize
from bntheory.errors import InvalidInput
from bntheory.linalg import Metric
from bntheory.mapped_rows import MappedRows
from bntheory.methods import GDNP
from bntheory.problems import LeastSquares, OneHiddenLayer, SampledHalfspace

RNG = np.random.default_rng(3)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(mapped_rows, "BLOCK_BYTES", 1000)  # 300 rows are 15 blocks


def mapped(folder, table, mode="r"):
    np.save(folder / "x.npy", table)
    return np.load(folder / "x.npy", mmap_mode=mode)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int8])
def test_products_are_those_of_the_array(tmp_path, kind, order):
    table = np.asarray(RNG.integers(-100, 100, (301, D)), dtype=kind, order=order)
    rows, dense = MappedRows(mapped(tmp_path, table)), table.astype(float)
    w, r, W = RNG.standard_normal(D), RNG.standard_normal(301), RNG.standard_normal((D, 2))
    assert rows.shape == dense.shape
    np.testing.assert_allclose(rows @ w, dense @ w, rtol=1e-12)
    np.testing.assert_allclose(rows @ W, dense @ W, rtol=1e-11)
    np.testing.assert_allclose(rows.T @ r, dense.T @ r, rtol=1e-11)
    np.testing.assert_allclose(rows.T @ (dense @ W), dense.T @ (dense @ W), rtol=1e-11)
    np.testing.assert_allclose(rows.gram(r), dense.T @ (r[:, None] * dense), rtol=1e-10)
    np.testing.assert_array_equal(rows.T @ rows, dense.T @ dense)  # integers
    np.testing.assert_array_equal(Metric.of_rows(rows).S, dense.T @ dense / 301)


def test_a_slice_of_a_map_is_mapped_from_where_it_begins(tmp_path):
    part = mapped(tmp_path, X)[17:250:2, 1:]
    np.testing.assert_allclose(MappedRows(part) @ np.ones(D - 1), X[17:250:2, 1:].sum(axis=1), rtol=1e-12)


def test_pages_of_a_copy_on_write_map_are_not_given_back(tmp_path):
    """They hold changes that are nowhere else."""
    table = mapped(tmp_path, X, mode="c")
    table[:] = 1.0
    MappedRows(table) @ np.ones(D)
    assert (table == 1.0).all()


def test_changes_of_a_writable_map_survive(tmp_path):
    table = mapped(tmp_path, X, mode="r+")
    table[5] = 7.0
    MappedRows(table) @ np.ones(D)
    assert (table[5] == 7.0).all()


@pytest.mark.parametrize(("target", "constant"), [(0, 3), (D + 1, 0), (2, D + 1)])
def test_an_npy_file_is_standardized_as_a_file_in_memory(tmp_path, target, constant):
    table = X * np.geomspace(1e-3, 1e3, D) + 1e8 * np.arange(D)
    for column, values in sorted([(target, np.where(Y > 0, 4.0, 2.0)), (constant, np.full(len(Y), 0.1))]):
        table = np.insert(table, column, values, axis=1)
    np.save(tmp_path / "f.npy", table)
    data = load(tmp_path / "f.npy", target=target)
    features = np.delete(table, target, axis=1)
    Z, _, _ = standardize(features)
    assert data.notes == (f"dropped constant column {constant}", f"centred and scaled {D} columns")
    assert (data.classes, data.X.shape) == (("2", "4"), (300, D))
    np.testing.assert_array_equal(data.y, Y)
    # each entry is rounded relative to the largest of its column, at most sqrt(n) deviations
    np.testing.assert_allclose(data.X @ np.eye(D), Z, rtol=0, atol=300**0.5 * 1e-15)
    raw = load(tmp_path / "f.npy", target=target, raw=True)
    np.testing.assert_array_equal(raw.X @ np.eye(D + 1), features)
    assert raw.notes == ("columns are taken as they are; the theory assumes E[x] = 0",)
    real = load(tmp_path / "f.npy", target=str(target), task="regression")
    np.testing.assert_array_equal(real.y, table[:, target])


def test_methods_take_the_same_steps_on_a_map(tmp_path):
    other, dense = SampledHalfspace(mapped(tmp_path, X), Y), SampledHalfspace(X, Y)
    w0 = -dense.u
    for method in (GDNP(), bntheory.WhitenedGDNP(), bntheory.GradientDescent()):
        runs = [bntheory.run(method, problem, w0, steps=20, tol=1e-12) for problem in (dense, other)]
        # each step rounds both products anew, so that the sums agree to some units of rounding a step
        np.testing.assert_allclose(runs[1].value, runs[0].value, rtol=1e-13)
    assert other.infimum.value == pytest.approx(dense.infimum.value, rel=1e-13)
    W = RNG.standard_normal((2, D))
    networks = [OneHiddenLayer(rows, Y, [1.0, -2.0]) for rows in (X, mapped(tmp_path, X))]
    np.testing.assert_allclose(networks[1].gradient(W), networks[0].gradient(W), rtol=1e-11)


def test_no_infimum_is_claimed_where_rows_of_a_map_escape(tmp_path):
    table = np.array([[1.0, 0.0], [-1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    labels = [1, 1, -1, 1]  # the last row alone is pushed away along (0, 1)
    assert SampledHalfspace(table, labels).infimum.escaping == 1
    found = SampledHalfspace(mapped(tmp_path, table), labels).infimum
    assert np.isnan(found.value)
    assert found.minimizer is None


def test_least_squares_of_a_map_are_those_of_the_array(tmp_path):
    y = X @ np.ones(D) + Y
    dense, other = LeastSquares.from_data(X, y), LeastSquares.from_data(mapped(tmp_path, X), y)
    np.testing.assert_allclose(other.S, dense.S, atol=1e-14)
    np.testing.assert_allclose(other.u, dense.u, atol=1e-14)


def test_bad_entries_of_a_map_are_named(tmp_path):
    table = X.copy()
    table[288, 4] = np.nan
    with pytest.raises(InvalidInput, match=r"X, entry \[288, 4\] = nan: must be finite"):
        SampledHalfspace(mapped(tmp_path, table), Y)
    with pytest.raises(InvalidInput, match=r"X = array of shape \(300,\): must have shape \(n, d\)"):
        SampledHalfspace(mapped(tmp_path, X[:, 0]), Y)
    with pytest.raises(InvalidInput, match="X = an array of type <U1: must hold real numbers"):
        SampledHalfspace(mapped(tmp_path, np.full((300, 2), "a")), Y)
    # the sum of a block overflows, none of its entries does
    MappedRows(mapped(tmp_path, np.full((9, 2), 1.7e308))).T @ np.zeros(9)
    assert len(list(MappedRows(mapped(tmp_path, np.full((9, 2), 1.7e308))).finite_blocks())) == 1


MEMORY = """
import sys
from itertools import islice
import bntheory
from bntheory.data import chunks, load
from bntheory.methods import GDNP
from bntheory.problems import LeastSquares, SampledHalfspace
from bntheory.streaming import moments

name, file = sys.argv[1:]
if name == "moments":
    LeastSquares.from_moments(moments(chunks(file, target=0)).standardized()).minimizer
else:
    data = load(file, target=0)
    problem = SampledHalfspace(data.X, data.y)
    list(islice(GDNP().iterates(problem, -problem.u), 3))
# of this process alone: ru_maxrss is at least what the parent had when it forked
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize("name", ["moments", "gdnp"])
def test_peak_memory_does_not_grow_with_the_file(tmp_path, name):
    """A file of 336 MB against one of a tenth: blocks, and for GDNP at most ten arrays of length n besides."""
    peaks = []
    for n in (100_000, 1_000_000):
        table = np.lib.format.open_memmap(tmp_path / f"{n}.npy", "w+", np.float64, (n, 42))
        for start in range(0, n, 50_000):
            table[start : start + 50_000] = np.random.default_rng(start).standard_normal((50_000, 42))
            table[start : start + 50_000, 0] = np.sign(table[start : start + 50_000, 0])
        table.flush()
        del table
        command = [sys.executable, "-c", MEMORY, name, str(tmp_path / f"{n}.npy")]
        peaks.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / 1024)
    growth = 0 if name == "moments" else 10 * 8 * 900_000 / 2**20
    assert peaks[1] - peaks[0] <= growth + 10
