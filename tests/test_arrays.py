"""Numbers from a caller: what is not an array of real numbers is refused with its name, wherever it is given."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

import bntheory as bn
from bntheory.arrays import real_array
from bntheory.errors import InvalidInput
from bntheory.rates.batch import fit_linear_rates
from bntheory.statistics import paired_effect, sign_flip_p

EYE, ONES, SIGNS = np.eye(2), np.ones(2), np.array([1.0, -1.0])
OLS = bn.LeastSquares(EYE, ONES)
NETWORK = bn.OneHiddenLayer(EYE, SIGNS, ONES[:1])
#: Each place where a caller's numbers come in, by the name it has there.
PLACES = {
    "S": lambda bad: bn.LeastSquares(bad, ONES),
    "u": lambda bad: bn.LeastSquares(EYE, bad),
    "u of halfspaces": lambda bad: bn.GaussianHalfspace(EYE, bad, loss="softplus"),
    "X": lambda bad: bn.LeastSquares.from_data(bad, ONES),
    "y": lambda bad: bn.LeastSquares.from_data(EYE, bad),
    "w0": lambda bad: bn.run(bn.GDNP(), OLS, bad),
    "theta": lambda bad: bn.OneHiddenLayer(EYE, SIGNS, bad),
    "W": NETWORK.value,
    "suboptimality": bn.fit_linear_rate,
    "suboptimality of runs": fit_linear_rates,
    "treated": lambda bad: paired_effect(bad, ONES),
    "control": lambda bad: paired_effect(ONES, bad),
    "differences": sign_flip_p,
}
NO_NUMBERS = {
    "complex": (ONES * 1j, "complex: must be real; give the real part"),
    "complex list": ([1j, 2], "must hold real numbers"),
    "text": (["a", "b"], "must hold real numbers"),
    "ragged": ([[1, 2], [3]], "must hold real numbers"),
    "too large": ([10**400, 1], "must hold real numbers"),
}


@pytest.mark.parametrize("kind", NO_NUMBERS)
@pytest.mark.parametrize("place", PLACES)
def test_what_is_not_real_is_refused_by_name(place, kind):
    bad, rule = NO_NUMBERS[kind]
    with pytest.raises(InvalidInput, match=f"^{place.split()[0]} = .*{rule}"):
        PLACES[place](bad)


def test_an_imaginary_part_of_sparse_rows_is_refused():
    with pytest.raises(InvalidInput, match=r"^X = complex: must be real"):
        bn.LeastSquares.from_data(sp.csr_array(EYE * 1j), ONES)


def test_an_array_of_floats_is_not_copied_and_a_list_becomes_one():
    assert real_array("x", ONES) is ONES
    assert real_array("x", [1, 2.5]).tolist() == [1.0, 2.5]
    assert real_array("x", np.ones((2, 3)), order="F").flags.f_contiguous
