import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaincinv, ndtri

from idia.errors import SettingError
from idia.statistics import (
    Estimate,
    Unresolved,
    clopper_pearson,
    non_members_to_bound_fpr,
    non_members_to_measure_tpr,
    non_members_to_resolve,
    power_of_auc_difference,
    tpr_at_fpr,
)


@given(st.integers(1, 500).map(lambda thousandths: thousandths / 1_000))
def test_so_many_spared_non_members_bound_the_rate_and_one_fewer_does_not(fpr: float) -> None:
    one_sided, two_sided = non_members_to_bound_fpr(fpr), non_members_to_bound_fpr(fpr, sides=2)

    assert betaincinv(1, one_sided, 0.95) <= fpr
    assert one_sided == 1 or betaincinv(1, one_sided - 1, 0.95) > fpr
    assert clopper_pearson(0, two_sided)[1] <= fpr
    assert two_sided == 1 or clopper_pearson(0, two_sided - 1)[1] > fpr


@pytest.mark.parametrize("fpr", [0.1, 0.07, 0.01, 0.003, 0.001])
def test_a_rate_is_resolved_with_so_many_non_members_and_no_fewer(fpr: float) -> None:
    needed = non_members_to_resolve(fpr)

    assert isinstance(tpr_at_fpr(np.ones(1), np.zeros(needed), fpr), Estimate)
    assert tpr_at_fpr(np.ones(1), np.zeros(needed - 1), fpr) == Unresolved(needed - 1, needed)


@pytest.mark.parametrize(("tpr", "fpr", "width", "members"), [(0.5, 0.1, 0.2, None), (0.3, 0.01, 0.25, 200)])
def test_as_many_people_as_planned_have_about_so_narrow_an_interval(
    tpr: float, fpr: float, width: float, members: int | None
) -> None:
    needed = non_members_to_measure_tpr(tpr, fpr, width, members=members)
    rng = np.random.default_rng(0)
    widths = []
    for _ in range(100):
        shifted = rng.normal(ndtri(tpr) - ndtri(fpr), 1, members or needed)
        estimate = tpr_at_fpr(shifted, rng.normal(size=needed), fpr)
        assert isinstance(estimate, Estimate)
        widths.append(estimate.high - estimate.low)

    assert np.mean(widths) == pytest.approx(width, rel=0.1)


def test_a_narrower_interval_and_fewer_false_positives_need_more_people() -> None:
    assert non_members_to_measure_tpr(0.5, 0.01, 0.1) > non_members_to_measure_tpr(0.5, 0.01, 0.2)
    assert non_members_to_measure_tpr(0.5, 0.001, 0.2) > non_members_to_measure_tpr(0.5, 0.01, 0.2)
    assert non_members_to_measure_tpr(0.5, 0.01, 0.999) >= non_members_to_resolve(0.01)


@pytest.mark.parametrize(
    ("tpr", "fpr", "width", "members", "message"),
    [
        (0.5, 0.01, 0.1, 100, "100 members can have, 0.203 or more, got 0.1"),
        (0.5, 0.01, 0.1, 0, "one or more members, got 0"),
        (0.5, 0.01, 0.2033, 100, "Plan more"),
        (0.5, 0.01, 0.00001, None, "Plan more"),
        (50, 0.01, 0.1, None, "a TPR between 0 and 1"),
        (0.5, 0, 0.1, None, "a false-positive rate between 0 and 1"),
        (0.5, 0.1, 1, None, "a width between 0 and 1"),
    ],
)
def test_what_no_number_of_people_gives_is_refused(
    tpr: float, fpr: float, width: float, members: int | None, message: str
) -> None:
    with pytest.raises(SettingError, match=message):
        non_members_to_measure_tpr(tpr, fpr, width, members=members)


def test_power_rises_with_people_with_the_difference_and_with_correlation() -> None:
    few = power_of_auc_difference(0.85, 0.75, correlation=0.3, members=40, non_members=40, simulations=300)
    many = power_of_auc_difference(0.85, 0.75, correlation=0.3, members=160, non_members=160, simulations=300)
    large = power_of_auc_difference(0.95, 0.75, correlation=0.3, members=40, non_members=40, simulations=300)
    alike = power_of_auc_difference(0.85, 0.75, correlation=0.8, members=40, non_members=40, simulations=300)

    assert many.low > few.high
    assert large.low > few.high
    assert alike.low > few.high
    assert few.n == 300
    assert few == power_of_auc_difference(
        0.85, 0.75, correlation=0.3, members=40, non_members=40, simulations=300, seed=0
    )


def test_power_is_the_same_whichever_score_is_better_and_small_without_much_to_find() -> None:
    tiny = power_of_auc_difference(0.8, 0.7999, correlation=0.5, members=50, non_members=50, simulations=300)
    up = power_of_auc_difference(0.9, 0.7, correlation=0.5, members=50, non_members=50, simulations=300)
    down = power_of_auc_difference(0.7, 0.9, correlation=0.5, members=50, non_members=50, simulations=300)

    assert tiny.value <= 0.05
    assert up.low < down.value < up.high


@pytest.mark.parametrize(
    ("first", "second", "correlation", "members"), [(0.8, 0.8, 0, 9), (0.8, 0.7, 1, 9), (0.8, 0.7, 0, 0)]
)
def test_what_cannot_be_simulated_is_refused(first: float, second: float, correlation: float, members: int) -> None:
    with pytest.raises(SettingError, match="two different areas"):
        power_of_auc_difference(first, second, correlation=correlation, members=members, non_members=9)
