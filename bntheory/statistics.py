"""What a handful of seeds can say: effects with intervals and exact sign-flip p-values, and outcomes of criteria.

An experiment measures two arms on the same seeds. The effect is the mean of the paired differences; its interval is
Student's t over the seeds (a percentile bootstrap of six numbers covers too little), and the p-value of a criterion is
exact: under the hypothesis that differences lie symmetrically about the criterion's bound, all 2^n assignments of signs
are equally likely. With n seeds no p-value is below 2^-n, so n is reported beside it.

Sources: Efron and Tibshirani 1993, Section 15.2 (permutation test); Student 1908.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from bntheory.arrays import real_array
from bntheory.errors import InvalidInput, check_choice

Outcome = Literal["reproduced", "reversed", "not-reproduced"]
Verdict = Literal["reproduced", "not-reproduced", "depends"]

#: What they mean.
OUTCOMES = (
    "reproduced: the effect's 95 % interval lies within the criterion's bounds; not-reproduced: it does not, say it"
    " straddles one; reversed: it lies beyond 0 on the other side; depends: some regimes are reproduced, some are not"
)

_RESAMPLES = 9_999


@dataclass(frozen=True)
class Effect:
    """The mean of paired differences.

    Attributes
    ----------
    mean : float
    ci95 : tuple of float
        mean -+ t_{.975, n-1} s/sqrt(n), s the standard deviation of the differences.
    differences : tuple of float
        One a seed.
    """

    mean: float
    ci95: tuple[float, float]
    differences: tuple[float, ...]

    @property
    def seeds(self) -> int:
        """How many."""
        return len(self.differences)

    @property
    def smallest_p(self) -> float:
        """2^-seeds: no exact p-value of so few seeds is smaller."""
        return float(2.0**-self.seeds)


def paired_effect(treated: Sequence[float], control: Sequence[float]) -> Effect:
    """The effect of `treated` over `control`, measured on the same seeds.

    Parameters
    ----------
    treated, control : sequences of float, shape (n,), n >= 2
        One number a seed, in the same order.

    Raises
    ------
    InvalidInput
        The lengths differ, there is one seed only, or a number is not finite.
    """
    from scipy.stats import t

    first, second = real_array("treated", treated), real_array("control", control)
    _check(first, second)
    differences = first - second
    mean = float(differences.mean())
    if np.ptp(differences) == 0.0:  # no spread: t.interval gives nan
        low = high = mean
    else:
        error = differences.std(ddof=1) / np.sqrt(len(differences))
        low, high = map(float, t.interval(0.95, len(differences) - 1, loc=mean, scale=error))
    return Effect(mean, (low, high), tuple(differences.tolist()))


def sign_flip_p(differences: Sequence[float]) -> float:
    """One-sided p-value of a positive mean: the part of all assignments of signs whose mean is no smaller.

    Exact up to 13 differences; of more, from 9,999 random assignments that are always the same.

    Raises
    ------
    InvalidInput
        There are fewer than two differences, or one is not finite.
    """
    from scipy.stats import permutation_test

    values = real_array("differences", differences)
    _check(values, np.zeros_like(values), "differences")
    found = permutation_test(
        (values, np.zeros_like(values)),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        alternative="greater",
        n_resamples=_RESAMPLES,
        rng=np.random.default_rng(0),
    )
    return float(found.pvalue)


def _check(first: np.ndarray, second: np.ndarray, name: str = "treated, control") -> None:
    if first.shape != second.shape or first.ndim != 1:
        shapes = f"{first.shape} and {second.shape}"
        raise InvalidInput(name, shapes, "must have one number a seed each", "measure both on all seeds")
    if len(first) < 2:
        raise InvalidInput("seeds", len(first), "must be at least 2 for an interval", "give 5 or more")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise InvalidInput(name, "not finite", "must be finite numbers", "leave out diverged runs, saying so")


@dataclass(frozen=True)
class IntervalCriterion:
    """What an effect must show, stated before it is measured: its whole interval within (above, below).

    Parameters
    ----------
    text : str
        In the words of the report.
    above, below : float
        One of them may be infinite.

    Raises
    ------
    InvalidInput
        Both are infinite, one is nan, or nothing lies between them.
    """

    text: str
    above: float = -np.inf
    below: float = np.inf

    def __post_init__(self) -> None:
        if not self.above < self.below or not (np.isfinite(self.above) or np.isfinite(self.below)):
            bounds = f"{self.above}, {self.below}"
            raise InvalidInput(
                "above, below", bounds, "must bound an interval on one side or both", "give one, such as 0"
            )

    def outcome(self, effect: Effect) -> Outcome:
        """reproduced if the interval lies within the bounds; reversed if it lies beyond 0 on the other side."""
        low, high = effect.ci95
        if self.above < low and high < self.below:
            return "reproduced"
        reversed_ = (self.above >= 0.0 and high < 0.0) or (self.below <= 0.0 and low > 0.0)
        return "reversed" if reversed_ else "not-reproduced"


@dataclass(frozen=True)
class Regime:
    """One setting of an experiment, with what is declared for it and what came out.

    Attributes
    ----------
    claim : str
        The id of the observation that it belongs to.
    name : str
    declared : str
        reproduced, reversed or not-reproduced, from earlier seeds.
    criterion : IntervalCriterion
    effect : Effect
        On fresh seeds.
    """

    claim: str
    name: str
    declared: Outcome
    criterion: IntervalCriterion
    effect: Effect

    @property
    def measured(self) -> Outcome:
        """What the criterion says of the effect."""
        return self.criterion.outcome(self.effect)

    @property
    def p(self) -> float:
        """Sign-flip p-value of the mean lying beyond the criterion's bound; of two bounds, the larger."""
        above, below, differences = self.criterion.above, self.criterion.below, np.array(self.effect.differences)
        distances = [differences - above] if np.isfinite(above) else []
        distances += [below - differences] if np.isfinite(below) else []
        return max(sign_flip_p(distance.tolist()) for distance in distances)

    @property
    def as_declared(self) -> bool:
        """Whether fresh seeds confirm what was declared; what is reversed is also not reproduced."""
        return self.measured == self.declared or (self.declared, self.measured) == ("not-reproduced", "reversed")

    @property
    def surprise(self) -> str:
        """What differs from the declaration, in one line."""
        low, high = self.effect.ci95
        effect = f"{self.effect.mean:.3g} in [{low:.3g}, {high:.3g}]"
        return f"{self.name}: declared {self.declared}, measured {self.measured}: {effect}"


def verdict(outcomes: Sequence[Outcome]) -> Verdict:
    """reproduced if every regime is, not-reproduced if none is, else depends.

    Raises
    ------
    InvalidInput
        There is none, or one is no outcome.
    """
    if not outcomes:
        raise InvalidInput("regimes", "none", "must be at least one", "measure one")
    for outcome in outcomes:
        check_choice("outcome", outcome, get_args(Outcome))
    reproduced = [outcome == "reproduced" for outcome in outcomes]
    if all(reproduced):
        return "reproduced"
    return "depends" if any(reproduced) else "not-reproduced"
