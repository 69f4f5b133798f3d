import numpy as np
import pytest
from jaxtyping import Float64, Int
from scipy.stats import beta, binom

from idia.statistics.melding import melded_interval


@pytest.mark.parametrize(("members", "non_members", "fpr"), [(20, 30, 0.1), (50, 200, 0.05), (5, 10, 0.5)])
def test_the_interval_is_that_of_random_thresholds_and_rates(members: int, non_members: int, fpr: float) -> None:
    rng = np.random.default_rng(0)
    above = np.sort(rng.integers(0, members + 1, non_members))
    counts = np.concatenate([[0], above, [members]])
    ranks = binom.rvs(non_members, fpr, size=200_000, random_state=rng)
    lower, upper = counts[ranks], counts[ranks + 1]
    lows = np.where(lower > 0, beta.rvs(np.maximum(lower, 1), members - lower + 1, random_state=rng), 0)
    highs = np.where(upper < members, beta.rvs(upper + 1, np.maximum(members - upper, 1), random_state=rng), 1)

    def found(rank: Int[np.ndarray, " ranks"]) -> Float64[np.ndarray, " ranks"]:
        taken: Float64[np.ndarray, " ranks"] = counts[rank].astype(np.float64)
        return taken

    low, high = melded_interval(found, members, non_members, fpr)

    assert low == pytest.approx(np.quantile(lows, 0.025), abs=0.01)
    assert high == pytest.approx(np.quantile(highs, 0.975), abs=0.01)


def test_many_people_are_no_trouble() -> None:
    low, high = melded_interval(lambda rank: np.full(len(rank), 3e5), 10**6, 10**7, 0.001)

    assert low < 0.3 < high
    assert high - low < 0.002
