"""The tested people of a world: what they are called, and their photos, drawn when first needed."""

from functools import lru_cache
from pathlib import Path
from typing import final

from idia.errors import SettingError
from idia.names import NamePool
from idia.people import PeopleSet, Person
from idia.photos import DrawnPhoto
from idia.randomness import key_of, random_bits
from idia.world.designs import MOST_ATTACK_PHOTOS, MOST_PEOPLE
from idia.world.gallery import Drawings, WorldGallery


@lru_cache(maxsize=8)
def world_names(seed: int) -> tuple[str, ...]:
    """Returns what the people of a world are called, by their number.

    Args:
        seed: Of the world; every seed has people of other names, and other faces.
    """
    return NamePool.sampled(n_names=MOST_PEOPLE, seed=int(random_bits(key_of("names of a world"), seed))).names


@final
class World:
    """People who do not exist. A smaller number of them are the first of a larger one.

    Args:
        seed: Decides on names and faces.
        n_photos: Attack photos per person: never trained on.
        folder: Where photos are kept between runs; `None` keeps them in memory alone.

    Raises:
        SettingError: A number is out of range.
    """

    def __init__(self, seed: int, n_photos: int, *, folder: Path | None) -> None:
        if not 0 <= seed < 2**64:
            raise SettingError(f"the seed of a world must be a whole number in [0, 2**64), got {seed}.")
        if not 1 <= n_photos <= MOST_ATTACK_PHOTOS:
            raise SettingError(
                f"there are 1 to {MOST_ATTACK_PHOTOS:,} attack photos of a synthetic person, got {n_photos:,}."
            )
        self._seed = seed
        self._drawings = Drawings(seed, n_photos, folder=folder)

    def people(self, n_people: int) -> PeopleSet:
        """Returns the first people of the world, sorted by name; draws nothing yet.

        Raises:
            SettingError: There are not so many.
        """
        names = world_names(self._seed)
        if not 1 <= n_people <= len(names):
            raise SettingError(f"a world holds at most {len(names):,} people and at least 1, got {n_people:,}.")
        gallery, n_photos = WorldGallery(self._drawings, n_people), self._drawings.n_photos
        people = (
            Person(name, tuple(DrawnPhoto(gallery, number * n_photos + photo) for photo in range(n_photos)))
            for number, name in enumerate(names[:n_people])
        )
        return PeopleSet(f"synthetic-{n_people}", tuple(sorted(people, key=lambda person: person.name)))


def world_people(seed: int, n_people: int, n_photos: int, *, folder: Path | None) -> PeopleSet:
    """Returns the first people of a world with their attack photos, sorted by name; draws nothing yet.

    Args:
        seed: Decides on names and faces.
        n_people: How many people.
        n_photos: Photos per person.
        folder: Where photos are kept between runs; `None` keeps them in memory alone.

    Raises:
        SettingError: A number is out of range.
    """
    return World(seed, n_photos, folder=folder).people(n_people)
