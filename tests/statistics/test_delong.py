import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.statistics import concordance
from idia.statistics.delong import delong


@st.composite
def _people(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n_members, n_others = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    n = n_members + n_others
    scores = [np.array(draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))) / 3 for _ in range(2)]
    return scores[0], scores[1], np.arange(n) < n_members


@settings(deadline=None)
@given(_people())
def test_the_error_is_that_of_the_formula_with_one_more_person_of_each_kind(
    people: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    first, second, is_member = people
    wins = [
        concordance((3 * each[is_member, None]).round().astype(int), (3 * each[~is_member, None]).round().astype(int))
        for each in (first, second)
    ]
    difference = wins[0] - wins[1]
    variance = 0.0
    for axis in (1, 0):
        # Half a person speaks for the first score and half for the second.
        shares, weights = [*difference.mean(axis=axis), 1.0, -1.0], [1.0] * difference.shape[1 - axis] + [0.5, 0.5]
        mean = np.average(shares, weights=weights)
        variance += np.average((np.array(shares) - mean) ** 2, weights=weights) / sum(weights)

    value, error = delong(first, second, is_member)

    assert value == pytest.approx(difference.mean())
    assert error == pytest.approx(variance**0.5)
    assert error > 0


def test_with_many_people_the_error_is_that_of_repeated_measurements() -> None:
    rng = np.random.default_rng(0)
    values, errors = [], []
    is_member = np.arange(400) < 150
    for _ in range(400):
        common = rng.normal(size=400)
        first, second = (common + rng.normal(size=400) + shift * is_member for shift in (1.5, 0.5))
        value, error = delong(first, second, is_member)
        values.append(value)
        errors.append(error)

    assert np.std(values) == pytest.approx(np.mean(errors), rel=0.1)
