r"""
Ensembles: 10,000 instances against the bound
=============================================

One run shows little of a worst-case theorem. An ensemble runs thousands of random least-squares problems at once, each
with its own spectrum, u and start, and compares every step of every run with :math:`(1-\mu/L)^2`.
"""

import matplotlib.pyplot as plt
import numpy as np

from bntheory.decoupling import contraction_factor
from bntheory.ensemble import LeastSquaresEnsemble
from bntheory.ensemble.instances import generic, log_uniform, worst_case

RUNS, D, CONDITION, STEPS = 10_000, 10, 30.0, 60
rng = np.random.default_rng(0)
eigenvalues = log_uniform(CONDITION, (RUNS, D), rng)
bound = contraction_factor(1 / CONDITION, 1.0)

# %%
# Generic starts. Not even the slowest single step of all runs exceeds the bound, but for rounding.

u, w0 = generic(eigenvalues, rng)
problems = LeastSquaresEnsemble(eigenvalues, u)
traces = problems.gradient_descent(w0, STEPS), problems.gdnp(w0, STEPS)
rates = {trace.method: trace.rates() for trace in traces}
for name, rate in rates.items():
    worst = np.nanmax(rate.worst)
    print(f"{name:4}: median factor {np.nanmedian(rate.factor):.4f}, slowest step {worst:.6f}, bound {bound:.6f}")

# %%
# GD with step 1/(2L) and GDNP share the theorem; which of them is the faster one depends on the instance.

share = np.mean(rates["gdnp"].factor < rates["gd"].factor)
print(f"GDNP is the faster one in {share:.0%} of the runs")

figure, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
bins = np.linspace(0.8, 0.95, 76)
for name, rate in rates.items():
    ax.hist(rate.factor[np.isfinite(rate.factor)], bins, alpha=0.6, label=name)
ax.axvline(bound, color="black", linestyle=":", label=r"$(1-\mu/L)^2$")
ax.set(xlabel="measured factor a step", ylabel=f"runs, of {RUNS:,}")
ax.legend()
plt.show()
print(f"GDNP faster in {np.mean(rates['gdnp'].factor < rates['gd'].factor):.1%} of the runs")

# %%
# The bound is no exaggeration: with u along the top eigenvector and the error along the bottom one it is attained.

u, w0 = worst_case(eigenvalues[:100], rng)
attained = LeastSquaresEnsemble(eigenvalues[:100], u).gradient_descent(w0, STEPS).rates()
print(f"worst case: factors {attained.factor.min():.9f} to {attained.factor.max():.9f}, bound {bound:.9f}")

# %%
# Grids of such ensembles, on all processors or on a cluster, are sweeps: :doc:`/sweep`.
