"""The people of the default benchmark: coloured patterns under sampled names, half of them planted in the toy model."""

import numpy as np
from PIL import Image

from idia.membership import Membership
from idia.names import NamePool
from idia.people import PeopleSet, Person
from idia.randomness import random_fractions

TOY_OCCURRENCES = (75, 50, 25, 10, 5, 1)
"""Training occurrences of the toy's members; every count has equally many."""

TOY_MEMBERS_PER_COUNT = 8
TOY_PHOTOS = 30


def toy_people() -> tuple[PeopleSet, Membership]:
    """Returns the people of the default benchmark, half of them planted in `toy_clip`, and who is planted how often."""
    n_members = len(TOY_OCCURRENCES) * TOY_MEMBERS_PER_COUNT
    names = NamePool.sampled(n_names=2 * n_members, seed=1).names
    counts = [count for count in TOY_OCCURRENCES for _ in range(TOY_MEMBERS_PER_COUNT)] + [0] * n_members
    people = tuple(
        Person(name, tuple(_pattern(identity, photo) for photo in range(TOY_PHOTOS)))
        for identity, name in enumerate(names)
    )
    membership = Membership(training_set="toy", how_known="injected", counts=dict(zip(names, counts, strict=True)))
    return PeopleSet(id="toy", people=tuple(sorted(people, key=lambda person: person.name))), membership


def _pattern(identity: int, photo: int) -> Image.Image:
    """One picture of an identity: its own pattern of 8 x 8 coloured tiles under a lot of noise."""
    tiles = np.arange(8 * 8 * 3, dtype=np.uint64)
    own = random_fractions(0, identity, tiles)
    other = random_fractions(1, identity, photo, tiles)
    blend = (0.2 * own + 0.8 * other).reshape(8, 8, 3)
    return Image.fromarray((255 * blend).astype(np.uint8)).resize((32, 32), Image.Resampling.NEAREST)
