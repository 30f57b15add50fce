"""Cases of fast samplers, made and turned into floats once for the statements of a claim that share one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from bntheory.claim import Case
from bntheory.falsify.finding import Undecided
from bntheory.falsify.ranking import Floats, Seen, in_floats

#: Where so few are asked for that a sampler which leaves out some of its cases gives none, it is asked for so many.
_MANY = 64
Sampler: TypeAlias = Callable[[np.random.Generator, int], Sequence[Case]]


class Sampled(NamedTuple):
    """A case, and its copy in floats."""

    case: Case
    floats: Floats


class Samples:
    """Batches of cases by sampler and seed; a batch that was made is kept, and given again as it is.

    What looks at a case works on a copy of its numbers (`ranking`, `exact_case`), so that sharing is safe.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[int, ...], tuple[Sampler, list[Sampled]]] = {}

    def batch(self, sample: Sampler, seed: Sequence[int], count: int) -> list[Sampled]:
        """`count` cases, or fewer where the sampler gives fewer.

        Raises
        ------
        Undecided
            It raises, or gives none.
        """
        key = (id(sample), *seed, count)  # the sampler is kept with them, so that its id stays its own
        if key not in self._made:
            cases = _cases(sample, np.random.default_rng(seed), count)
            seen: Seen = {}
            self._made[key] = sample, [Sampled(case, in_floats(case, seen)) for case in cases]
        return self._made[key][1]


def _cases(sample: Sampler, rng: np.random.Generator, count: int) -> list[Case]:
    try:
        cases = list(sample(rng, count))[:count] or list(sample(rng, max(count, _MANY)))[:count]
    except (Exception, SystemExit) as error:
        raise Undecided(f"sample raises {type(error).__name__}: {error}") from error
    if not cases:
        raise Undecided(f"sample gives no cases where {count} are asked for")
    return cases
