"""Quadrature rules for a standard normal xi, each paired with a coarser version of itself.

Everything is cut off at |xi| = 8.5, where the normal tail is 2e-17.  Two rules:

- equispaced (trapezoid), for h analytic in a strip: the error falls exponentially in the number of nodes
  (Trefethen and Weideman, SIAM Review 56, 2014), and that number follows std/strip;
- Gauss-Legendre panels, for h with kinks, which become end points, or when the first needs too many nodes;
  the panels shrink geometrically towards the kinks.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import ceil, exp2, log2, pi, sqrt
from typing import NamedTuple

import numpy as np

from bntheory.loss_functions import normal_density
from bntheory.typing import Vector

REACH = 8.5
"""Nodes have |xi| <= 8.5."""

EDGE_DENSITY = float(normal_density(np.asarray(REACH)))
"""n(8.5) = 8e-17; the part of E|xi| beyond 8.5 is 2 n(8.5)."""

MAX_NODES = 2**16
"""Most nodes in one rule: three functions on them are 1.5 MB."""

# The equispaced rule is made so fine that its error factor exp(-37) = 8.5e-17 is below eps.
_DECAY = 37.0

# Strip counted for an entire h.  Such an h grows off the real axis, so no bound can use the whole plane: the
# normal CDF grows like exp(y^2/2), which asks for as many nodes as a pole at distance 37/sqrt(2 * 37) = 4.3.
_WIDEST_STRIP = 4.0

# Gauss-Legendre with 12 nodes on a panel of width 1.7 is exact to rounding for a quadratic times n(xi), and
# a pole at a panel's width above its end costs 4.6^-24 = 1e-16.
_PANEL_NODES = 12
_PANEL_WIDTH = 1.7


class Nodes(NamedTuple):
    """A rule and its coarser version on common nodes xi, shape (n,): the finer one's weights, the finer one's
    minus the coarser one's, and the index of a node where xi = 0."""

    xi: Vector
    weights: Vector
    difference: Vector
    middle: int


def half_count(std: float, strip: float) -> int:
    """m such that the equispaced rule on -m..m resolves h(mean + std xi), h analytic for |Im t| < strip.

    With step a and y = strip/std the error is about exp(y^2/2 - 2 pi y/a), the part of the integrand's
    spectrum that is aliased; the best y is 2 pi/a, which leaves exp(-2 pi^2/a^2), the Gaussian's own error.
    Hence 2 pi/a = 37/y + y/2 for y <= sqrt(2 * 37) and sqrt(2 * 37) beyond: 2 m + 1 is about 32 std + 24 for
    strip pi, 64 std + 24 for pi/2.  m is rounded up by at most 19 %, so that few cached sizes serve all std.
    """
    spread = max(min(std / min(strip, _WIDEST_STRIP), 1e9), 1.0 / sqrt(2.0 * _DECAY))  # 1/y
    frequency = _DECAY * spread + 0.5 / spread
    quarter_octaves = ceil(4.0 * log2(frequency * REACH / (2.0 * pi)))
    return ceil(exp2(0.25 * quarter_octaves))


@lru_cache(maxsize=256)
def equispaced(half: int) -> tuple[Vector, Vector]:
    """2 half + 1 nodes i REACH/half and their weights (read-only)."""
    step = REACH / half
    xi: Vector = np.arange(-half, half + 1, dtype=np.float64) * step
    return _frozen(xi), _frozen(step * normal_density(xi))


def refinements(mean: float, std: float, strip: float, kinks: tuple[float, ...]) -> Iterator[Nodes]:
    """Ever finer rules for h(mean + std xi), std > 0: one, then more while they are below MAX_NODES nodes."""
    half = half_count(std, strip)
    if not kinks and 4 * half < MAX_NODES:
        while 4 * half < MAX_NODES:
            yield _nested(half)
            half *= 2
        return
    edges = _graded_edges(mean, std, strip if kinks else min(strip, _WIDEST_STRIP), kinks or (0.0,))
    yield _panels(edges)
    while 6 * _PANEL_NODES * edges.size < MAX_NODES:
        edges = _bisected(edges)
        yield _panels(edges)


@lru_cache(maxsize=256)
def _nested(half: int) -> Nodes:
    """The equispaced rule on -2 half..2 half, and its even members as the coarser one."""
    xi, weights = equispaced(2 * half)
    difference = weights.copy()
    difference[::2] -= 2.0 * weights[::2]
    return Nodes(xi, weights, _frozen(difference), 2 * half)


def _graded_edges(mean: float, std: float, strip: float, centres: tuple[float, ...]) -> Vector:
    """Panel ends: uniform ones, the centres, and around them the distances strip/std times 1, 2, 4, ..."""
    width = max(strip / std, 1e-200)
    doublings = range(ceil(log2(max(_PANEL_WIDTH / width, 0.5))) + 1)
    offsets = np.array([0.0, *(sign * width * 2.0**k for k in doublings for sign in (-1.0, 1.0))])
    ends = np.array([(centre - mean) / std for centre in centres])[:, None] + offsets
    return np.sort(np.concatenate([_uniform_edges(), ends[np.abs(ends) < REACH]]))


@lru_cache(maxsize=1)
def _uniform_edges() -> Vector:
    return _frozen(np.linspace(-REACH, REACH, ceil(2.0 * REACH / _PANEL_WIDTH) + 1))


def _bisected(edges: Vector) -> Vector:
    finer = np.empty(2 * edges.size - 1)
    finer[::2] = edges
    finer[1::2] = 0.5 * (edges[1:] + edges[:-1])
    return finer


def _panels(edges: Vector) -> Nodes:
    """Gauss-Legendre on the halves of the panels, and on the panels as the coarser rule.

    One node more, xi = 0 with weight 0, comes first.
    """
    x, w = _legendre()
    finer = _bisected(edges)
    lower, upper = np.concatenate([edges[:-1], finer[:-1]]), np.concatenate([edges[1:], finer[1:]])
    half_width = 0.5 * (upper - lower)[:, None]
    xi, weights = np.zeros((2, 1 + lower.size * x.size))
    np.add((0.5 * (upper + lower))[:, None], half_width * x, out=xi[1:].reshape(-1, x.size))
    np.multiply(half_width, w, out=weights[1:].reshape(-1, x.size))
    weights *= normal_density(xi)
    coarse = slice(1, 1 + (edges.size - 1) * x.size)
    difference = weights.copy()
    difference[coarse] *= -1.0
    weights[coarse] = 0.0
    return Nodes(xi, weights, difference, 0)


@lru_cache(maxsize=1)
def _legendre() -> tuple[Vector, Vector]:
    x, w = np.polynomial.legendre.leggauss(_PANEL_NODES)
    return _frozen(x), _frozen(w)


def _frozen(array: Vector) -> Vector:
    array.setflags(write=False)
    return array
