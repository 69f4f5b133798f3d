"""Whether members rank too high for chance: as scipy says, and no more often than it says where few score at all."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from idia.errors import ShapeError
from idia.statistics import rank_sum_p

LIMIT = 1e-4


def test_what_is_no_rare_event_is_that_of_the_normal_distribution() -> None:
    rng = np.random.default_rng(0)
    members, others = rng.integers(0, 4, 30), rng.integers(0, 4, 20)

    expected = mannwhitneyu(members, others, alternative="greater", method="asymptotic").pvalue

    assert rank_sum_p(members, others, seed=0, limit=LIMIT) == expected


@pytest.mark.parametrize("n_members", [3, 17])
def test_what_is_below_the_limit_is_what_drawing_by_lot_gives(n_members: int) -> None:
    """With three scores above 0 among 20 people, every way to choose who the members are can be counted."""
    scores = np.zeros(20)
    scores[:3] = [3, 1, 2]
    observed = scores[:n_members].sum()
    subsets = list(combinations(scores, n_members))
    exact = sum(sum(subset) >= observed for subset in subsets) / len(subsets)

    found = rank_sum_p(scores[:n_members], scores[n_members:], seed=0, limit=1.0)

    assert found == pytest.approx(exact, rel=0.5)


def test_few_who_score_by_chance_are_no_alarm() -> None:
    """Two of 500 score, and both are among the 50 members: one time in a hundred, and not one in ten thousand."""
    scores = np.zeros(500)
    scores[:2] = 1.0
    assert mannwhitneyu(scores[:50], scores[50:], alternative="greater", method="asymptotic").pvalue < LIMIT

    assert rank_sum_p(scores[:50], scores[50:], seed=0, limit=LIMIT) > 0.003
    assert rank_sum_p(-scores[50:], -scores[:50], seed=0, limit=LIMIT) > 0.003


def test_what_chance_hardly_ever_does_stays_below_the_limit() -> None:
    for scores in (np.arange(60)[::-1], np.repeat([1, 0], 30)):
        assert rank_sum_p(scores[:30], scores[30:], seed=0, limit=LIMIT) < LIMIT


def test_equal_scores_tell_nothing_and_what_is_no_score_is_refused() -> None:
    assert rank_sum_p(np.zeros(3), np.zeros(2), seed=0, limit=LIMIT) == 1.0
    with pytest.raises(ShapeError, match="finite"):
        rank_sum_p(np.array([np.nan]), np.zeros(2), seed=0, limit=LIMIT)
