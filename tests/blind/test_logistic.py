import numpy as np
import pytest
from scipy.sparse import csr_matrix

from idia.blind.crossvalidation import area, out_of_fold
from idia.blind.logistic import logistic, standardised
from idia.randomness import random_fractions

KEYS = np.arange(60, dtype=np.uint64)
NOISE = np.stack([random_fractions(column, KEYS) for column in range(5)], axis=1) - 0.5


def test_features_have_mean_0_and_deviation_1() -> None:
    result = standardised(1e6 + 100 * NOISE)

    assert result.mean(axis=0) == pytest.approx(np.zeros(5), abs=1e-6)
    assert result.std(axis=0) == pytest.approx(np.ones(5))


def test_what_is_the_same_for_everybody_says_nothing_and_what_is_unknown_little() -> None:
    values = np.array([[0.1, 1.0, np.nan], [0.1, np.nan, np.nan], [0.1, 3.0, np.nan]])

    assert standardised(values).tolist() == [[0, -1, 0], [0, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize("sparse", [False, True])
def test_a_planted_feature_is_found(sparse: bool) -> None:
    is_member = np.arange(60) < 30
    features = NOISE + np.outer(is_member, [0, 0, 1, 0, 0])

    judge = logistic(csr_matrix(features) if sparse else features, is_member, strength=10.0)

    assert area(out_of_fold(judge, is_member, KEYS, seed=0), is_member) > 0.95


def test_permuted_labels_give_one_half_on_average_even_where_members_are_few() -> None:
    """Scores compared across folds, by judges who favour the more frequent role, would give 0.44."""
    areas = []
    for number in range(25):
        order = np.argsort(random_fractions(99, number, KEYS))
        is_member = order < 17
        judge = logistic(NOISE, is_member, strength=0.01)
        areas.append(area(out_of_fold(judge, is_member, KEYS, seed=number, repeats=1), is_member))

    assert abs(np.mean(areas) - 0.5) < 3 * np.std(areas) / np.sqrt(len(areas)) + 0.01
