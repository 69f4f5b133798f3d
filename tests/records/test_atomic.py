import os
import threading
from pathlib import Path

import pytest

from idia.errors import RecordError
from idia.records.atomic import LEFTOVER_SUFFIX, locked, remove_leftovers, write_atomically


def test_the_first_write_creates_folders_and_the_second_of_the_same_content_touches_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.txt"

    assert write_atomically(path, b"content")

    before = path.stat()

    assert not write_atomically(path, b"content")
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino


def test_files_are_readable_as_the_umask_says_not_by_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_atomically(tmp_path / "file.txt", b"content")
    finally:
        os.umask(before)

    assert (tmp_path / "file.txt").stat().st_mode & 0o777 == 0o644


def test_an_interrupted_write_leaves_the_old_content_and_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.txt"
    write_atomically(path, b"old")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_an_error_of_our_own_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(RecordError, match=r"cannot write .*file\.txt: No space left on device.*free the disk"):
        write_atomically(tmp_path / "file.txt", b"content")


def test_leftovers_of_killed_runs_are_removed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    leftover = tmp_path / "below" / f".file.txt.0123456789abcdef{LEFTOVER_SUFFIX}"
    others = [tmp_path / "notes.tmp", tmp_path / f"mine{LEFTOVER_SUFFIX}"]
    for path in (leftover, *others):
        path.touch()

    remove_leftovers(tmp_path)

    assert not leftover.exists()
    assert all(path.exists() for path in others)


@pytest.mark.skipif(os.name == "nt", reason="folders cannot be locked on Windows")
def test_a_second_writer_waits_until_the_first_is_done_and_no_lock_file_remains(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with locked(tmp_path):
            order.append("second")

    thread = threading.Thread(target=second)
    with locked(tmp_path):
        thread.start()
        thread.join(timeout=0.1)
        order.append("first")
    thread.join(timeout=10)

    assert order == ["first", "second"]
    assert list(tmp_path.iterdir()) == []
