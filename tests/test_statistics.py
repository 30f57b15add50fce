"""Effects: exact p-values against enumeration, intervals that cover, outcomes at their borders."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from bntheory.errors import InvalidInput
from bntheory.statistics import Effect, IntervalCriterion, Regime, paired_effect, sign_flip_p, verdict


@pytest.mark.parametrize("seed", range(4))
def test_the_p_value_is_that_of_all_sign_flips(seed):
    rng = np.random.default_rng(seed)
    treated, control = rng.normal(0.4, 1.0, 7), rng.normal(0.0, 1.0, 7)
    differences = treated - control
    flipped = [np.dot(signs, differences) / 7 for signs in product((1, -1), repeat=7)]
    expected = np.mean([mean >= differences.mean() - 1e-12 for mean in flipped])
    assert sign_flip_p(paired_effect(treated, control).differences) == pytest.approx(expected, abs=1e-12)


def test_the_smallest_p_value_is_reached_where_all_seeds_agree():
    effect = paired_effect([3.0, 2.0, 5.0, 4.0, 6.0], [0.0, 1.0, 0.5, 0.2, 0.1])
    assert sign_flip_p(effect.differences) == effect.smallest_p == 1 / 32
    assert sign_flip_p((-3.0, -1.0)) == 1.0


@pytest.mark.parametrize(
    ("above", "below", "reached"),
    [(0.0, np.inf, True), (1.35, np.inf, False), (-np.inf, 2.0, True), (-np.inf, 0.0, False), (0.0, 1.15, False)],
)
def test_the_p_value_of_a_regime_is_that_of_its_own_criterion(above, below, reached):
    effect = paired_effect([1.0, 1.1, 1.2, 1.2, 1.3], np.zeros(5))
    p = Regime("B2", "r", "reproduced", IntervalCriterion("", above, below), effect).p
    assert p == effect.smallest_p if reached else p > 0.5


def test_pairs_matter():
    rng = np.random.default_rng(0)
    level = rng.normal(0.0, 10.0, 8)
    paired = paired_effect(level + 0.5 + 0.01 * rng.standard_normal(8), level)
    shuffled = paired_effect(rng.permutation(level + 0.5), level)
    assert paired.ci95[0] > 0.4
    assert shuffled.ci95[0] < 0.0


@pytest.mark.parametrize("seeds", [5, 20])
def test_the_interval_covers_as_often_as_it_says(seeds):
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(1000):
        low, high = paired_effect(rng.normal(1.0, 2.0, seeds), np.zeros(seeds)).ci95
        covered.append(low < 1.0 < high)
    assert abs(np.mean(covered) - 0.95) <= 0.028  # four standard errors; a percentile bootstrap of five covers .84


def test_equal_differences_have_a_point_for_an_interval():
    assert paired_effect([2.0, 3.0, 4.0], [1.0, 2.0, 3.0]).ci95 == (1.0, 1.0)


@pytest.mark.parametrize(
    ("treated", "control", "message"),
    [([1.0, 2.0], [1.0], "one number a seed"), ([1.0], [1.0], "at least 2"), ([1.0, np.nan], [0.0, 0.0], "finite")],
)
def test_bad_arms_are_refused(treated, control, message):
    with pytest.raises(InvalidInput, match=message):
        paired_effect(treated, control)


@pytest.mark.parametrize(
    ("differences", "message"),
    [
        ([], "at least 2"),
        ([1.0], "at least 2"),
        ([1.0, np.nan], "finite"),
        ([1.0, np.inf], "finite"),
        ([[1.0]], "a seed"),
    ],
)
def test_differences_without_a_p_value_are_refused(differences, message):
    with pytest.raises(InvalidInput, match=message):
        sign_flip_p(differences)


@pytest.mark.parametrize(
    "bounds", [{}, {"above": np.inf}, {"below": -np.inf}, {"above": np.nan}, {"above": 0.1, "below": 0.1}]
)
def test_a_criterion_that_bounds_nothing_is_refused(bounds):
    with pytest.raises(InvalidInput, match=r"above, below = .*must bound an interval on one side or both"):
        IntervalCriterion("", **bounds)


@pytest.mark.parametrize(
    ("ci95", "criterion", "outcome"),
    [
        ((0.2, 0.4), IntervalCriterion("", above=0.1), "reproduced"),
        ((0.05, 0.4), IntervalCriterion("", above=0.1), "not-reproduced"),
        ((-0.4, -0.1), IntervalCriterion("", above=0.1), "reversed"),
        ((-0.4, 0.1), IntervalCriterion("", above=0.1), "not-reproduced"),
        ((0.01, 0.05), IntervalCriterion("", above=0.0, below=0.06), "reproduced"),
        ((0.01, 0.07), IntervalCriterion("", above=0.0, below=0.06), "not-reproduced"),
        ((0.1, 0.2), IntervalCriterion("", below=-0.2), "reversed"),
        ((-0.4, -0.3), IntervalCriterion("", below=-0.2), "reproduced"),
        ((0.1, 0.2), IntervalCriterion("", above=0.1), "not-reproduced"),
    ],
)
def test_an_outcome_needs_the_whole_interval(ci95, criterion, outcome):
    effect = Effect(sum(ci95) / 2, ci95, (0.0,) * 5)
    assert criterion.outcome(effect) == outcome


def regime(ci95, declared="reproduced"):
    return Regime("B2", "r", declared, IntervalCriterion("", above=0.1), Effect(sum(ci95) / 2, ci95, (0.0,) * 5))


def test_the_verdict_depends_on_all_regimes():
    good, bad, turned = regime((0.2, 0.3)), regime((-0.1, 0.3)), regime((-0.3, -0.2), "reversed")
    assert verdict([one.measured for one in (good, good)]) == "reproduced"
    assert verdict([one.measured for one in (good, turned)]) == "depends"
    assert verdict([one.measured for one in (bad, turned)]) == "not-reproduced"
    assert (good.as_declared, bad.as_declared, turned.as_declared) == (True, False, True)
    assert regime((-0.3, -0.2), "not-reproduced").as_declared  # a reversal is no reproduction
    assert not regime((-0.1, 0.3), "reversed").as_declared
    with pytest.raises(InvalidInput, match="at least one"):
        verdict([])
    with pytest.raises(InvalidInput, match=r"outcome = reproducd: .*did you mean reproduced"):
        verdict(["reproduced", "reproducd"])
