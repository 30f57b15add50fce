"""Cases drawn by Hypothesis: climbing towards a violation, and from the first one down to the smallest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, settings, target
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable, UnsatisfiedAssumption
from hypothesis.strategies import DrawFn, SearchStrategy

from bntheory.claim import Case
from bntheory.falsify.finding import Undecided

#: Gives the height of a case for the climb; raises Violated where the case violates.
Visit = Callable[[Case], float]


class Violated(Exception):
    """The case at hand violates the statement."""


class _Stop(BaseException):
    """Ends a run at once; Hypothesis would take an Exception for a failure and shrink it."""

    def __init__(self, cause: Exception | None = None) -> None:
        super().__init__()
        self.cause = cause


def draw_cases(cases: SearchStrategy[Case], visit: Visit, *, examples: int, seed: int, effort: int) -> int | None:
    """Visit at most `examples` cases of the strategy and, after a violation, at most `effort` smaller ones.

    Returns how many were visited if they are the whole domain, else None. Fewer than `examples` of them are, unless
    Hypothesis gave up on a strategy that rejects most of its draws.

    Raises
    ------
    Undecided
        The strategy yields no case, or raises; or `visit` does, before the first violation.
    """
    run = _Run(cases, visit, effort)
    test = seeded(seed)(_settings(examples)(given(run.strategy())(run.test)))
    try:
        test()
    except _Stop as stop:
        if stop.cause is not None and not run.violated:
            raise stop.cause from None
    except Unsatisfiable as error:
        raise Undecided("cases yields nothing: the strategy is empty, or its filters reject every draw") from error
    except (Exception, SystemExit) as error:
        if not run.violated:  # a strategy, say, that draws differently when it is asked again
            raise Undecided(f"cases cannot be drawn: {type(error).__name__}: {error}") from error
    exhausted = not run.violated and run.visited < examples and run.begun <= 2 * run.visited
    return run.visited if exhausted else None


class _Run:
    """One run of Hypothesis, with what it has come to."""

    def __init__(self, cases: SearchStrategy[Case], visit: Visit, effort: int) -> None:
        self.cases = cases
        self.visit = visit
        self.left = effort
        self.violated = False
        self.begun = 0
        self.visited = 0

    def strategy(self) -> SearchStrategy[Case]:
        """The cases, with the errors of their strategy told from those of a test."""

        @st.composite
        def draw_case(draw: DrawFn) -> Case:
            self.spend()
            self.begun += 1
            try:
                return draw(self.cases)
            except UnsatisfiedAssumption:
                raise
            except (Exception, SystemExit) as error:
                raise _Stop(Undecided(f"cases cannot be drawn: {type(error).__name__}: {error}")) from error

        return draw_case()

    def spend(self) -> None:
        """Once a violation is known, count the calls that make it smaller, and stop where they are used up."""
        if self.violated:
            self.left -= 1
            if self.left < 0:
                raise _Stop

    def test(self, case: Any) -> None:
        """What Hypothesis runs."""
        self.visited += 1
        try:
            height = self.visit(case)
        except Violated:
            self.violated = True
            raise
        except Exception as error:
            raise _Stop(error) from error
        target(height)


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        print_blob=False,
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate, Phase.target, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
