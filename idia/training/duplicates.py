"""Near-duplicate photos: news archives hold the same picture several times, also under different names."""

import numpy as np
from jaxtyping import Bool, Float32, Int64

CORRELATION = 0.97  # of grey 32 x 32 pictures; above it two photos show the same moment
FILLER = -1  # owner of a photo of somebody who is not tested
_BLOCK = 1024


def distinct_photos(
    fingerprints: Float32[np.ndarray, "photos pixels"],
    owners: Int64[np.ndarray, " photos"],
    *,
    correlation: float = CORRELATION,
) -> Bool[np.ndarray, " photos"]:
    """Returns which photos to keep so that no two of the same moment remain.

    Of one person's duplicates the first stays. Where two tested people share a picture one of the names is
    wrong, so neither keeps it. Filler gives way to tested people, and later filler to earlier.

    Args:
        fingerprints: Zero-mean, unit-norm grey pictures.
        owners: Index of the tested person each photo shows; -1 for filler.
        correlation: Photos that correlate more than this are duplicates.
    """
    keep = np.ones(len(owners), dtype=np.bool_)
    pairs = _similar_pairs(fingerprints, correlation)
    first, second = owners[pairs[:, 0]], owners[pairs[:, 1]]
    between_people = (first != second) & (first != FILLER) & (second != FILLER)
    keep[pairs[between_people].ravel()] = False
    keep[pairs[(second == FILLER) & (first != FILLER), 1]] = False
    keep[pairs[(first == FILLER) & (second != FILLER), 0]] = False
    for earlier, later in pairs[first == second]:
        if keep[earlier]:
            keep[later] = False
    return keep


def _similar_pairs(
    fingerprints: Float32[np.ndarray, "photos pixels"], correlation: float
) -> Int64[np.ndarray, "pairs 2"]:
    """All pairs (i, j), i < j, in ascending order."""
    found = [np.empty((0, 2), dtype=np.int64)]
    for start in range(0, len(fingerprints), _BLOCK):
        similar = fingerprints[start : start + _BLOCK] @ fingerprints[start:].T > correlation
        rows, columns = np.nonzero(np.triu(similar, k=1))
        found.append(np.stack([rows, columns], axis=1).astype(np.int64) + start)
    return np.concatenate(found)
