"""Locks of a cache folder, held by one thread of one process at a time: a kill, too, lets go of them."""

import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from idia.errors import ModelError

PATIENCE = 5.0
"""Seconds after which whoever waits says so."""

_POLL = 0.2  # seconds

_here = threading.local()


@contextmanager
def held(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Holds a lock; waits for whoever holds it now.

    Args:
        path: The file that is locked; made where it is not there, and never removed.
        waiting: Called once, where the lock is not to be had for some seconds.

    Raises:
        ModelError: This thread holds it already, and would wait for itself.
        OSError: There is no such file, and none can be made, or there are no locks on this kind of disk.
    """
    if _is_mine(path):
        raise ModelError(
            f"the cache is asked for something of {path.stem} while that is computed for it. A model must not use "
            "the cache that it is encoding for."
        )
    lock = _lock(path)
    try:
        lock.acquire(timeout=PATIENCE, poll_interval=_POLL)
    except Timeout:
        waiting()
        lock.acquire(poll_interval=_POLL)
    with _mine(path, lock):
        yield


def tell(progress: Callable[[str, int, int], None] | None, done: int, total: int) -> None:
    """Says that another process is waited for: to whoever follows the progress, or else as a warning.

    Args:
        progress: Called with the stage, how much is done, and how much there is to do.
        done: How much is done.
        total: How much there is to do.
    """
    if progress is None:
        warnings.warn("waiting for another process, which does the same work; what it finds is used", stacklevel=2)
    else:
        progress("waiting for another process", done, total)


@contextmanager
def held_if_free(path: Path) -> Iterator[bool]:
    """Holds a lock unless somebody else does, and yields whether it is held.

    Args:
        path: As of `held`.

    Raises:
        OSError: There is no such file, and none can be made, or there are no locks on this kind of disk.
    """
    lock = _lock(path)
    try:
        if not _is_mine(path):
            lock.acquire(timeout=0)
    except Timeout:
        pass
    if not lock.is_locked:
        yield False
        return
    with _mine(path, lock):
        yield True


def _lock(path: Path) -> FileLock:
    # Otherwise, where a disk has no locks, a file that exists would count as one: for ever, after a kill.
    return FileLock(path, fallback_to_soft=False)


@contextmanager
def _mine(path: Path, lock: FileLock) -> Iterator[None]:
    """Remembers that this thread holds a lock, which to others of its process is as if another process did."""
    key = _key(path)
    _held_here().add(key)
    try:
        yield
    finally:
        _held_here().discard(key)
        lock.release()


def _is_mine(path: Path) -> bool:
    return _key(path) in _held_here()


def _held_here() -> set[str]:
    if not hasattr(_here, "held"):
        _here.held = set()
    held: set[str] = _here.held
    return held


def _key(path: Path) -> str:
    return os.path.realpath(path)
