"""The search itself: floats rank the cases, `decide` decides those that matter, and what it has seen is kept."""

from __future__ import annotations

import heapq
from contextlib import suppress

from bntheory.claim import Case, Statement
from bntheory.falsify.drawing import Violated, draw_cases
from bntheory.falsify.exact import decide
from bntheory.falsify.finding import Decision, Undecided
from bntheory.falsify.ranking import IDLE, Floats, Rank, rank
from bntheory.falsify.sampling import Sampled, Samples
from bntheory.falsify.witness import ratio, smaller

#: Of the cases that floats rank worst, so many are decided exactly; near ties are besides, and count among them.
_WORST = 20
#: So many near ties of a sampler are decided exactly, where floats see no violation: a <= that is always tight would
#: cost seconds. Those that are drawn all are.
_TIES = 50
#: Cases of the first batch of a sampler, doubled from batch to batch: most FALSE statements fail in the first.
_BATCH = 64
#: Cases of one run of Hypothesis. A second run climbs out of the local maximum where a longer first one would stay.
_RUN = 1_000
#: How many draws find again, as a small case, what was found otherwise.
_AGAIN = 100


class Search:
    """A search for counterexamples of one statement.

    Attributes
    ----------
    cases : int
        How many were tried before the first violation, it included.
    worst : float or None
        The largest ratio among them, exact where it was decided.
    witness : Decision or None
        The smallest counterexample so far.
    domain : int or None
        How many cases the whole domain has, once all of them were drawn and none violated.
    found_once : bool
        Hypothesis found no other one to make it smaller.
    """

    def __init__(self, statement: Statement, seed: int, samples: Samples) -> None:
        self.statement = statement
        self.cases = 0
        self.worst: float | None = None
        self.witness: Decision | None = None
        self.domain: int | None = None
        self.found_once = False
        self._seed = int(seed)
        self._samples = samples
        self._runs = 0
        self._decided = 0
        self._waiting: list[tuple[float, int, Case]] = []
        self._ties = 0
        self._decide_all = False

    def round(self, sampled: int, drawn: int, effort: int) -> bool:
        """Try so many cases from the sampler and from Hypothesis; True once one violates.

        The counterexample is then made smaller, by at most `effort` calls.

        Raises
        ------
        Undecided
            A case is, before any violated; or no cases come.
        """
        if not self._sample(sampled):
            self._draw(drawn, effort)
            if self.witness is not None or not self._settle():
                return self.witness is not None
            self._decide_all = True  # floats did not see this one
        if effort == 0:
            return True
        first = self.witness
        with suppress(Undecided):  # the strategy yields nothing, say: what is known stays known
            self._draw(_AGAIN, effort)
        self.found_once = self.witness is first
        return True

    def note(self, measured: float | None) -> None:
        """Let a ratio count."""
        if measured is not None:
            self.worst = measured if self.worst is None else max(self.worst, measured)

    def _sample(self, count: int) -> bool:
        self._runs += 1
        batch = _BATCH
        while count > 0:
            for case, floats in self._sampled(batch, min(batch, count)):
                try:
                    self._visit(case, floats)
                except Violated:
                    return True
            count -= batch
            batch *= 2
        return False

    def _sampled(self, batch: int, count: int) -> list[Sampled]:
        if self.statement.sample is None:
            return []
        return self._samples.batch(self.statement.sample, (self._seed, self._runs, batch), count)

    def _draw(self, count: int, effort: int) -> None:
        """Draw so many cases, in runs that each climb from their own worst; fewer if the domain has no more."""
        while count > 0:
            run, before = min(count, _RUN), self.cases
            self._runs += 1
            seed = 1_000 * self._seed + self._runs
            self.domain = draw_cases(self.statement.cases, self._visit, examples=run, seed=seed, effort=effort)
            exhausted = self.cases - before < run
            if exhausted or self.witness is not None:
                return
            count -= run

    def _visit(self, case: Case, floats: Floats | None = None) -> float:
        """How high the case stands for a climb; the violations among those that matter raise Violated.

        Sampled cases come with their copy in floats.
        """
        sampled = floats is not None
        place = rank(self.statement, case if floats is None else floats)
        if self.witness is None:
            self.cases += 1
        if place is None or self._decide_all or self._matters(place, sampled):
            return self._decide(case)
        if self.witness is None and place.gap is not None:
            self._wait(place.gap, case)
        return place.climb

    def _matters(self, place: Rank, sampled: bool) -> bool:
        if not place.is_near(self.statement.relation):
            return False
        self._ties += sampled and not place.is_clear
        return self._ties <= _TIES or place.is_clear or not sampled

    def _decide(self, case: Case) -> float:
        first = self.witness is None
        try:
            decision = decide(self.statement, case)
        except Undecided:
            if first:
                raise
            return IDLE
        self._decided += 1
        measured = ratio(decision, self.statement.relation)
        if first:
            self.note(measured)
        if decision.violated:
            self.witness = smaller(self.witness, decision)
            raise Violated
        return IDLE if measured is None else measured - 1

    def _wait(self, gap: float, case: Case) -> None:
        """Keep the case if it is among the worst; note the ratio of one that is not."""
        heapq.heappush(self._waiting, (gap, -self.cases, case))
        if len(self._waiting) > _WORST:
            self._note_float(heapq.heappop(self._waiting)[0])

    def _note_float(self, gap: float) -> None:
        """Let a gap count that only floats have seen; to them a near tie of <= is a tie."""
        self.note(1 + (min(gap, 0.0) if self.statement.relation == "<=" else gap))

    def _settle(self) -> bool:
        """Decide the worst cases that wait; True if one violates."""
        ranked, self._waiting = sorted(self._waiting, reverse=True), []
        # near ties that were not decided wait among the others: then the worst 20 of all that wait are
        quota, self._decided = _WORST if self._ties > _TIES else max(0, _WORST - self._decided), 0
        for gap, _, _ in ranked[quota:]:
            self._note_float(gap)
        try:
            for _, _, case in ranked[:quota]:
                self._decide(case)
        except Violated:
            return True
        return False
