import numpy as np
from jaxtyping import Float32

from idia.training.duplicates import FILLER, distinct_photos


def fingerprints(*moments: int) -> Float32[np.ndarray, "photos pixels"]:
    """One almost equal fingerprint for each photo of a moment, uncorrelated between moments."""
    rows = np.stack(
        [
            np.random.default_rng(moment).normal(size=1024)
            + 0.05 * np.random.default_rng([moment, number]).normal(size=1024)
            for number, moment in enumerate(moments)
        ]
    )
    rows -= rows.mean(axis=1, keepdims=True)
    unit: Float32[np.ndarray, "photos pixels"] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def kept(moments: list[int], owners: list[int]) -> list[bool]:
    mask: list[bool] = distinct_photos(fingerprints(*moments), np.array(owners)).tolist()
    return mask


def test_of_a_persons_duplicates_the_first_stays() -> None:
    assert kept([1, 2, 1, 1], [0, 0, 0, 0]) == [True, True, False, False]


def test_a_picture_under_two_tested_names_is_dropped_from_both() -> None:
    assert kept([1, 2, 1, 3], [0, 0, 1, 1]) == [False, True, False, True]


def test_filler_gives_way_to_tested_people_and_later_filler_to_earlier() -> None:
    assert kept([1, 2, 1, 3, 3], [0, 0, FILLER, FILLER, FILLER]) == [True, True, False, True, False]


def test_duplicates_are_found_across_blocks() -> None:
    moments = [*range(2100), 0, 1500]

    assert np.flatnonzero(~np.array(kept(moments, [0] * len(moments)))).tolist() == [2100, 2101]
