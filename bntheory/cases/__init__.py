"""Strategies for Hypothesis: the domains of the theory's statements, for claims and for anybody's tests.

* numbers: `rationals`, `rational_vectors`, `integers`, `exact_array`;
* Batch Normalization: `batches`, `units`, with the fast sampler `sample_units`;
* matrices and least squares, exact: `spd_matrices`, `spd_matrices_with` (mu and L prescribed), `quadratics`,
  `tight_quadratics` (the families on which the rates are sharp), `halfspaces`, the samplers
  `sample_quadratics` and `sample_halfspaces`;
* problems in floats: `losses`, `least_squares`, `gaussian_halfspaces`, `sampled_halfspaces`.
"""

from bntheory.cases.batches import Unit, batches, sample_units, units
from bntheory.cases.problems import gaussian_halfspaces, least_squares, losses, sampled_halfspaces
from bntheory.cases.rationals import exact_array, integers, rational_vectors, rationals
from bntheory.cases.spectra import (
    Quadratic,
    Spectrum,
    halfspaces,
    quadratics,
    sample_halfspaces,
    sample_quadratics,
    spd_matrices,
    spd_matrices_with,
    tight_quadratics,
)

__all__ = [
    "Quadratic",
    "Spectrum",
    "Unit",
    "batches",
    "exact_array",
    "gaussian_halfspaces",
    "halfspaces",
    "integers",
    "least_squares",
    "losses",
    "quadratics",
    "rational_vectors",
    "rationals",
    "sample_halfspaces",
    "sample_quadratics",
    "sample_units",
    "sampled_halfspaces",
    "spd_matrices",
    "spd_matrices_with",
    "tight_quadratics",
    "units",
]
