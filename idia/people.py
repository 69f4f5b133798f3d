"""People and their photos: who is under attack, read from a folder per person."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import final

from idia.errors import DatasetError
from idia.layouts import person_folders
from idia.names import name_key
from idia.photos import DrawnPhoto, Photo, find_unreadable, photo_sha256, unreadable_listing
from idia.textfiles import read_recipe

_TRAINED_ATTACK_FOLDER = "attack"


@final
@dataclass(frozen=True, slots=True)
class Person:
    """One person under attack; holds no membership label, on purpose.

    Attributes:
        name: As one would write it: "Ada Example".
        photos: Files, pictures in memory, or pictures that are drawn when they are needed.
    """

    name: str
    photos: tuple[Photo, ...]

    def some_photos(self, most: int) -> tuple[Photo, ...]:
        """Returns some of the photos, spread evenly over all of them.

        Args:
            most: How many at most.
        """
        n_all, n = len(self.photos), min(len(self.photos), most)
        return tuple(self.photos[number * n_all // n] for number in range(n))


@final
@dataclass(frozen=True)  # without slots: the fingerprint is kept in the instance
class PeopleSet:
    """The people of one audit.

    Attributes:
        id: What the set is called in records and on the leaderboard; no person's name.
        people: The people, no two of the same name.
        unreadable: How many photos were dropped because they cannot be read.

    Raises:
        DatasetError: There is nobody, a name is blank, or two people have the same name.
    """

    id: str
    people: tuple[Person, ...]
    unreadable: int = 0

    def __post_init__(self) -> None:
        if not self.people:
            raise DatasetError("there is nobody in the set of people; give at least one person.")
        seen: dict[str, str] = {}
        for person in self.people:
            key = name_key(person.name)
            if not key:
                raise DatasetError(f"a person's name is blank ({person.name!r}).")
            if key in seen:
                raise _same_name(seen[key], person.name)
            seen[key] = person.name

    @cached_property
    def manifest_sha256(self) -> str:
        """Fingerprint of the names and of the photos' content, whatever the order; reads every photo's bytes."""
        manifest = sorted((person.name, sorted(map(photo_sha256, person.photos))) for person in self.people)
        return hashlib.sha256(json.dumps(manifest).encode()).hexdigest()

    def draw(self, progress: Callable[[str, int, int], None] | None = None) -> None:
        """Draws the photos that hang in a gallery, all at once; without this, they are drawn on first use."""
        photos = (photo for person in self.people for photo in person.photos)
        for gallery in dict.fromkeys(photo.gallery for photo in photos if isinstance(photo, DrawnPhoto)):
            gallery.draw(progress)

    @property
    def min_photos(self) -> int:
        """The number of photos of the person with the fewest."""
        return min(len(person.photos) for person in self.people)

    def __len__(self) -> int:
        return len(self.people)

    def __iter__(self) -> Iterator[Person]:
        return iter(self.people)


def load_people(root: str | Path, *, layout: str = "auto") -> PeopleSet:
    """The people in a folder, sorted by name, their photos by file name; lists folders and decodes nothing.

    Layouts:

    * ``folders``: ``root/First_Last/*``, the photos straight in the person's folder.
    * ``lfw``: the same; ``root`` may also be the folder around ``lfw/`` (or ``lfw-deepfunneled/`` and the like).
    * ``facescrub``: ``root/actors/First_Last/*`` and ``root/actresses/First_Last/*``, with ``images/`` or
      ``faces/`` between the two levels or not (``images/`` is taken where both exist), or ``root/First_Last/*``;
      four misspelled names are put right.
    * ``auto``: ``facescrub`` where ``root`` holds ``actors/`` or ``actresses/`` with folders in it, ``lfw`` where
      it holds nothing but one folder called ``lfw…``, else ``folders``.

    Hidden files and files that are not photos are ignored. Photos in a folder *within* a person's folder are an
    error: leaving them out unsaid would attack with fewer photos than the user believes, and taking them in would
    mix what somebody kept apart (originals and crops, say).

    Args:
        root: The folder.
        layout: How it is arranged.

    Returns:
        The people. The set's id is the folder's name, or the ``people`` value of the ``recipe.json`` beside it
        for the ``attack`` folder of a controlled training.

    Raises:
        DatasetError: The folder does not exist or is empty, somebody has no photos, photos lie where they belong
            to nobody, or two folders have the same name once case, underscores and Unicode form are set aside.
        SettingError: ``layout`` is unknown.
    """
    root = Path(root)
    people: dict[str, Person] = {}
    folders: dict[str, Path] = {}
    for found in person_folders(root, layout):
        key = name_key(found.name)
        if key in people:
            raise _same_name(str(folders[key]), str(found.folder))
        people[key], folders[key] = Person(found.name, found.photos), found.folder
    return PeopleSet(_id_of(root), tuple(sorted(people.values(), key=lambda person: person.name)))


def checked(people_set: PeopleSet, *, skip_unreadable: bool = False) -> PeopleSet:
    """The same people, every photo of whom can be read; decodes each photo once.

    Args:
        people_set: The people.
        skip_unreadable: Leave unreadable photos out and count them in ``unreadable``, instead of raising.

    Raises:
        DatasetError: A photo cannot be read, or somebody has no photo that can be read.
    """
    photos = [photo for person in people_set for photo in person.photos]
    unreadable = find_unreadable(photos)
    if not unreadable:
        return people_set
    if not skip_unreadable:
        raise DatasetError(
            f"{len(unreadable)} of {len(photos)} photos cannot be read:\n{unreadable_listing(unreadable)}\n"
            "Repair or remove them, or leave them out with --idia-skip-unreadable."
        )
    # By identity: comparing pictures in memory would decode them.
    dropped = {id(found.photo) for found in unreadable}
    kept = [
        replace(person, photos=tuple(photo for photo in person.photos if id(photo) not in dropped))
        for person in people_set
    ]
    left_without = [repr(person.name) for person in kept if not person.photos]
    if left_without:
        more = f" and {len(left_without) - 5} more" if len(left_without) > 5 else ""
        raise DatasetError(
            f"no photo that can be read is left of {', '.join(left_without[:5])}{more}:\n"
            f"{unreadable_listing(unreadable)}\nReplace the photos, or remove the person."
        )
    return replace(people_set, people=tuple(kept), unreadable=people_set.unreadable + len(unreadable))


def _id_of(root: Path) -> str:
    name = root.absolute().name
    if name in {"", ".."}:
        name = root.resolve().name
    if name == _TRAINED_ATTACK_FOLDER:
        trained = read_recipe(root.absolute().parent).get("people")
        if isinstance(trained, str) and trained.strip():
            return trained
    return name or "people"


def _same_name(first: str, second: str) -> DatasetError:
    # ascii() tells two Unicode forms apart that look the same.
    return DatasetError(
        f"two people have the same name: {first!a} and {second!a}. Names that differ only in case, "
        "underscores or Unicode form are one name; merge or rename."
    )
