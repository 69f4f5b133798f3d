"""Photographs as they are opened, fingerprinted and recognised."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from idia.photos import (
    DrawnPhoto,
    UnreadablePhotoError,
    find_unreadable,
    is_photo_file,
    open_photo,
    open_reduced,
    photo_sha256,
)

Quadrants = Callable[..., Image.Image]
AssertSame = Callable[..., None]


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "gif"])
def test_a_lossless_file_comes_out_as_it_was_saved(
    quadrants: Quadrants, assert_same: AssertSame, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"ada.{suffix}"
    quadrants().save(path)

    assert_same(open_photo(path), quadrants())


@pytest.mark.parametrize("suffix", ["jpg", "webp"])
def test_a_lossy_file_comes_out_close_to_what_was_saved(assert_same: AssertSame, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"ada.{suffix}"
    Image.new("RGB", (32, 32), (200, 100, 50)).save(path)

    assert_same(open_photo(path), Image.new("RGB", (32, 32), (200, 100, 50)), tolerance=6)


@pytest.mark.parametrize("suffix", ["gif", "tiff", "png", "webp"])
def test_the_first_frame_of_several_is_taken(assert_same: AssertSame, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"ada.{suffix}"
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    options: dict[str, Any] = {"lossless": True} if suffix == "webp" else {}
    first.save(path, save_all=True, append_images=[second], **options)

    assert_same(open_photo(path), first)


def test_damaged_metadata_neither_warns_nor_makes_a_photo_unreadable(assert_same: AssertSame, tmp_path: Path) -> None:
    path = tmp_path / "ada.jpg"
    # An EXIF block whose directory lies beyond its end.
    Image.new("RGB", (8, 8), "red").save(path, exif=b"Exif\0\0II*\0\xff\xff\0\0" + b"\0" * 4)

    assert_same(open_photo(path), Image.new("RGB", (8, 8), "red"), tolerance=4)


def test_a_large_jpeg_file_is_decoded_at_a_smaller_size_that_is_large_enough(
    quadrants: Quadrants, assert_same: AssertSame, tmp_path: Path
) -> None:
    path = tmp_path / "ada.jpg"
    quadrants(640, 320).save(path, quality=95)

    reduced, stored = open_reduced(path, 80)

    assert stored == (640, 320)
    assert_same(reduced, quadrants(160, 80), tolerance=60)  # colours bleed into each other at the edges
    assert open_reduced(path, 400)[0].size == (640, 320)


def test_a_photo_of_another_kind_is_opened_as_it_is(
    quadrants: Quadrants, assert_same: AssertSame, tmp_path: Path
) -> None:
    path = tmp_path / "ada.png"
    quadrants().save(path)

    for photo in (path, quadrants()):
        opened, stored = open_reduced(photo, 8)

        assert stored == (40, 20)
        assert_same(opened, quadrants())


def test_the_fingerprint_of_a_file_is_that_of_its_bytes(quadrants: Quadrants, tmp_path: Path) -> None:
    quadrants().save(tmp_path / "ada.png")
    (tmp_path / "copy.jpg").write_bytes((tmp_path / "ada.png").read_bytes())
    quadrants().save(tmp_path / "other.bmp")

    assert photo_sha256(tmp_path / "ada.png") == photo_sha256(tmp_path / "copy.jpg")
    assert photo_sha256(tmp_path / "ada.png") != photo_sha256(tmp_path / "other.bmp")


def test_the_fingerprint_of_a_picture_in_memory_is_that_of_what_it_shows(quadrants: Quadrants) -> None:
    rotated = quadrants()
    rotated.getexif()[0x0112] = 3
    recoloured = quadrants().convert("P", palette=Image.Palette.ADAPTIVE)
    before = photo_sha256(recoloured)
    recoloured.putpalette([7] * 768)

    assert photo_sha256(quadrants()) == photo_sha256(quadrants())
    assert photo_sha256(quadrants()) == before
    assert photo_sha256(recoloured) != before
    assert photo_sha256(rotated) != photo_sha256(quadrants())
    assert photo_sha256(quadrants(40, 20)) != photo_sha256(quadrants(20, 40))


def test_a_missing_or_special_file_has_no_fingerprint(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePhotoError, match="no such file"):
        photo_sha256(tmp_path / "ada.jpg")
    with pytest.raises(UnreadablePhotoError, match="it is a folder"):
        photo_sha256(tmp_path)


@pytest.mark.parametrize("name", ["a.jpg", "a.JPG", "a.Jpeg", "a.png", "a.webp", "a.bmp", "a.gif", "a.tif", "a.TIFF"])
def test_the_usual_suffixes_are_photos_in_any_case(name: str) -> None:
    assert is_photo_file(Path("folder") / name)


@pytest.mark.parametrize("name", ["a.txt", ".DS_Store", "Thumbs.db", "._a.jpg", "jpg", "a.jpg.part", ".jpg", "a"])
def test_other_and_hidden_files_are_no_photos(name: str) -> None:
    assert not is_photo_file(Path("folder") / name)


class Wall:
    """A gallery of one-coloured pictures that remembers who looked."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def picture(self, number: int) -> Image.Image:
        self.seen.append(number)
        return Image.new("RGB", (2, 2), (number, 0, 0))

    def sha256(self, number: int) -> str:
        return f"the hash of {number}"

    def draw(self, progress: Callable[[str, int, int], None] | None = None) -> None:
        if progress is not None:
            progress("drawing", 1, 1)


def test_a_drawn_photo_is_drawn_when_it_is_opened_and_no_sooner() -> None:
    wall = Wall()
    photos = [DrawnPhoto(wall, number) for number in range(3)]

    assert photo_sha256(photos[1]) == "the hash of 1"
    assert find_unreadable(photos) == ()
    assert wall.seen == []
    assert open_photo(photos[2]).getpixel((0, 0)) == (2, 0, 0)
    assert wall.seen == [2]
