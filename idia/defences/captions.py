"""What a text encoder is to go on saying: captions that name nobody who is to be forgotten."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from idia.errors import DatasetError
from idia.names import name_key
from idia.prompts import PAPER_PROMPTS
from idia.randomness import key_of, random_bits
from idia.textfiles import read_text
from idia.training.captions import NAME_TEMPLATES
from idia.world.captions import N_OBJECT_CAPTIONS, N_PERSON_CAPTIONS, object_caption, person_caption
from idia.world.designs import FIRST_STRANGER
from idia.world.facts import object_facts, person_facts

_STRANGERS, _THINGS = 4_000, 2_000

SENTENCES = tuple(dict.fromkeys((*NAME_TEMPLATES, *PAPER_PROMPTS.templates)))
"""The sentences in which names are forgotten and kept: more of them carry over better to sentences of others."""


def read_captions(path: Path) -> tuple[str, ...]:
    """Returns the captions of a UTF-8 text file, one a line; blank lines are skipped.

    Raises:
        DatasetError: The file cannot be read, or holds no caption.
    """
    captions = tuple(line.strip() for line in read_text(path).splitlines() if line.strip())
    if not captions:
        raise DatasetError(f"{str(path)!r} holds no caption; write one a line.")
    return captions


def world_captions(seed: int) -> tuple[str, ...]:
    """Returns what is truly said of the strangers and things of a world; nobody is named.

    Args:
        seed: Of the world.
    """
    people = np.arange(FIRST_STRANGER, FIRST_STRANGER + _STRANGERS, dtype=np.int64)
    things = np.arange(_THINGS, dtype=np.int64)
    chosen = random_bits(key_of("captions to keep"), seed, np.arange(_STRANGERS + _THINGS, dtype=np.uint64))
    of_people = person_facts(seed, people, np.zeros_like(people))
    return (
        *(person_caption(row, int(bits) % N_PERSON_CAPTIONS) for row, bits in zip(of_people, chosen, strict=False)),
        *(
            object_caption(row, int(bits) % N_OBJECT_CAPTIONS)
            for row, bits in zip(object_facts(seed, things), chosen[_STRANGERS:], strict=True)
        ),
    )


def without_names(captions: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Returns the captions in which none of the names stands, whatever its case.

    Raises:
        DatasetError: No caption is left.
    """
    # A name within a longer word is not that name.
    named = re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(name_key(name)) for name in names)})(?!\w)")
    left = tuple(caption for caption in captions if named.search(name_key(caption)) is None)
    if not left:
        raise DatasetError(f"all {len(captions):,} captions hold a name that is to be forgotten. Give others.")
    return left
