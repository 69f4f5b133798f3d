import re

import numpy as np
import pytest

from idia.world.captions import (
    HYPERNYMS,
    N_OBJECT_CAPTIONS,
    N_PERSON_CAPTIONS,
    object_caption,
    object_claims,
    person_caption,
    person_claims,
)
from idia.world.facts import OBJECT_ATTRIBUTES, PERSON_ATTRIBUTES, object_facts, person_facts

PEOPLE = person_facts(0, np.arange(300), np.zeros(300, dtype=np.int64))
OBJECTS = object_facts(0, np.arange(300))


def values(attributes: tuple[object, ...], row: np.ndarray) -> dict[str, str]:
    return {each.name: each.values[fact] for each, fact in zip(attributes, row, strict=True)}  # type: ignore[attr-defined]


def test_a_caption_says_what_its_claims_say_and_nothing_else() -> None:
    for row in PEOPLE:
        seen = values(PERSON_ATTRIBUTES, row)
        for variant in range(N_PERSON_CAPTIONS):
            text, claims = person_caption(row, variant), person_claims(row, variant)
            told = {each.name for each, claim in zip(PERSON_ATTRIBUTES, claims, strict=True) if claim >= 0}
            assert ("colour" in str(told)) == any(f"{colour} hair" in text for colour in PERSON_ATTRIBUTES[0].values)
            assert ("clothing" in told) == (seen["clothing"] in text)
            assert ("beard" in told) == (seen["beard"] in text)
            assert np.array_equal(claims[claims >= 0], row[claims >= 0])


def test_nobody_bald_has_hair_of_a_colour() -> None:
    bald = [row for row in PEOPLE if values(PERSON_ATTRIBUTES, row)["hair style"] == "bald"]
    texts = [person_caption(row, variant) for row in bald for variant in range(N_PERSON_CAPTIONS)]

    assert bald
    assert not any(re.search(r"\bhair\b", text) for text in texts)
    assert any("a bald head" in text for text in texts)


def test_every_caption_of_a_person_names_a_hypernym_and_has_no_gap_left() -> None:
    for row in PEOPLE[:20]:
        texts = [person_caption(row, variant) for variant in range(N_PERSON_CAPTIONS)]
        assert all(any(hypernym in text for hypernym in HYPERNYMS) for text in texts)
        assert not any("{" in text for text in texts)


def test_captions_of_things_name_what_they_claim() -> None:
    for row in OBJECTS:
        seen = values(OBJECT_ATTRIBUTES, row)
        for variant in range(N_OBJECT_CAPTIONS):
            text, claims = object_caption(row, variant), object_claims(row, variant)
            for attribute, claim in zip(OBJECT_ATTRIBUTES, claims, strict=True):
                assert (claim >= 0) == (seen[attribute.name] in text)


@pytest.mark.parametrize("kind", ["person", "object"])
def test_articles_fit(kind: str) -> None:
    caption, rows, n = (
        (person_caption, PEOPLE, N_PERSON_CAPTIONS)
        if kind == "person"
        else (object_caption, OBJECTS, N_OBJECT_CAPTIONS)
    )
    texts = {caption(row, variant) for row in rows for variant in range(n)}

    assert not [text for text in texts if re.search(r"\ba ([aeiou]|hour)|\ban (?!hour)[^aeiou]", text)]
