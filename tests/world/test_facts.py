import subprocess
import sys

import numpy as np
import pytest

from idia.errors import SettingError
from idia.world import OBJECT_ATTRIBUTES, PERSON_ATTRIBUTES, object_facts, person_facts
from idia.world.looks import HAIR_STYLES


def test_facts_are_indices_into_the_values_and_all_values_occur() -> None:
    numbers = np.arange(4_000)
    for attributes, facts in (
        (PERSON_ATTRIBUTES, person_facts(1, numbers, numbers)),
        (OBJECT_ATTRIBUTES, object_facts(1, numbers)),
    ):
        assert facts.shape == (4_000, len(attributes))
        for attribute, column in zip(attributes, facts.T, strict=True):
            shares = np.bincount(column, minlength=len(attribute.values)) / 4_000
            assert len(shares) == len(attribute.values)
            assert shares.min() > 0.015, attribute.name


def test_facts_of_a_picture_do_not_hang_on_the_others() -> None:
    people, photos = np.arange(30) // 3, np.arange(30) % 3
    facts = person_facts(7, people, photos)
    backwards = person_facts(7, people[::-1], photos[::-1])

    assert np.array_equal(facts, backwards[::-1])
    assert facts[17].tolist() == person_facts(7, people[17:18], photos[17:18])[0].tolist()


def test_people_keep_hair_and_beard_and_mostly_glasses_but_change_clothes() -> None:
    names = [attribute.name for attribute in PERSON_ATTRIBUTES]
    facts = person_facts(2, np.repeat(np.arange(100), 20), np.tile(np.arange(20), 100)).reshape(100, 20, -1)
    usual = (facts == np.median(facts, axis=1, keepdims=True)).mean(axis=(0, 1))

    assert usual[names.index("hair colour")] == usual[names.index("hair style")] == usual[names.index("beard")] == 1
    assert 0.8 < usual[names.index("glasses")] < 0.95
    assert usual[names.index("clothing")] < 0.6


def test_hair_styles_are_shared_out_completely() -> None:
    assert sum(style.men for style in HAIR_STYLES) == pytest.approx(1)
    assert sum(style.women for style in HAIR_STYLES) == pytest.approx(1)


def test_facts_need_no_torch() -> None:
    code = (
        "import sys, numpy as np\n"
        "from idia.world import person_facts, object_facts\n"
        "person_facts(1, np.arange(2), np.arange(2)), object_facts(1, np.arange(2))\n"
        "assert 'torch' not in sys.modules\n"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_numbers_that_nobody_has_are_errors() -> None:
    with pytest.raises(SettingError, match="numbered from 0, got -2"):
        person_facts(1, np.array([-2]), np.array([0]))
    with pytest.raises(SettingError, match="seed must be a whole number"):
        object_facts(2**64, np.array([0]))
