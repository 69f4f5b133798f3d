from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, fisher_exact

from idia.errors import ShapeError
from idia.statistics import (
    _newcombe,
    auc_over_draws,
    clopper_pearson,
    concordance,
    in_order_of_scores,
    proportion,
    trend_test,
)


@settings(deadline=None)
@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_clopper_pearson_equals_scipy(case: tuple[int, int]) -> None:
    successes, n = case
    expected = binomtest(successes, n).proportion_ci(0.95, method="exact")

    assert clopper_pearson(successes, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_no_false_positive_among_nine_people_still_allows_a_third() -> None:
    assert clopper_pearson(0, 9)[1] == pytest.approx(0.336, abs=5e-4)


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (0, 0)])
def test_impossible_counts_are_refused(successes: int, n: int) -> None:
    with pytest.raises(ShapeError, match="0 <= successes <= n"):
        clopper_pearson(successes, n)


@settings(deadline=None)
@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.floats(0, n), st.just(n))))
def test_a_mean_over_draws_has_the_envelope_of_its_neighbours(case: tuple[float, int]) -> None:
    mean, n = case
    estimate = proportion(mean, n)

    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.low < estimate.high
    assert estimate.n == n
    if abs(mean - round(mean)) > 1e-6:
        assert (estimate.low, estimate.high) == (clopper_pearson(int(mean), n)[0], clopper_pearson(int(mean) + 1, n)[1])


def test_rounding_noise_does_not_widen_the_interval_of_a_whole_number() -> None:
    estimate = proportion(43 + 1e-13, 79)

    assert (estimate.low, estimate.high) == clopper_pearson(43, 79)
    assert estimate.value == 43 / 79


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
    monkeypatch.setattr("idia.statistics._BATCH", batch)
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

    auc = auc_over_draws(members, others, seed=0)

    assert auc.value == pytest.approx(np.mean(per_draw))
    assert auc.low < auc.value < auc.high
    assert auc.method == "bootstrap over people (2000), widened to newcombe"
    assert auc.n == 70


def test_the_interval_covers_the_truth_about_as_often_as_promised() -> None:
    rng = np.random.default_rng(1)
    # Uniform scores, members on {0..9} + 2: P(member > other) + ties / 2 is .68 by enumeration.
    values = np.arange(10)
    truth = concordance((values + 2)[:, None], values[:, None]).mean()
    covered = 0
    for seed in range(100):
        members, others = rng.integers(0, 10, size=(50, 1)) + 2, rng.integers(0, 10, size=(50, 1))
        auc = auc_over_draws(members, others, seed=seed)
        covered += auc.low <= truth <= auc.high

    assert 88 <= covered <= 99


@pytest.mark.parametrize("scores", [(5, 0), (0, 0), (0, 5)])
def test_an_interval_is_never_of_zero_width(scores: tuple[int, int]) -> None:
    members, others = (np.full((20, 3), score) for score in scores)

    auc = auc_over_draws(members, others, seed=0)

    assert auc.value == {(5, 0): 1.0, (0, 0): 0.5, (0, 5): 0.0}[scores]
    assert auc.low < auc.high
    assert auc.low <= auc.value <= auc.high


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
        auc = auc_over_draws(members, others, seed=seed)
        covered += auc.low <= truth <= auc.high

    assert covered >= 53


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(8)), st.permutations(range(6)))
def test_the_order_of_people_changes_nothing(members_order: list[int], others_order: list[int]) -> None:
    rng = np.random.default_rng(0)
    members, others = rng.integers(0, 5, size=(8, 3)), rng.integers(0, 5, size=(6, 3))

    assert auc_over_draws(members[members_order], others[others_order], seed=0) == auc_over_draws(
        members, others, seed=0
    )


