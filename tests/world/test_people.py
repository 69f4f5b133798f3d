from pathlib import Path

import pytest

from idia.errors import SettingError
from idia.names import name_key
from idia.people import checked
from idia.photos import DrawnPhoto
from idia.world.designs import MOST_PEOPLE
from idia.world.people import World, world_names, world_people


def numbers(names: tuple[str, ...]) -> list[int]:
    known = {name: number for number, name in enumerate(world_names(0))}
    return [known[name] for name in names]


def test_everybody_of_a_world_has_a_name_of_her_own() -> None:
    names = world_names(0)

    assert len(names) == len({name_key(name) for name in names}) == MOST_PEOPLE
    assert names == world_names(0)
    assert names[:20] != world_names(1)[:20]


def test_the_people_of_a_smaller_world_are_the_first_of_a_larger_one() -> None:
    small, large = (world_people(0, n, 2, folder=None) for n in (5, 9))
    names = tuple(person.name for person in small)

    assert names == tuple(sorted(names))
    assert sorted(numbers(names)) == list(range(5))
    assert set(names) < {person.name for person in large}


def test_photos_are_those_of_the_person_and_none_is_drawn() -> None:
    people = checked(World(0, 3, folder=Path("/nowhere")).people(4))

    assert people.id == "synthetic-4"
    assert people.min_photos == 3
    for person in people:
        (number,) = numbers((person.name,))
        assert [photo.number for photo in person.photos if isinstance(photo, DrawnPhoto)] == [
            3 * number + photo for photo in range(3)
        ]


@pytest.mark.parametrize(
    ("seed", "n_people", "n_photos", "message"),
    [
        (0, MOST_PEOPLE + 1, 1, "a world holds at most 4,096 people and at least 1, got 4,097"),
        (0, 0, 1, "at least 1, got 0"),
        (0, 1, 0, "1 to 1,000 attack photos of a synthetic person, got 0"),
        (0, 1, 1_001, "got 1,001"),
        (-1, 1, 1, "the seed of a world must be"),
        (2**64, 1, 1, "the seed of a world must be"),
    ],
)
def test_what_no_world_has_is_refused(seed: int, n_people: int, n_photos: int, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        world_people(seed, n_people, n_photos, folder=None)
