"""Proofs about steps: each fails where a hypothesis it needs is taken away."""

from __future__ import annotations

from dataclasses import replace

from bntheory.claims import asymptotic_rate, constant_step, pencil_step, worst_case
from bntheory.claims.pencil_errors import Ascent
from bntheory.claims.rayleigh_step import Steps
from bntheory.proof import Residual
from bntheory.proofs import asymptotic_rate as limit
from bntheory.proofs import worst_case as ball
from bntheory.proofs.constant_step import tight_quadratic
from bntheory.proofs.pencil_step import certificate, general_pencil
from bntheory.proofs.rayleigh_step import general_quadratic


def residual(entry, case, certificate=()):
    return Residual(entry, case, *entry.sides(case), tuple(certificate))


def test_equality_on_a_pencil_needs_both_eigenvectors():
    for along_second, eigenvector in ((True, True), (False, True), (True, False)):
        pencil = general_pencil(along_second=along_second, eigenvector=eigenvector)
        shown = residual(pencil_step.E4_SHARP, Ascent(pencil, 0)).shown
        assert shown is (along_second and eigenvector)


def test_the_bound_on_a_pencil_needs_every_term():
    pencil = general_pencil()
    terms = certificate(pencil, *pencil.w.space.vectors("e"))
    whole = residual(pencil_step.E4_CORRECTED, Ascent(pencil, 0), terms)
    assert whole.shown
    assert not any(replace(whole, certificate=(*terms[:k], *terms[k + 1 :])).shown for k in range(len(terms)))


def test_the_best_constant_is_sharp_on_the_tight_family_only():
    assert residual(constant_step.F2_SHARP, Steps(tight_quadratic(), 1)).shown
    assert not residual(constant_step.F2_SHARP, Steps(general_quadratic(), 1)).shown


def test_the_worst_case_needs_what_is_known_of_the_ball():
    for bounded in (True, False):
        case = ball.general_step(bounded=bounded)
        assert residual(worst_case.F1_PRINTED, case, ball.certificate(case)).shown is bounded


def test_the_worst_case_is_attained_only_where_the_ball_is_touched():
    for extremal in (True, False):
        assert residual(worst_case.F1_SHARP, ball.general_step(extremal=extremal)).shown is extremal


def test_the_asymptotic_factor_needs_an_error_orthogonal_to_the_minimum():
    for orthogonal in (True, False):
        case = limit.general_approach(orthogonal=orthogonal)
        assert residual(asymptotic_rate.F3_PRINTED, case, limit.certificate(case)).shown is orthogonal


def test_the_asymptotic_factor_is_attained_only_on_the_eigenvector():
    for slowest in (True, False):
        assert residual(asymptotic_rate.F3_ATTAINED, limit.general_approach(slowest=slowest)).shown is slowest
