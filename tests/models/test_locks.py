"""A lock has one holder, and whoever waits for it says so."""

import errno
import threading
from pathlib import Path

import pytest

from idia.errors import ModelError
from idia.models import locks
from idia.models.locks import held, held_if_free


def silent() -> None:
    raise AssertionError("nobody waits")


def test_a_lock_that_is_held_is_not_free_to_anybody(tmp_path: Path) -> None:
    path, seen = tmp_path / "a.lock", []

    def look() -> None:
        with held_if_free(path) as is_held:
            seen.append(is_held)

    with held(path, silent):
        look()
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    look()

    assert seen == [False, False, True]
    assert path.exists(), "removed, others might lock a file that nobody sees"


def test_whoever_would_wait_for_himself_is_told(tmp_path: Path) -> None:
    with held(tmp_path / "a.lock", silent):
        with (
            pytest.raises(ModelError, match="must not use the cache that it is encoding for"),
            held(tmp_path / "." / "a.lock", silent),
        ):
            raise AssertionError("held twice")
        with held(tmp_path / "b.lock", silent):
            pass
    with held(tmp_path / "a.lock", silent):
        pass
    with held_if_free(tmp_path / "a.lock"), pytest.raises(ModelError), held(tmp_path / "a.lock", silent):
        raise AssertionError("held twice")


def test_whoever_waits_says_so_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.01)
    monkeypatch.setattr(locks, "_POLL", 0.005)
    path, said, is_held = tmp_path / "a.lock", threading.Semaphore(0), threading.Event()

    def wait() -> None:
        with held(path, said.release):
            is_held.set()

    thread = threading.Thread(target=wait)
    with held(path, silent):
        thread.start()
        assert said.acquire(timeout=30)
        assert not is_held.is_set()
    thread.join()

    assert is_held.is_set()
    assert not said.acquire(blocking=False)


def test_an_error_inside_lets_go(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), held(tmp_path / "a.lock", silent):
        raise ZeroDivisionError
    with held_if_free(tmp_path / "a.lock") as is_held:
        assert is_held


def test_where_a_disk_has_no_locks_a_file_is_not_taken_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", missing)
    path = tmp_path / "a.lock"
    path.touch()

    for lock in (lambda: held(path, silent), lambda: held_if_free(path)):
        with pytest.raises(OSError, match="not implemented"), lock():
            raise AssertionError("held")
    assert path.read_bytes() == b"", "nothing tells who tried"
