import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idia.errors import DatasetError, ShapeError
from idia.evaluation import VerdictResult, evaluate_verdicts
from idia.statistics import clopper_pearson

OCCURRENCES = np.array([5, 1, 10, 0, 0])


def test_rates_are_those_that_one_counts_by_hand() -> None:
    result = evaluate_verdicts(np.array([True, True, False, True, False]), OCCURRENCES)

    assert result == VerdictResult(3, 2, 2, 1)
    assert result.precision is not None
    rates = (result.recall, result.fpr, result.precision, result.accuracy)
    assert [(rate.value, rate.n) for rate in rates] == [(2 / 3, 3), (1 / 2, 2), (2 / 3, 3), (3 / 5, 5)]
    counts = [(2, 3), (1, 2), (2, 3), (3, 5)]
    assert [(rate.low, rate.high) for rate in rates] == [clopper_pearson(right, n) for right, n in counts]


def test_where_nobody_is_called_a_member_there_is_no_precision() -> None:
    result = evaluate_verdicts(np.zeros(5, dtype=bool), OCCURRENCES)

    assert result.precision is None
    assert (result.recall.value, result.fpr.value, result.accuracy.value) == (0, 0, 2 / 5)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=2))
def test_rates_do_not_depend_on_the_order_of_people(people: list[tuple[bool, int]]) -> None:
    called, occurrences = (np.array(column) for column in zip(*people, (True, 0), (False, 1), strict=True))
    result = evaluate_verdicts(called, occurrences)

    assert result == evaluate_verdicts(called[::-1], occurrences[::-1])
    assert result.members + result.non_members == len(called)
    assert result.members_called + result.non_members_called == called.sum()


@pytest.mark.parametrize("called", [np.array([1, 0, 1, 0, 0]), np.array([True] * 4), np.array([[True] * 5])])
def test_anything_but_one_verdict_per_person_is_refused(called: np.ndarray) -> None:
    with pytest.raises(ShapeError, match="one verdict, True or False, and one count per person"):
        evaluate_verdicts(called, OCCURRENCES)


def test_without_members_or_non_members_nothing_is_measured() -> None:
    with pytest.raises(DatasetError, match="both members and non-members"):
        evaluate_verdicts(np.array([True, False]), np.array([1, 2]))
