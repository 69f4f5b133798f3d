import pytest

from idia.errors import SettingError
from idia.speed.growth import Point, growth_of


def test_proportional_growth_has_slope_one() -> None:
    growth = growth_of([Point(n, (n / 100, n / 100)) for n in (1, 10, 100)])

    assert (growth.slope, growth.slope_low, growth.slope_high) == pytest.approx((1, 1, 1))
    assert (growth.last_size, growth.last_time) == pytest.approx((10, 10))


def test_noise_widens_the_interval_around_the_exponent() -> None:
    growth = growth_of([Point(n, (1.1 * n**2, 0.9 * n**2)) for n in (1, 10, 100)])

    assert growth.slope_low < growth.slope < growth.slope_high
    assert growth.slope == pytest.approx(2, abs=0.01)
    assert growth.slope_high - growth.slope_low < 0.2


def test_the_interval_is_that_of_least_squares() -> None:
    growth = growth_of([Point(1, (1.0,)), Point(10, (10**1.1,)), Point(100, (100.0,))])
    half = 12.7062 * 0.1 / 3**0.5  # Student's t with one degree of freedom, times the standard error of the slope

    assert (growth.slope_low, growth.slope, growth.slope_high) == pytest.approx((1 - half, 1, 1 + half), abs=1e-4)


def test_fixed_costs_flatten_the_mean_slope_and_not_the_last_step() -> None:
    growth = growth_of([Point(n, (100.0 + n,) * 3) for n in (1, 10, 100, 1_000_000, 10_000_000)])

    assert growth.slope_high < 0.95
    assert growth.last_time == pytest.approx(10, rel=0.01)


def test_the_last_step_is_between_the_two_largest_sizes_by_their_typical_times() -> None:
    growth = growth_of([Point(300, (6.0, 8.0, 90.0)), Point(1, (1.0,)), Point(100, (2.0,))])

    assert (growth.last_size, growth.last_time) == (3.0, 4.0)


def test_two_points_are_a_line_without_an_interval() -> None:
    growth = growth_of([Point(1, (1.0,)), Point(10, (10.0,))])

    assert growth.slope_low == growth.slope == growth.slope_high == pytest.approx(1)
    assert (growth.last_size, growth.last_time) == (10.0, 10.0)


@pytest.mark.parametrize("sizes", [[], [5], [5, 5], [5, 10, 5]])
def test_each_of_two_sizes_or_more_must_come_once(sizes: list[int]) -> None:
    with pytest.raises(SettingError, match="two sizes or more, each once, got "):
        growth_of([Point(n, (1.0, 2.0)) for n in sizes])


def test_a_point_is_typical_in_time_and_the_worst_in_memory() -> None:
    point = Point(1, (1.0, 9.0, 2.0), (3.0, 5.0))

    assert (point.typical_seconds, point.most_mib) == (2.0, 5.0)
    assert Point(1, (1.0,)).most_mib is None
