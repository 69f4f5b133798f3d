import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from idia.errors import ShapeError
from idia.statistics import auc_difference, auc_difference_over_draws, auc_over_draws, mcnemar, share_difference

IS_MEMBER = np.arange(40) < 20


def drawn(seed: int, shift: float = 0.0) -> np.ndarray:
    """Prompts won in 6 draws of photos of the same 40 people, by a number that depends on person and draw."""
    people = np.random.default_rng(0).normal(size=(40, 1)) + shift * IS_MEMBER[:, None]
    scores = 8 + 4 * people + np.random.default_rng(seed).normal(size=(40, 6))
    return np.clip(scores, 0, 21).astype(np.uint8)


def test_an_area_averaged_over_draws_is_compared_with_the_other_average() -> None:
    first, second = drawn(1, shift=1.0), drawn(2)
    areas = [auc_over_draws(each[IS_MEMBER], each[~IS_MEMBER], seed=0).value for each in (first, second)]

    difference = auc_difference_over_draws(first, second, IS_MEMBER, seed=0)

    assert difference.value == pytest.approx(areas[0] - areas[1])
    assert 0 < difference.low < difference.value < difference.high < 1
    assert difference.p < 0.05


def test_other_draws_of_the_same_make_no_difference_and_less_of_one_than_a_single_draw() -> None:
    first, second = drawn(1, shift=0.5), drawn(2, shift=0.5)

    averaged = auc_difference_over_draws(first, second, IS_MEMBER, seed=0)
    single = [auc_difference(first[:, at], second[:, at], IS_MEMBER, seed=0) for at in range(6)]

    assert averaged.low < 0 < averaged.high
    assert abs(averaged.value) < max(abs(each.value) for each in single)


@given(arrays.arrays(np.float64, (2, 12), elements=st.sampled_from([0.0, 0.25, 0.5, 1.0])))
def test_shares_differ_by_their_means_whatever_the_order_of_people(shares: np.ndarray) -> None:
    difference = share_difference(shares[0], shares[1], seed=0)
    again = share_difference(shares[0][::-1], shares[1][::-1], seed=0)

    assert difference == again
    assert difference.value == pytest.approx(shares[0].mean() - shares[1].mean())
    assert difference.low <= difference.value <= difference.high
    assert difference.low < difference.high


def test_whole_verdicts_give_nearly_the_exact_interval() -> None:
    first, second = np.arange(200) < 60, (np.arange(200) >= 20) & (np.arange(200) < 90)
    exact = mcnemar(first, second)

    averaged = share_difference(first.astype(float), second.astype(float), seed=0)

    assert averaged.value == pytest.approx(exact.value)
    assert (averaged.low, averaged.high) == pytest.approx((exact.low, exact.high), abs=0.02)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng, misses, n_audits = np.random.default_rng(3), 0, 200
    for audit in range(n_audits):
        rates = rng.beta(0.3, 0.3, size=(50, 2))
        shares = rng.binomial(5, rates) / 5
        misses += (
            not (difference := share_difference(shares[:, 0], shares[:, 1], seed=audit)).low <= 0 <= difference.high
        )

    assert misses <= 17  # 5 % are 10; more than 17 in a hundredth of the cases


def test_people_must_be_the_same_and_of_both_roles() -> None:
    with pytest.raises(ShapeError, match="got 40 and 39 people"):
        auc_difference_over_draws(drawn(1), drawn(1)[1:], IS_MEMBER, seed=0)
    with pytest.raises(ShapeError, match="40 of 40 of them members"):
        auc_difference_over_draws(drawn(1), drawn(1), IS_MEMBER | True, seed=0)
    with pytest.raises(ShapeError, match="two shares for each person"):
        share_difference(np.zeros(3), np.zeros(2), seed=0)
    with pytest.raises(ShapeError, match=r"shares in \[0, 1\]"):
        share_difference(np.zeros(3), np.full(3, 2.0), seed=0)
