import random
from typing import Protocol

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from idia.errors import SettingError, ShapeError
from idia.statistics import (
    Difference,
    Estimate,
    Unresolved,
    auc,
    auc_difference,
    mcnemar,
    separated,
    tpr_at_fpr,
    tpr_difference,
)

People = tuple[np.ndarray, np.ndarray, np.ndarray]


@st.composite
def _people(draw: st.DrawFn) -> People:
    n_members, n_others = draw(st.integers(1, 8)), draw(st.integers(2, 8))
    n = n_members + n_others
    first, second = (np.array(draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))) / 3 for _ in range(2))
    return first, second, np.arange(n) < n_members


def _tpr_difference(first: np.ndarray, second: np.ndarray, is_member: np.ndarray, *, seed: int) -> Difference:
    difference = tpr_difference(first, second, is_member, 0.5, seed=seed)
    assert isinstance(difference, Difference)
    return difference


class Compare(Protocol):
    def __call__(self, first: np.ndarray, second: np.ndarray, is_member: np.ndarray, *, seed: int) -> Difference: ...


BOTH = pytest.mark.parametrize("compare", [auc_difference, _tpr_difference], ids=["auc", "tpr"])


@BOTH
@settings(deadline=None, max_examples=25)
@given(people=_people())
def test_a_difference_is_inside_its_interval_and_agrees_with_its_p(compare: Compare, people: People) -> None:
    difference = compare(*people, seed=0)

    assert -1 <= difference.low <= difference.value <= difference.high <= 1
    assert difference.low < difference.high
    assert 0 < difference.p <= 1
    assert separated(difference) == (difference.p <= 0.05)
    assert difference.n == len(people[0])


@BOTH
@settings(deadline=None, max_examples=25)
@given(people=_people())
def test_the_other_way_round_it_is_the_same_with_the_other_sign(compare: Compare, people: People) -> None:
    first, second, is_member = people
    difference, reverse = compare(first, second, is_member, seed=0), compare(second, first, is_member, seed=0)

    assert (-reverse.value, -reverse.high, -reverse.low) == pytest.approx(
        (difference.value, difference.low, difference.high), abs=1e-12
    )
    assert reverse.p == pytest.approx(difference.p)


@BOTH
@settings(deadline=None, max_examples=25)
@given(people=_people(), shuffle=st.randoms(use_true_random=False))
def test_neither_the_order_of_people_nor_the_unit_of_scores_changes_anything(
    compare: Compare, people: People, shuffle: random.Random
) -> None:
    first, second, is_member = people
    order = list(range(len(first)))
    shuffle.shuffle(order)
    difference = compare(first, second, is_member, seed=0)
    moved = compare(np.exp(first[order]) - 5, 10 * second[order], is_member[order], seed=0)

    assert (moved.value, moved.low, moved.high, moved.p) == pytest.approx(
        (difference.value, difference.low, difference.high, difference.p), abs=1e-12
    )


@BOTH
def test_another_seed_changes_the_interval_a_little_at_most(compare: Compare) -> None:
    people = _drawn(np.random.default_rng(0), 60, 60, (1.5, 0.5), 0.2)
    one, other = compare(*people, seed=0), compare(*people, seed=1)

    assert one.value == other.value
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.02)


@BOTH
def test_the_same_score_twice_differs_by_nothing_but_may_on_other_people(compare: Compare) -> None:
    first, _, is_member = _drawn(np.random.default_rng(0), 50, 50, (1, 1), 0)
    difference = compare(first, 3 * first + 1, is_member, seed=0)

    assert (difference.value, difference.p) == (0, 1)
    assert difference.low == pytest.approx(-difference.high, abs=1e-12)
    assert difference.high > 0.02


@BOTH
def test_scores_that_both_separate_everybody_cannot_be_told_apart(compare: Compare) -> None:
    is_member = np.arange(80) < 40
    difference = compare(is_member + 0.5, 7.0 * is_member + np.arange(80) / 90, is_member, seed=0)

    assert difference.value == 0
    assert difference.low < -0.03 < 0.03 < difference.high


def test_the_value_is_the_difference_of_the_two_estimates() -> None:
    first, second, is_member = _drawn(np.random.default_rng(0), 30, 40, (1.5, 0.5), 0.3)
    areas = [auc(each[is_member], each[~is_member], seed=0).value for each in (first, second)]
    rates = [tpr_at_fpr(each[is_member], each[~is_member], 0.1) for each in (first, second)]
    difference = tpr_difference(first, second, is_member, 0.1, seed=0)

    assert auc_difference(first, second, is_member, seed=0).value == pytest.approx(areas[0] - areas[1])
    assert isinstance(rates[0], Estimate)
    assert isinstance(rates[1], Estimate)
    assert isinstance(difference, Difference)
    assert difference.value == pytest.approx(rates[0].value - rates[1].value)


