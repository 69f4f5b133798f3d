"""A cache folder as its owner sees it."""

import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from idia.errors import SettingError
from idia.models import EmbeddingCache
from idia.models.kept import kept_in, remove
from idia.models.shard_files import description_path
from idia.world.gallery import PEOPLE_PER_BLOCK

NewModel = Callable[..., Any]


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


def test_everything_that_is_kept_is_listed(kept_folder: Path) -> None:
    kept = kept_in(kept_folder)

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


def test_what_is_not_ours_is_neither_listed_nor_removed(kept_folder: Path) -> None:
    mine = strangers(kept_folder)
    elsewhere = kept_folder.parent / "elsewhere" / "0123456789abcdef-0123456789abcde0"
    elsewhere.mkdir(parents=True)
    (elsewhere / f"{'ab' * 32}.safetensors").write_text("mine")
    (kept_folder / elsewhere.name).symlink_to(elsewhere)
    kept = kept_in(kept_folder)

    assert len(kept) == 4
    for each in kept:
        assert remove(each) == "removed"
    assert all(path.read_text() == "mine" for path in [*mine, *elsewhere.iterdir()])
    assert kept_in(kept_folder) == ()


def test_files_of_others_in_a_store_are_left(kept_folder: Path) -> None:
    store = kept_in(kept_folder)[0]
    (store.path / "notes.txt").write_text("mine")

    assert remove(kept_in(kept_folder)[0]) == "not empty"
    assert [path.name for path in store.path.iterdir()] == ["notes.txt"]


def test_what_says_nothing_about_itself_is_listed_as_such(kept_folder: Path) -> None:
    store = kept_in(kept_folder)[0]
    description_path(store.path).unlink()
    (undescribed,) = (each for each in kept_in(kept_folder) if each.path == store.path)

    assert (undescribed.model, undescribed.kind, undescribed.n_entries) == ("", "", 7)
    assert remove(undescribed) == "removed"
    assert not store.path.exists()


def test_what_a_kill_leaves_of_a_scan_belongs_to_it(kept_folder: Path) -> None:
    scans = kept_folder / "scans"
    for key in ("5c" * 32, "d5" * 32):
        (scans / f"idia-{key}-abcd_123.tmp").write_bytes(b"half a state")
    (scans / "idia-mine.tmp").write_bytes(b"mine")
    kept = [each for each in kept_in(kept_folder) if each.kind == "scan"]

    assert [(each.path.name[:2], each.n_entries, each.n_bytes) for each in kept] == [("5c", 1, 17), ("d5", 1, 12)]
    for each in kept:
        assert remove(each) == "removed"
    assert sorted(path.name for path in scans.iterdir() if path.suffix != ".lock") == ["idia-mine.tmp"]


def test_linked_folders_are_nobodys(kept_folder: Path, tmp_path: Path) -> None:
    for name in ("scans", "world"):
        (tmp_path / "elsewhere" / name).mkdir(parents=True)
    (tmp_path / "elsewhere" / "scans" / f"{'5c' * 32}.scan").write_bytes(b"state")
    (tmp_path / "elsewhere" / "world" / f"{'5c' * 16}-{'5c' * 32}.npy").write_bytes(b"photos")
    (tmp_path / "linked").mkdir()
    for name in ("scans", "world"):
        (tmp_path / "linked" / name).symlink_to(tmp_path / "elsewhere" / name)

    assert [each.kind for each in kept_in(tmp_path / "elsewhere")] == ["drawn photos", "scan"]
    assert kept_in(tmp_path / "linked") == ()


def test_links_in_a_store_are_not_ours(kept_folder: Path, tmp_path: Path) -> None:
    store = kept_in(kept_folder)[0]
    (tmp_path / "mine").write_bytes(b"mine" * 1000)
    links = [store.path / f"{'ab' * 32}.safetensors", store.path / "idia-link.tmp"]
    for link in links:
        link.symlink_to(tmp_path / "mine")

    assert kept_in(kept_folder)[0].n_bytes == store.n_bytes
    assert remove(kept_in(kept_folder)[0]) == "not empty"
    assert sorted(store.path.iterdir()) == sorted(links)


def test_what_a_kill_leaves_of_a_store_is_removed_with_it(kept_folder: Path) -> None:
    store = kept_in(kept_folder)[0]
    (store.path / "idia-abcd_123.tmp").write_bytes(b"half")

    assert kept_in(kept_folder)[0].n_bytes == store.n_bytes + 4
    assert remove(kept_in(kept_folder)[0]) == "removed"
    assert not store.path.exists()


def test_unfinished_files_of_others_in_a_store_are_left(kept_folder: Path) -> None:
    store = kept_in(kept_folder)[0]
    (store.path / "download.tmp").write_bytes(b"mine")

    assert remove(store) == "not empty"
    assert [path.name for path in store.path.iterdir()] == ["download.tmp"]


def test_drawn_photos_are_listed_and_removed_but_not_their_lock(kept_folder: Path, drawn_photos: Path) -> None:
    files = [path for path in drawn_photos.iterdir() if path.suffix == ".npy"]
    (drawn_photos / "notes.npy").write_bytes(b"mine")
    (world,) = (each for each in kept_in(kept_folder) if each.kind == "drawn photos")

    assert (world.path, world.model, world.n_entries) == (drawn_photos, "", 4 * PEOPLE_PER_BLOCK)
    assert world.n_bytes == sum(path.stat().st_size for path in files)
    assert [each.kind for each in kept_in(kept_folder)][-2:] == ["drawn photos", "scan"]
    assert remove(world) == "not empty"
    assert sorted(path.name for path in drawn_photos.iterdir()) == ["drawing.lock", "notes.npy"]
    assert "drawn photos" not in [each.kind for each in kept_in(kept_folder)]


def test_what_a_kill_leaves_of_drawing_is_removed_with_the_photos(kept_folder: Path, drawn_photos: Path) -> None:
    with tempfile.NamedTemporaryFile(prefix="idia-", suffix=".tmp", dir=drawn_photos, delete=False):
        pass
    (world,) = (each for each in kept_in(kept_folder) if each.kind == "drawn photos")

    assert world.n_entries == 4 * PEOPLE_PER_BLOCK
    assert remove(world) == "removed"


def test_a_cache_works_again_after_it_was_emptied(
    kept_folder: Path, counting_model: NewModel, photo_files: list[Path]
) -> None:
    cache = EmbeddingCache(kept_folder, "cpu (abacus)")
    expected = cache.photos(counting_model(name="one"), photo_files)
    for each in kept_in(kept_folder):
        remove(each)
    model = counting_model(name="one")

    assert cache.photos(model, photo_files).equal(expected)
    assert len(model.images) == 7
    assert [each.kind for each in kept_in(kept_folder)] == ["photos"]


def test_what_is_kept_speaks_of_the_model_and_of_nobody(kept_folder: Path, photo_files: list[Path]) -> None:
    words = b"".join(path.read_bytes() for path in kept_folder.rglob("store.json")).decode()

    assert '"model": "one"' in words
    assert f"pillow {version('pillow')}" in words
    assert '"weights": "abababab"' in words
    assert "cpu (abacus)" in words
    assert "torch 2" in words
    assert str(kept_folder.parent) not in words
    everything = b"".join(path.read_bytes() for path in kept_folder.rglob("*") if path.is_file())
    assert not any(path.name.encode() in everything for path in photo_files)
