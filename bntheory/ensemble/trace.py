"""What an ensemble of runs recorded: of the fields of `bntheory.trace.Trace` those that every run has, a run a row.

The method, suboptimalities, last iterates and observations; an ensemble takes a fixed number of steps, so that there is
no stopping to tell of, and it reads no data that could be counted in passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bntheory.rates import BatchRates, fit_linear_rates
from bntheory.typing import Matrix


@dataclass(frozen=True)
class EnsembleTrace:
    """T steps of a method on many problems.

    Attributes
    ----------
    method : str
    suboptimality : array, shape (runs, T + 1)
        f(w~_t) - inf f of each run.
    w_tilde : array, shape (runs, d)
        The last iterates, in the eigenbases.
    observed : mapping of str to array, shape (runs, T + 1)
        Of GDNP on Gaussian inputs: "excess", rho(w_t) - rho*, and "mean", |u^T v_t|, of which the length is a
        function (`LengthTable`).
    error : float
        Estimate of the largest error of a suboptimality beside rounding (quadrature and interpolation): 0 if exact.
    """

    method: str
    suboptimality: Matrix
    w_tilde: Matrix
    observed: Mapping[str, Matrix] = field(default_factory=dict)
    error: float = 0.0

    @property
    def runs(self) -> int:
        """How many."""
        return len(self.suboptimality)

    @property
    def iterations(self) -> int:
        """T."""
        return int(self.suboptimality.shape[1]) - 1

    def rates(self) -> BatchRates:
        """The factor a step of every run, on the suboptimalities above 100 times their error."""
        return fit_linear_rates(self.suboptimality, floor=100 * self.error)
