import numpy as np
import pytest

from idia import NamePredictions
from idia.errors import ShapeError

TABLE = np.array([[0, 1], [2, 0]])


@pytest.mark.parametrize(
    ("predicted", "targets", "message"),
    [
        ([], [], "at least one person"),
        ([TABLE], [0, 1], "targets must be 1 integers"),
        ([TABLE], [0.5], "targets must be 1 integers"),
        ([TABLE], [3], r"targets must hold indices in \[0, 3\), got 3 to 3"),
        ([TABLE, np.zeros((0, 2), dtype=int)], [0, 1], r"predicted\[1\] must have shape \(photos, 2\)"),
        ([TABLE, np.zeros((2, 3), dtype=int)], [0, 1], r"predicted\[1\] must have shape \(photos, 2\)"),
        ([np.array([0, 1])], [0], r"predicted\[0\] must have shape \(photos, prompts\)"),
        ([TABLE.astype(float)], [0], "must hold integer indices"),
        ([TABLE - 1], [0], r"got -1 to 1"),
    ],
)
def test_tables_that_do_not_fit_are_refused(predicted: list[np.ndarray], targets: list[int], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        NamePredictions(predicted, np.array(targets), n_names=3)


def test_ids_must_name_every_person_and_photo() -> None:
    with pytest.raises(ShapeError, match="person_ids must be 2 ids, one per person, got 1"):
        NamePredictions([TABLE, TABLE], np.array([0, 1]), 3, person_ids=("a",))
    with pytest.raises(ShapeError, match="photo_ids must hold one id for every row"):
        NamePredictions([TABLE], np.array([0]), 3, photo_ids=(("x",),))


def test_permuted_targets_leave_nobody_with_the_own_name() -> None:
    predictions = NamePredictions([TABLE] * 30, np.arange(30) % 30, n_names=30)
    permuted = predictions.with_permuted_targets(seed=0)

    assert sorted(permuted.targets) == sorted(predictions.targets)
    assert (permuted.targets != predictions.targets).all()
    assert permuted.targets.tolist() == predictions.with_permuted_targets(seed=0).targets.tolist()
    assert permuted.targets.tolist() != predictions.with_permuted_targets(seed=1).targets.tolist()


def test_two_people_exchange_their_names() -> None:
    predictions = NamePredictions([TABLE, TABLE], np.array([0, 2]), 3)

    assert predictions.with_permuted_targets(seed=0).targets.tolist() == [2, 0]


def test_permuting_the_names_of_one_person_is_refused() -> None:
    with pytest.raises(ShapeError, match="at least two people"):
        NamePredictions([TABLE], np.array([0]), 3).with_permuted_targets(seed=0)
