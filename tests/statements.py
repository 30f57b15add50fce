"""Small statements and claims to check: about whole numbers, so few that a search soon sees all."""

from __future__ import annotations

from hypothesis import strategies as st

from bntheory.claim import Claim, Statement, Truth

NUMBERS = st.integers(1, 60)


def _raise(x):
    raise KeyError("no such key")


def true(name="it.true", truth=Truth.TRUE):
    return Statement(name, r"x \le x^2", truth, NUMBERS, lambda x: (x, x * x))


def false(name="it.false", truth=Truth.FALSE):
    return Statement(name, r"x \le 50", truth, NUMBERS, lambda x: (x, 50))


def broken(name="it.broken", truth=Truth.TRUE):
    return Statement(name, "", truth, NUMBERS, _raise)


def claim(printed, corrected=None, mutants=(), proof=None, readings=()):
    return Claim("it", "a title", "a source", (), printed, corrected, mutants, proof, None, readings=readings)
