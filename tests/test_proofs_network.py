"""The proofs about units and networks fail where a hypothesis they need is taken away."""

from __future__ import annotations

import pytest

from bntheory.claims import halfspaces, reparametrization
from bntheory.gram import UndecidedSign
from bntheory.proof import Residual
from bntheory.proofs.halfspaces import general_labelled
from bntheory.proofs.reparametrization import general_outputs


def residual(entry, case):
    return Residual(entry, case, *entry.sides(case))


def test_the_reparametrization_needs_inputs_of_mean_zero():
    assert residual(reparametrization.PRINTED, general_outputs()).shown
    with pytest.raises(UndecidedSign):  # w^T S w = s^2 + mean^2 is no square
        residual(reparametrization.PRINTED, general_outputs(centred=False))
    [variance] = [mutant for mutant in reparametrization.MUTANTS if mutant.id.endswith(".variance")]
    assert residual(variance, general_outputs()).shown
    assert not residual(variance, general_outputs(centred=False)).shown


def test_the_moments_of_z_need_labels_of_square_1():
    assert residual(halfspaces.PRINTED, general_labelled()).shown
    assert not residual(halfspaces.PRINTED, general_labelled(signs=False)).shown
