import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from idia.errors import ShapeError
from idia.statistics import auc, auc_over_draws, concordance, in_order_of_scores
from idia.statistics.areas import _newcombe, pairs_won


def test_concordance_is_the_mean_over_draws_of_pairwise_wins() -> None:
    rng = np.random.default_rng(0)
    members, others = rng.integers(0, 5, size=(4, 6)), rng.integers(0, 5, size=(3, 6))
    literal = (members[:, None] > others[None]).mean(axis=2) + 0.5 * (members[:, None] == others[None]).mean(axis=2)

    assert np.allclose(concordance(members, others), literal)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int64])
@pytest.mark.parametrize("batch", [4, 4_096])
def test_concordance_counts_exactly_however_many_draws_are_compared_together(
    dtype: type[np.integer], batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idia.statistics.areas._BATCH", batch)
    rng = np.random.default_rng(0)
    members, others = rng.integers(0, 5, size=(7, 31)).astype(dtype), rng.integers(0, 9, size=(6, 31)).astype(dtype)
    literal = [[(np.sum(a > b) + 0.5 * np.sum(a == b)) / 31 for b in others] for a in members]

    assert concordance(members, others).tolist() == literal


@settings(deadline=None)
@given(st.integers(0, 99), st.sampled_from([np.uint8, np.int8, np.uint16, np.int64]))
def test_people_are_put_in_order_draw_by_draw(seed: int, dtype: type[np.integer]) -> None:
    rng = np.random.default_rng(seed)
    low, high = max(np.iinfo(dtype).min, -300), min(np.iinfo(dtype).max, 300)
    scores = rng.choice([low, -1 if low else 1, 0, 2, high], size=(12, rng.integers(1, 4))).astype(dtype)

    assert in_order_of_scores(scores).tolist() == np.lexsort(scores.T[::-1]).tolist()


def test_the_auc_is_the_mean_over_draws_and_inside_its_interval() -> None:
    rng = np.random.default_rng(0)
    members, others = rng.integers(0, 9, size=(40, 5)), rng.integers(0, 6, size=(30, 5))
    per_draw = [concordance(members[:, [draw]], others[:, [draw]]).mean() for draw in range(5)]

    area = auc_over_draws(members, others, seed=0)

    assert area.value == pytest.approx(np.mean(per_draw))
    assert area.low < area.value < area.high
    assert area.method == "bootstrap over people (2000), widened to newcombe"
    assert area.n == 70


def test_the_interval_covers_the_truth_about_as_often_as_promised() -> None:
    rng = np.random.default_rng(1)
    # Uniform scores, members on {0..9} + 2: P(member > other) + ties / 2 is .68 by enumeration.
    values = np.arange(10)
    truth = concordance((values + 2)[:, None], values[:, None]).mean()
    covered = 0
    for seed in range(100):
        members, others = rng.integers(0, 10, size=(50, 1)) + 2, rng.integers(0, 10, size=(50, 1))
        area = auc_over_draws(members, others, seed=seed)
        covered += area.low <= truth <= area.high

    assert 88 <= covered <= 99


@pytest.mark.parametrize("scores", [(5, 0), (0, 0), (0, 5)])
def test_an_interval_is_never_of_zero_width(scores: tuple[int, int]) -> None:
    members, others = (np.full((20, 3), score) for score in scores)

    area = auc_over_draws(members, others, seed=0)

    assert area.value == {(5, 0): 1.0, (0, 0): 0.5, (0, 5): 0.0}[scores]
    assert area.low < area.high
    assert area.low <= area.value <= area.high


def test_newcombes_interval_is_that_of_the_literature() -> None:
    # Method 5 solves (A - a)^2 = z^2 V(a); at the ends of the interval both sides are equal.
    auc, m, n = 0.8, 20, 30
    for end in _newcombe(auc, m, n):
        spread = 1 + ((m + n) / 2 - 1) * ((1 - end) / (2 - end) + end / (1 + end))
        assert (auc - end) ** 2 == pytest.approx(1.959964**2 * end * (1 - end) * spread / (m * n), rel=1e-5)


@pytest.mark.parametrize(
    ("n_members", "n_non_members", "scoring_members", "scoring_non_members"),
    [(145, 9, 0.7, 0.1), (145, 9, 0.7, 0.05), (79, 79, 0.5, 0.02), (5, 79, 0.6, 0.02)],
)
def test_the_interval_covers_the_truth_where_few_non_members_ever_score(
    n_members: int, n_non_members: int, scoring_members: float, scoring_non_members: float
) -> None:
    rng = np.random.default_rng(2)
    # A score is 0 or 1, so the area follows from the two chances of a 1.
    truth = 0.5 + 0.5 * (scoring_members - scoring_non_members)
    covered = 0
    for seed in range(60):
        members = (rng.random((n_members, 1)) < scoring_members).astype(int)
        others = (rng.random((n_non_members, 1)) < scoring_non_members).astype(int)
        area = auc_over_draws(members, others, seed=seed)
        covered += area.low <= truth <= area.high

    assert covered >= 53


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(8)), st.permutations(range(6)))
def test_the_order_of_people_changes_nothing(members_order: list[int], others_order: list[int]) -> None:
    rng = np.random.default_rng(0)
    members, others = rng.integers(0, 5, size=(8, 3)), rng.integers(0, 5, size=(6, 3))

    assert auc_over_draws(members[members_order], others[others_order], seed=0) == auc_over_draws(
        members, others, seed=0
    )


