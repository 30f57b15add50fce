"""The optimization problems of sections E and their data versions; each satisfies `bntheory.protocols.Problem`."""

from bntheory.problems.gaussian_halfspace import GaussianHalfspace
from bntheory.problems.least_squares import LeastSquares
from bntheory.problems.sampled_halfspace import SampledHalfspace

__all__ = ["GaussianHalfspace", "LeastSquares", "SampledHalfspace"]
