"""The ledger: what comes out for every claim, beside what is declared.

A claim is checked by searching each of its statements for a counterexample and by running the proof it names. Verdict
and level are computed from what came out of that, never taken from the declaration.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from bntheory.certify import NotCertified, certify
from bntheory.claim import Claim, Observation, Statement, Truth
from bntheory.claims import IDS
from bntheory.claims import entry as entry_of
from bntheory.errors import InvalidInput, MissingExtra
from bntheory.experiment import Progress
from bntheory.falsify import Finding, Samples, falsify
from bntheory.outcome import Checked, Entry, Task
from bntheory.proof import Proof, load_proof
from bntheory.records import RESULTS, Evidence, damage, evidence
from bntheory.statistics import Regime
from bntheory.statistics import verdict as verdict_of

#: Cases a statement.
EXAMPLES = 2000
_SHOWN = 300


class Part(NamedTuple):
    """A statement of a task, by the task's id and its own name."""

    task: str
    name: str
    statement: Statement
    mutant: bool = False


def tasks() -> list[Task]:
    """Every id, in the order of the source."""
    return [task_of(entry_of(name)) for name in IDS]


def task_of(entry: Claim | Observation, only: Statement | None = None) -> Task:
    """The task of checking a claim, or one statement of it, or an observation."""
    if isinstance(entry, Observation):
        return Task(entry.id, entry.title, observation=entry)
    return Task(entry.id if only is None else only.id, str(entry.title), entry, only)


def declared_verdict(task: Task) -> str | None:
    """The verdict that the declared truths, or the declared outcomes of the regimes, amount to.

    None for an observation whose experiment was neither run here nor recorded: it declares its regimes.
    """
    if task.observation is not None:
        regimes = _regimes(task.observation, evidence(task.observation.stem))
        return verdict_of([one.declared for one in regimes]) if regimes else None
    assert task.claim is not None
    return _verdict([statement.truth is not Truth.FALSE for statement in (task.claim.printed, *task.claim.readings)])


def _verdict(truths: Sequence[bool | None]) -> str:
    if None in truths:
        return "undecided"
    if len(set(truths)) > 1:
        return "underspecified"
    return "true" if truths[0] else "false"


def parts(task: Task) -> Iterator[Part]:
    """The statements of a task with their names; those whose id is no name go by their place."""
    claim = task.claim
    if claim is None:
        return
    if task.only is not None:
        yield Part(task.id, task.only.id, task.only)
        return
    corrected = () if claim.corrected is None else (claim.corrected,)
    places = {"printed": (claim.printed,), "readings": claim.readings, "corrected": corrected, "mutants": claim.mutants}
    count = sum(map(len, places.values()))
    for place, statements in places.items():
        for number, statement in enumerate(statements):
            name = getattr(statement, "id", None)
            if not isinstance(name, str) or not name:
                where = place if place in ("printed", "corrected") else f"{place}[{number}]"
                name = claim.id if count == 1 else f"{claim.id}.{where}"
            yield Part(task.id, name, statement, mutant=place == "mutants")


def search(
    chosen: Sequence[Part],
    *,
    examples: int = EXAMPLES,
    seed: int = 0,
    minimize_mutants: bool = True,
    progress: Progress | None = None,
) -> list[Entry]:
    """Search statements for counterexamples, one after the other; proofs are not looked at.

    Parameters
    ----------
    chosen : sequence of Part
    examples : int
        Cases a statement; a statement declared false is given more until a counterexample turns up.
    seed : int
    minimize_mutants : bool
        Whether the counterexamples of mutants are made smaller, too.
    progress : callable, optional
        Called with the fraction done, in [0, 1], and the task that is next.

    Raises
    ------
    InvalidInput
        If `examples` is below 1 or `seed` negative. What is wrong with a statement does not raise: it is undecided.
    """
    _refuse_bad_numbers(examples, seed)
    entries, samples = [], Samples()
    for number, part in enumerate(chosen):
        if progress is not None:
            progress(number / len(chosen), part.task)
        minimize = minimize_mutants or not part.mutant
        entries.append(Entry(part.name, part.statement, _finding(part.statement, examples, seed, samples, minimize)))
    return entries


def _refuse_bad_numbers(examples: int, seed: int) -> None:
    if examples < 1:
        raise InvalidInput("--examples", examples, "must be a whole number, at least 1", f"give one such as {EXAMPLES}")
    if seed < 0:
        raise InvalidInput("--seed", seed, "must be at least 0", "give a whole number such as 0")