SCORES = st.lists(st.integers(-3, 3), min_size=1, max_size=9).map(np.array)


@settings(deadline=None)
@given(SCORES, SCORES)
def test_one_real_score_per_person_has_the_area_of_one_draw(members: np.ndarray, others: np.ndarray) -> None:
    area = auc(members / 4, others / 4, seed=3)
    expected = auc_over_draws(members[:, None], others[:, None], seed=3)

    assert (area.value, area.low, area.high) == pytest.approx((expected.value, expected.low, expected.high), abs=1e-12)
    assert (area.method, area.n) == (expected.method, expected.n)
    assert area.low < area.high


@settings(deadline=None, max_examples=30)
@given(SCORES, SCORES, st.randoms(use_true_random=False))
def test_only_the_order_of_scores_matters(members: np.ndarray, others: np.ndarray, shuffle: random.Random) -> None:
    area = auc(members, others, seed=0)
    mirrored = auc(-others, -members, seed=0)
    shuffled, shuffled_others = (np.array(shuffle.sample(each.tolist(), len(each))) for each in (members, others))

    assert auc(np.exp(shuffled) - 7, np.exp(shuffled_others) - 7, seed=0) == area
    assert mirrored.value == pytest.approx(area.value)


@pytest.mark.parametrize("size", [1, 50, 2**20])
def test_pairs_are_counted_exactly_however_many_replicates_are_held_together(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idia.statistics.areas._BATCH_SIZE", size)
    rng = np.random.default_rng(0)
    members, others = rng.integers(0, 5, 7) / 3, rng.integers(0, 5, 6) / 3
    counts, other_counts = (rng.integers(0, 3, (20, n)).astype(float) for n in (7, 6))
    wins = (members[:, None] > others) + 0.5 * (members[:, None] == others)

    assert pairs_won(members, others, counts, other_counts).tolist() == ((counts @ wins) * other_counts).sum(1).tolist()


@pytest.mark.parametrize(
    ("n_members", "n_non_members", "shift", "spread"),
    [(79, 79, 1, 1), (79, 79, 3, 1), (145, 9, 3, 1), (100, 100, 1, 4)],
)
def test_the_interval_covers_the_area_of_real_scores(
    n_members: int, n_non_members: int, shift: float, spread: float
) -> None:
    rng = np.random.default_rng(0)
    truth = ndtr(shift / (1 + spread**2) ** 0.5)
    areas = [
        auc(rng.normal(shift, spread, n_members), rng.normal(0, 1, n_non_members), seed=seed % 5) for seed in range(150)
    ]

    assert sum(each.low <= truth <= each.high for each in areas) >= 138  # 92 %; in longer runs it is 94 % and more


@pytest.mark.parametrize("bad", [[np.nan], [np.inf], []])
def test_what_is_not_one_finite_score_per_person_has_no_area(bad: list[float]) -> None:
    with pytest.raises(ShapeError, match=r"of (one or more )?members"):
        auc(np.array(bad), np.ones(3), seed=0)
    with pytest.raises(ShapeError, match="non-members"):
        auc(np.ones(3), np.array(bad), seed=0)


def test_few_pairs_and_many_give_the_same_area(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    members, others = rng.integers(0, 9, 30).astype(float), rng.integers(-2, 7, 40).astype(float)
    few = auc(members, others, seed=3)
    monkeypatch.setattr("idia.statistics.areas._FEW_PAIRS", 0)
    many = auc(members, others, seed=3)

    assert [many.value, many.low, many.high] == pytest.approx([few.value, few.low, few.high], abs=1e-12)
