"""A cache folder as its owner sees it."""

import os
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock

from idia.errors import SettingError
from idia.models import EmbeddingCache
from idia.models.kept import Kept, chosen, kept_in, remove
from idia.models.shard_files import description_path, lock_path
from idia.world.gallery import PEOPLE_PER_BLOCK, Drawings

NewModel = Callable[..., Any]

NOW = 1_700_000_000.0
DAY = 24 * 3600


@pytest.fixture
def folder(tmp_path: Path, counting_model: NewModel, photo_files: list[Path]) -> Path:
    """Photos and texts of `one`, texts of `two`, and an unfinished scan."""
    folder = tmp_path / "cache"
    cache = EmbeddingCache(folder, "cpu (abacus)")
    one = counting_model(name="one")
    cache.photos(one, photo_files)
    cache.texts(one, ["a", "b", "c"])
    cache.texts(counting_model(name="two", weights_sha256="99" * 32), ["a"])
    (folder / "scans").mkdir()
    (folder / "scans" / f"{'5c' * 32}.scan").write_bytes(b"state")
    return folder


def strangers(folder: Path) -> list[Path]:
    """Files that a person may have, some of which look like ours."""
    made = [
        folder / "letter.txt",
        folder / "thesis" / "chapter.safetensors",
        folder / "0123456789abcdef-0123456789abcdef" / "photo.jpg",
        folder / "0123456789abcdef-0123456789abcdeX" / f"{'ab' * 32}.safetensors",
        folder / "scans" / "page1.scan",
        folder / f"{'ab' * 32}.safetensors",
    ]
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    return made


def age(path: Path, used: float = NOW) -> None:
    """Makes a file, or whatever is in a folder, as if it had not been touched since then."""
    for file in [path] if path.is_file() else path.iterdir():
        os.utime(file, (used, used))


def at(used: float, name: str = "m", kind: str = "texts", n_bytes: int = 10) -> Kept:
    return Kept(Path(f"{name}-{used}"), name, kind, 1, n_bytes, used)


def test_everything_that_is_kept_is_listed(folder: Path) -> None:
    kept = kept_in(folder)

    assert [(each.model, each.kind, each.n_entries) for each in kept] == [
        ("one", "photos", 7),
        ("one", "texts", 3),
        ("two", "texts", 1),
        ("", "scan", 1),
    ]
    for each in kept:
        files = [each.path] if each.kind == "scan" else [*each.path.iterdir()]
        assert each.n_bytes == sum(path.stat().st_size for path in files)
        assert abs(each.used - time.time()) < 60


def test_a_folder_that_is_not_there_holds_nothing_and_is_not_made(tmp_path: Path) -> None:
    assert kept_in(tmp_path / "absent") == ()
    assert not (tmp_path / "absent").exists()
    (tmp_path / "file").touch()
    with pytest.raises(SettingError, match="cannot be read"):
        kept_in(tmp_path / "file")


def test_what_is_not_ours_is_neither_listed_nor_removed(folder: Path) -> None:
    mine = strangers(folder)
    elsewhere = folder.parent / "elsewhere" / "0123456789abcdef-0123456789abcde0"
    elsewhere.mkdir(parents=True)
    (elsewhere / f"{'ab' * 32}.safetensors").write_text("mine")
    (folder / elsewhere.name).symlink_to(elsewhere)
    kept = kept_in(folder)

    assert len(kept) == 4
    for each in kept:
        assert remove(each) == "removed"
    assert all(path.read_text() == "mine" for path in [*mine, *elsewhere.iterdir()])
    assert kept_in(folder) == ()


def test_files_of_others_in_a_store_are_left(folder: Path) -> None:
    store = kept_in(folder)[0]
    (store.path / "notes.txt").write_text("mine")

    assert remove(kept_in(folder)[0]) == "not empty"
    assert [path.name for path in store.path.iterdir()] == ["notes.txt"]


def test_what_says_nothing_about_itself_is_listed_as_such(folder: Path) -> None:
    store = kept_in(folder)[0]
    description_path(store.path).unlink()
    (undescribed,) = (each for each in kept_in(folder) if each.path == store.path)

    assert (undescribed.model, undescribed.kind, undescribed.n_entries) == ("", "", 7)
    assert remove(undescribed) == "removed"
    assert not store.path.exists()


