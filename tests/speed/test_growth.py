import pytest

from idia.errors import SettingError
from idia.speed.growth import Point, slope


def test_proportional_growth_has_slope_one() -> None:
    fit = slope([Point(n, (n / 100, n / 100)) for n in (1, 10, 100)])

    assert (fit.value, fit.low, fit.high) == pytest.approx((1, 1, 1))
    assert str(fit) == "slope 1.00 [1.00, 1.00]"


def test_noise_widens_the_interval_around_the_exponent() -> None:
    fit = slope([Point(n, (1.1 * n**2, 0.9 * n**2)) for n in (1, 10, 100)])

    assert fit.low < fit.value < fit.high
    assert fit.value == pytest.approx(2, abs=0.01)
    assert fit.high - fit.low < 0.2


def test_two_points_are_a_line_without_an_interval_and_one_is_none() -> None:
    assert slope([Point(1, (1.0,)), Point(10, (10.0,))]).low == pytest.approx(1)
    with pytest.raises(SettingError, match="at least two sizes"):
        slope([Point(5, (1.0, 2.0))])


def test_a_point_is_typical_in_time_and_the_worst_in_memory() -> None:
    point = Point(1, (1.0, 9.0, 2.0), (3.0, 5.0))

    assert (point.typical_seconds, point.most_mib) == (2.0, 5.0)
    assert Point(1, (1.0,)).most_mib is None
