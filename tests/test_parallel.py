import threading
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


def test_a_single_worker_runs_beside_the_caller_if_items_are_wanted_ahead() -> None:
    done = threading.Semaphore(0)

    def count(number: int) -> int:
        done.release()
        return number

    with in_order(count, range(5), 1, n_ahead=3) as results:
        assert next(results) == 0
        for _ in range(4):
            assert done.acquire(timeout=30)  # though the caller asked for one result
        assert list(results) == [1, 2, 3, 4]


def test_work_within_work_brings_no_more_workers() -> None:
    def threads(_: int) -> set[int]:
        def ident(_: int) -> int:
            return threading.get_ident()

        with in_order(ident, range(3), 2) as results:
            return {threading.get_ident(), *results}

    with in_order(threads, range(6), 2) as results:
        idents = list(results)
    assert all(len(each) == 1 for each in idents)
    assert len(set.union(*idents)) <= 2


def test_no_thread_is_left() -> None:
    before = threading.active_count()
    with in_order(abs, range(100), 3) as results:
        next(results)
        assert threading.active_count() > before
    assert threading.active_count() == before


@pytest.fixture
def three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("three_threads")
@pytest.mark.parametrize("is_first_out_first", [True, False])
def test_uses_from_two_threads_at_once_leave_all_as_before(is_first_out_first: bool) -> None:
    inside, may_end, n_after = threading.Event(), threading.Event(), []

    def other() -> None:
        with in_order(lambda _: torch.get_num_threads(), range(4), 2) as results:
            assert next(results) == 1
            inside.set()
            assert may_end.wait(timeout=30)
            assert list(results) == [1] * 3
        n_after.append(torch.get_num_threads())

    thread = threading.Thread(target=other)
    with in_order(lambda _: torch.get_num_threads(), range(4), 2) as results:
        assert next(results) == 1
        thread.start()
        assert inside.wait(timeout=30)
        if not is_first_out_first:
            may_end.set()
            thread.join()
        assert list(results) == [1] * 3
    may_end.set()
    thread.join()
    fresh = threading.Thread(target=lambda: n_after.append(torch.get_num_threads()))
    fresh.start()
    fresh.join()

    assert torch.get_num_threads() == 3
    assert n_after == [3, 3], "the other thread, and one that is started afterwards"


@pytest.mark.usefixtures("three_threads")
def test_a_use_inside_another_keeps_the_callers_one_core() -> None:
    with in_order(abs, range(3), 2) as outer:
        with in_order(abs, range(3), 2) as inner:
            assert list(inner) == list(outer)
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 3


@pytest.mark.usefixtures("three_threads")
def test_threads_come_back_even_if_no_worker_can_be_made() -> None:
    with pytest.raises(ValueError, match="greater than 0"), in_order(abs, range(3), 0):
        raise AssertionError("there are workers")
    assert torch.get_num_threads() == 3


@pytest.mark.parametrize("n_workers", [1, 2])
def test_an_end_that_the_function_meets_is_not_the_end_of_the_items(n_workers: int) -> None:
    with pytest.raises(RuntimeError), in_order(lambda empty: next(iter(empty)), [[1], [], [2]], n_workers) as results:
        list(results)
