"""People who are cheap: sampled names under small pictures of noise."""

import numpy as np
import pytest
from PIL import Image

from idia.names import NamePool
from idia.people import Person
from idia.randomness import random_fractions


def noise(person: int, photo: int, side: int = 16) -> Image.Image:
    values = random_fractions(7, person, photo, np.arange(side * side * 3, dtype=np.uint64)).reshape(side, side, 3)
    return Image.fromarray((255 * values).astype(np.uint8))


@pytest.fixture(scope="session")
def strangers() -> tuple[Person, ...]:
    """Forty people with two photos each, about whom there is nothing to know."""
    names = NamePool.sampled(n_names=40).names
    return tuple(Person(name, tuple(noise(number, photo) for photo in range(2))) for number, name in enumerate(names))
