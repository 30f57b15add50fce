"""The proofs about units and networks fail where a hypothesis they need is taken away."""

from __future__ import annotations

import pytest

from bntheory.cases import Quadratic
from bntheory.claim import Truth
from bntheory.claims import (
    alternating_units,
    critical_points,
    gaussian_gradient,
    halfspaces,
    hidden_units,
    reparametrization,
)
from bntheory.gram import Space, UndecidedSign
from bntheory.proof import Residual, load_proof
from bntheory.proofs.alternating_units import general_units as general_held_units
from bntheory.proofs.critical_points import general_point
from bntheory.proofs.halfspaces import general_labelled
from bntheory.proofs.hidden_units import general_units
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


def test_the_critical_points_are_proved_and_every_neighbour_is_rejected():
    proof = load_proof("critical_points")
    names = {statement.id for statement in critical_points.E8_MUTANTS if statement.truth is not Truth.FALSE}
    assert set(proof.proved) == set(proof.residuals) == {"E8.corrected", *names}
    assert len(proof.neighbours) >= 10
    assert proof.accepted_neighbours == ()


def test_the_distance_from_the_line_needs_a_mean():
    """Without u^T S^-1 u > 0 the part of the gradient on the line has no sign."""
    space = Space("a b mu L", "best w v", "S", powers=range(-1, 4))
    a, b, mu, L = space.scalars("a b mu L")
    best, w, v = space.vectors("best w v")
    S = space.operator("S")
    case = gaussian_gradient.Point(Quadratic(S, S.inverse, best, w, mu, L), a, b, v)
    assert residual(critical_points.E8_CORRECTED, general_point()).shown
    assert not residual(critical_points.E8_CORRECTED, case).shown


def test_the_norms_of_the_covariance_need_it_to_be_invertible():
    [norms] = [mutant for mutant in critical_points.E8_MUTANTS if mutant.id.endswith("covariance-norms")]
    assert residual(norms, general_point(spread=True)).shown
    assert not residual(norms, general_point()).shown


def test_the_hidden_units_are_proved_and_every_neighbour_is_rejected():
    proof = load_proof("hidden_units")
    names = {statement.id for statement in hidden_units.E14_MUTANTS if statement.truth is not Truth.FALSE}
    assert set(proof.proved) == set(proof.residuals) == {"E14.corrected", *names}
    assert len(proof.neighbours) >= 8
    assert proof.accepted_neighbours == ()


def test_cramers_rule_for_units_needs_b_to_be_symmetric():
    assert residual(hidden_units.E14_CORRECTED, general_units()).shown
    assert not residual(hidden_units.E14_CORRECTED, general_units(symmetric=False)).shown


def test_one_unit_alone_needs_the_other_on_the_line():
    [alone] = [mutant for mutant in hidden_units.E14_MUTANTS if mutant.id.endswith("others-on-the-line")]
    assert residual(alone, general_units(on_the_line=True)).shown
    assert not residual(alone, general_units()).shown


def test_the_reduction_to_a_halfspace_needs_the_other_units_on_the_line():
    [off] = [mutant for mutant in alternating_units.MUTANTS if mutant.id.endswith("off-the-line")]
    case = general_held_units()
    assert residual(alternating_units.CORRECTED, case).shown
    assert not residual(off, case).shown
