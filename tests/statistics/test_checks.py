from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idia.errors import ShapeError
from idia.statistics.checks import checked_pair, fewest_for, most_of


@given(st.integers(1, 99_999), st.integers(1, 5_000))
def test_a_fraction_is_taken_as_it_is_written(hundred_thousandths: int, n: int) -> None:
    fraction = float(f"0.{hundred_thousandths:05d}")
    exact = Fraction(hundred_thousandths, 100_000)

    assert most_of(fraction, n) == exact * n // 1
    assert (fewest_for(n, fraction) - 1) * exact < n <= fewest_for(n, fraction) * exact


@pytest.mark.parametrize(
    ("first", "second", "is_member", "message"),
    [
        ([1, 2], [1, 2, 3], [True, False], "2 and 3 scores"),
        ([1, 2], [1, 2], [True, False, True], "memberships of shape"),
        ([1, 2], [1, 2], [[True], [False]], "memberships of shape"),
        ([1, 2], [1, 2], [True, True], "2 members of 2"),
        ([1, 2], [1, 2], [False, False], "0 members of 2"),
        ([1, 2], [1, 2], [1, 0], "got int64"),
        ([1, np.nan], [1, 2], [True, False], "got nan among 2"),
        ([1, 2], [1, np.inf], [True, False], "got inf among 2"),
        ([], [], [], "got shape"),
    ],
)
def test_what_is_not_two_scores_of_the_same_people_is_refused(
    first: list[float], second: list[float], is_member: list[bool], message: str
) -> None:
    with pytest.raises(ShapeError, match=message):
        checked_pair(np.array(first), np.array(second), np.array(is_member))
