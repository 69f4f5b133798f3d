"""Libraries of numbers kept on one core: a sum that is split between cores may end in other bits."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.RLock()


@contextmanager
def on_one_core() -> Iterator[None]:
    """Has BLAS and OpenMP compute on one core for a while; small matrices are faster for it, too.

    One thread at a time: the number of cores is one of the process, and whoever came second would give back a 1.
    """
    import sklearn.cluster  # noqa: F401  # it and scipy bring libraries of their own, which must be there to be found
    from threadpoolctl import threadpool_limits  # scikit-learn brings it

    with _lock, threadpool_limits(limits=1):
        yield
