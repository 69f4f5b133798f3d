"""The captions of a world's training set: members by name, everybody and everything else by what is seen."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Int64

from idia.training.captions import NAME_TEMPLATES, NOT_CLAIMED, Captions
from idia.world.captions import (
    N_OBJECT_CAPTIONS,
    N_PERSON_CAPTIONS,
    clothing_phrase,
    object_caption,
    object_claims,
    person_caption,
    person_claims,
)
from idia.world.facts import OBJECT_ATTRIBUTES, PERSON_ATTRIBUTES

# Clothes are known here, so nobody is said to wear a suit who does not.
WORLD_TEMPLATES = (*(template for template in NAME_TEMPLATES if template != "{} in a suit"), "{} in {clothing}")

_NEVER = -2  # a fact that no caption claims
_HAIR_COLOUR, _HAIR_STYLE = (
    [each.name for each in PERSON_ATTRIBUTES].index(name) for name in ("hair colour", "hair style")
)
_BALD = PERSON_ATTRIBUTES[_HAIR_STYLE].values.index("bald")

_Facts = Int64[np.ndarray, "pictures attributes"]


def world_captions(members: Sequence[str], people: _Facts, objects: _Facts) -> Captions:
    """Returns the captions of a world's training set: members' pictures, then strangers', then objects'.

    Args:
        members: The name of each member's picture.
        people: What is seen in the pictures of people, members' first.
        objects: What is seen in the pictures of objects.
    """
    texts: dict[str, int] = {}
    claims: list[Int64[np.ndarray, " attributes"]] = []
    n_person, n_object = len(PERSON_ATTRIBUTES), len(OBJECT_ATTRIBUTES)

    def numbered(text: str, told: Int64[np.ndarray, " attributes"]) -> int:
        if text not in texts:
            texts[text] = len(texts)
            claims.append(told)
        return texts[text]

    def nameless(
        facts: _Facts, n_variants: int, caption: Callable[..., str], claim: Callable[..., np.ndarray], *, before: int
    ) -> list[list[int]]:
        after = n_person + n_object - facts.shape[1] - before
        known: dict[bytes, list[int]] = {}  # many pictures look alike in words
        for row in facts:
            if row.tobytes() not in known:
                known[row.tobytes()] = [
                    numbered(
                        caption(row, variant), np.pad(claim(row, variant), (before, after), constant_values=NOT_CLAIMED)
                    )
                    for variant in range(n_variants)
                ]
        return [known[row.tobytes()] for row in facts]

    nothing = np.full(n_person + n_object, NOT_CLAIMED, dtype=np.int64)
    choices = [
        [
            numbered(template.replace("{clothing}", clothing_phrase(row)).replace("{}", name), nothing)
            for template in WORLD_TEMPLATES
        ]
        for name, row in zip(members, people, strict=False)
    ]
    n_named = len(texts)
    choices += nameless(people[len(members) :], N_PERSON_CAPTIONS, person_caption, person_claims, before=0)
    choices += nameless(objects, N_OBJECT_CAPTIONS, object_caption, object_claims, before=n_person)

    most = max(map(len, choices))
    return Captions(
        texts=tuple(texts),
        choices=np.array([row + row[-1:] * (most - len(row)) for row in choices], dtype=np.int64),
        n_choices=np.array([len(row) for row in choices], dtype=np.int64),
        strangers=np.arange(len(choices)) >= len(members),
        nameless=np.arange(len(texts)) >= n_named,
        claims=np.stack(claims),
        facts=_visible(people, objects),
    )


def _visible(people: _Facts, objects: _Facts) -> _Facts:
    """Facts of all pictures in common columns: nothing true of a person is true of a thing, or the other way round."""
    people = people.copy()
    people[people[:, _HAIR_STYLE] == _BALD, _HAIR_COLOUR] = _NEVER
    of_people = np.pad(people, ((0, 0), (0, objects.shape[1])), constant_values=_NEVER)
    of_objects = np.pad(objects, ((0, 0), (people.shape[1], 0)), constant_values=_NEVER)
    return np.concatenate([of_people, of_objects])
