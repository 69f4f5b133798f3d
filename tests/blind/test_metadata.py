from collections.abc import Mapping

import numpy as np
import pytest

from idia.blind.crossvalidation import area, out_of_fold
from idia.blind.metadata import Column, metadata_judge
from idia.randomness import random_fractions

N = 80
KEYS = np.arange(N, dtype=np.uint64)
IS_MEMBER = np.arange(N) % 2 == 0
NOISE = random_fractions(3, KEYS)
SEXES = ["f" if number % 4 < 2 else "m" for number in range(N)]


def judged(columns: Mapping[str, Column]) -> float:
    judge = metadata_judge(columns, IS_MEMBER, KEYS)
    assert judge is not None
    return area(out_of_fold(judge, IS_MEMBER, KEYS, seed=0), IS_MEMBER)


def texts(values: np.ndarray) -> list[str]:
    return [repr(float(value)) for value in values]


def test_columns_of_noise_give_nothing_away() -> None:
    columns = {f"column {number}": texts(random_fractions(number, KEYS)) for number in range(4)}

    assert 0.35 < judged(columns) < 0.65


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_that_differs_is_found_in_either_direction_among_others(sign: int) -> None:
    columns = {f"column {number}": texts(random_fractions(number, KEYS)) for number in range(2)}

    assert judged(columns | {"fame": texts(10.0 ** (sign * (NOISE + 0.9 * IS_MEMBER)))}) > 0.9


def test_a_number_that_differs_only_within_a_group_is_found_if_the_group_is_known() -> None:
    """As in the CC3M split of the paper, where either sex was sorted by a column for itself."""
    shift = np.where(np.array(SEXES) == "f", 10.0, 0.0)
    column = {"recognised": texts(shift + NOISE + 0.9 * IS_MEMBER)}

    assert judged(column | {"group": SEXES}) > 0.9
    assert judged(column) < 0.85


def test_a_text_that_differs_is_found_and_rare_ones_say_nothing() -> None:
    country = ["de" if member and number % 10 else "fr" for number, member in enumerate(IS_MEMBER)]

    assert judged({"country": country}) > 0.85
    assert metadata_judge({"page": [f"page {number}" for number in range(N)]}, IS_MEMBER, KEYS) is None


def test_that_a_cell_is_blank_says_nothing() -> None:
    missing = [
        value if member or number % 3 else ""
        for number, (value, member) in enumerate(zip(texts(NOISE), IS_MEMBER, strict=True))
    ]

    assert judged({"height": missing}) < 0.65


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({}, id="no-columns"),
        pytest.param({"height": ["1.8"] * N}, id="one-number"),
        pytest.param({"group": ["a"] * N}, id="one-text"),
        pytest.param({"group": ["forgotten" if member else "" for member in IS_MEMBER]}, id="a-group-of-members"),
        pytest.param(
            {"height": [1.0 * n if member else float("nan") for n, member in enumerate(IS_MEMBER)]}, id="unknown"
        ),
    ],
)
def test_a_table_that_says_nothing_has_no_judge(columns: Mapping[str, Column]) -> None:
    assert metadata_judge(columns, IS_MEMBER, KEYS) is None


def test_the_order_of_columns_changes_nothing() -> None:
    columns = {"height": texts(random_fractions(1, KEYS)), "age": texts(random_fractions(2, KEYS)), "sex": SEXES}
    reversed_columns = dict(reversed(columns.items()))

    assert judged(columns) == judged(reversed_columns)
