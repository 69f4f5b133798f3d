import io
import os
import struct
import tempfile
import threading
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from idia.errors import DatasetError
from idia.photos import (
    UnreadablePhoto,
    UnreadablePhotoError,
    find_unreadable,
    is_photo_file,
    open_photo,
    photo_sha256,
)


def quadrants(width: int = 40, height: int = 20) -> Image.Image:
    """An upright picture whose four corners have four colours."""
    picture = Image.new("RGB", (width, height), "red")
    picture.paste("lime", (width // 2, 0, width, height // 2))
    picture.paste("blue", (0, height // 2, width // 2, height))
    picture.paste("yellow", (width // 2, height // 2, width, height))
    return picture


def png_header(width: int, height: int) -> bytes:
    """A PNG file that declares a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def bmp_header(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 1_000, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


def assert_same(opened: Image.Image, expected: Image.Image, tolerance: int = 0) -> None:
    assert opened.mode == "RGB"
    assert opened.size == expected.size
    difference = np.asarray(opened, np.int16) - np.asarray(expected.convert("RGB"), np.int16)
    assert np.abs(difference).max() <= tolerance


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "gif"])
def test_a_lossless_file_comes_out_as_it_was_saved(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"ada.{suffix}"
    quadrants().save(path)

    assert_same(open_photo(path), quadrants())


@pytest.mark.parametrize("suffix", ["jpg", "webp"])
def test_a_lossy_file_comes_out_close_to_what_was_saved(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"ada.{suffix}"
    Image.new("RGB", (32, 32), (200, 100, 50)).save(path)

    assert_same(open_photo(path), Image.new("RGB", (32, 32), (200, 100, 50)), tolerance=6)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff", "webp"])
def test_exif_rotation_is_undone_once(tmp_path: Path, suffix: str, orientation: int) -> None:
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


def test_a_rotated_picture_in_memory_is_brought_upright_and_left_alone(tmp_path: Path) -> None:
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


def test_a_cmyk_jpeg_keeps_its_colours(tmp_path: Path) -> None:
    path = tmp_path / "ada.jpg"
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(path, quality=95)

    assert_same(open_photo(path), Image.new("RGB", (16, 16), "red"), tolerance=4)


def test_a_palette_picture_keeps_its_colours(tmp_path: Path) -> None:
    path = tmp_path / "ada.png"
    quadrants().convert("P", palette=Image.Palette.ADAPTIVE).save(path)

    assert_same(open_photo(path), quadrants())


@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_transparent_palette_colours_become_white(tmp_path: Path, suffix: str) -> None:
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


def test_a_colour_declared_transparent_becomes_white(tmp_path: Path) -> None:
    path = tmp_path / "ada.png"
    quadrants().save(path, transparency=(255, 0, 0))

    opened = open_photo(path)

    assert opened.getpixel((0, 0)) == (255, 255, 255)
    assert opened.getpixel((39, 0)) == (0, 255, 0)


@pytest.mark.parametrize("suffix", ["gif", "tiff", "png", "webp"])
def test_the_first_frame_of_several_is_taken(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"ada.{suffix}"
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    options: dict[str, Any] = {"lossless": True} if suffix == "webp" else {}
    first.save(path, save_all=True, append_images=[second], **options)

    assert_same(open_photo(path), first)


def test_a_truncated_jpeg_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ada.jpg"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(UnreadablePhotoError, match=r"cannot read photo '.*ada\.jpg': the file is cut short"):
        open_photo(path)


def test_a_text_file_called_jpg_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ada.jpg"
    path.write_text("no photo")

    with pytest.raises(UnreadablePhotoError, match="not a picture in a known format"):
        open_photo(path)


@pytest.mark.parametrize(
    "content", [b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"%PDF-1.7\n", b"P6 1 1 255 abc"]
)
def test_formats_that_photos_do_not_have_are_not_even_tried(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ada.jpg"
    path.write_bytes(content)

    with pytest.raises(UnreadablePhotoError, match="not a picture in a known format"):
        open_photo(path)


@pytest.mark.parametrize("content", [png_header(20_000, 20_000), bmp_header(20_000, 20_000), png_header(9_500, 9_500)])
def test_a_decompression_bomb_is_refused_by_its_declared_size(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ada.png"
    path.write_bytes(content)

    with pytest.raises(UnreadablePhotoError, match="89 megapixels"):
        open_photo(path)


def test_a_strip_that_would_explode_when_resized_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ada.png"
    Image.new("L", (1, 20_000)).save(path)

    with pytest.raises(UnreadablePhotoError, match="a strip of 1 x 20000 pixels is no photo"):
        open_photo(path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ada.jpg").touch()

    with pytest.raises(UnreadablePhotoError, match="the file is empty"):
        open_photo(tmp_path / "ada.jpg")


def test_a_folder_called_jpg_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ada.jpg").mkdir()

    with pytest.raises(UnreadablePhotoError, match="it is a folder"):
        open_photo(tmp_path / "ada.jpg")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePhotoError, match="no such file"):
        open_photo(tmp_path / "ada.jpg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ada.jpg")

    with pytest.raises(UnreadablePhotoError, match="not a regular file"):
        open_photo(tmp_path / "ada.jpg")


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="the superuser may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ada.png"
    quadrants().save(path)
    path.chmod(0)

    with pytest.raises(UnreadablePhotoError, match="permission denied"):
        open_photo(path)


def test_a_path_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(UnreadablePhotoError, match="cannot read photo"):
        open_photo(Path("ada\0.jpg"))


def test_a_picture_in_memory_whose_file_was_closed_is_refused(tmp_path: Path) -> None:
    quadrants().save(tmp_path / "ada.png")
    with Image.open(tmp_path / "ada.png") as picture:
        pass

    with pytest.raises(UnreadablePhotoError, match=r"ada\.png"):
        open_photo(picture)


def test_damaged_metadata_neither_warns_nor_makes_a_photo_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "ada.jpg"
    # An EXIF block whose directory lies beyond its end.
    Image.new("RGB", (8, 8), "red").save(path, exif=b"Exif\0\0II*\0\xff\xff\0\0" + b"\0" * 4)

    assert_same(open_photo(path), Image.new("RGB", (8, 8), "red"), tolerance=4)


def test_an_unreadable_photo_is_an_error_about_the_data() -> None:
    error = UnreadablePhotoError("'ada.jpg'", "the file is empty")

    assert isinstance(error, DatasetError)
    assert str(error) == "cannot read photo 'ada.jpg': the file is empty."
    assert (error.photo, error.reason) == ("'ada.jpg'", "the file is empty")


def _encoded(suffix: str) -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = quadrants().convert("P") if suffix == "GIF" else quadrants()
    picture.save(buffer, format=suffix, exif=exif)
    return buffer.getvalue()


ENCODED = {suffix: _encoded(suffix) for suffix in ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")}


@settings(deadline=None, max_examples=150)
@given(
    suffix=st.sampled_from(sorted(ENCODED)),
    edits=st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), max_size=6),
    end=st.integers(1, 3_000),
)
def test_a_damaged_file_is_a_picture_or_our_own_error(suffix: str, edits: list[tuple[int, int]], end: int) -> None:
    content = bytearray(ENCODED[suffix])
    for position, value in edits:
        content[position % len(content)] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ada.jpg"
        path.write_bytes(content[:end])
        try:
            opened = open_photo(path)
        except UnreadablePhotoError as error:
            assert error.reason  # noqa: PT017
        else:
            assert opened.mode == "RGB"


def test_the_fingerprint_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    quadrants().save(tmp_path / "ada.png")
    (tmp_path / "copy.jpg").write_bytes((tmp_path / "ada.png").read_bytes())
    quadrants().save(tmp_path / "other.bmp")

    assert photo_sha256(tmp_path / "ada.png") == photo_sha256(tmp_path / "copy.jpg")
    assert photo_sha256(tmp_path / "ada.png") != photo_sha256(tmp_path / "other.bmp")


def test_the_fingerprint_of_a_picture_in_memory_is_that_of_what_it_shows() -> None:
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


def test_unreadable_photos_are_found_in_their_order(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    quadrants().save(good)
    bad.write_text("bad")
    missing = tmp_path / "missing.png"

    found = find_unreadable([bad, good, quadrants(), missing, good, bad])

    assert [unreadable.photo for unreadable in found] == [bad, missing, bad]
    assert found[1] == UnreadablePhoto(missing, "no such file")
    assert find_unreadable([]) == ()


def test_decoding_in_threads_restores_the_warning_filters(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(9_600, 9_600))
    before = list(warnings.filters)
    threads = [threading.Thread(target=find_unreadable, args=([path] * 20,)) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert list(warnings.filters) == before


@pytest.mark.parametrize("name", ["a.jpg", "a.JPG", "a.Jpeg", "a.png", "a.webp", "a.bmp", "a.gif", "a.tif", "a.TIFF"])
def test_the_usual_suffixes_are_photos_in_any_case(name: str) -> None:
    assert is_photo_file(Path("folder") / name)


@pytest.mark.parametrize("name", ["a.txt", ".DS_Store", "Thumbs.db", "._a.jpg", "jpg", "a.jpg.part", ".jpg", "a"])
def test_other_and_hidden_files_are_no_photos(name: str) -> None:
    assert not is_photo_file(Path("folder") / name)
