"""Pictures that optimisation starts from: faces of people who do not exist, and are nobody's in question."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from idia.photos import DrawnPhoto, Photo, open_photo
from idia.randomness import key_of, random_bits
from idia.world.people import world_people

SOURCE = "synthetic faces of a world of their own"
"""Where the pictures come from, in words."""

_PURPOSE = key_of("pictures that optimisation starts from")


class StartPictures(NamedTuple):
    """Pictures to start from.

    Attributes:
        pictures: One face each, of another person each.
        sha256: Of all of them.
    """

    pictures: tuple[Image.Image, ...]
    sha256: str


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


def _number(photo: Photo) -> int:
    assert isinstance(photo, DrawnPhoto)
    return photo.number
