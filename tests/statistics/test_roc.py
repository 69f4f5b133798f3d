import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from idia.errors import SettingError, ShapeError
from idia.statistics import (
    Estimate,
    Unresolved,
    clopper_pearson,
    roc_curve,
    tpr_at_fpr,
    tpr_at_no_false_positives,
)

SCORES = st.lists(st.integers(-3, 3), min_size=1, max_size=12).map(lambda values: np.array(values) / 4)
RATES = st.sampled_from([0.07, 0.1, 0.29, 0.5, 0.9])


@settings(deadline=None)
@given(SCORES, SCORES)
def test_every_point_is_a_threshold_and_every_threshold_a_point(members: np.ndarray, others: np.ndarray) -> None:
    curve = roc_curve(members, others)
    thresholds = [9.0, *sorted({*members.tolist(), *others.tolist()}, reverse=True)]
    groups = others.tolist(), members.tolist()
    expected = [tuple(sum(score >= each for score in group) for group in groups) for each in thresholds]

    assert list(zip(curve.false_positives.tolist(), curve.true_positives.tolist(), strict=True)) == expected
    assert (np.diff(curve.thresholds) < 0).all()
    assert (curve.fpr[-1], curve.tpr[-1]) == (1, 1)


@settings(deadline=None)
@given(SCORES, SCORES, RATES)
def test_the_rate_is_the_best_that_a_threshold_reaches_within_the_false_positives(
    members: np.ndarray, others: np.ndarray, fpr: float
) -> None:
    estimate = tpr_at_fpr(members, others, fpr)
    allowed = Fraction(str(fpr))
    if len(others) * allowed < 1:
        assert isinstance(estimate, Unresolved)
        return
    thresholds = [*members.tolist(), *others.tolist(), 9.0]
    best = max(
        (members >= threshold).mean()
        for threshold in thresholds
        if Fraction(int((others >= threshold).sum()), len(others)) <= allowed
    )

    assert isinstance(estimate, Estimate)
    assert estimate.value == pytest.approx(best)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.low < estimate.high
    assert estimate.n == len(members) + len(others)


@settings(deadline=None)
@given(SCORES, SCORES, RATES, st.randoms(use_true_random=False))
def test_only_the_order_of_scores_matters(
    members: np.ndarray, others: np.ndarray, fpr: float, shuffle: random.Random
) -> None:
    permuted = [np.array(shuffle.sample(each.tolist(), len(each))) for each in (members, others)]
    stretched, stretched_others = (np.exp(3 * each) - 100 for each in permuted)

    assert tpr_at_fpr(stretched, stretched_others, fpr) == tpr_at_fpr(members, others, fpr)
    assert tpr_at_no_false_positives(stretched, stretched_others) == tpr_at_no_false_positives(members, others)


@settings(deadline=None)
@given(SCORES, st.lists(st.integers(-3, 3), min_size=10, max_size=12).map(lambda values: np.array(values) / 4))
def test_more_false_positives_never_find_fewer(members: np.ndarray, others: np.ndarray) -> None:
    rates = [0.1, 0.15, 0.3, 0.6, 0.9]
    found = [tpr_at_fpr(members, others, fpr) for fpr in rates]
    ends = [(each.low, each.value, each.high) for each in found if isinstance(each, Estimate)]

    assert len(ends) == len(rates)
    assert (np.diff(np.array(ends), axis=0) >= -1e-9).all()


def test_too_few_non_members_have_no_rate_but_a_resolution() -> None:
    unresolved = tpr_at_fpr(np.ones(5), np.zeros(300), 0.001)

    assert unresolved == Unresolved(n=300, needed=1_000)
    assert str(unresolved) == "n/a, resolution 1/300"
    assert unresolved.resolution == 1 / 300
    assert isinstance(tpr_at_fpr(np.ones(5), np.zeros(1_000), 0.001), Estimate)


@pytest.mark.parametrize(("fpr", "needed"), [(0.1, 36), (0.01, 368)])
def test_the_lower_end_leaves_zero_with_as_many_non_members_as_a_bound_needs(fpr: float, needed: int) -> None:
    lows = []
    for n in (needed - 1, needed):
        estimate = tpr_at_fpr(np.ones(2_000), np.zeros(n), fpr)
        assert isinstance(estimate, Estimate)
        lows.append(estimate.low)

    assert lows[0] == 0
    assert lows[1] > 0


