"""
Your inequality: held, or refuted with a witness
================================================

You believe an inequality. Write both sides once, as a function of one case, and say what a case is. A search over the
whole domain then looks for a counterexample; it ranks cases in floats and decides the worst ones exactly.
"""

from fractions import Fraction

from hypothesis import strategies as st

from bntheory.claim import Statement, Truth
from bntheory.falsify import decide, falsify
from bntheory.numbers import sqrt

# %%
# The domain, as a Hypothesis strategy: here pairs of positive rationals. Drawing integers and dividing keeps every case
# exact.

positive = st.integers(1, 400).map(lambda n: Fraction(n, 20))
pairs = st.tuples(positive, positive)

geometric = Statement(
    id="means.geometric",
    tex=r"\sqrt{ab} \le (a+b)/2",
    truth=Truth.TRUE,
    cases=pairs,
    sides=lambda p: (sqrt(p[0] * p[1]), (p[0] + p[1]) / 2),
)
finding = falsify(geometric, examples=500)
print(f"{finding.outcome} in {finding.cases} cases, worst ratio {finding.worst:.6g}")

# %%
# *Held* says that no case that was tried violates it, not that none exists. A worst ratio of 1 says that the inequality
# is tight: there is no room for a smaller constant.
#
# A false one
# -----------
#
# The harmonic mean is the smaller one, so this is the wrong way round. The witness is minimized, and decided in
# rationals: no rounding is involved.

harmonic = Statement(
    id="means.harmonic",
    tex=r"(a+b)/2 \le 2ab/(a+b)",
    truth=Truth.TRUE,  # so I thought
    cases=pairs,
    sides=lambda p: ((p[0] + p[1]) / 2, 2 * p[0] * p[1] / (p[0] + p[1])),
)
finding = falsify(harmonic, examples=500)
witness = finding.witness
print(f"{finding.outcome}: at (a, b) = ({witness.case[0]}, {witness.case[1]}), {witness.lhs} > {witness.rhs}")
print(decide(harmonic, (Fraction(3), Fraction(3))).violated)  # a = b: equality

# %%
# A mutant
# --------
#
# Does the search have the power to notice a small error? State a false neighbour of what you believe, and require that
# it be refuted. This one is wrong by a hundredth, and only where a is close to b.

mutant = geometric.neighbour(
    "mutant.sharper",
    Truth.FALSE,
    r"1.01\sqrt{ab} \le (a+b)/2",
    lambda p: (Fraction(101, 100) * sqrt(p[0] * p[1]), (p[0] + p[1]) / 2),
    "at a = b there is equality",
)
finding = falsify(mutant)
print(f"{mutant.id}: {finding.outcome} at ({finding.witness.case[0]}, {finding.witness.case[1]})")

# %%
# On the command line
# -------------------
#
# Put the statements into a file, in a tuple ``CLAIMS``, and let ``bntheory check my_claims.py`` compare what came out
# with what you declared; ``bntheory refute my_claims.py > test_means.py`` writes the counterexamples as a test. A
# :class:`bntheory.claim.Claim` ties a statement to its readings, its corrected form and its mutants;
# :mod:`bntheory.cases` has the domains of the theory's own objects.
