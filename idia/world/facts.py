"""What is true of a picture, known without rendering it: the labels and the words of captions."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Int64

from idia.world import looks
from idia.world.circumstances import circumstances
from idia.world.identity import identities
from idia.world.things import COLOURS, SHAPES, SIZES, things


@final
@dataclass(frozen=True, slots=True)
class Attribute:
    """Something to be said of every picture of a kind.

    Attributes:
        name: What it is called.
        values: What it can be.
    """

    name: str
    values: tuple[str, ...]


PERSON_ATTRIBUTES = (
    Attribute("hair colour", looks.HAIR_COLOURS),
    Attribute("hair style", tuple(style.name for style in looks.HAIR_STYLES)),
    Attribute("glasses", looks.GLASSES),
    Attribute("beard", looks.BEARDS),
    Attribute("clothing", looks.CLOTHES),
)
"""Hair colour is that of the brows where the hair style is bald; glasses and clothing are those on the photo."""

OBJECT_ATTRIBUTES = (Attribute("shape", SHAPES), Attribute("colour", COLOURS), Attribute("size", SIZES))


def person_facts(
    seed: int, people: Int64[np.ndarray, " pictures"], photos: Int64[np.ndarray, " pictures"]
) -> Int64[np.ndarray, "pictures attributes"]:
    """Returns what each picture shows, as indices into the values of `PERSON_ATTRIBUTES`.

    Args:
        seed: Of the world.
        people: Who is shown, by number.
        photos: On which of their photos, by number.
    """
    who = identities(seed, people)
    how = circumstances(seed, people, photos, who)
    return np.stack([who.hair_colour, who.hair_style, how.glasses, who.beard, how.clothing], axis=1)


def object_facts(seed: int, objects: Int64[np.ndarray, " pictures"]) -> Int64[np.ndarray, "pictures attributes"]:
    """Returns what each picture shows, as indices into the values of `OBJECT_ATTRIBUTES`.

    Args:
        seed: Of the world.
        objects: Which objects are shown, by number.
    """
    what = things(seed, objects)
    return np.stack([what.shape, what.colour, what.size], axis=1)
