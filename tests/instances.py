"""One instance of each problem, and what the tests of the methods do with the points of a run."""

from __future__ import annotations

from itertools import islice

import numpy as np

from bntheory.linalg import Metric, symmetric_matrix

RNG = np.random.default_rng(11)
D = 6
S = symmetric_matrix(np.geomspace(0.1, 1.3, D), RNG)
METRIC = Metric(S)
U = RNG.standard_normal(D)
U *= 0.6 / METRIC.dual_norm(U)
W0 = RNG.standard_normal(D)
W0 *= -np.sign(U @ W0)
X = RNG.standard_normal((300, D))
Y = np.where(X @ RNG.standard_normal(D) + 2 * RNG.standard_normal(300) > 0, 1, -1)
CONVEX = ("softplus", "gaussian-hinge", "sqrt-hinge")


def points(method, problem, count, w0=W0):
    """The first w~_t."""
    return [iterate.w_tilde for iterate in islice(method.iterates(problem, w0), count)]


def unit(w):
    """w/|w|_S."""
    return w / METRIC.norm(w)


class PlainRay:
    """A ray with the members of `bntheory.protocols.Ray` alone."""

    def __init__(self, ray):
        self.value, self.slope, self.curvature, self.gradient = ray.value, ray.slope, ray.curvature, ray.gradient


class PlainProblem:
    """A problem with the members of `bntheory.protocols.Problem` alone."""

    def __init__(self, problem):
        self.u, self.S, self.value, self.gradient = problem.u, problem.S, problem.value, problem.gradient
        self.ray = lambda w: PlainRay(problem.ray(w))
