"""Small networks on several cores: whole batches side by side, instead of every small step split in two."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TypeVar

import torch

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@contextmanager
def in_order(
    function: Callable[[_Item], _Result], items: Iterable[_Item], n_workers: int
) -> Iterator[Iterator[_Result]]:
    """Yields an iterator over what a function makes of items, in their order.

    With several workers, each has one core: results do not depend on how many there are. Items are taken a few ahead,
    by the caller's own thread.

    Args:
        function: What to do, free to be called from several threads.
        items: What to do it to.
        n_workers: How many threads.
    """
    if n_workers == 1:
        yield map(function, items)
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(n_workers) as pool, closing(_results(pool, function, items, n_workers)) as results:
            yield results
    finally:
        torch.set_num_threads(before)


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
