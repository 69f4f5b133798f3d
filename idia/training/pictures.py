"""The pictures a model is trained on: the face cut from the middle of each photo, small enough to keep in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from PIL import Image
from torch import Tensor

from idia.errors import DatasetError
from idia.photos import Photo, UnreadablePhoto, UnreadablePhotoError, open_photo

STORED_SIDE = 64  # pixels: twice what the model sees, so that a rotated or shifted sample is still sharp
STORED_MARGIN = 10 / 9  # side of the stored square over that of the face cut: room for shifts and rotations
FINGERPRINT_SIDE = 32  # pixels
_UNREADABLE_SHOWN = 20


@final
@dataclass(frozen=True, slots=True)
class Pictures:
    """Training pictures as small squares.

    Attributes:
        pixels: The middle of each photo, ``margin`` times the side of the face cut.
        margin: Side of the stored square over the side of the face cut, at least 1.
    """

    pixels: UInt8[Tensor, "photos 3 side side"]
    margin: float

    def subset(self, indices: Sequence[int]) -> "Pictures":
        """Returns the pictures at these positions, as a copy."""
        return Pictures(self.pixels[list(indices)], self.margin)


def cut_face(image: Image.Image, fraction: float) -> Image.Image:
    """Returns the central square of a photo, at its own resolution.

    Args:
        image: The whole photo.
        fraction: Side of the square as a fraction of the photo's shorter side, in (0, 1].
    """
    side = max(1, round(fraction * min(image.size)))
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def load_pictures(
    photos: Sequence[Photo], fraction: float, *, progress: Callable[[int, int], None] | None = None
) -> tuple[Pictures, Float32[np.ndarray, "photos 1024"]]:
    """Returns all photos as small squares, and fingerprints to find near-duplicates by; each photo is decoded once.

    A fingerprint is a grey face cut of 32 x 32 pixels with zero mean and unit norm: the dot product of two is the
    correlation of their photos.

    Args:
        photos: Files or pictures in memory.
        fraction: Side of the face cut as a fraction of a photo's shorter side, in (0, 1].
        progress: Called with (photos done, photos in all).

    Raises:
        DatasetError: At least one photo cannot be read; all such photos are listed.
    """
    margin = min(STORED_MARGIN, 1 / fraction)
    pixels = torch.empty(len(photos), 3, STORED_SIDE, STORED_SIDE, dtype=torch.uint8)
    fingerprints = np.zeros((len(photos), FINGERPRINT_SIDE**2), dtype=np.float32)
    unreadable: list[UnreadablePhoto] = []
    for index, photo in enumerate(photos):
        try:
            image = open_photo(photo)
        except UnreadablePhotoError as error:
            unreadable.append(UnreadablePhoto(photo, error.reason))
            continue
        square = _resized(image, fraction * margin, STORED_SIDE)
        pixels[index] = torch.from_numpy(np.array(square)).permute(2, 0, 1)
        fingerprints[index] = _fingerprint(_resized(image, fraction, FINGERPRINT_SIDE))
        if progress is not None:
            progress(index + 1, len(photos))
    if unreadable:
        raise unreadable_error(unreadable, len(photos))
    return Pictures(pixels, margin), fingerprints


def unreadable_error(unreadable: Sequence[UnreadablePhoto], n_photos: int) -> DatasetError:
    """Returns the error that lists photos which cannot be read."""
    listing = "\n".join(f"  {found.photo}: {found.reason}" for found in unreadable[:_UNREADABLE_SHOWN])
    more = len(unreadable) - _UNREADABLE_SHOWN
    return DatasetError(
        f"{len(unreadable)} of {n_photos} photos cannot be read:\n{listing}"
        + (f"\n  and {more} more" if more > 0 else "")
        + "\nRepair or remove these files, then run the same command."
    )


def _resized(image: Image.Image, fraction: float, side: int) -> Image.Image:
    half = fraction * min(image.size) / 2
    x, y = image.width / 2, image.height / 2
    box = (max(0.0, x - half), max(0.0, y - half), min(image.width, x + half), min(image.height, y + half))
    return image.resize((side, side), Image.Resampling.LANCZOS, box=box)


def _fingerprint(face: Image.Image) -> Float32[np.ndarray, " 1024"]:
    grey = np.asarray(face.convert("L"), dtype=np.float32).ravel()
    grey -= grey.mean()
    norm = float(np.linalg.norm(grey))
    # Blank pictures correlate with one another and with nothing else.
    return grey / norm if norm > 0 else np.full_like(grey, 1 / FINGERPRINT_SIDE)
