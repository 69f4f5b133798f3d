import time
from collections.abc import Iterator

import pytest
import torch

from idia.parallel import in_order


@pytest.mark.parametrize("n_workers", [1, 2, 3])
def test_results_come_in_order(n_workers: int) -> None:
    def late(number: int) -> int:
        time.sleep(0.002 * (number % 3))
        return number * number

    with in_order(late, range(9), n_workers) as results:
        assert list(results) == [number * number for number in range(9)]


@pytest.mark.parametrize(("n_workers", "ahead"), [(1, 0), (2, 2)])
def test_few_items_are_taken_ahead(n_workers: int, ahead: int) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(9):
            taken.append(number)
            yield number

    with in_order(abs, items(), n_workers) as results:
        assert next(results) == 0
        assert len(taken) == 1 + ahead


def test_every_worker_has_one_core_and_afterwards_all_is_as_before() -> None:
    before = torch.get_num_threads()
    with in_order(lambda _: torch.get_num_threads(), range(4), 2) as results:
        assert list(results) == [1] * 4

    assert torch.get_num_threads() == before


def test_an_error_ends_the_work_and_leaves_all_as_before() -> None:
    before, done = torch.get_num_threads(), []

    def fail(number: int) -> None:
        done.append(number)
        if number == 1:
            raise ValueError("the second")
        time.sleep(0.01)

    with pytest.raises(ValueError, match="the second"), in_order(fail, range(100), 2) as results:
        list(results)
    assert len(done) < 10
    assert torch.get_num_threads() == before


def test_a_reader_who_stops_early_leaves_all_as_before() -> None:
    before = torch.get_num_threads()
    with in_order(abs, range(100), 2) as results:
        next(results)

    assert torch.get_num_threads() == before
