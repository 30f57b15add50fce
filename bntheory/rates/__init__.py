"""Convergence rates measured from suboptimality traces D_0, D_1, ...; problems and methods are unknown here.

- `fit_linear_rate`: the factor q of D_t ~ C q^t, per step, on the suboptimality.
- `fit_power_rate`: the exponent p of D_t ~ C (t + t0)^(-p).
- `fit_linear_rates`: the factors of many noise-free traces at once.
- `choose_rate`: linear or sublinear, by which model predicts the second half of the trace from the first.

Each rate carries a 95 % interval and the window of indices that it was measured on.
"""

from bntheory.rates.batch import BatchRates, fit_linear_rates
from bntheory.rates.choice import RateChoice, choose_rate
from bntheory.rates.linear import LinearRate, fit_linear_rate
from bntheory.rates.power import PowerRate, fit_power_rate

__all__ = [
    "BatchRates",
    "LinearRate",
    "PowerRate",
    "RateChoice",
    "choose_rate",
    "fit_linear_rate",
    "fit_linear_rates",
    "fit_power_rate",
]
