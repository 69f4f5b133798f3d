"""How close the pictures optimised towards a name are to its bearer's photos, against pictures of reference texts."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from idia.errors import DatasetError, ShapeError
from idia.randomness import key_of, random_bits

FEWEST_REFERENCES = 3
"""Reference texts, at least: one, and two others that have a spread."""

_ROUNDING = 1e-9  # of the mean distance: what differs by less says nothing
_PURPOSE = key_of("whose photos a reference text is compared with")


def photo_closeness(
    optimised: Float64[np.ndarray, "people restarts dims"],
    own: Sequence[Float64[np.ndarray, "photos dims"]],
    references: Float64[np.ndarray, "references restarts dims"],
) -> Float64[np.ndarray, " people"]:
    """Returns how close the pictures optimised towards people's names are to their photos; higher is closer.

        distance = mean over restarts and photos of |picture - photo|
        closeness = -(distance - mean over references) / deviation over references      # to the same photos

    This puts people whose photos are far away from everything, or who have many of them, on the scale of the others.

    **The null.** To photos of somebody whom the model does not know, the pictures of the name are exchangeable with
    those of a reference text: the closeness then has a mean of about 0 and a deviation of about 1. It says what makes
    the name differ from the reference, whatever that is: where the reference is gibberish and any human name is drawn
    as something like a face, all names are close to all photos; and pictures that scatter less are closer to all
    photos, too. Take names as a reference against this.

    Args:
        optimised: What represents the pictures of each person's name, each restart's.
        own: What represents each person's photos.
        references: What represents the pictures of reference texts, from as many restarts each.

    Raises:
        ShapeError: These do not fit together, or are not finite.
        DatasetError: Somebody has no photos, or there are fewer than three reference texts.
    """
    _check(references, own)
    if optimised.ndim != 3 or optimised.shape[1:] != references.shape[1:] or len(optimised) != len(own):
        raise ShapeError(
            f"expected pictures [{len(own)}, {references.shape[1]}, {references.shape[2]}], those of each person from "
            f"as many restarts as those of reference texts, got {list(optimised.shape)}."
        )
    _check_finite(optimised, "optimised pictures")
    closeness = np.empty(len(own))
    for person, photos in enumerate(own):
        distance, others = _distances(optimised[person : person + 1], photos)[0], _distances(references, photos)
        closeness[person] = -_standardised(distance, others)
    return closeness


def reference_closeness(
    references: Float64[np.ndarray, "references restarts dims"],
    own: Sequence[Float64[np.ndarray, "photos dims"]],
    *,
    seed: int,
) -> Float64[np.ndarray, " references"]:
    """Returns what `photo_closeness` is of reference texts, to fit detectors on `[references]`.

    Each is compared with the photos of one person, drawn at random, against all other reference texts: as if it were
    the name of somebody whom the model does not know.

    Args:
        references: What represents the pictures of reference texts, each restart's.
        own: What represents each person's photos.
        seed: Keys who is drawn, in [0, 2**64).

    Raises:
        ShapeError: These do not fit together, or are not finite.
        DatasetError: There is nobody, somebody has no photos, or there are fewer than three reference texts.
    """
    _check(references, own)
    if not len(own):
        raise DatasetError("reference texts are compared with photos of people: expected somebody's, got nobody's.")
    numbers = np.arange(len(references), dtype=np.uint64)
    whose = (random_bits(_PURPOSE, seed, numbers) % np.uint64(len(own))).astype(np.int64)
    closeness = np.empty(len(references))
    for person in np.unique(whose):
        distances = _distances(references, own[person])
        for text in np.flatnonzero(whose == person):
            closeness[text] = -_standardised(distances[text], np.delete(distances, text))
    return closeness


def _distances(
    pictures: Float64[np.ndarray, "texts restarts dims"], photos: Float64[np.ndarray, "photos dims"]
) -> Float64[np.ndarray, " texts"]:
    """The mean distance of each text's pictures to photos."""
    from scipy.spatial.distance import cdist

    n_texts, n_restarts, n_dims = pictures.shape
    all_pairs = cdist(pictures.reshape(-1, n_dims), photos)
    means: Float64[np.ndarray, " texts"] = all_pairs.reshape(n_texts, n_restarts * len(photos)).mean(axis=1)
    return means


def _standardised(distance: float, others: Float64[np.ndarray, " others"]) -> float:
    mean, deviation = float(others.mean()), float(others.std(ddof=1))
    return (distance - mean) / deviation if deviation > _ROUNDING * mean else 0.0


def _check(
    references: Float64[np.ndarray, "references restarts dims"], own: Sequence[Float64[np.ndarray, "photos dims"]]
) -> None:
    if references.ndim != 3 or not references.shape[1]:
        raise ShapeError(f"expected pictures [references, restarts, dims] of reference texts, got {references.shape}.")
    if len(references) < FEWEST_REFERENCES:
        raise DatasetError(
            f"photos are compared with pictures of reference texts: expected at least {FEWEST_REFERENCES} texts, got "
            f"{len(references)}. Take 100."
        )
    _check_finite(references, "pictures of reference texts")
    for person, photos in enumerate(own):
        if photos.ndim != 2 or photos.shape[1] != references.shape[2]:
            raise ShapeError(
                f"expected photos [photos, {references.shape[2]}], represented as pictures are, got "
                f"{list(photos.shape)} of person {person}."
            )
        if not len(photos):
            raise DatasetError(f"person {person} has no photos to compare with. Leave the person out, or add photos.")
        _check_finite(photos, f"photos of person {person}")


def _check_finite(values: np.ndarray, whose: str) -> None:
    if not np.isfinite(values).all():
        raise ShapeError(f"what represents {whose} is not finite. Did the optimisation diverge? Take smaller steps.")
