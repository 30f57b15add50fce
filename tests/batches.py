"""Batches that the tests of the transform draw: exact rationals, whose square roots are rational, and float64."""

from __future__ import annotations

import statistics
from fractions import Fraction

import numpy as np

DEVIATIONS = (1, -1, 7, -7)  # (1 + 1 + 49 + 49) / 4 = 5^2: a rational standard deviation


def exact(*values):
    return np.array([Fraction(v) for v in values], dtype=object)


def fractions(generator, *shape):
    """Fractions k/6 with |k| <= 30."""
    numerators = generator.integers(-30, 31, shape)
    return np.array([Fraction(int(k), 6) for k in numerators.flat], dtype=object).reshape(shape)


def eps_with_rational_root(x):
    """eps >= 0 such that sigma_B^2 + eps of one exact feature is the square of a positive integer."""
    variance = statistics.pvariance(x)
    root = 1
    while root * root < variance:
        root += 1
    return root * root - variance


def float_batch(seed, m=7, d=3):
    generator = np.random.default_rng(seed)
    x = generator.normal(generator.normal(size=d), np.exp(generator.normal(size=d)), (m, d))
    gamma, beta, dy = generator.normal(size=d), generator.normal(size=d), generator.normal(size=(m, d))
    return x, gamma, beta, dy
