"""Proofs about steps: each fails where a hypothesis it needs is taken away."""

from __future__ import annotations

from bntheory.claims import pencil_step
from bntheory.claims.pencil_errors import Ascent
from bntheory.proof import Residual
from bntheory.proofs.pencil_step import certificate, general_pencil


def residual(entry, case, certificate=()):
    return Residual(entry, case, *entry.sides(case), tuple(certificate))


def test_the_step_on_a_pencil_needs_the_top_eigenvector():
    for eigenvector in (True, False):
        pencil = general_pencil(eigenvector=eigenvector)
        [e] = pencil.w.space.vectors("e")
        assert residual(pencil_step.E4_CORRECTED, Ascent(pencil, 0), certificate(pencil, e)).shown is eigenvector


def test_equality_on_a_pencil_needs_an_error_along_the_second_eigenvector():
    for along_second in (True, False):
        pencil = general_pencil(along_second=along_second)
        assert residual(pencil_step.E4_SHARP, Ascent(pencil, 0)).shown is along_second
