"""What came out of a check, beside what was declared; and its report as JSON.

Everything here is computed from findings and proofs (`bntheory.ledger` makes them); what is declared is only compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bntheory import __version__
from bntheory.certify import Certificate
from bntheory.claim import Claim, Observation, Statement, Truth
from bntheory.experiment import plain, regime_entry
from bntheory.falsify import Finding
from bntheory.notation import readable
from bntheory.statistics import Regime

_SHOWN = 300


@dataclass(frozen=True)
class Task:
    """What to check: a whole claim, one statement `only` of it, or (no claim) an observation."""

    id: str
    title: str
    claim: Claim | None = None
    only: Statement | None = None
    observation: Observation | None = None

    @property
    def kind(self) -> str:
        """theorem or observation."""
        return "theorem" if self.observation is None else "observation"

    @property
    def main(self) -> Statement | None:
        """The statement whose evidence is the task's."""
        return self.only if self.only is not None or self.claim is None else self.claim.main


@dataclass(frozen=True)
class Entry:
    """One statement and what came out for it.

    Attributes
    ----------
    name : str
        Its id; its place in the claim where it has none.
    statement : Statement
    finding : Finding
    proved : bool
        The claim's proof proves it, and lets no false neighbour pass.
    rests_on : tuple of str
        What that proof rests on; empty where not proved.
    certificate : Certificate, optional
        It held on the claim's stated instances.
    """

    name: str
    statement: Statement
    finding: Finding
    proved: bool = False
    rests_on: tuple[str, ...] = ()
    certificate: Certificate | None = None

    @property
    def outcome(self) -> str:
        """held, refuted, proved or undecided; proved only if the search held too."""
        return "proved" if self.proved and self.finding.outcome == "held" else self.finding.outcome

    @property
    def level(self) -> str | None:
        """The level of evidence that this amounts to; None if undecided."""
        held = "tested" if self.certificate is None else "certified"
        return {"undecided": None, "held": held, "proved": "proved", "refuted": "refuted"}[self.outcome]

    @property
    def holds(self) -> bool | None:
        """Whether it came out true; None if undecided."""
        return None if self.outcome == "undecided" else self.outcome != "refuted"

    @property
    def problem(self) -> str | None:
        """What is amiss, in one line; None if it came out as declared."""
        finding, declared = self.finding, getattr(self.statement, "truth", "nothing")
        if self.proved and self.outcome == "refuted":
            return f"{self.name}: its proof says that it holds, the search refutes it{self._where()}"
        if self.holds == (declared is not Truth.FALSE):
            return None
        details = {
            "undecided": f": {finding.message.removeprefix(f'{self.name}: ')}",
            "refuted": self._where(),
            "held": f", no counterexample in {finding.cases} cases",
            "proved": f", no counterexample in {finding.cases} cases",
        }
        return f"{self.name}: declared {declared}, came out {self.outcome}{details[self.outcome]}"

    def _where(self) -> str:
        witness = self.finding.witness
        if witness is None:
            return ""
        text = f" at {readable(witness.case)}: lhs = {readable(witness.lhs)}, rhs = {readable(witness.rhs)}"
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... (in full: bntheory refute)"


@dataclass(frozen=True)
class Checked:
    """A task with what came out: verdict and level as computed, and one line for everything that is amiss.

    Attributes
    ----------
    task : Task
    verdict : str
        true, false or underspecified, of the print and its readings; undecided if one of them is. Of an observation:
        reproduced, not-reproduced or depends; skipped where its experiment was not run and no record of it ships.
    level : str or None
        refuted, tested, certified or proved, of the claim's main statement; None if that is undecided. Of an
        observation: measured, recorded or stale (`bntheory.records`); skipped.
    entries : tuple of Entry
    problems : tuple of str
        Empty iff every statement, and the proof where one is named, came out as declared; of an observation the
        verdict, which single regimes need not change.
    undecided : bool
        Some part could not be decided.
    regimes : tuple of Regime
        Of an observation, as measured.
    origin : str
        Where and when they were measured.
    notice : str
        What to know that is not amiss with the claim, such as a damaged result that was passed over.
    """

    task: Task
    verdict: str
    level: str | None
    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()
    undecided: bool = False
    regimes: tuple[Regime, ...] = ()
    origin: str = ""
    notice: str = ""

    @property
    def main(self) -> Entry | None:
        """The entry that the level is about."""
        return next((entry for entry in self.entries if entry.statement is self.task.main), None)


def verdict_counts(outcomes: Sequence[Checked]) -> str:
    """How many came out how, in words, such as "11 true, 10 false"."""
    counts = Counter(one.verdict for one in outcomes)
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items()) or "none"


def regimes_otherwise(outcomes: Sequence[Checked], listed: str) -> str:
    """How many regimes came out otherwise than declared, and of which observations; empty where none did.

    A verdict is that of all regimes together, so that it may be as declared where some of them are not.

    Parameters
    ----------
    outcomes : sequence of Checked
    listed : str
        What lists them, in words.
    """
    otherwise = Counter(one.task.id for one in outcomes for regime in one.regimes if not regime.as_declared)
    if not otherwise:
        return ""
    of_all = f"{otherwise.total()} of {sum(len(one.regimes) for one in outcomes)} regimes"
    return f"{of_all} not as declared, of {', '.join(otherwise)} ({listed})"


def document(outcomes: Sequence[Checked], *, seed: int, seconds: float) -> dict[str, Any]:
    """The outcomes as the command line's JSON; numbers in witnesses are exact strings."""
    report: dict[str, Any] = plain(
        {"version": __version__, "seed": seed, "seconds": seconds, "claims": [claim_entry(one) for one in outcomes]}
    )
    return report


def claim_entry(outcome: Checked) -> dict[str, Any]:
    """One claim of `document`."""
    return {
        "id": outcome.task.id,
        "title": outcome.task.title,
        "kind": outcome.task.kind,
        "verdict": outcome.verdict,
        "level": outcome.level,
        "statements": [statement_entry(entry) for entry in outcome.entries],
        "regimes": [regime_entry(regime) for regime in outcome.regimes],
        "origin": outcome.origin,
    }


def statement_entry(entry: Entry) -> dict[str, Any]:
    """One statement of `document`."""
    witness = entry.finding.witness
    return {
        "id": entry.name,
        "truth": str(getattr(entry.statement, "truth", "")) or None,
        "outcome": entry.outcome,
        "cases": entry.finding.cases,
        "worst": entry.finding.worst,
        "witness": None
        if witness is None
        else {key: readable(getattr(witness, key)) for key in ("case", "lhs", "rhs")},
        "rests_on": list(entry.rests_on),
        "certificate": None if entry.certificate is None else asdict(entry.certificate),
        "message": entry.finding.message,
    }


def claim_text(outcome: Checked) -> dict[str, Any]:
    """One claim of `document`, with the words of the claim and of each statement."""
    claim, observation = outcome.task.claim, outcome.task.observation
    report = claim_entry(outcome)
    if observation is not None:
        report |= {name: getattr(observation, name) for name in ("source", "stem", "criterion", "figure", "note")}
    if claim is not None:
        words = ("source", "assumes", "note", "proof", "figure")
        report |= {name: getattr(claim, name) for name in words} | {"problems": list(outcome.problems)}
        for fields, entry in zip(report["statements"], outcome.entries, strict=True):
            fields |= {"tex": entry.statement.tex, "note": entry.statement.note}
    text: dict[str, Any] = plain(report)
    return text
