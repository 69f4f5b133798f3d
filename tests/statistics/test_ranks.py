import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idia.errors import ShapeError
from idia.statistics import Difference, separated, shared_ranks


@given(st.integers(1, 7), st.integers(0, 3), st.randoms(use_true_random=False))
def test_a_rank_counts_who_is_clearly_better(n: int, margin: int, shuffle: random.Random) -> None:
    values = np.array([shuffle.randrange(9) for _ in range(n)])
    better = values[:, None] > values + margin
    ranks = shared_ranks(better)

    assert ranks == [1 + sum(other > own + margin for other in values.tolist()) for own in values.tolist()]
    assert 1 in ranks
    # Whoever is clearly better stands above.
    assert all(ranks[row] < ranks[column] for row, column in np.argwhere(better).tolist())


def test_without_any_difference_everybody_is_first() -> None:
    assert shared_ranks(np.zeros((4, 4), dtype=bool)) == [1, 1, 1, 1]


def test_being_on_a_par_is_not_passed_on() -> None:
    better = np.zeros((3, 3), dtype=bool)
    better[0, 2] = True

    assert shared_ranks(better) == [1, 1, 2]


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0.1, 0.2, True), (-0.2, -0.1, True), (-0.1, 0.1, False), (0, 1, False)]
)
def test_rows_are_separated_where_the_interval_excludes_zero(low: float, high: float, expected: bool) -> None:
    assert separated(Difference((low + high) / 2, low, high, 0.5, "made up", 9)) is expected


@pytest.mark.parametrize(
    ("verdicts", "message"),
    [
        ([[False, True]], "rows, rows"),
        ([[0, 1], [0, 0]], "int64"),
        ([[True]], "rows 0 and 0"),
        ([[False, True], [True, False]], "rows 0 and 1"),
    ],
)
def test_what_cannot_be_a_comparison_is_refused(verdicts: list[list[bool]], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        shared_ranks(np.array(verdicts))