def _brute_force(successes: tuple[int, ...], totals: tuple[int, ...], scores: tuple[int, ...]) -> Fraction:
    """Deals the successes out among the people in every way, and counts the ways with at least this sum of scores."""
    people = [score for score, n in zip(scores, totals, strict=True) for _ in range(n)]
    observed = sum(x * score for x, score in zip(successes, scores, strict=True))
    sums = [sum(chosen) for chosen in combinations(people, sum(successes))]
    return Fraction(sum(each >= observed for each in sums), len(sums))


@st.composite
def _tables(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    totals = tuple(draw(st.lists(st.integers(1, 4), min_size=2, max_size=4)))
    scores = tuple(draw(st.integers(-2, 4)) for _ in totals)
    return tuple(draw(st.integers(0, n)) for n in totals), totals, scores


@settings(deadline=None)
@given(_tables())
def test_the_trend_is_that_of_every_way_to_deal_successes_out(
    table: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]],
) -> None:
    assert trend_test(*table).p == pytest.approx(float(_brute_force(*table)), rel=1e-9)


def test_scores_are_ranks_unless_given() -> None:
    successes, totals = [1, 2, 4], [5, 5, 5]

    assert trend_test(successes, totals) == trend_test(successes, totals, [0, 1, 2])
    assert trend_test(successes, totals, [10, 12, 14]).p == pytest.approx(trend_test(successes, totals).p)
    assert trend_test(successes, totals, [0, 0, 9]).p != pytest.approx(trend_test(successes, totals).p)


def test_a_table_of_two_groups_is_fishers_test() -> None:
    p = fisher_exact(np.array([[3, 9], [17, 11]]), alternative="less").pvalue

    assert trend_test([3, 17], [12, 28]).p == pytest.approx(p, rel=1e-9)


def test_a_clear_rise_is_found_a_fall_is_not_and_no_p_is_zero() -> None:
    totals = [40] * 6
    rise = trend_test([5, 14, 22, 32, 36, 38], totals)

    assert rise.p == pytest.approx(1.232e-23, rel=1e-3)
    assert (rise.n, rise.method) == (240, "exact conditional cochran-armitage")
    assert trend_test([38, 36, 32, 22, 14, 5], totals).p == pytest.approx(1)
    assert 0 < trend_test([0, 600], [600, 600]).p < 1e-300


@pytest.mark.parametrize("found", [0, 7])
def test_nobody_and_everybody_show_no_trend(found: int) -> None:
    assert trend_test([found, found], [7, 7]).p == 1


def test_without_a_trend_a_small_p_is_as_rare_as_it_says() -> None:
    rng = np.random.default_rng(0)
    p_values = np.array([trend_test(rng.binomial(20, 0.4, 4).tolist(), [20] * 4).p for _ in range(1000)])

    # Discrete, hence conservative; four standard errors above, and not so far below that it would never find anything.
    for level in (0.05, 0.2, 0.5):
        assert level - 0.12 <= (p_values <= level).mean() <= level + 4 * (level * (1 - level) / 1000) ** 0.5
    assert (p_values <= 0.05).mean() > 0.02


def test_too_many_people_for_every_way_have_a_normal_tail_close_to_the_exact_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    successes, totals = [20] * 4 + [26] * 8, [45] * 12
    exact = trend_test(successes, totals)
    monkeypatch.setattr("idia.statistics._EXACT_WORK", 0)
    normal = trend_test(successes, totals)

    assert normal.method == "cochran-armitage, normal"
    assert normal.p == pytest.approx(exact.p, rel=0.05)
    assert trend_test([0, 0], [5, 5]).p == 1


@pytest.mark.parametrize(
    ("successes", "totals", "scores"),
    [([1], [2], None), ([1, 2], [2], None), ([3, 0], [2, 2], None), ([0, 0], [0, 2], None), ([0, 1], [2, 2], [1])],
)
def test_what_is_no_table_of_groups_has_no_trend(
    successes: list[int], totals: list[int], scores: list[int] | None
) -> None:
    with pytest.raises(ShapeError, match="two or more groups"):
        trend_test(successes, totals, scores)
