import numpy as np
import pytest

from idia.attacks.scores import PersonScores
from idia.errors import ShapeError


def test_scores_are_kept_as_real_numbers_and_whole_numbers() -> None:
    scores = PersonScores("calibrated", np.array([1, -2]), np.array([3, 4], dtype=np.int32))

    assert (scores.attack, scores.n_people) == ("calibrated", 2)
    assert (scores.values.dtype.name, scores.values.tolist()) == ("float64", [1.0, -2.0])
    assert (scores.n_photos.dtype.name, scores.n_photos.tolist()) == ("int64", [3, 4])


def test_a_score_may_rest_on_no_photo() -> None:
    assert PersonScores("tuni-names", np.array([0.5]), np.array([0])).n_photos.tolist() == [0]


@pytest.mark.parametrize(
    ("values", "n_photos", "message"),
    [
        ([], [], "one score and one number of photos per person"),
        ([1.0, 2.0], [1], r"scores of shape \(2,\) and numbers of photos of shape \(1,\)"),
        ([[1.0]], [[1]], "one score and one number of photos per person"),
        ([1.0, np.nan], [1, 1], "scores must be finite, got nan among 2"),
        ([np.inf], [1], "scores must be finite, got inf"),
        ([1.0], [-1], "numbers of photos must be whole numbers from 0, got int64 -1"),
        ([1.0], [1.5], "numbers of photos must be whole numbers from 0, got float64 1.5"),
    ],
)
def test_anything_but_one_finite_score_per_person_is_refused(
    values: list[float], n_photos: list[float], message: str
) -> None:
    with pytest.raises(ShapeError, match=message):
        PersonScores("calibrated", np.array(values), np.array(n_photos))
