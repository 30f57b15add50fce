"""Proofs hold in every dimension, fail on false neighbours, and fail where a hypothesis they need is taken away."""

from __future__ import annotations

from fractions import Fraction

import pytest

from bntheory.claim import Truth
from bntheory.claims import CLAIMS, backpropagation, claim, gradient_bound, hessian_bound, initialization, statement
from bntheory.gram import Space, UndecidedSign
from bntheory.proof import Proof, Residual, load_proof, proof_of
from bntheory.proofs.initialization import general_weights
from bntheory.proofs.units import general_unit

STEMS = sorted({entry.proof for entry in CLAIMS if entry.proof})


@pytest.fixture(scope="module")
def proofs():
    return {stem: load_proof(stem) for stem in STEMS}


def test_the_required_theorems_are_proved(proofs):
    for name in ("A4", "C3", "C4", "C5", "C6", "F6"):
        assert claim(name).main.id in proofs[claim(name).proof].proved


def test_every_proof_proves_the_claims_that_name_it(proofs):
    for entry in CLAIMS:
        if entry.proof:
            assert entry.main.id in proofs[entry.proof].proved


def test_no_proof_proves_a_false_statement(proofs):
    for proof in proofs.values():
        assert all(statement(name).truth is not Truth.FALSE for name in proof.proved)
        assert set(proof.residuals) == set(proof.proved)


def test_every_proof_rejects_false_neighbours_of_every_claim_it_serves(proofs):
    for entry in CLAIMS:
        if entry.proof:
            proof = proofs[entry.proof]
            rejected = [name for name in proof.neighbours if name.startswith(entry.id + ".")]
            false = [s for s in entry.mutants if s.truth is Truth.FALSE]
            assert len(rejected) >= len(false) / 2, entry.id
            assert proof.accepted_neighbours == ()


def test_every_proof_says_what_it_rests_on(proofs):
    assert all(proof.rests_on for proof in proofs.values())


def test_a_proof_that_lets_a_false_neighbour_pass_proves_nothing():
    case = general_unit(0)
    true, false = gradient_bound.PRINTED, gradient_bound.PRINTED.neighbour("x", Truth.FALSE, "", hessian_free, "")
    assert proof_of([(true, case)], [], ()).proved == (true.id,)
    assert proof_of([(true, case)], [(false, case)], ()).proved == ()


def hessian_free(unit):
    return unit.g @ unit.g, unit.g @ unit.g


def test_bounds_are_proved_by_squares_and_equalities_are_not():
    space = Space("s free", positive="s")
    s, free = space.scalars("s free")
    assert Residual(-s * (free - 1) ** 2, "<=").vanishes
    assert not Residual(-s * (free - 1) ** 2, "==").vanishes
    assert not Residual(s * (free - 1) ** 2, "<=").vanishes
    assert not Residual(free, "<=").vanishes
    assert not Residual(-(s - free), "<=").vanishes
    assert Residual(-s - free**2, "<=", (s, free**2)).vanishes
    assert not Residual(-s - free**2, "<=", (s,)).vanishes
    assert not Residual(-s - free**2, "==", (s, free**2)).vanishes
    assert Proof({"a": (Residual(s - s, "=="), Residual(s, "=="))}, {}, ()).proved == ()


# Hypotheses taken away


def residual(entry, case):
    return proof_of([(entry, case)], [], ()).residuals[entry.id][0]


def test_the_printed_gradient_bound_is_no_equality_for_eps_above_0():
    assert residual(gradient_bound.PRINTED, general_unit(0)).value == 0
    assert residual(gradient_bound.PRINTED, general_unit()).value != 0


def test_the_printed_hessian_bound_needs_eps_0():
    assert residual(hessian_bound.PRINTED, general_unit(0)).vanishes
    assert not residual(hessian_bound.PRINTED, general_unit()).vanishes


def test_the_hessian_bound_needs_the_direction_of_the_gradient():
    elsewhere = statement("C4.mutant.any-direction")
    assert not residual(elsewhere, general_unit(0)).vanishes


def test_the_minimax_bound_needs_eps_0():
    from bntheory.claims.minimax_bound import CORRECTED, BoundedData

    def data(eps):
        unit = general_unit(eps, scalars="lambda", vectors="w column")
        space = unit.y.space
        return BoundedData(unit, *space.scalars("lambda"), *space.vectors("w column"))

    assert residual(CORRECTED, data(0)).vanishes
    assert not residual(CORRECTED, data(None)).vanishes


def test_the_minimax_bound_is_attained_only_with_a_unit_vector():
    from bntheory.claims.minimax_bound import BoundedData

    unit = general_unit(0, scalars="lambda", vectors="w column")
    space = unit.y.space
    free = BoundedData(unit, *space.scalars("lambda"), *space.vectors("w column"))  # |w| = 1 is not said
    assert not residual(statement("C5.mutant.attained"), free).vanishes


def test_the_distance_to_the_ray_needs_an_acute_angle():
    assert residual(initialization.CORRECTED, general_weights()).vanishes
    with pytest.raises(UndecidedSign, match="the sign of product is open"):
        residual(initialization.CORRECTED, general_weights(acute=False))


def test_the_scale_needs_the_definition_of_the_variance():
    """Without m (s^2 - eps) = |y - mean 1|^2 there is no root to take."""
    space = Space("eps gamma beta", "y g v", "H")
    eps, gamma, beta = space.scalars("eps gamma beta")
    y, g, v = space.vectors("y g v")
    unit = type(general_unit())(y, g, gamma, beta, eps, space.operator("H"), v)
    with pytest.raises(UndecidedSign):
        residual(gradient_bound.CORRECTED, unit)


def test_backpropagation_needs_the_chain_through_the_statistics():
    fixed = statement("A4.mutant.statistics-fixed")
    assert not residual(fixed, backpropagation.Derivative(general_unit(), "dx")).vanishes


def test_floats_cannot_enter_a_proof():
    case = general_unit()
    rounded = gradient_bound.CORRECTED.neighbour("x", Truth.TRUE, "", lambda unit: (0.5 * (unit.g @ unit.g), 0), "")
    with pytest.raises(TypeError):
        residual(rounded, case)
    exact = gradient_bound.CORRECTED.neighbour(
        "x", Truth.TRUE, "", lambda unit: (Fraction(1, 2) * (unit.g @ unit.g), (unit.g @ unit.g) / 2), ""
    )
    assert residual(exact, case).vanishes
