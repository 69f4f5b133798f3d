import numpy as np
import pytest
from scipy.stats import kstest

from idia.statistics import BOOTSTRAP_REPLICATES
from idia.statistics.resampling import bootstrap_ends, resampled, weighted


def test_everybody_is_drawn_once_on_average_and_everyone_in_turn_by_key() -> None:
    counts = resampled(30, 0, 0)

    assert counts.shape == (BOOTSTRAP_REPLICATES, 30)
    assert (counts.sum(axis=1) == 30).all()
    assert counts.mean(axis=0) == pytest.approx(1, abs=0.1)
    assert not np.array_equal(counts, resampled(30, 0, 1))
    assert not np.array_equal(counts, resampled(30, 1, 0))


def test_the_weights_of_some_people_have_the_distribution_of_an_exact_interval() -> None:
    weights = weighted(10, 0, 0)

    assert weights.shape == (BOOTSTRAP_REPLICATES, 11)
    assert weights.min() > 0
    assert weights.sum(axis=1) == pytest.approx(1)
    assert kstest(weights[:, :4].sum(axis=1), "beta", args=(4, 7)).pvalue > 0.01


def test_p_is_at_most_a_twentieth_exactly_where_the_ends_exclude_zero() -> None:
    replicates = np.linspace(-1, 1, 4_000)
    for shift in np.linspace(0.9, 1, 201):
        for sign in (1, -1):
            low, high, p = bootstrap_ends(sign * (replicates + shift), sign * (replicates + shift))
            assert (low > 0 or high < 0) == (p <= 0.05)
            assert p > 0


def test_all_replicates_on_one_side_leave_a_chance() -> None:
    assert bootstrap_ends(np.ones(3_999), np.ones(3_999)) == (1, 1, 2 / 4_000)
    assert bootstrap_ends(np.zeros(3_999), np.zeros(3_999)) == (0, 0, 1)
