"""
Your data: rates beside the theorem's
=====================================

You have a table with two classes and want to know how fast gradient descent, with and without the normalization of the
theory, learns a halfspace on it, and how that compares with the proved rate. The table here is made up; put your own
file in its place.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import bntheory
from bntheory.data import load
from bntheory.decoupling import contraction_factor

folder = Path(tempfile.mkdtemp())
rng = np.random.default_rng(0)
outcome = rng.integers(0, 2, 300)
measured = rng.standard_normal((300, 4)) @ np.diag([1, 2, 5, 0.5]) + 0.8 * outcome[:, None]
lines = [
    ",".join([*map(repr, map(float, row)), "ill" if label else "well"])
    for row, label in zip(measured, outcome, strict=True)
]
table = "\n".join(["age,pressure,dose,weight,outcome", *lines])
size = (folder / "patients.csv").write_text(table)

# %%
# Columns are centred and scaled, since the theory assumes :math:`\mathrm E[x]=0`; the class that sorts second is +1.

data = load(folder / "patients.csv", target="outcome")
print(data.classes, data.X.shape, *data.notes, sep="\n")

# %%
# A problem knows its covariance S, with it the condition number, and its infimum. Every method starts from the same
# point and stops at the same gradient norm.

problem = bntheory.SampledHalfspace(data.X, data.y, loss="softplus")
print(f"condition number L/mu = {problem.metric.condition:.2f}")
w0 = rng.standard_normal(4)
w0 *= -np.sign(problem.u @ w0)  # GDNP starts on the side of the classes' means
methods = bntheory.GradientDescent(), bntheory.AcceleratedGradient(), bntheory.GDNP()
traces = [bntheory.run(method, problem, w0, steps=300, tol=1e-8) for method in methods]
for trace in traces:
    rate = bntheory.fit_linear_rate(trace.suboptimality)
    low, high = rate.ci95
    print(f"{trace.method:5} {trace.iterations:4} steps, factor {rate.factor:.4f} a step, 95 % [{low:.4f}, {high:.4f}]")

# %%
# The dotted line is the theorem's :math:`(1-\mu/L)^2` a step. It is proved for *Gaussian* inputs (E11), which these are
# not: here it is a yardstick and no bound.

factor = contraction_factor(problem.metric.mu, problem.metric.L)
figure, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
for trace in traces:
    ax.semilogy(trace.suboptimality / trace.suboptimality[0], label=trace.method)
ax.semilogy(factor ** np.arange(60), ":", color="gray", label=r"$(1-\mu/L)^{2t}$")
ax.set(xlabel="iteration t", ylabel="suboptimality, of its start", ylim=(1e-13, 2), xlim=(0, 100))
ax.legend()
plt.show()

# %%
# The command line does the same, keeps the results and draws them:
#
# .. code-block:: console
#
#    bntheory run halfspace_data --data patients.csv --target outcome --loss softplus --method gd,agd,gdnp --figure
#
# ``main`` is that command in Python.

from bntheory.cli import main

command = ["run", "halfspace_data", "--data", str(folder / "patients.csv"), "--target", "outcome"]
command += ["--loss", "softplus", "--method", "gd,agd,gdnp", "--out", str(folder)]
exit_code = main(command)
