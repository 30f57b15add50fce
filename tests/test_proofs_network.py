"""The proofs about units and networks fail where a hypothesis they need is taken away."""

from __future__ import annotations

import pytest

from bntheory.claims import reparametrization
from bntheory.gram import UndecidedSign
from bntheory.proof import Residual
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