def _finding(statement: Statement, examples: int, seed: int, samples: Samples, minimize: bool) -> Finding:
    try:
        return falsify(statement, examples=examples, seed=seed, samples=samples, minimize=minimize)
    except Exception as error:  # a statement that breaks the search must not hide the others
        broken = f"the search raises {_one_line(error)}"
    return Finding(statement=statement, outcome="undecided", cases=0, worst=None, witness=None, message=broken)


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def check(
    chosen: Sequence[Task],
    *,
    examples: int = EXAMPLES,
    seed: int = 0,
    minimize_mutants: bool = True,
    results: Path | None = RESULTS,
    progress: Progress | None = None,
) -> list[Checked]:
    """Check tasks: `search` their statements, and run the proofs that they name.

    What is wrong with a proof does not raise: it is among the problems. The verdict on an observation comes from the
    regimes that its experiment has measured, stored in the folder `results`, else recorded; nothing is run for it.
    """
    _refuse_bad_numbers(examples, seed)
    statements = [list(parts(task)) for task in chosen]
    total, done = sum(map(len, statements)), 0
    proofs: dict[str, Proof | str] = {}
    outcomes = []
    for task, mine in zip(chosen, statements, strict=True):
        share = None if progress is None or not mine else _share(progress, done / total, len(mine) / total)
        entries = search(mine, examples=examples, seed=seed, minimize_mutants=minimize_mutants, progress=share)
        done += len(mine)
        proof: Proof | str | None = None
        if task.claim is not None and task.claim.proof is not None:
            stem = task.claim.proof
            proof = proofs[stem] = proofs[stem] if stem in proofs else _run_proof(stem)
        if isinstance(proof, Proof):
            entries = [_with_proof(entry, proof) for entry in entries]
        entries = [_with_certificate(entry, task) for entry in entries]
        if task.observation is not None:
            outcomes.append(_observed(task, task.observation, results))
        else:
            outcomes.append(_gather(task, tuple(entries), proof))
    return outcomes


def _with_proof(entry: Entry, proof: Proof) -> Entry:
    """The entry, as proved if the proof proves this very statement; an undecided one may have no name to look up."""
    if entry.finding.outcome == "undecided" or not proof.proves(entry.statement):
        return entry
    return replace(entry, proved=True, rests_on=proof.rests_on)


def _with_certificate(entry: Entry, task: Task) -> Entry:
    """The main statement's entry, with what came out on the stated instances; undecided if one is not certified."""
    claim = task.claim
    if claim is None or entry.statement is not claim.main or not claim.instances or entry.finding.outcome != "held":
        return entry
    try:
        return replace(entry, certificate=certify(entry.statement, claim.instances))
    except MissingExtra as error:
        return replace(entry, finding=replace(entry.finding, message=f"certificate skipped: {error}"))
    except NotCertified as error:
        return replace(entry, finding=replace(entry.finding, outcome="undecided", message=str(error)))


def _share(progress: Progress, start: float, size: float) -> Progress:
    """The progress of one task as a share of the whole."""
    return lambda fraction, label: progress(start + size * fraction, label)


def _run_proof(stem: str) -> Proof | str:
    """The proof, or what is wrong with it."""
    file = f"proofs/{stem}.py"
    try:
        proof = load_proof(stem)
    except ModuleNotFoundError as error:
        missing = error.name == f"bntheory.proofs.{stem}"
        return f"its proof {file} is missing" if missing else f"its proof {file} needs {error.name}, which is absent"
    except Exception as error:  # whatever a derivation raises is that claim's trouble alone
        return f"its proof {file} raises {_one_line(error)}"
    return proof if isinstance(proof, Proof) else f"its proof {file} gives a {type(proof).__name__}, not a Proof"


def _gather(task: Task, entries: tuple[Entry, ...], proof: Proof | str | None) -> Checked:
    claim = task.claim
    assert claim is not None
    told = [task.only] if task.only is not None else [claim.printed, *claim.readings]
    problems = [entry.problem for entry in entries if entry.problem is not None]
    main = next(entry for entry in entries if entry.statement is task.main)
    if proof is not None and (task.main is claim.main or _derives(proof, main)):
        problems += [f"{claim.id}: {trouble}" for trouble in _proof_troubles(proof, main)]
    verdict = _verdict([entry.holds for entry in entries if any(entry.statement is one for one in told)])
    undecided = any(entry.outcome == "undecided" for entry in entries)
    return Checked(task, verdict, main.level, entries, tuple(problems), undecided)


def _observed(task: Task, observation: Observation, results: Path | None) -> Checked:
    """The verdict of the stored regimes; if it is another than declared, also which of them came out otherwise."""
    found, notice = evidence(observation.stem, results), damage(observation.stem, results) or ""
    regimes = _regimes(observation, found)
    if found is None or not regimes:
        return Checked(task, "skipped", "skipped", notice=notice)
    verdict, declared = (verdict_of([getattr(one, name) for one in regimes]) for name in ("measured", "declared"))
    surprises = tuple(f"{task.id}: {one.surprise}" for one in regimes if not one.as_declared)
    problems = () if verdict == declared else (f"{task.id}: declared {declared}, came out {verdict}", *surprises)
    return Checked(task, verdict, found.standing, (), problems, regimes=regimes, origin=found.origin, notice=notice)


def _regimes(observation: Observation, found: Evidence | None) -> tuple[Regime, ...]:
    return () if found is None else tuple(one for one in found.result.regimes if one.claim == observation.id)


def _derives(proof: Proof | str, entry: Entry) -> bool:
    """Whether the proof is about this very statement, with success or not."""
    own = () if isinstance(proof, str) else proof.residuals.get(entry.name, ())
    return bool(own) and all(residual.statement is entry.statement for residual in own)


def _proof_troubles(proof: Proof | str, main: Entry) -> Iterator[str]:
    """Everything that is wrong with a proof: with all that it names, and not only with what is asked of it."""
    if isinstance(proof, str):
        yield proof
        return
    if proof.accepted_neighbours:
        yield f"its proof lets false statements pass: {', '.join(proof.accepted_neighbours)}"
    if not _derives(proof, main):
        yield f"its proof does not derive {main.name}"
    for name, residuals in proof.residuals.items():
        left = [residual.value for residual in residuals if not residual.shown]
        if left:
            yield f"its proof leaves lhs - rhs = {str(left[0])[:_SHOWN]} of {name}, which does not show it"
