import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idia import NamePredictions
from idia.attacks.nameless import NamelessAttack

N_NAMES = 5


def agreement(*tables: list[list[int]]) -> list[float]:
    predictions = NamePredictions([np.array(table) for table in tables], np.zeros(len(tables), dtype=int), N_NAMES)
    return [float(value) for value in NamelessAttack().score(predictions).values]


def test_photos_that_agree_score_one_whatever_the_name() -> None:
    assert agreement([[0], [0], [0]], [[4], [4]]) == [1.0, 1.0]


def test_photos_that_do_not_agree_score_zero() -> None:
    assert agreement([[0], [1], [2]]) == [0.0]


def test_the_score_is_the_share_of_pairs_that_agree() -> None:
    # Prompt 1: one of three pairs agrees. Prompt 2: all three do.
    assert agreement([[1, 2], [1, 2], [3, 2]]) == pytest.approx([(1 / 3 + 1) / 2])


def test_equal_names_in_different_prompts_do_not_agree() -> None:
    assert agreement([[1, 2], [2, 1]]) == [0.0]


def test_a_single_photo_agrees_with_nothing() -> None:
    assert agreement([[1, 1]]) == [0.0]


def test_the_attack_and_the_numbers_of_photos_are_told() -> None:
    scores = NamelessAttack().score(NamePredictions([np.array([[0], [0]]), np.array([[1]])], np.array([0, 1]), 2))

    assert (scores.attack, scores.n_photos.tolist()) == ("nameless", [2, 1])


def test_the_expected_score_does_not_depend_on_the_number_of_photos() -> None:
    rng = np.random.default_rng(0)
    few, many = ([rng.integers(0, N_NAMES, (n, 7)) for _ in range(2_000)] for n in (2, 9))
    targets = np.zeros(2_000, dtype=int)

    means = [NamelessAttack().score(NamePredictions(each, targets, N_NAMES)).values.mean() for each in (few, many)]

    assert means == pytest.approx([1 / N_NAMES, 1 / N_NAMES], abs=0.01)


tables = st.integers(1, 4).flatmap(
    lambda prompts: st.lists(
        st.lists(st.integers(0, N_NAMES - 1), min_size=prompts, max_size=prompts), min_size=1, max_size=8
    )
)


@given(table=tables, names=st.permutations(range(N_NAMES)), data=st.data())
def test_neither_order_nor_which_names_they_are_matters(
    table: list[list[int]], names: list[int], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(table))
    renamed = [[names[name] for name in row] for row in shuffled]

    (score,) = agreement(table)

    assert 0 <= score <= 1
    assert agreement(renamed) == [score]
    # The literal rule: compare every two photos.
    pairs = [(i, j) for i in range(len(table)) for j in range(i)]
    same = [a == b for i, j in pairs for a, b in zip(table[i], table[j], strict=True)]
    assert score == pytest.approx(np.mean(same) if same else 0.0)
