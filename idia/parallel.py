"""Work on several cores: whole items side by side, in order, instead of every small step split between the cores."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TypeVar

import torch

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_here = threading.local()

_lock = threading.Lock()
_n_inside = 0  # threads that have workers now
_n_cores = 0  # of torch, when the first of them came


@contextmanager
def in_order(
    function: Callable[[_Item], _Result], items: Iterable[_Item], n_workers: int, *, n_ahead: int | None = None
) -> Iterator[Iterator[_Result]]:
    """Yields an iterator over what a function makes of items, in their order.

    With several workers, each has one core: results do not depend on how many there are. Items are taken a few ahead,
    by the caller's own thread. An error of the function is raised where its result would have come; then, and when the
    caller stops early, no work goes on behind his back. A function that calls this again does its part alone, so that
    there are never more workers than were asked for. Several threads may call this at once: torch's number of threads
    is theirs together, so each gets back what the first of them found.

    Args:
        function: What to do, free to be called from several threads.
        items: What to do it to.
        n_workers: How many threads.
        n_ahead: How many items are worked on or held while the caller is busy with a result; by default as many as
            there are workers. Given, even a single worker runs beside the caller.
    """
    if getattr(_here, "is_worker", False) or (n_workers == 1 and n_ahead is None):
        # Not map: a StopIteration of the function must not look like the end of the items.
        yield (function(item) for item in items)
        return
    with (
        _one_core_each(),
        ThreadPoolExecutor(n_workers, "idia", _become_worker) as pool,
        closing(_results(pool, function, items, n_workers if n_ahead is None else n_ahead)) as results,
    ):
        yield results


@contextmanager
def _one_core_each() -> Iterator[None]:
    """Takes torch's threads from the caller, and gives them back when the outermost of his uses ends.

    The number is one of the process, which new threads start with, and one of each thread, once it is set there.
    """
    global _n_inside, _n_cores
    depth = getattr(_here, "depth", 0)
    with _lock:
        if _n_inside == 0:
            _n_cores = torch.get_num_threads()
        n_cores = _n_cores
        _n_inside += 1
    _here.depth = depth + 1
    try:
        torch.set_num_threads(1)
        yield
    finally:
        with _lock:
            _here.depth -= 1
            _n_inside -= 1
            if _here.depth == 0:
                torch.set_num_threads(n_cores)


def _become_worker() -> None:
    _here.is_worker = True
    torch.set_num_threads(1)  # another caller may just have got his threads back


def _results(
    pool: ThreadPoolExecutor, function: Callable[[_Item], _Result], items: Iterable[_Item], n_ahead: int
) -> Generator[_Result]:
    waiting: deque[Future[_Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > n_ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