def test_what_is_locked_is_in_use(folder: Path) -> None:
    store = kept_in(folder)[0]
    before = sorted(store.path.iterdir())
    with FileLock(lock_path(store.path)):
        assert remove(store) == "in use"

    assert sorted(store.path.iterdir()) == before
    assert remove(store) == "removed"
    assert remove(store) == "removed", "somebody else did it"


def test_what_was_used_since_it_was_chosen_is_in_use(
    folder: Path, counting_model: NewModel, photo_files: list[Path]
) -> None:
    store = kept_in(folder)[0]
    age(store.path)
    (old,) = (each for each in kept_in(folder) if each.path == store.path)
    EmbeddingCache(folder, "cpu (abacus)").photos(counting_model(name="one"), photo_files)

    assert old.used == NOW
    assert remove(old) == "in use"


def test_what_was_written_since_it_was_chosen_is_in_use(folder: Path, counting_model: NewModel) -> None:
    (texts,) = (each for each in kept_in(folder) if (each.model, each.kind) == ("one", "texts"))
    age(texts.path)
    (old,) = (each for each in kept_in(folder) if each.path == texts.path)
    EmbeddingCache(folder, "cpu (abacus)").texts(counting_model(name="one"), ["d"])
    (now,) = (each for each in kept_in(folder) if each.path == texts.path)

    assert old.used == NOW
    assert time.time() - now.used < 60, "though nothing that was known was read"
    assert chosen(kept_in(folder), model="one", unused_since=time.time() - DAY) == ()
    assert remove(old) == "in use"


def test_a_scan_is_in_use_as_long_as_it_is_held(folder: Path) -> None:
    scan = kept_in(folder)[-1]
    with FileLock(lock_path(scan.path)):
        assert remove(scan) == "in use"
    age(scan.path)
    (old,) = (each for each in kept_in(folder) if each.kind == "scan")
    scan.path.write_bytes(b"further")
    assert remove(old) == "in use", "it went on since it was chosen"
    assert remove(kept_in(folder)[-1]) == "removed"
    assert remove(scan) == "removed", "somebody else did it"


def test_what_a_kill_leaves_of_a_scan_belongs_to_it(folder: Path) -> None:
    scans = folder / "scans"
    for key in ("5c" * 32, "d5" * 32):
        (scans / f"idia-{key}-abcd_123.tmp").write_bytes(b"half a state")
    (scans / "idia-mine.tmp").write_bytes(b"mine")
    kept = [each for each in kept_in(folder) if each.kind == "scan"]

    assert [(each.path.name[:2], each.n_entries, each.n_bytes) for each in kept] == [("5c", 1, 17), ("d5", 1, 12)]
    for each in kept:
        assert remove(each) == "removed"
    assert sorted(path.name for path in scans.iterdir() if path.suffix != ".lock") == ["idia-mine.tmp"]


def test_linked_folders_are_nobodys(folder: Path, tmp_path: Path) -> None:
    for name in ("scans", "world"):
        (tmp_path / "elsewhere" / name).mkdir(parents=True)
    (tmp_path / "elsewhere" / "scans" / f"{'5c' * 32}.scan").write_bytes(b"state")
    (tmp_path / "elsewhere" / "world" / f"{'5c' * 16}-{'5c' * 32}.npy").write_bytes(b"photos")
    (tmp_path / "linked").mkdir()
    for name in ("scans", "world"):
        (tmp_path / "linked" / name).symlink_to(tmp_path / "elsewhere" / name)

    assert [each.kind for each in kept_in(tmp_path / "elsewhere")] == ["drawn photos", "scan"]
    assert kept_in(tmp_path / "linked") == ()


def test_links_in_a_store_are_not_ours(folder: Path, tmp_path: Path) -> None:
    store = kept_in(folder)[0]
    (tmp_path / "mine").write_bytes(b"mine" * 1000)
    links = [store.path / f"{'ab' * 32}.safetensors", store.path / "idia-link.tmp"]
    for link in links:
        link.symlink_to(tmp_path / "mine")

    assert kept_in(folder)[0].n_bytes == store.n_bytes
    assert remove(kept_in(folder)[0]) == "not empty"
    assert sorted(store.path.iterdir()) == sorted(links)


