"""The proofs on GDNP's rate fail where a hypothesis they need is taken away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bntheory.cases import Quadratic
from bntheory.claims import direction_rate, gdnp_directions, gdnp_rate, halfspace_descent, length_search, statement
from bntheory.claims.rayleigh_step import Steps
from bntheory.gram import Space, UndecidedSign
from bntheory.proof import Residual, proof_of
from bntheory.proofs import direction_rate as direction_proof
from bntheory.proofs import gdnp_directions as directions_proof
from bntheory.proofs import gdnp_rate as rate_proof
from bntheory.proofs import halfspace_descent as descent_proof
from bntheory.proofs import length_search as length_proof
from bntheory.proofs.gradient_descent import general_error


def residual(entry, case, certificate=()):
    return Residual(entry, case, *entry.sides(case), tuple(certificate))


def test_the_length_needs_the_change_of_sign():
    assert residual(length_search.CORRECTED, length_proof.general_search(left=True)).shown
    assert not residual(length_search.CORRECTED, length_proof.general_search(left=True, inside=False)).shown


def test_the_length_needs_mu_to_bound_s_from_below():
    case = length_proof.general_search(left=True)
    q = case.instance
    larger = replace(case, instance=replace(q, mu=2 * q.L))
    assert not residual(length_search.CORRECTED, larger).shown


def test_a_certificate_may_depend_on_the_case():
    case, true = Steps(general_error(), 1), halfspace_descent.CORRECTED
    false = [(statement("F10.mutant.twice-mu"), case)]

    def proved(certificate):
        return proof_of([(true, case)], false, (), {true.id: certificate}).proved

    assert proved(lambda one: descent_proof.contraction(one.instance)) == (true.id,)
    assert proved(lambda one: descent_proof.contraction(one.instance)[1:]) == ()


def test_the_gradient_needs_the_change_of_sign_too():
    case = rate_proof.general_run()
    search = case.search
    outside = replace(case, search=replace(search, a=search.b, b=2 * search.b - search.a))
    assert not residual(gdnp_rate.CORRECTED, outside, rate_proof.certificate(outside)).shown


def test_the_direction_needs_each_nonnegative_term():
    case = direction_proof.general_direction()
    terms = direction_proof.certificate(case)
    whole = residual(direction_rate.CORRECTED, case, terms)
    assert whole.shown
    for k in range(len(terms)):
        assert not replace(whole, certificate=tuple(terms[:k] + terms[k + 1 :])).shown


def test_directions_need_the_norm_of_w():
    case = directions_proof.general_runs()
    space = Space("gamma a b L mu", "best w v", "S", positive="L", powers=range(-1, 3))
    best, w, v = space.vectors("best w v")
    gamma, a, b, L, mu = space.scalars("gamma a b L mu")
    S = space.operator("S")
    meeting = gdnp_directions.Meeting(gamma, a, b)
    free = replace(case, instance=Quadratic(S, S.inverse, best, w, mu, L), first=(meeting,), second=(meeting,), v=v)
    with pytest.raises(UndecidedSign, match="the root of"):
        residual(gdnp_directions.PRINTED, free)


def test_descent_needs_each_nonnegative_term():
    case = Steps(general_error(), 1)
    terms = descent_proof.contraction(case.instance)
    assert residual(halfspace_descent.CORRECTED, case, terms).shown
    for k in range(len(terms)):
        assert not residual(halfspace_descent.CORRECTED, case, terms[:k] + terms[k + 1 :]).shown
