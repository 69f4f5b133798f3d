from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from idia.photos import (
    UnreadablePhotoError,
    open_photo,
)

Quadrants = Callable[..., Image.Image]
AssertSame = Callable[..., None]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff", "webp"])
def test_exif_rotation_is_undone_once(
    quadrants: Quadrants, assert_same: AssertSame, tmp_path: Path, suffix: str, orientation: int
) -> None:
    path = tmp_path / f"ada.{suffix}"
    stored, exif = quadrants(64, 32), Image.Exif()
    exif[0x0112] = orientation
    options: dict[str, Any] = {"lossless": True} if suffix == "webp" else {}
    if suffix == "jpg":
        options = {"quality": 95, "subsampling": 0}
    stored.save(path, exif=exif, **options)
    with Image.open(path) as reopened:
        expected = ImageOps.exif_transpose(reopened)
    assert expected.size == ((64, 32) if orientation < 5 else (32, 64))

    opened = open_photo(path)

    assert_same(opened, expected)
    assert_same(open_photo(opened), expected)
    assert opened.info == {}


def test_a_rotated_picture_in_memory_is_brought_upright_and_left_alone(
    quadrants: Quadrants, assert_same: AssertSame, tmp_path: Path
) -> None:
    picture = quadrants()
    picture.getexif()[0x0112] = 6

    opened = open_photo(picture)

    assert_same(opened, quadrants().transpose(Image.Transpose.ROTATE_270))
    assert picture.size == (40, 20)
    assert picture.getexif()[0x0112] == 6


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_16_bit_grey_files_are_scaled_not_clipped(tmp_path: Path, suffix: str) -> None:
    values = np.linspace(0, 65_535, 256).astype(np.uint16).reshape(16, 16)
    path = tmp_path / f"ada.{suffix}"
    Image.fromarray(values).save(path)

    opened = np.asarray(open_photo(path)).astype(int)

    assert np.abs(opened - np.arange(256).reshape(16, 16, 1)).max() <= 1


@pytest.mark.parametrize("order", ["<", ">"])
def test_16_bit_grey_in_memory_is_scaled_whatever_its_byte_order(order: str) -> None:
    values = np.array([[0, 257, 32_768, 65_535]], dtype=f"{order}u2")
    picture = Image.frombytes("I;16" if order == "<" else "I;16B", (4, 1), values.tobytes())

    assert np.asarray(open_photo(picture))[0, :, 0].tolist() == [0, 1, 128, 255]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 128, 255], [0, 128, 255]),
        ([0, 257, 65_535], [0, 1, 255]),
        ([-5, 2**30, 2**31 - 1], [0, 128, 255]),
    ],
)
def test_32_bit_grey_is_scaled_by_its_brightest_value(values: list[int], expected: list[int]) -> None:
    picture = Image.fromarray(np.array([values], dtype=np.int32))

    assert picture.mode == "I"
    assert np.asarray(open_photo(picture))[0, :, 0].tolist() == expected


@pytest.mark.parametrize("white", [1.0, 255.0, 65_535.0])
def test_grey_in_floating_point_is_scaled_by_its_brightest_value(white: float) -> None:
    picture = Image.fromarray(np.array([[0, 0.2 * white, white]], dtype=np.float32))

    assert np.asarray(open_photo(picture))[0, :, 0].tolist() == [0, 51, 255]


def test_pixels_that_are_not_numbers_are_refused() -> None:
    picture = Image.fromarray(np.array([[0.0, np.nan]], dtype=np.float32))

    with pytest.raises(UnreadablePhotoError, match="not all numbers"):
        open_photo(picture)


def test_a_cmyk_jpeg_keeps_its_colours(assert_same: AssertSame, tmp_path: Path) -> None:
    path = tmp_path / "ada.jpg"
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(path, quality=95)

    assert_same(open_photo(path), Image.new("RGB", (16, 16), "red"), tolerance=4)


def test_a_palette_picture_keeps_its_colours(quadrants: Quadrants, assert_same: AssertSame, tmp_path: Path) -> None:
    path = tmp_path / "ada.png"
    quadrants().convert("P", palette=Image.Palette.ADAPTIVE).save(path)

    assert_same(open_photo(path), quadrants())


@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_transparent_palette_colours_become_white(assert_same: AssertSame, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"ada.{suffix}"
    picture = Image.new("P", (4, 2), 0)
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.paste(1, (2, 0, 4, 2))
    picture.save(path, transparency=0)
    expected = Image.new("RGB", (4, 2), "white")
    expected.paste("blue", (2, 0, 4, 2))

    assert_same(open_photo(path), expected)


def test_a_palette_with_an_opacity_per_colour_is_laid_on_white(tmp_path: Path) -> None:
    path = tmp_path / "ada.png"
    picture = Image.new("P", (2, 1), 0)
    picture.putpalette([0, 0, 0, 0, 0, 0])
    picture.putpixel((1, 0), 1)
    picture.save(path, transparency=bytes([255, 127]))

    assert np.asarray(open_photo(path))[0, :, 0].tolist() == [0, 128]


@pytest.mark.parametrize(
    ("mode", "pixel", "expected"),
    [
        ("RGBA", (255, 0, 0, 0), (255, 255, 255)),
        ("RGBA", (0, 0, 0, 127), (128, 128, 128)),
        ("LA", (0, 127), (128, 128, 128)),
        ("LA", (10, 255), (10, 10, 10)),
        ("La", (0, 127), (128, 128, 128)),
        ("RGBa", (0, 0, 0, 127), (128, 128, 128)),
        ("PA", (0, 0), (255, 255, 255)),
        ("L", 77, (77, 77, 77)),
        ("1", 1, (255, 255, 255)),
        ("1", 0, (0, 0, 0)),
        ("RGBX", (1, 2, 3, 0), (1, 2, 3)),
        ("YCbCr", (255, 128, 128), (255, 255, 255)),
        ("HSV", (0, 255, 255), (255, 0, 0)),
    ],
)
def test_every_mode_becomes_rgb_on_white(mode: str, pixel: tuple[int, ...], expected: tuple[int, ...]) -> None:
    opened = open_photo(Image.new(mode, (3, 3), pixel))

    assert opened.getpixel((1, 1)) == expected
    assert opened.mode == "RGB"


def test_a_colour_declared_transparent_becomes_white(quadrants: Quadrants, tmp_path: Path) -> None:
    path = tmp_path / "ada.png"
    quadrants().save(path, transparency=(255, 0, 0))

    opened = open_photo(path)

    assert opened.getpixel((0, 0)) == (255, 255, 255)
    assert opened.getpixel((39, 0)) == (0, 255, 0)
