from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from idia.errors import ShapeError
from idia.statistics import trend_test


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
    monkeypatch.setattr("idia.statistics.trends._EXACT_WORK", 0)
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