def test_what_a_kill_leaves_of_a_store_is_removed_with_it(folder: Path) -> None:
    store = kept_in(folder)[0]
    (store.path / "idia-abcd_123.tmp").write_bytes(b"half")

    assert kept_in(folder)[0].n_bytes == store.n_bytes + 4
    assert remove(kept_in(folder)[0]) == "removed"
    assert not store.path.exists()


def test_unfinished_files_of_others_in_a_store_are_left(folder: Path) -> None:
    store = kept_in(folder)[0]
    (store.path / "download.tmp").write_bytes(b"mine")

    assert remove(store) == "not empty"
    assert [path.name for path in store.path.iterdir()] == ["download.tmp"]


@pytest.fixture
def drawn(folder: Path) -> Path:
    """The folder of drawn photos, two of each of forty people."""

    def black(seed: int, people: Any, photos: Any, side: int) -> np.ndarray:
        return np.zeros((len(people), side, side, 3), np.uint8)

    Drawings(0, 2, folder=folder / "world", draw=black).draw(2 * PEOPLE_PER_BLOCK)
    return folder / "world"


def test_drawn_photos_are_listed_and_removed_but_not_their_lock(folder: Path, drawn: Path) -> None:
    files = [path for path in drawn.iterdir() if path.suffix == ".npy"]
    (drawn / "notes.npy").write_bytes(b"mine")
    (world,) = (each for each in kept_in(folder) if each.kind == "drawn photos")

    assert (world.path, world.model, world.n_entries) == (drawn, "", 4 * PEOPLE_PER_BLOCK)
    assert world.n_bytes == sum(path.stat().st_size for path in files)
    assert [each.kind for each in kept_in(folder)][-2:] == ["drawn photos", "scan"]
    assert remove(world) == "not empty"
    assert sorted(path.name for path in drawn.iterdir()) == ["drawing.lock", "notes.npy"]
    assert "drawn photos" not in [each.kind for each in kept_in(folder)]


def test_drawn_photos_are_used_by_who_draws_or_reads_them(folder: Path, drawn: Path) -> None:
    age(drawn)
    (old,) = (each for each in kept_in(folder) if each.kind == "drawn photos")
    with FileLock(drawn / "drawing.lock"):
        assert remove(old) == "in use"
    block = next(drawn.glob("*.npy"))
    os.utime(block, (NOW + DAY, NOW))  # as reading does
    (read,) = (each for each in kept_in(folder) if each.kind == "drawn photos")

    assert (old.used, read.used) == (NOW, NOW + DAY)
    assert remove(old) == "in use"
    assert remove(read) == "removed"
    assert [path.name for path in drawn.iterdir()] == ["drawing.lock"]


def test_what_a_kill_leaves_of_drawing_is_removed_with_the_photos(folder: Path, drawn: Path) -> None:
    with tempfile.NamedTemporaryFile(suffix=".tmp", dir=drawn, delete=False):
        pass
    (world,) = (each for each in kept_in(folder) if each.kind == "drawn photos")

    assert world.n_entries == 4 * PEOPLE_PER_BLOCK
    assert remove(world) == "removed"


def test_a_cache_works_again_after_it_was_emptied(
    folder: Path, counting_model: NewModel, photo_files: list[Path]
) -> None:
    cache = EmbeddingCache(folder, "cpu (abacus)")
    expected = cache.photos(counting_model(name="one"), photo_files)
    for each in kept_in(folder):
        remove(each)
    model = counting_model(name="one")

    assert cache.photos(model, photo_files).equal(expected)
    assert len(model.images) == 7
    assert [each.kind for each in kept_in(folder)] == ["photos"]


def test_what_is_kept_speaks_of_the_model_and_of_nobody(folder: Path, photo_files: list[Path]) -> None:
    words = b"".join(path.read_bytes() for path in folder.rglob("store.json")).decode()

    assert '"model": "one"' in words
    assert f"pillow {version('pillow')}" in words
    assert '"weights": "abababab"' in words
    assert "cpu (abacus)" in words
    assert "torch 2" in words
    assert str(folder.parent) not in words
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert not any(path.name.encode() in everything for path in photo_files)


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