def test_a_threshold_that_does_not_matter_leaves_clopper_and_pearsons_interval() -> None:
    # Members are far above all non-members or far below them.
    members, others = np.array([9.0] * 30 + [-9.0] * 70), np.linspace(0, 1, 400)
    estimate = tpr_at_fpr(members, others, 0.1)

    assert isinstance(estimate, Estimate)
    assert (estimate.low, estimate.high) == pytest.approx(clopper_pearson(30, 100), abs=1e-9)


@pytest.mark.parametrize(
    ("n_members", "n_non_members", "fpr", "shift", "spread"),
    [
        (100, 100, 0.1, 1.5, 1),
        (100, 100, 0.01, 2, 1),
        (500, 500, 0.01, 1, 3),
        (400, 30, 0.1, 2, 1),
        (79, 79, 0.1, 0, 1),
    ],
)
def test_the_interval_covers_the_rate_at_the_true_threshold(
    n_members: int, n_non_members: int, fpr: float, shift: float, spread: float
) -> None:
    rng = np.random.default_rng(0)
    truth = 1 - ndtr((ndtri(1 - fpr) - shift) / spread)
    covered = 0
    for _ in range(150):
        estimate = tpr_at_fpr(rng.normal(shift, spread, n_members), rng.normal(0, 1, n_non_members), fpr)
        assert isinstance(estimate, Estimate)
        covered += int(estimate.low <= truth <= estimate.high)

    assert covered >= 142  # 95 % of 150; in longer runs it is 97 % and more


def test_scores_of_few_values_are_covered_too() -> None:
    rng = np.random.default_rng(0)
    # Non-members score 0, 1 or 2 with 80 %, 15 % and 5 %: within 10 % only whoever scores 2 can be called a member.
    covered = 0
    for _ in range(150):
        members, others = (rng.choice(3, 120, p=p) for p in ([0.3, 0.3, 0.4], [0.8, 0.15, 0.05]))
        estimate = tpr_at_fpr(members, others, 0.1)
        assert isinstance(estimate, Estimate)
        covered += int(estimate.low <= 0.4 <= estimate.high)

    assert covered >= 142


def test_above_every_non_member_a_tie_with_the_highest_does_not_count() -> None:
    found = tpr_at_no_false_positives(np.array([3, 5, 5, 6]), np.array([1, 5, 2]))

    assert (found.tpr.value, found.tpr.n) == (0.25, 4)
    assert (found.tpr.low, found.tpr.high) == clopper_pearson(1, 4)
    assert (found.fpr.value, found.fpr.low, found.fpr.high, found.fpr.n) == (0, 0, clopper_pearson(0, 3)[1], 3)


@pytest.mark.parametrize("n", [5, 50])
def test_a_threshold_set_at_the_highest_non_member_keeps_the_bound_of_a_given_one(n: int) -> None:
    rng = np.random.default_rng(0)
    within = [
        1 - rng.random(n).max() <= tpr_at_no_false_positives(np.ones(1), np.zeros(n)).fpr.high for _ in range(2_000)
    ]

    assert np.mean(within) == pytest.approx(0.975, abs=0.012)


@pytest.mark.parametrize(
    ("members", "others"), [([0.0], [0.0]), ([1.0], [0.0]), ([0.0], [1.0]), ([2.0] * 9, [2.0] * 9)]
)
def test_one_person_of_a_kind_or_one_score_for_all_has_an_interval_of_some_width(
    members: list[float], others: list[float]
) -> None:
    scores = np.array(members), np.array(others)
    estimate = tpr_at_fpr(*scores, 0.5)
    found = tpr_at_no_false_positives(*scores)

    assert isinstance(estimate, Unresolved if len(others) == 1 else Estimate)
    assert found.tpr.value == float(members[0] > others[0])
    assert found.tpr.low < found.tpr.high
    assert len(roc_curve(*scores).thresholds) == 1 + len({*members, *others})


@pytest.mark.parametrize("bad", [[1.0, np.nan], [np.inf], [-np.inf, 0], [], [[1.0, 2.0]]])
def test_what_is_not_one_finite_score_per_person_is_refused(bad: list[float]) -> None:
    for function in (roc_curve, tpr_at_no_false_positives, lambda a, b: tpr_at_fpr(a, b, 0.5)):
        with pytest.raises(ShapeError, match="members"):
            function(np.array(bad), np.ones(3))
        with pytest.raises(ShapeError, match="non-members"):
            function(np.ones(3), np.array(bad))


@pytest.mark.parametrize("fpr", [0, 1, -0.1, 5, float("nan")])
def test_what_is_no_rate_is_refused(fpr: float) -> None:
    with pytest.raises(SettingError, match=r"between 0 and 1, got .* Write 1 % as 0.01"):
        tpr_at_fpr(np.ones(3), np.ones(3), fpr)
