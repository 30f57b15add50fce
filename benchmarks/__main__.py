"""`python -m benchmarks` (or `make bench`): every benchmark's goal, measured ratio and quartiles."""

import os

# Before numpy is imported: one BLAS thread, as in every figure that PERFORMANCE goals speak of.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from benchmarks import gdnp_iteration  # noqa: E402

for result in gdnp_iteration.measure():
    low, high = result.spread
    verdict = "met" if result.met else "NOT MET"
    print(
        f"{result.name:50} goal <= {result.goal:<5} measured {result.measured:.3f} [{low:.3f}, {high:.3f}] {verdict}",
        flush=True,
    )
