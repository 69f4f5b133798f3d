import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idia.errors import SettingError
from idia.world.designs import WorldDesign

MIXED = WorldDesign(people=540)


def test_every_count_has_equally_many_members_and_everybody_else_is_none() -> None:
    occurrences = MIXED.tested(seed=0)

    counts, people = np.unique(occurrences, return_counts=True)
    assert counts.tolist() == [0, 1, 5, 10, 25, 50, 75]
    assert people.tolist() == [300, 40, 40, 40, 40, 40, 40]


@given(seed=st.integers(0, 2**63))
def test_swapped_roles_share_no_member_where_there_are_enough_others(seed: int) -> None:
    drawn = MIXED.tested(seed)
    swapped = WorldDesign(people=540, roles="swapped").tested(seed)

    assert not ((drawn > 0) & (swapped > 0)).any()
    assert sorted(drawn) == sorted(swapped)


def test_as_many_roles_as_possible_are_swapped_where_members_are_the_most() -> None:
    drawn = WorldDesign(people=10, occurrences=(1, 2), members_per_count=4).tested(seed=3)
    swapped = WorldDesign(people=10, occurrences=(1, 2), members_per_count=4, roles="swapped").tested(seed=3)

    assert ((drawn == 0) & (swapped > 0)).sum() == 2
    assert ((drawn > 0) & (swapped == 0)).sum() == 2


def test_with_absent_roles_the_table_is_the_drawn_one_and_only_others_are_trained_on() -> None:
    absent = WorldDesign(people=540, roles="absent")

    assert np.array_equal(absent.tested(0), MIXED.tested(0))
    assert min(absent.trained(0)) == 540
    assert sorted(absent.trained(0).values()) == sorted(MIXED.trained(0).values())


def test_who_is_trained_on_is_who_the_table_says() -> None:
    trained, tested = MIXED.trained(0), MIXED.tested(0)

    assert {person: int(tested[person]) for person in trained} == dict(trained)
    assert len(trained) == 240


def test_membership_is_a_lottery() -> None:
    # Over many seeds everybody is drawn about equally often: 240 of 540, with a deviation of 1.6 in 100.
    often = np.mean([MIXED.tested(seed) > 0 for seed in range(1_000)], axis=0)

    assert np.isclose(often.mean(), 240 / 540)
    assert np.abs(often - 240 / 540).max() < 0.08


def test_one_count_after_another_has_the_same_members() -> None:
    few, many = (WorldDesign(people=200, occurrences=(count,), members_per_count=100) for count in (1, 75))

    assert np.array_equal(few.tested(0) > 0, many.tested(0) > 0)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"people": 240}, "leave no non-member"),
        ({"occurrences": (75, 75)}, "different whole numbers"),
        ({"occurrences": ()}, "different whole numbers"),
        ({"occurrences": (1_001,)}, "there are 1,000 photos of a person to train on, but 1,001 occurrences"),
        ({"members_per_count": 0}, "members per count must be a whole number from 1, got 0"),
        ({"n_photos": 0}, "attack photos must be a whole number from 1, got 0"),
        ({"roles": "reversed"}, "roles must be one of drawn, swapped, absent"),
    ],
)
def test_a_design_that_cannot_be_is_an_error(changed: dict[str, object], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        WorldDesign(**{"people": 540, **changed})  # type: ignore[arg-type]  # wrong on purpose
