"""Thousands of runs as one array call: least squares and Gaussian halfspaces, each with its own spectrum and start.

Every method here is rotation-equivariant, so that a run in the eigenbasis of S, where S is diagonal, shows what any
run shows; there a step costs O(d). On Gaussian inputs the directions of GDNP depend on neither the loss nor the length
(E9), and the length on the direction through one scalar alone (`LengthTable`).

Main objects: `LeastSquaresEnsemble`, `GaussianEnsemble` (each `member(k)` is one of `bntheory.problems`), and
`EnsembleTrace`, whose arrays have a run a row.
"""

from bntheory.ensemble.gaussian_inputs import GaussianEnsemble
from bntheory.ensemble.least_squares import LeastSquaresEnsemble
from bntheory.ensemble.length_table import LengthTable
from bntheory.ensemble.trace import EnsembleTrace

__all__ = ["EnsembleTrace", "GaussianEnsemble", "LeastSquaresEnsemble", "LengthTable"]
