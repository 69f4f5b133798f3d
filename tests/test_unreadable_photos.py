"""Files that are no photos: each is refused for its own reason, and none does harm."""

import io
import os
import struct
import tempfile
import threading
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from idia.errors import DatasetError
from idia.photos import UnreadablePhoto, UnreadablePhotoError, find_unreadable, open_photo

Quadrants = Callable[..., Image.Image]


def png_header(width: int, height: int) -> bytes:
    """A PNG file that declares a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def bmp_header(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 1_000, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


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
def test_a_file_without_permission_is_refused(quadrants: Quadrants, tmp_path: Path) -> None:
    path = tmp_path / "ada.png"
    quadrants().save(path)
    path.chmod(0)

    with pytest.raises(UnreadablePhotoError, match="permission denied"):
        open_photo(path)


def test_a_path_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(UnreadablePhotoError, match="cannot read photo"):
        open_photo(Path("ada\0.jpg"))


def test_a_picture_in_memory_whose_file_was_closed_is_refused(quadrants: Quadrants, tmp_path: Path) -> None:
    quadrants().save(tmp_path / "ada.png")
    with Image.open(tmp_path / "ada.png") as picture:
        pass

    with pytest.raises(UnreadablePhotoError, match=r"ada\.png"):
        open_photo(picture)


def test_an_unreadable_photo_is_an_error_about_the_data() -> None:
    error = UnreadablePhotoError("'ada.jpg'", "the file is empty")

    assert isinstance(error, DatasetError)
    assert str(error) == "cannot read photo 'ada.jpg': the file is empty."
    assert (error.photo, error.reason) == ("'ada.jpg'", "the file is empty")


def _encoded(suffix: str) -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = (
        Image.linear_gradient("L").resize((40, 20)).convert("RGB").convert("P")
        if suffix == "GIF"
        else Image.linear_gradient("L").resize((40, 20)).convert("RGB")
    )
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


def test_unreadable_photos_are_found_in_their_order(quadrants: Quadrants, tmp_path: Path) -> None:
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
