from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.errors import DatasetError, SettingError
from idia.training.split import PersonSplit, held_out, split_people

PHOTO_COUNTS = [6, 7, 8, 9, 12, 13, 14, 30, 60, 80]


def names_of(n_people: int) -> list[str]:
    return [f"Person {index}" for index in range(n_people)]


def photos_of(counts: list[int]) -> list[list[int]]:
    starts = np.cumsum([0, *counts])
    return [list(range(start, start + count)) for start, count in zip(starts, counts, strict=False)]


def split_of(counts: list[int], **options: object) -> tuple[PersonSplit, ...]:
    keywords = {"members": 0.5, "seed": 0} | options
    return split_people(names_of(len(counts)), photos_of(counts), **keywords)  # type: ignore[arg-type]  # mixed types


@settings(deadline=None)
@given(
    counts=st.lists(st.integers(6, 90), min_size=2, max_size=30),
    members=st.floats(0.2, 0.8),
    seed=st.integers(0, 2**32),
)
def test_every_photo_is_used_once_at_most_and_the_numbers_are_exact(
    counts: list[int], members: float, seed: int
) -> None:
    n_members = round(members * len(counts))
    if not 1 <= n_members < len(counts):
        return

    split = split_of(counts, members=members, seed=seed)

    assert sum(bool(person.training) for person in split) == n_members
    for person, own in zip(split, photos_of(counts), strict=True):
        used = [*person.training, *person.attack]
        assert len(used) == len(set(used))
        assert set(used) <= set(own)
        assert len(person.attack) == (8 if len(own) >= 13 else 5)
        assert len(person.training) in (0, min(50, len(own) - len(person.attack)))


def test_one_of_each_pair_with_similar_numbers_of_photos_is_a_member() -> None:
    split = split_of([6, 6, 40, 40, 90, 90], seed=5)

    is_member = [bool(person.training) for person in split]

    assert [sum(is_member[pair : pair + 2]) for pair in (0, 2, 4)] == [1, 1, 1]


def test_the_coin_is_fair_and_belongs_to_the_seed() -> None:
    flips = Counter(bool(split_of([20, 20], seed=seed)[0].training) for seed in range(200))

    assert 70 <= flips[True] <= 130
    assert split_of(PHOTO_COUNTS, seed=1) == split_of(PHOTO_COUNTS, seed=1)
    assert split_of(PHOTO_COUNTS, seed=1) != split_of(PHOTO_COUNTS, seed=2)


def test_the_order_of_people_does_not_matter() -> None:
    names, photos = names_of(len(PHOTO_COUNTS)), photos_of(PHOTO_COUNTS)

    forward = split_people(names, photos, members=0.5, seed=4)
    backward = split_people(names[::-1], photos[::-1], members=0.5, seed=4)

    assert forward == backward[::-1]


@pytest.mark.parametrize("members", [0.2, 0.8])
def test_an_uneven_share_still_takes_from_every_level_of_photos(members: float) -> None:
    split = split_of([6] * 10 + [40] * 10, members=members)

    few = sum(bool(person.training) for person in split[:10])

    assert few == 10 * members


def test_members_and_non_members_have_equally_many_attack_photos() -> None:
    assert [held_out(n) for n in (6, 12, 13, 500)] == [5, 5, 8, 8]
    assert [len(person.attack) for person in split_of([10] * 6, n_held_out=2)] == [2] * 6


def test_occurrences_are_dealt_evenly_among_the_feasible() -> None:
    split = split_of([10] * 24 + [40] * 8, occurrences=[1, 3, 25])

    dealt = Counter(len(person.training) for person in split if person.training)

    assert set(dealt) == {1, 3, 25}
    assert dealt[25] == 4
    assert abs(dealt[1] - dealt[3]) <= 1
    assert all(len(person.training) in (0, 1, 3) for person in split[:24])


def test_too_few_photos_are_an_error_that_says_how_many_are_needed() -> None:
    with pytest.raises(DatasetError, match=r"1 of 3 people .* 6 distinct ones are needed .* 'Person 1' has 5"):
        split_of([20, 5, 20])


def test_more_occurrences_than_photos_are_an_error() -> None:
    with pytest.raises(DatasetError, match=r"2 of 2 people .*: 33 distinct ones .*train on 25.*--min-photos 33"):
        split_of([20, 20], occurrences=[25])


@settings(deadline=None)
@given(least=st.integers(1, 60), n_held_out=st.none() | st.integers(1, 20))
def test_as_many_photos_as_the_error_asks_for_suffice(least: int, n_held_out: int | None) -> None:
    with pytest.raises(DatasetError) as caught:
        split_of([1, 1], occurrences=[least], n_held_out=n_held_out)

    needed = int(str(caught.value).split("--min-photos ")[1].rstrip("."))

    for n_photos in range(needed, needed + 20):
        split_of([n_photos, n_photos], occurrences=[least], n_held_out=n_held_out)


@pytest.mark.parametrize("members", [0.01, 0.99])
def test_a_share_without_members_or_without_non_members_is_an_error(members: float) -> None:
    with pytest.raises(SettingError, match="at least one member and one non-member"):
        split_of([20, 20, 20], members=members)
