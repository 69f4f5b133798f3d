import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from idia.errors import ShapeError
from idia.statistics import clopper_pearson, proportion


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
