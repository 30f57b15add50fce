"""Proofs hold in every dimension, fail on false neighbours, and fail where a hypothesis they need is taken away."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from formal_cases import behind, stands_for
from formal_values import value

from bntheory.cases import Unit
from bntheory.claim import Truth
from bntheory.claims import CLAIMS, backpropagation, claim, gradient_bound, hessian_bound, initialization, statement
from bntheory.falsify.digits import digits
from bntheory.falsify.exact_case import exact_case
from bntheory.gram import Scalar, Space, UndecidedSign
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
    rejected = statement("C3.mutant.drop-mean")
    good, bad = (proof_of([(true, case)], [(one, case)], ()) for one in (rejected, false))
    assert good.proved == (true.id,)
    assert good.proves(true)
    assert not good.proves(replace(true, note="another statement of the same name"))
    assert bad.proved == ()
    assert not bad.proves(true)


def test_what_makes_no_proof_is_refused():
    case, true, false = general_unit(0), gradient_bound.PRINTED, statement("C3.mutant.drop-mean")
    with pytest.raises(ValueError, match=r"declared false: C3\.mutant\.drop-mean"):
        proof_of([(false, case)], [(false, case)], ())
    with pytest.raises(ValueError, match="no false neighbour"):
        proof_of([(true, case)], [(true, case)], ())


def hessian_free(unit):
    return unit.g @ unit.g, unit.g @ unit.g


def test_bounds_are_proved_by_squares_and_equalities_are_not():
    space = Space("s free", positive="s")
    s, free = space.scalars("s free")

    def shown(value, relation, certificate=()):
        bound = replace(gradient_bound.PRINTED, relation=relation)
        return Residual(bound, None, value, 0 * value, certificate).shown

    assert shown(-s * (free - 1) ** 2, "<=")
    assert not shown(-s * (free - 1) ** 2, "==")
    assert not shown(s * (free - 1) ** 2, "<=")
    assert not shown(free, "<=")
    assert not shown(-(s - free), "<=")
    assert shown(-s - free**2, "<=", (s, free**2))
    assert not shown(-s - free**2, "<=", (s,))
    assert not shown(-s - free**2, "==", (s, free**2))
    half = tuple(Residual(gradient_bound.PRINTED, None, value, 0 * s) for value in (s - s, s))
    assert Proof({"a": half}, {}, ()).proved == ()


# Hypotheses taken away


def residual(entry, case):
    return Residual(entry, case, *entry.sides(case))


def test_the_printed_gradient_bound_is_no_equality_for_eps_above_0():
    assert residual(gradient_bound.PRINTED, general_unit(0)).value.is_zero
    assert not residual(gradient_bound.PRINTED, general_unit()).value.is_zero


def test_the_printed_hessian_bound_needs_eps_0():
    assert residual(hessian_bound.PRINTED, general_unit(0)).shown
    assert not residual(hessian_bound.PRINTED, general_unit()).shown


def test_the_hessian_bound_needs_the_direction_of_the_gradient():
    elsewhere = statement("C4.mutant.any-direction")
    assert not residual(elsewhere, general_unit(0)).shown


def test_the_minimax_bound_needs_eps_0():
    from bntheory.claims.minimax_bound import CORRECTED, BoundedData

    def data(eps):
        unit = general_unit(eps, scalars="lambda", vectors="w column")
        space = unit.y.space
        return BoundedData(unit, *space.scalars("lambda"), *space.vectors("w column"))

    assert residual(CORRECTED, data(0)).shown
    assert not residual(CORRECTED, data(None)).shown


def test_the_minimax_bound_is_attained_only_with_a_unit_vector():
    from bntheory.claims.minimax_bound import BoundedData

    unit = general_unit(0, scalars="lambda", vectors="w column")
    space = unit.y.space
    free = BoundedData(unit, *space.scalars("lambda"), *space.vectors("w column"))  # |w| = 1 is not said
    assert not residual(statement("C5.mutant.attained"), free).shown


def test_the_distance_to_the_ray_needs_an_acute_angle():
    assert residual(initialization.CORRECTED, general_weights()).shown
    with pytest.raises(UndecidedSign, match="the sign of product is open"):
        residual(initialization.CORRECTED, general_weights(acute=False))


def test_the_scale_needs_the_definition_of_the_variance():
    """Without m (s^2 - eps) = |y - mean 1|^2 there is no root to take."""
    space = Space("eps gamma beta", "y g v", "H")
    eps, gamma, beta = space.scalars("eps gamma beta")
    y, g, v = space.vectors("y g v")
    unit = Unit(y, g, gamma, beta, eps, space.operator("H"), v)
    with pytest.raises(UndecidedSign):
        residual(gradient_bound.CORRECTED, unit)


def test_backpropagation_needs_the_chain_through_the_statistics():
    fixed = statement("A4.mutant.statistics-fixed")
    assert not residual(fixed, backpropagation.Derivative(general_unit(), "dx")).shown


def test_floats_cannot_enter_a_proof():
    case = general_unit()
    rounded = gradient_bound.CORRECTED.neighbour("x", Truth.TRUE, "", lambda unit: (0.5 * (unit.g @ unit.g), 0), "")
    with pytest.raises(TypeError):
        residual(rounded, case)
    exact = gradient_bound.CORRECTED.neighbour(
        "x", Truth.TRUE, "", lambda unit: (Fraction(1, 2) * (unit.g @ unit.g), (unit.g @ unit.g) / 2), ""
    )
    assert residual(exact, case).shown


# Certificates


@pytest.mark.parametrize("stem", STEMS)
def test_terms_of_certificates_are_nonnegative_at_drawn_cases(stem, proofs):
    """A certificate sums to rhs - lhs; that its terms are no negative numbers is told here, on the domain itself."""
    certified = [(name, residual) for name, all_ in proofs[stem].residuals.items() for residual in all_]
    certified = [(name, residual) for name, residual in certified if residual.certificate]
    rng = np.random.default_rng(1)
    with digits(120) as context:

        def convert(entry):
            return context.mpf(entry.numerator) / entry.denominator if isinstance(entry, Fraction) else entry

        for name, residual in certified:
            drawn = [exact_case(case, convert) for case in statement(name).sample(rng, 120)]
            told = 0
            for case in [case for case in drawn if stands_for(residual.case, case)][:40]:
                try:
                    values = [value(term, *behind(case)) for term in residual.certificate if isinstance(term, Scalar)]
                except ZeroDivisionError:  # a root of what the terms are divided by, as at an error of 0
                    continue
                rounding = (sum(map(abs, residual.statement.sides(case))) + 1) / 10**20
                assert all(one >= -rounding for one in values), name
                told += 1
            assert told >= 5


# The general case is general


@pytest.mark.parametrize("stem", STEMS)
def test_symbols_stand_for_every_drawn_case(stem, proofs):
    """Both sides, derived in symbols, are those of drawn cases: no domain is narrowed, no relation contradicts them."""
    rng = np.random.default_rng(0)
    with digits(60) as context:

        def convert(entry):
            return context.mpf(entry.numerator) / entry.denominator if isinstance(entry, Fraction) else entry

        for name, residuals in proofs[stem].residuals.items():
            drawn = [exact_case(case, convert) for case in statement(name).sample(rng, 240)]
            for residual in residuals:
                cases = [case for case in drawn if stands_for(residual.case, case)][:12]
                assert cases
                for case in cases:
                    for formal, side in zip((residual.lhs, residual.rhs), residual.statement.sides(case), strict=True):
                        evaluated = value(formal, *behind(case)) if isinstance(formal, Scalar) else formal
                        assert abs(evaluated - side) <= (abs(side) + abs(evaluated) + 1) / 10**20
