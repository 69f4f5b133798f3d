"""What photos alone give away: how many they are, how large, sharp and bright, and what is roughly on them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float64, UInt8
from PIL import Image

from idia.blind.crossvalidation import Judge
from idia.blind.logistic import logistic, on_one_core, standardised
from idia.people import Person
from idia.photos import Photo, open_reduced

MOST_PHOTOS = 8
"""Photos looked at per person: means over more hardly change."""

_SIDE = 256  # pixels; finer detail than this is not looked at
_TILES = 8  # a side of the picture that is kept as a plain embedding
_SHADES = 4  # levels per colour of the histogram
_MOST_COMPONENTS = 32
_STRENGTH = 1.0


def image_judge(features: Float64[np.ndarray, "people features"], is_member: Bool[np.ndarray, " people"]) -> Judge:
    """Returns a judge who sees nothing but photos.

    Args:
        features: What `image_features` returned.
        is_member: Who is a member `[people]`.
    """
    n_measures = features.shape[1] - _TILES**2 * 3 - _SHADES**3
    measures, plain = standardised(features[:, :n_measures]), standardised(features[:, n_measures:])
    return logistic(np.concatenate([measures, _components(plain)], axis=1), is_member, strength=_STRENGTH)


def image_features(
    people: Sequence[Person], progress: Callable[[str, int, int], None] | None = None
) -> Float64[np.ndarray, "people features"]:
    """Returns what can be measured on photos without any model, averaged over a person's photos `[people, features]`.

    Number of photos, pixels, shape, bytes of the file and bytes per pixel (not a number where there is no file),
    sharpness (variance of the Laplacian), brightness, contrast, mean and deviation of the colours; then 8 x 8 coloured
    tiles and a histogram of 64 colours. Of many photos, eight are looked at, spread evenly; large ones are decoded at a
    smaller size where their format allows it.

    Args:
        people: Whose photos; nobody without any.
        progress: Told of how many people the photos were looked at.

    Raises:
        UnreadablePhotoError: A photo cannot be decoded.
    """
    rows = []
    for number, person in enumerate(people):
        measured = np.array([_measured(photo) for photo in person.some_photos(MOST_PHOTOS)])
        rows.append(np.concatenate([[np.log(len(person.photos))], measured.mean(axis=0)]))
        if progress is not None:
            progress("looking at photos", number + 1, len(people))
    return np.array(rows)


def _measured(photo: Photo) -> Float64[np.ndarray, " measures"]:
    picture, (width, height) = open_reduced(photo, _SIDE)
    picture.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    pixels, grey = np.asarray(picture), np.asarray(picture.convert("L"), dtype=np.float32)
    tiles = np.asarray(picture.resize((_TILES, _TILES), Image.Resampling.BOX), dtype=np.float64).ravel()
    n_pixels = width * height
    n_bytes = photo.stat().st_size if isinstance(photo, Path) else np.nan
    colours = pixels.reshape(-1, 3)
    means = colours.mean(axis=0)
    measures = [
        np.log(n_pixels),
        np.log(width / height),
        np.log(n_bytes),
        np.log(n_bytes / n_pixels),
        np.log1p(_sharpness(grey)),
        grey.mean(),
        grey.std(),
        *means,
        *colours.std(axis=0),
        means.max() - means.min(),
    ]
    return np.concatenate([measures, tiles, _histogram(colours)])


def _sharpness(grey: np.ndarray) -> float:
    """Variance of the Laplacian over the pixels that have four neighbours; 0 where none has."""
    if min(grey.shape) < 3:
        return 0.0
    inner = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return float((around - 4 * inner).var())


def _histogram(colours: UInt8[np.ndarray, "pixels 3"]) -> Float64[np.ndarray, " bins"]:
    shades = colours // (256 // _SHADES)
    bins = (shades[:, 0] * _SHADES + shades[:, 1]) * _SHADES + shades[:, 2]
    # The square root of a share varies as much where colours are rare as where they are not.
    shares: Float64[np.ndarray, " bins"] = np.sqrt(np.bincount(bins, minlength=_SHADES**3) / len(bins))
    return shares


def _components(plain: Float64[np.ndarray, "people features"]) -> Float64[np.ndarray, "people components"]:
    """The main directions in which people differ, each of deviation 1."""
    n_kept = min(_MOST_COMPONENTS, len(plain) // 5)
    with on_one_core():
        left, sizes, _ = np.linalg.svd(plain - plain.mean(axis=0), full_matrices=False)
    there = sizes[:n_kept] > 1e-9 * max(float(sizes[0]), 1e-300)
    components: Float64[np.ndarray, "people components"] = left[:, :n_kept][:, there] * np.sqrt(len(plain))
    return components
