"""How many threads the libraries beside each other may use while they are timed."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Lets torch and faiss, where it is loaded, use so many threads, and then as many as before, whatever happens.

    The linear algebra inside numpy and faiss is limited, too, where threadpoolctl is installed; elsewhere it uses as
    many threads as it likes.

    Args:
        count: How many.
    """
    import torch

    faiss: Any = sys.modules.get("faiss")  # loaded by nothing but its own baseline
    with ExitStack() as after:
        after.callback(torch.set_num_threads, torch.get_num_threads())
        torch.set_num_threads(count)
        if faiss is not None:
            after.callback(faiss.omp_set_num_threads, faiss.omp_get_max_threads())
            faiss.omp_set_num_threads(count)
        limits = _blas_limits()
        if limits is not None:
            after.enter_context(limits(count, user_api="blas"))
        yield


def _blas_limits() -> Any:
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return None
    return threadpool_limits
