"""A certificate is given for what rationals or balls decide, and for nothing else; the ledger's level follows."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import strategies as st
from statements import claim, true

from bntheory.certify import NotCertified, certify
from bntheory.claim import Statement, Truth
from bntheory.claims import CLAIMS
from bntheory.ledger import check, task_of
from bntheory.numbers import exp, sqrt

CASES = [Fraction(1, 3), Fraction(2), 3]


def bound(sides, relation="<="):
    return Statement("it", "", Truth.TRUE, st.sampled_from(CASES), sides, relation)


def test_rationals_certify_bounds_and_equalities():
    found = certify(bound(lambda x: (2 * x - 1, x * x)), [*CASES, Fraction(1)])
    assert (found.instances, found.arithmetic, found.worst) == (4, "exact rationals", 1)
    assert certify(bound(lambda x: ((x + 1) ** 2, x * x + 2 * x + 1), "=="), CASES).worst == 1


def test_balls_certify_irrational_bounds_and_no_equality():
    pytest.importorskip("flint", reason="the extra certify is not installed")
    found = certify(bound(lambda x: (1 + x, exp(x))), CASES)
    assert (found.instances, found.arithmetic) == (3, "ball arithmetic")
    assert found.worst < 1
    with pytest.raises(NotCertified, match="is not proved to be at most 0"):
        certify(bound(lambda x: (sqrt(x) ** 2, x), "=="), [Fraction(1, 3)])
    with pytest.raises(NotCertified, match="is not proved to be at most 0"):
        certify(bound(lambda x: (sqrt(x) * sqrt(x), x)), [Fraction(1, 3)])  # equal: balls overlap


def test_quotients_of_integers_are_no_floats_in_balls():
    pytest.importorskip("flint", reason="the extra certify is not installed")
    assert certify(bound(lambda n: (2**n, exp(n))), [2, 5]).arithmetic == "ball arithmetic"
    slightly = 1 - Fraction(1, 10**45)  # too close for the 50 digits of a search

    def third(case):
        n, x, t = case
        return sqrt(x) * (1 / (n + 1)), sqrt(x) / 3 * t

    with pytest.raises(NotCertified, match="is not proved to be at most 0"):
        certify(bound(third), [(2, Fraction(2), slightly)])
    with pytest.raises(NotCertified):
        certify(bound(lambda n: (sum(exp(n) for _ in range(n)), 100)), [2])  # an integer is needed


@pytest.mark.parametrize(
    ("sides", "message"),
    [
        (lambda x: (x, 1), "is violated at 3"),
        (lambda x: (0.5 * x, x), "float"),
        (lambda x: (x, {}[x]), "KeyError"),
    ],
)
def test_what_is_false_or_undecided_is_not_certified(sides, message):
    with pytest.raises(NotCertified, match=message):
        certify(bound(sides), [3])


def test_no_instance_is_no_certificate():
    with pytest.raises(NotCertified, match="no instances"):
        certify(bound(lambda x: (0, 0)), [])


def test_the_level_of_a_claim_with_instances_is_certified():
    [plain] = check([task_of(claim(true()))], examples=20)
    [certified] = check([task_of(replace(claim(true()), instances=(1, 2)))], examples=20)
    assert (plain.level, certified.level) == ("tested", "certified")
    assert certified.main.certificate.instances == 2
    [bad] = check([task_of(replace(claim(true()), instances=("x",)))], examples=20)
    assert (bad.level, bad.undecided) == (None, True)


def test_without_flint_the_certificate_is_skipped(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "flint", None)
    it = claim(bound(lambda x: (1 + x, exp(x))))
    [outcome] = check([task_of(replace(it, instances=(Fraction(1, 2),)))], examples=20)
    assert outcome.level == "tested"
    assert outcome.main.finding.message.startswith("certificate skipped: python-flint is not installed")
    assert outcome.problems == ()


def test_what_has_no_proof_is_certified():
    assert {entry.id for entry in CLAIMS if entry.proof is None} <= {entry.id for entry in CLAIMS if entry.instances}


@pytest.mark.parametrize("entry", [entry for entry in CLAIMS if entry.instances], ids=lambda entry: entry.id)
def test_stated_instances_certify_and_include_a_tight_one(entry):
    found = certify(entry.main, entry.instances)
    assert found.instances >= 3
    assert found.worst is None or found.worst > Fraction(99, 100)
