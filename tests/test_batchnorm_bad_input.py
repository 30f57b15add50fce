"""Bad input to the Batch Normalization transform: every message names the value, the rule and the way out."""

from __future__ import annotations

import re
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from batches import exact

from bntheory import batchnorm as bn
from bntheory.errors import InvalidInput

X = np.array([[1.0, 5.0], [2.0, 7.0], [4.0, 6.0]])
G = np.ones(2)
TWO = bn.Statistics(G, G)
MIXED = np.array([Fraction(1), 1.0], dtype=object)
SYMBOL, INFINITE = sympy.Symbol("a"), [sympy.Integer(1), sympy.oo]

TOO_SMALL = ": must be at least 2.3e-308; give eps > 0 or drop the feature"
ZERO = ": must be positive; give eps > 0 or drop the feature"
NEGATIVE = ": must be at least 0; give one such as 1e-5"
FINITE = ": must be finite; correct it or leave it out"
BATCH = ": must have shape (m,) or (m, d), m >= 1; give one row an example"
FLOAT = " = a float: stands beside exact numbers; give ints or Fractions"
SHAPE = "; reshape or repeat it"
ONE_ROW = "m = 1: must be at least 2 for an unbiased variance; give larger batches"
BAD_INPUT = [
    (lambda: bn.normalize([3.0, 3.0], 0), "sigma_B^2 + eps = 0.0" + TOO_SMALL),
    (lambda: bn.forward(X * [1, 0], G, G, 0), "sigma_B^2 + eps = 0.0 in feature 1" + TOO_SMALL),
    (lambda: bn.normalize([1e-160, -1e-160], 0), "sigma_B^2 + eps = 1e-320" + TOO_SMALL),
    (lambda: bn.normalize(exact(3, 3), 0), "sigma_B^2 + eps = 0" + ZERO),
    (lambda: bn.normalize(np.array([SYMBOL, SYMBOL]), 0), "sigma_B^2 + eps = 0" + ZERO),
    (lambda: bn.normalize([1e200, -1e200], 1), "x = entries up to 1e+200: has a variance that overflows; rescale it"),
    (lambda: bn.normalize([1e308, 1e308], 1), "x = entries up to 1e+308: has a variance that overflows; rescale it"),
    (lambda: bn.normalize(X, -1e-9), "eps = -1e-09" + NEGATIVE),
    (lambda: bn.normalize(exact(1, 2), -1), "eps = -1" + NEGATIVE),
    (lambda: bn.normalize(X, G), "eps = shape (2,): must have shape ()" + SHAPE),
    (lambda: bn.normalize(X, np.inf), "eps = inf" + FINITE),
    (lambda: bn.normalize([[1.0, np.nan]], 1), "x[0, 1] = nan" + FINITE),
    (lambda: bn.normalize(INFINITE, 1), "x[1] = oo" + FINITE),
    (lambda: bn.normalize([mpmath.mpf("nan")], 1), "x[0] = nan" + FINITE),
    (lambda: bn.normalize(1.0, 1), "x = shape ()" + BATCH),
    (lambda: bn.batch_statistics(np.ones((2, 2, 2))), "x = shape (2, 2, 2)" + BATCH),
    (lambda: bn.batch_statistics([]), "x = shape (0,)" + BATCH),
    (lambda: bn.normalize(["a"], 1), "x = an array of <U1: must hold real numbers; convert it to float64"),
    (lambda: bn.normalize([1j], 1), "x = an array of complex128: must hold real numbers; convert it to float64"),
    (lambda: bn.normalize(MIXED, 1), "x" + FLOAT),
    (lambda: bn.normalize(exact(1, 2), 0.0), "eps" + FLOAT),
    (lambda: bn.forward(X, 1.0, G, 1), "gamma = shape (): must have shape (2,)" + SHAPE),
    (lambda: bn.forward(X, [1, np.nan], G, 1), "gamma[1] = nan" + FINITE),
    (lambda: bn.forward(X, G, np.ones(3), 1), "beta = shape (3,): must have shape (2,)" + SHAPE),
    (lambda: bn.backward(X, 1, X, 1), "gamma = shape (): must have shape (2,)" + SHAPE),
    (lambda: bn.backward(X, G, X[:2], 1), "dy = shape (2, 2): must have shape (3, 2)" + SHAPE),
    (lambda: bn.backward(X, G, X * np.inf, 1), "dy[0, 0] = inf" + FINITE),
    (lambda: bn.printed_chain(X, 1, X, 1), "gamma = shape (): must have shape (2,)" + SHAPE),
    (lambda: bn.printed_chain(X, G, G, 1), "dy = shape (2,): must have shape (3, 2)" + SHAPE),
    (lambda: bn.jacobian(X, G, 1), "x = shape (3, 2): must have shape (m,), one feature; give a column x[:, k]"),
    (lambda: bn.jacobian(X[:, 0], G, 1), "gamma = shape (2,): must have shape ()" + SHAPE),
    (lambda: bn.running_statistics(TWO, X[:1], 0.1), ONE_ROW),
    (lambda: bn.running_statistics(TWO, X, 1.5), "momentum = 1.5: must lie in [0, 1]; give one such as 0.1"),
    (lambda: bn.running_statistics(TWO, X, -0.5), "momentum = -0.5: must lie in [0, 1]; give one such as 0.1"),
    (
        lambda: bn.running_statistics(bn.Statistics(0, G), X, 1),
        "previous.mean = shape (): must have shape (2,)" + SHAPE,
    ),
    (
        lambda: bn.running_statistics(bn.Statistics(G, 1), X, 1),
        "previous.variance = shape (): must have shape (2,)" + SHAPE,
    ),
    (
        lambda: bn.population_statistics([]),
        "batches = none: must hold at least one batch; give a list of arrays (m, d)",
    ),
    (lambda: bn.population_statistics([exact(1)]), ONE_ROW),
    (lambda: bn.population_statistics([X, X[:2]]), "batch = shape (2, 2): must have shape (3, 2)" + SHAPE),
    (lambda: bn.population_statistics([exact(1, 2), [1.0, 2.0]]), "batch" + FLOAT),
    (
        lambda: bn.inference_map(bn.Statistics(0, -1), 1, 0, 2),
        "population.variance = -1.0: must be at least 0; give variances",
    ),
    (lambda: bn.inference_map(bn.Statistics(0, 0), 1, 0, 0), "sigma_B^2 + eps = 0.0" + TOO_SMALL),
    (
        lambda: bn.inference_map(bn.Statistics(G, 1), G, G, 2),
        "population.variance = shape (): must have shape (2,)" + SHAPE,
    ),
    (lambda: bn.inference_map(TWO, 1, G, 2), "gamma = shape (): must have shape (2,)" + SHAPE),
    (lambda: bn.inference_map(TWO, G, 1, 2), "beta = shape (): must have shape (2,)" + SHAPE),
    (lambda: bn.inference_map(TWO, G, G, -1), "eps = -1" + NEGATIVE),
    (lambda: bn.inference_map(TWO, G, G, 2)(X.T), "x = shape (2, 3): must have 2 columns; give one column a feature"),
    (lambda: bn.inference_map(TWO, G, G, 2)([1, np.nan]), "x[1] = nan" + FINITE),
]


@pytest.mark.parametrize(("call", "message"), BAD_INPUT, ids=[message for _, message in BAD_INPUT])
def test_bad_input_names_the_value_the_rule_and_the_way_out(call, message):
    with pytest.raises(InvalidInput, match="^" + re.escape(message) + "$"):
        call()
