import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.errors import SettingError
from idia.statistics import Estimate, precision_at, proportion


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(0, 30), st.sampled_from([0.5, 0.1, 0.01]))
def test_precision_is_the_share_of_members_among_those_accused(found: int, spared: int, prior: float) -> None:
    tpr, fpr = proportion(found, 40), proportion(30 - spared, 30)
    estimate = precision_at(prior, tpr, fpr)
    accused_members, accused_others = prior * found / 40, (1 - prior) * (30 - spared) / 30
    if accused_members + accused_others == 0:
        assert estimate is None
        return

    assert estimate is not None
    assert estimate.value == pytest.approx(accused_members / (accused_members + accused_others))
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.low < estimate.high
    assert estimate.n == 70


def test_without_false_positives_the_lower_end_reckons_with_those_that_may_come() -> None:
    estimate = precision_at(0.01, proportion(40, 79), proportion(0, 79))

    assert estimate is not None
    assert (estimate.value, estimate.high) == (1, 1)
    assert estimate.low < 0.1


def test_rarer_members_mean_less_precision() -> None:
    rates = proportion(40, 79), proportion(3, 79)
    estimates = [precision_at(prior, *rates) for prior in (0.5, 0.1, 0.01)]
    ends = np.array([(each.low, each.value, each.high) for each in estimates if each is not None])

    assert (np.diff(ends, axis=0) < 0).all()


@pytest.mark.parametrize(
    ("members", "others", "tpr", "fpr", "prior"),
    [(79, 79, 0.6, 0.02, 0.1), (300, 300, 0.1, 0.003, 0.01), (20, 20, 0.9, 0.2, 0.5), (1000, 100, 0.5, 0.1, 0.1)],
)
def test_the_interval_covers_the_true_precision(
    members: int, others: int, tpr: float, fpr: float, prior: float
) -> None:
    rng = np.random.default_rng(0)
    truth = prior * tpr / (prior * tpr + (1 - prior) * fpr)
    estimates = [
        precision_at(prior, proportion(int(found), members), proportion(int(accused), others))
        for found, accused in zip(rng.binomial(members, tpr, 400), rng.binomial(others, fpr, 400), strict=True)
    ]
    covered = [each.low <= truth <= each.high for each in estimates if each is not None]

    assert np.mean(covered) >= 0.95


@pytest.mark.parametrize("prior", [0, 1, 1.5])
def test_what_is_no_prior_is_refused(prior: float) -> None:
    rate = Estimate(0.5, 0.4, 0.6, "made up", 9)

    with pytest.raises(SettingError, match="expected a prior between 0 and 1"):
        precision_at(prior, rate, rate)
