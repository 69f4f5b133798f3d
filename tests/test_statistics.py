import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from idia.errors import ShapeError
from idia.statistics import _newcombe, auc_over_draws, clopper_pearson, concordance, proportion


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
