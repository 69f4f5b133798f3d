"""Photographs from anywhere, decoded safely: every picture comes out upright, 8-bit and RGB, or as one clear error."""

import hashlib
import os
import stat
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, TypeAlias, final

from PIL import Image, UnidentifiedImageError

from idia.errors import DatasetError
from idia.rgb import DECODER_ERRORS, upright_rgb


class Gallery(Protocol):
    """Pictures that are drawn when one of them is first looked at."""

    def picture(self, number: int) -> Image.Image:
        """Returns a picture as its viewer would see it: upright, of mode ``RGB``; a new one at every call."""

    def sha256(self, number: int) -> str:
        """Returns the fingerprint of a picture, as `photo_sha256` computes it."""

    def draw(self, progress: Callable[[str, int, int], None] | None = None) -> None:
        """Draws all of them now, unless they were drawn before; progress is told how many are done."""


@final
@dataclass(frozen=True, slots=True)
class DrawnPhoto:
    """A picture of a gallery; making one draws nothing.

    Attributes:
        gallery: Where it hangs.
        number: Which of its pictures it is.
    """

    gallery: Gallery
    number: int


Photo: TypeAlias = Path | Image.Image | DrawnPhoto
"""A file, a picture already in memory, or one that is drawn when it is needed."""

_FORMATS = {
    "JPEG": (".jpg", ".jpeg"),
    "PNG": (".png",),
    "WEBP": (".webp",),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "TIFF": (".tif", ".tiff"),
    **({"AVIF": (".avif",)} if find_spec("PIL._avif") else {}),
}
PHOTO_SUFFIXES = tuple(suffix for suffixes in _FORMATS.values() for suffix in suffixes)
"""How the names of photo files end, in any case; AVIF where the installed Pillow reads it."""

# The size up to which Pillow itself opens a picture without a warning.
_MAX_PIXELS = 89_478_485
# Resizing the shorter side of a 1 x 65,535 strip to 224 pixels would need terabytes.
_MAX_ASPECT = 100
_LISTED = 20


@final
class UnreadablePhotoError(DatasetError):
    """A photo cannot be decoded whole and safely.

    Attributes:
        photo: The file's path, or words for a picture in memory.
        reason: Why, in plain words.
    """

    def __init__(self, photo: str, reason: str) -> None:
        super().__init__(photo, reason)
        self.photo = photo
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot read photo {self.photo}: {self.reason}."


@dataclass(frozen=True, slots=True)
class UnreadablePhoto:
    """A photo that cannot be decoded, and why in plain words."""

    photo: Photo
    reason: str


def is_photo_file(path: Path) -> bool:
    """Whether the name of ``path`` is that of a photo: a usual suffix in any case, and not hidden."""
    return path.suffix.lower() in PHOTO_SUFFIXES and not path.name.startswith(".")


def open_photo(photo: Photo) -> Image.Image:
    """A photo as its viewer would see it: upright, in mode ``RGB``, the first frame of several.

    Transparent pictures are laid on white; 16-bit grey is scaled, not clipped; the picture handed in is left
    as it is.

    Args:
        photo: A file, a picture in memory of any mode, or one that is drawn now.

    Returns:
        A new picture of mode ``RGB`` that carries no metadata, so that nothing can rotate it twice.

    Raises:
        UnreadablePhotoError: The file is missing, no photo, damaged, cut short or too large to decode safely.
    """
    return open_reduced(photo, None)[0]


def open_reduced(photo: Photo, side: int | None) -> tuple[Image.Image, tuple[int, int]]:
    """A photo as `open_photo` returns it, but maybe smaller, and the width and height it is stored with.

    Decoding a large JPEG file at a half, a quarter or an eighth of its size takes a fraction of the time.

    Args:
        photo: A file, a picture in memory of any mode, or one that is drawn now.
        side: How many pixels width and height should have at least, where the photo has them; ``None`` for all.

    Raises:
        UnreadablePhotoError: The file is missing, no photo, damaged, cut short or too large to decode safely.
    """
    if isinstance(photo, DrawnPhoto):
        picture = photo.gallery.picture(photo.number)
        return picture, picture.size
    try:
        with _pillow_warnings_off():
            if isinstance(photo, Image.Image):
                return _checked_rgb(photo), photo.size
            _check_regular_file(Path(photo))
            with Image.open(photo, formats=tuple(_FORMATS)) as opened:
                _check_size(opened)
                stored = opened.size
                if side is not None:
                    opened.draft(None, (side, side))
                return _checked_rgb(opened), stored
    except UnreadablePhotoError:
        raise
    except DECODER_ERRORS as error:
        raise UnreadablePhotoError(_shown(photo), _plain_reason(error)) from None


