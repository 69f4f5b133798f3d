import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float64, Int64

from idia.blind.crossvalidation import N_FOLDS, Judge, area, dealt, out_of_fold, ranks, strongest
from idia.randomness import random_fractions


def keys_of(n: int) -> np.ndarray:
    return np.arange(n, dtype=np.uint64)


def reading(values: Float64[np.ndarray, " people"]) -> Judge:
    """A judge who was told one number of everybody and learns nothing."""
    return lambda others, judged: values[judged]


@settings(deadline=None, max_examples=30)
@given(members=st.integers(1, 40), others=st.integers(1, 40), seed=st.integers(0, 2**32))
def test_every_fold_has_its_share_of_members_and_of_people(members: int, others: int, seed: int) -> None:
    is_member = np.arange(members + others) < members

    folds = dealt(is_member, keys_of(members + others), seed, 0)

    for group in (is_member, ~is_member, np.ones_like(is_member)):
        sizes = np.bincount(folds[group], minlength=N_FOLDS)
        assert sizes.max() - sizes.min() <= 1


def test_folds_follow_people_not_their_order_and_change_with_the_seed() -> None:
    is_member, keys = np.arange(60) % 3 == 0, keys_of(60)
    shuffled = np.argsort(random_fractions(1, keys))

    folds = dealt(is_member, keys, 5, 0)

    assert dealt(is_member[shuffled], keys[shuffled], 5, 0).tolist() == folds[shuffled].tolist()
    assert dealt(is_member, keys, 6, 0).tolist() != folds.tolist()
    assert dealt(is_member, keys, 5, 1).tolist() != folds.tolist()


def test_nobody_is_judged_by_someone_who_learned_from_her() -> None:
    judged_once: list[int] = []

    def judge(others: Int64[np.ndarray, " others"], judged: Int64[np.ndarray, " judged"]) -> np.ndarray:
        assert not set(others.tolist()) & set(judged.tolist())
        assert len(others) + len(judged) == 23
        judged_once.extend(judged.tolist())
        return judged.astype(np.float64)

    scores = out_of_fold(judge, np.arange(23) < 11, keys_of(23), seed=0, repeats=1)

    assert sorted(judged_once) == list(range(23))
    assert ((scores > 0) & (scores < 1)).all()


def test_a_judge_who_cannot_tell_people_apart_gives_all_the_same_score() -> None:
    scores = out_of_fold(reading(1e-12 * np.arange(20)), np.arange(20) < 10, keys_of(20), seed=0)

    assert set(scores.tolist()) == {0.5}


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30))
def test_ranks_keep_order_and_ties_and_have_mean_one_half(values: list[int]) -> None:
    fractions = ranks(np.array(values, dtype=np.float64))

    assert fractions.mean() == pytest.approx(0.5)
    assert (
        np.sign(np.subtract.outer(values, values)).tolist() == np.sign(np.subtract.outer(fractions, fractions)).tolist()
    )


def test_the_area_counts_ties_half() -> None:
    assert area(np.array([3.5, 2.0, 2.0, -1.0]), np.array([True, True, False, False])) == 0.875


def test_the_strongest_judge_is_asked() -> None:
    is_member, keys = np.arange(60) < 30, keys_of(60)
    noise, other_noise = random_fractions(1, keys), random_fractions(2, keys)

    scores = out_of_fold(
        strongest([reading(noise), reading(noise + is_member), reading(other_noise)], is_member, keys),
        is_member,
        keys,
        seed=0,
    )

    assert area(scores, is_member) == 1.0


def test_choosing_among_many_judges_who_know_nothing_is_no_advantage() -> None:
    """The best of a hundred, chosen by looking at everybody, would have an area of about 0.7."""
    is_member, keys = np.arange(100) < 50, keys_of(100)
    numbers = [random_fractions(column, keys) for column in range(100)]

    chosen = strongest([reading(each) for each in numbers], is_member, keys)

    assert max(area(each, is_member) for each in numbers) > 0.62
    assert area(out_of_fold(chosen, is_member, keys, seed=0, repeats=1), is_member) < 0.6
