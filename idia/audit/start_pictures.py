"""Pictures that names are led from, and held against: faces of strangers, nobody's in question."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from idia.errors import DatasetError, SettingError
from idia.people import Person
from idia.photos import DrawnPhoto, Photo, is_photo_file, open_photo, photo_sha256
from idia.plan import Plan, Target
from idia.randomness import key_of, random_bits
from idia.world.people import world_people

SYNTHETIC = "synthetic faces of a world of their own"
"""Where the pictures come from where nobody brings any, in words."""

_OWN = "photos of strangers from a folder of one's own"
_PURPOSE = key_of("pictures that optimisation starts from")


class StartPictures(NamedTuple):
    """Pictures of strangers.

    Attributes:
        photos: One face each, of another person each where they are synthetic.
        sha256: Of all of them, in their order.
        source: Where they come from, in words.
    """

    photos: tuple[Photo, ...]
    sha256: str
    source: str = SYNTHETIC

    def opened(self, first: int = 0, end: int | None = None) -> list[Image.Image]:
        """Returns some of the pictures, upright and of mode `RGB`.

        Args:
            first: The first of them.
            end: The one after the last; all others by default.

        Raises:
            UnreadablePhotoError: One cannot be decoded.
        """
        return [open_photo(photo) for photo in self.photos[first:end]]


def pictures_of(plan: Plan, target: Target, n_pictures: int, *, at_least: int) -> StartPictures:
    """Returns the faces of strangers of a run: those of `--idia-text-faces`, or synthetic ones.

    Args:
        plan: Whom to attack, and how.
        target: The model under attack.
        n_pictures: How many at most.
        at_least: How many it takes.

    Raises:
        IdiaError: The folder cannot be used.
    """
    settings = plan.settings
    if settings.text_faces is None:
        return start_pictures(n_pictures, seed=settings.seed, folder=settings.cache_dir / "world")
    people = plan.experiment(target).people.people
    return own_pictures(settings.text_faces, n_pictures, people, seed=settings.seed, at_least=at_least)


def start_pictures(n_pictures: int, *, seed: int, folder: Path | None) -> StartPictures:
    """Returns faces of people whom no model was trained on: their world has a seed that no other world has.

    Args:
        n_pictures: How many.
        seed: Decides which; fewer pictures are the first of more.
        folder: Where they are kept between runs.
    """
    world = int(random_bits(_PURPOSE, seed))
    people = world_people(world, n_pictures, 1, folder=folder).people
    by_number = sorted((person.photos[0] for person in people), key=_number)  # people come by name
    pictures = tuple(map(open_photo, by_number))
    digest = hashlib.sha256()
    for picture in pictures:
        digest.update(repr(picture.size).encode() + picture.tobytes())
    return StartPictures(pictures, digest.hexdigest())


def own_pictures(faces: Path, n_pictures: int, people: Sequence[Person], *, seed: int, at_least: int) -> StartPictures:
    """Returns photos of a folder of one's own, each content once, in an order drawn by lot.

    Args:
        faces: Where they lie, in whatever folders below.
        n_pictures: How many at most.
        people: Who is attacked: their photos must not be among them.
        seed: Decides on the order; fewer pictures are the first of more.
        at_least: How many it takes.

    Raises:
        DatasetError: It holds a photo of somebody who is attacked.
        SettingError: There are too few different photos.
        UnreadablePhotoError: A file cannot be read.
    """
    found = {photo_sha256(path): path for path in sorted(faces.rglob("*"), reverse=True) if is_photo_file(path)}
    if len(found) < at_least:
        raise SettingError(
            f"--idia-text-faces: {str(faces)!r} holds {len(found)} different photos, and {at_least} are needed. Add "
            "photos of people who are not attacked."
        )
    attacked = {photo_sha256(photo) for person in people for photo in person.photos if isinstance(photo, Path)}
    if not attacked.isdisjoint(found):
        number = len(attacked.intersection(found))
        raise DatasetError(
            f"--idia-text-faces: {number} of the photos in {str(faces)!r} are of people under attack. The model must "
            "not be shown these; take out all photos of them."
        )
    chosen = sorted(found, key=lambda digest: int(random_bits(key_of(digest), seed)))[:n_pictures]
    together = hashlib.sha256("".join(chosen).encode()).hexdigest()
    return StartPictures(tuple(found[digest] for digest in chosen), together, _OWN)


def _number(photo: Photo) -> int:
    assert isinstance(photo, DrawnPhoto)
    return photo.number