def photo_sha256(photo: Photo) -> str:
    """Fingerprint of what a photo shows: of a file's bytes, or of a picture's mode, size and pixels.

    A picture in memory is first brought upright into RGB, since its palette and its rotation are not among its
    pixels: pictures that look alike have the same fingerprint.

    Raises:
        UnreadablePhotoError: The file cannot be read, or the picture in memory cannot be decoded.
    """
    if isinstance(photo, DrawnPhoto):
        return photo.gallery.sha256(photo.number)
    if isinstance(photo, Image.Image):
        picture = open_photo(photo)
        return rgb_sha256(picture.width, picture.height, picture.tobytes())
    try:
        _check_regular_file(Path(photo))
        with Path(photo).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError) as error:
        raise UnreadablePhotoError(_shown(photo), _plain_reason(error)) from None


def rgb_sha256(width: int, height: int, pixels: bytes) -> str:
    """Fingerprint of an upright picture of mode ``RGB``, from its pixels row by row."""
    digest = hashlib.sha256(f"RGB {width}x{height}\n".encode())
    digest.update(pixels)
    return digest.hexdigest()


def find_unreadable(photos: Sequence[Photo]) -> tuple[UnreadablePhoto, ...]:
    """The photos that cannot be decoded, in the order given; decodes every file and picture once, and draws none."""
    # Few workers: each may hold several copies of a picture of the largest size.
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        return tuple(found for found in pool.map(_unreadable, photos) if found is not None)


def unreadable_listing(unreadable: Sequence[UnreadablePhoto]) -> str:
    """The photos that cannot be decoded, one a line with the reason, of many the first ones."""
    lines = [f"  {_briefly(found.photo)}: {found.reason}" for found in unreadable[:_LISTED]]
    if len(unreadable) > _LISTED:
        lines.append(f"  and {len(unreadable) - _LISTED} more")
    return "\n".join(lines)


def _briefly(photo: Photo) -> str:
    return repr(str(photo)) if isinstance(photo, Path) else "a picture in memory"


def _unreadable(photo: Photo) -> UnreadablePhoto | None:
    if isinstance(photo, DrawnPhoto):
        return None
    try:
        open_photo(photo)
    except UnreadablePhotoError as error:
        return UnreadablePhoto(photo, error.reason)
    return None


def _check_regular_file(path: Path) -> None:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        reason = "it is a folder, not a photo"
    elif not stat.S_ISREG(status.st_mode):
        reason = "it is not a regular file"  # reading a pipe would wait for ever
    elif status.st_size == 0:
        reason = "the file is empty"
    else:
        return
    raise UnreadablePhotoError(_shown(path), reason)


def _checked_rgb(picture: Image.Image) -> Image.Image:
    _check_size(picture)
    return upright_rgb(picture)


def _check_size(picture: Image.Image) -> None:
    # Both limits hold for the declared size, before any pixel is decoded.
    width, height = picture.size
    if width * height > _MAX_PIXELS:
        raise _too_large(picture)
    if max(width, height) > _MAX_ASPECT * min(width, height):
        reason = f"a strip of {width} x {height} pixels is no photo (one side is over {_MAX_ASPECT} times the other)"
        raise UnreadablePhotoError(_shown(picture), reason)


def _too_large(picture: Image.Image) -> UnreadablePhotoError:
    width, height = picture.size
    reason = (
        f"it declares {width:,} x {height:,} pixels, more than the {_MAX_PIXELS / 1e6:.0f} megapixels that are "
        "decoded; make it smaller"
    )
    return UnreadablePhotoError(_shown(picture), reason)


def _plain_reason(error: BaseException) -> str:
    match error:
        case FileNotFoundError():
            return "no such file"
        case PermissionError():
            return "permission denied"
        case UnidentifiedImageError():
            return f"not a picture in a known format ({', '.join(_FORMATS)})"
        case Image.DecompressionBombError():
            return f"it declares more than the {_MAX_PIXELS / 1e6:.0f} megapixels that are decoded; make it smaller"
        case MemoryError():
            return "too large for the memory"
        case OSError(strerror=str(text)):
            return text.lower()
        case _ if "truncated" in str(error).lower():
            return "the file is cut short (truncated)"
        case _:
            return f"the picture data is damaged ({error or type(error).__name__})"


def _shown(photo: Photo) -> str:
    if isinstance(photo, Image.Image):
        name = getattr(photo, "filename", "")
        return repr(os.fsdecode(name)) if name else f"in memory ({photo.mode}, {photo.width} x {photo.height})"
    return repr(str(photo))


_hush_lock = threading.Lock()
_hush_count = 0
_hush_stack = ExitStack()


@contextmanager
def _pillow_warnings_off() -> Iterator[None]:
    """Silences Pillow while photos are decoded, in any number of threads.

    Under ``-W error`` a warning about odd metadata would otherwise decide which photos are readable. The filters
    are global to the process, so the first thread in sets them and the last one out restores them.
    """
    global _hush_count
    with _hush_lock:
        if _hush_count == 0:
            _hush_stack.enter_context(warnings.catch_warnings())
            warnings.filterwarnings("ignore", module=r"PIL\.")
        _hush_count += 1
    try:
        yield
    finally:
        with _hush_lock:
            _hush_count -= 1
            if _hush_count == 0:
                _hush_stack.close()
