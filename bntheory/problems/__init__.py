"""The optimization problems of sections E and their data versions; each satisfies `bntheory.protocols.Problem`."""

from bntheory.problems.gaussian_halfspace import GaussianHalfspace
from bntheory.problems.gaussian_network import GaussianOneHiddenLayer
from bntheory.problems.least_squares import LeastSquares
from bntheory.problems.one_hidden_layer import OneHiddenLayer
from bntheory.problems.sampled_halfspace import SampledHalfspace

__all__ = ["GaussianHalfspace", "GaussianOneHiddenLayer", "LeastSquares", "OneHiddenLayer", "SampledHalfspace"]
