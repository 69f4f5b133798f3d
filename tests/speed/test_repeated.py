from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from idia.errors import MeasurementError
from idia.speed import repeated
from idia.speed.fresh import Spent
from idia.speed.growth import Point
from idia.speed.repeated import measured_points, n_different, takes_memory_like


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The arguments of all work done; the n-th takes n seconds, and answers its size, or n where it is moody."""
    made: list[dict[str, Any]] = []
    numbers: Iterator[int] = count(1)

    def done(workload: str, **arguments: Any) -> Spent:
        made.append(arguments)
        number = next(numbers)
        memory = None if workload == "untold" else 10.0 * number
        return Spent(float(number), 0.0, memory, number if workload == "moody" else arguments["n"])

    monkeypatch.setattr(repeated, "in_fresh_process", done)
    return made


def test_a_round_goes_through_all_sizes_before_the_next_begins(calls: list[dict[str, Any]]) -> None:
    points, answers = measured_points("work", "n", [5, 50], rounds=2, draws=7)

    assert [call["n"] for call in calls] == [5, 50, 5, 50]
    assert all(call == {"n_threads": 1, "n": call["n"], "draws": 7} for call in calls)
    assert points == [Point(5, (1.0, 3.0), (10.0, 30.0)), Point(50, (2.0, 4.0), (20.0, 40.0))]
    assert answers == [5, 50]


@pytest.mark.usefixtures("calls")
def test_memory_that_is_not_told_is_left_out() -> None:
    points, _ = measured_points("untold", "n", [5], rounds=2)

    assert points == [Point(5, (1.0, 2.0))]


@pytest.mark.usefixtures("calls")
def test_other_answers_in_another_round_are_an_error() -> None:
    with pytest.raises(MeasurementError, match="moody answers differently in different rounds at n = 5,000"):
        measured_points("moody", "n", [5_000], rounds=2)


def test_every_name_that_is_not_the_same_counts() -> None:
    assert n_different({"predicted": [[1, 2], [3, 4]]}, {"predicted": [[1, 9], [9, 4]]}) == 2
    with pytest.raises(ValueError, match="longer"):
        n_different({"predicted": [[1]]}, {"predicted": [[1], [2]]})


@pytest.mark.parametrize(
    ("more", "few", "expected"),
    [(50.0, 20.0, True), (72.0, 20.0, True), (73.0, 20.0, False), (None, 20.0, True), (50.0, None, True)],
)
def test_little_more_memory_is_twice_as_much_and_some(more: float | None, few: float | None, expected: bool) -> None:
    assert takes_memory_like(Spent(0.0, 0.0, more, None), Spent(0.0, 0.0, few, None)) is expected