def test_against_a_score_that_finds_nobody_the_difference_has_the_interval_of_the_rate() -> None:
    rng = np.random.default_rng(0)
    is_member = np.arange(300) < 100
    first = rng.normal(size=300) + 2 * is_member
    # Members are below everybody, wherever the threshold is.
    difference = tpr_difference(first, np.where(is_member, -9.0, first), is_member, 0.1, seed=0)
    rate = tpr_at_fpr(first[is_member], first[~is_member], 0.1)

    assert isinstance(rate, Estimate)
    assert isinstance(difference, Difference)
    # The unseen member may be found by the second score besides not being found by the first.
    assert rate.low - 0.03 < difference.low <= rate.low + 0.005
    assert difference.high == pytest.approx(rate.high, abs=0.005)


def test_where_thresholds_are_beyond_doubt_the_verdicts_are_compared_exactly() -> None:
    is_member = np.arange(600) < 100
    far = np.where(is_member, 0.0, np.linspace(-1, 1, 600))
    found, found_too = np.arange(600) < 40, (np.arange(600) >= 25) & (np.arange(600) < 50)
    first, second = (np.where(is_member, np.where(each, 9.0, -9.0), far) for each in (found, found_too))
    difference, exact = tpr_difference(first, second, is_member, 0.1, seed=0), mcnemar(found[:100], found_too[:100])

    assert isinstance(difference, Difference)
    assert difference.value == exact.value == 0.15
    assert (difference.low, difference.high) == pytest.approx((exact.low, exact.high), abs=0.01)
    assert difference.p == pytest.approx(exact.p, abs=0.003)


def test_too_few_non_members_give_no_difference_but_a_resolution() -> None:
    people = _drawn(np.random.default_rng(0), 20, 30, (1, 1), 0)

    assert tpr_difference(*people, 0.01, seed=0) == Unresolved(n=30, needed=100)


@pytest.mark.parametrize(
    ("n_members", "n_others", "shifts", "correlation", "most_misses"),
    [(79, 79, (1, 1), 0.5, 9), (79, 79, (1, 1), 0.95, 1), (145, 9, (1, 1), 0, 6), (79, 79, (1, 0.4), 0.5, 9)],
)
def test_the_interval_covers_the_difference_of_areas(
    n_members: int, n_others: int, shifts: tuple[float, float], correlation: float, most_misses: int
) -> None:
    rng = np.random.default_rng(0)
    truth = float(ndtr(shifts[0] / 2**0.5) - ndtr(shifts[1] / 2**0.5))
    differences = [
        auc_difference(*_drawn(rng, n_members, n_others, shifts, correlation), seed=seed % 3) for seed in range(100)
    ]

    assert sum(not each.low <= truth <= each.high for each in differences) <= most_misses


def test_the_interval_covers_where_scores_differ_for_few_people() -> None:
    rng = np.random.default_rng(0)
    is_member, covered = np.arange(140) < 40, 0
    for seed in range(100):
        second = rng.normal(size=140)
        # One member in twenty rises to the top.
        first = np.where(is_member & (rng.random(140) < 0.05), 99.0, second)
        difference = auc_difference(first, second, is_member, seed=seed % 3)
        covered += difference.low <= 0.025 <= difference.high

    assert covered >= 95


@pytest.mark.parametrize(
    ("n_members", "n_others", "fpr", "shifts", "correlation"),
    [(100, 100, 0.1, (1.5, 1.5), 0.5), (100, 100, 0.1, (2, 1), 0.5), (50, 400, 0.01, (2.5, 2), 0.3)],
)
def test_the_interval_covers_the_difference_of_rates(
    n_members: int, n_others: int, fpr: float, shifts: tuple[float, float], correlation: float
) -> None:
    rng = np.random.default_rng(0)
    truth = float(ndtr(shifts[0] - ndtri(1 - fpr)) - ndtr(shifts[1] - ndtri(1 - fpr)))
    covered = 0
    for seed in range(60):
        difference = tpr_difference(*_drawn(rng, n_members, n_others, shifts, correlation), fpr, seed=seed % 3)
        assert isinstance(difference, Difference)
        covered += difference.low <= truth <= difference.high

    assert covered >= 57


@BOTH
def test_a_clear_difference_is_found(compare: Compare) -> None:
    difference = compare(*_drawn(np.random.default_rng(0), 150, 150, (2.5, 0), 0), seed=0)

    assert difference.low > 0.2
    assert difference.p < 0.001


def test_what_cannot_be_compared_is_refused() -> None:
    scores, is_member = np.arange(4.0), np.array([True, True, False, False])
    with pytest.raises(ShapeError, match="Compare only who has both scores"):
        auc_difference(scores, scores[:3], is_member, seed=0)
    with pytest.raises(ShapeError, match="Without either of them"):
        tpr_difference(scores, scores, ~is_member | is_member, 0.5, seed=0)
    with pytest.raises(SettingError, match="a false-positive rate between 0 and 1"):
        tpr_difference(scores, scores, is_member, 1, seed=0)


def _drawn(
    rng: np.random.Generator, n_members: int, n_others: int, shifts: tuple[float, float], correlation: float
) -> People:
    """Two correlated normal scores, each with its own distance between members and non-members."""
    is_member = np.arange(n_members + n_others) < n_members
    common, own = rng.normal(size=(2, len(is_member)))
    second = correlation * common + (1 - correlation**2) ** 0.5 * own
    return common + shifts[0] * is_member, second + shifts[1] * is_member, is_member
