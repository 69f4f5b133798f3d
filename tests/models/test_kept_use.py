"""When what a cache folder keeps was last used: that decides what goes first, and nothing in use goes at all."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock

from idia.models import EmbeddingCache
from idia.models.kept import Kept, chosen, kept_in, remove
from idia.models.shard_files import lock_path

NewModel = Callable[..., Any]

NOW = 1_700_000_000.0
DAY = 24 * 3600


def age(path: Path, used: float = NOW) -> None:
    """Makes a file, or whatever is in a folder, as if it had not been touched since then."""
    for file in [path] if path.is_file() else path.iterdir():
        os.utime(file, (used, used))


def at(used: float, name: str = "m", kind: str = "texts", n_bytes: int = 10) -> Kept:
    return Kept(Path(f"{name}-{used}"), name, kind, 1, n_bytes, used)


def test_what_is_locked_is_in_use(kept_folder: Path) -> None:
    store = kept_in(kept_folder)[0]
    before = sorted(store.path.iterdir())
    with FileLock(lock_path(store.path)):
        assert remove(store) == "in use"

    assert sorted(store.path.iterdir()) == before
    assert remove(store) == "removed"
    assert remove(store) == "removed", "somebody else did it"


def test_what_was_used_since_it_was_chosen_is_in_use(
    kept_folder: Path, counting_model: NewModel, photo_files: list[Path]
) -> None:
    store = kept_in(kept_folder)[0]
    age(store.path)
    (old,) = (each for each in kept_in(kept_folder) if each.path == store.path)
    EmbeddingCache(kept_folder, "cpu (abacus)").photos(counting_model(name="one"), photo_files)

    assert old.used == NOW
    assert remove(old) == "in use"


def test_what_was_written_since_it_was_chosen_is_in_use(kept_folder: Path, counting_model: NewModel) -> None:
    (texts,) = (each for each in kept_in(kept_folder) if (each.model, each.kind) == ("one", "texts"))
    age(texts.path)
    (old,) = (each for each in kept_in(kept_folder) if each.path == texts.path)
    EmbeddingCache(kept_folder, "cpu (abacus)").texts(counting_model(name="one"), ["d"])
    (now,) = (each for each in kept_in(kept_folder) if each.path == texts.path)

    assert old.used == NOW
    assert time.time() - now.used < 60, "though nothing that was known was read"
    assert chosen(kept_in(kept_folder), model="one", unused_since=time.time() - DAY) == ()
    assert remove(old) == "in use"


def test_a_scan_is_in_use_as_long_as_it_is_held(kept_folder: Path) -> None:
    scan = kept_in(kept_folder)[-1]
    with FileLock(lock_path(scan.path)):
        assert remove(scan) == "in use"
    age(scan.path)
    (old,) = (each for each in kept_in(kept_folder) if each.kind == "scan")
    scan.path.write_bytes(b"further")
    assert remove(old) == "in use", "it went on since it was chosen"
    assert remove(kept_in(kept_folder)[-1]) == "removed"
    assert remove(scan) == "removed", "somebody else did it"


def test_drawn_photos_are_used_by_who_draws_or_reads_them(kept_folder: Path, drawn_photos: Path) -> None:
    age(drawn_photos)
    (old,) = (each for each in kept_in(kept_folder) if each.kind == "drawn photos")
    with FileLock(drawn_photos / "drawing.lock"):
        assert remove(old) == "in use"
    block = next(drawn_photos.glob("*.npy"))
    os.utime(block, (NOW + DAY, NOW))  # as reading does
    (read,) = (each for each in kept_in(kept_folder) if each.kind == "drawn photos")

    assert (old.used, read.used) == (NOW, NOW + DAY)
    assert remove(old) == "in use"
    assert remove(read) == "removed"
    assert [path.name for path in drawn_photos.iterdir()] == ["drawing.lock"]


def test_the_least_recently_used_goes_first() -> None:
    kept = [at(NOW - 3 * DAY, "a"), at(NOW - DAY, "b"), at(NOW - 2 * DAY, "a"), at(NOW - 4 * DAY, kind="scan")]

    def days(**choice: Any) -> list[int]:
        return [round((NOW - each.used) / DAY) for each in chosen(kept, **choice)]

    assert days() == [4, 3, 2, 1]
    assert days(model="a") == [3, 2]
    assert days(unused_since=NOW - 2.5 * DAY) == [4, 3]
    assert days(most_bytes=40) == []
    assert days(most_bytes=39) == [4]
    assert days(most_bytes=20) == [4, 3]
    assert days(most_bytes=0) == [4, 3, 2, 1]
    assert days(most_bytes=20, unused_since=NOW - 1.5 * DAY) == [4, 3, 2]
    assert days(most_bytes=20, unused_since=NOW - 3.5 * DAY) == [4, 3]
    assert days(model="a", most_bytes=10) == [3]
