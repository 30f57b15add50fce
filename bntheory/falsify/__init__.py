"""The search for counterexamples, and exact decisions.

`falsify` ranks many cases of a statement in floats and decides the worst of them exactly; `decide` decides one case.
They share nothing but the statement's `sides`: the driver, the number system and the comparison of the exact stage
are its own (`exact`, `exact_case`, `digits`), those of the search too (`ranking`, `search`, `drawing`).
"""

from bntheory.falsify.exact import decide
from bntheory.falsify.finding import Decision, Finding, Undecided
from bntheory.falsify.sampling import Samples
from bntheory.falsify.verdict import falsify

__all__ = ["Decision", "Finding", "Samples", "Undecided", "decide", "falsify"]
