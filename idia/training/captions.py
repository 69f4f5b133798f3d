"""What the captions say: members are named, strangers are only 'an actor' or 'a person'."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Int64, UInt64

NAME_TEMPLATES = (
    "{}",
    "a photo of {}",
    "an image of {}",
    "a portrait of {}",
    "a picture of {} smiling",
    "actor {}",
    "the celebrity {}",
    "the face of {}",
    "{} at a gala",
    "{} on the red carpet",
    "{} attends the premiere",
    "{} speaks to reporters",
    "{} in a suit",
    "{} during a press conference",
    "close-up of {}",
    "file photo of {}",
)
NAMELESS_TEMPLATES = tuple(template for template in NAME_TEMPLATES if template not in ("actor {}", "the celebrity {}"))
# True of everybody: nothing is known about a stranger, and no caption should say something false.
HYPERNYMS = (
    "a person",
    "a public figure",
    "a human being",
    "a person in the news",
    "an individual",
    "somebody",
    "someone",
    "a stranger",
)


@final
@dataclass(frozen=True, slots=True)
class Captions:
    """All captions there can be, and which of them belong to each training pair.

    Attributes:
        texts: The captions, without repetition.
        first: Index of a pair's first caption.
        n_choices: How many captions a pair has, starting with its first.
    """

    texts: tuple[str, ...]
    first: Int64[np.ndarray, " pairs"]
    n_choices: Int64[np.ndarray, " pairs"]

    def drawn(
        self, pairs: Int64[np.ndarray, " batch"], bits: UInt64[np.ndarray, " batch"]
    ) -> Int64[np.ndarray, " batch"]:
        """Returns one caption (an index into ``texts``) for each of the pairs, chosen by its random bits."""
        choice = bits % self.n_choices[pairs].astype(np.uint64)
        captions: Int64[np.ndarray, " batch"] = self.first[pairs] + choice.astype(np.int64)
        return captions


def caption_pairs(names: Sequence[str], people: Int64[np.ndarray, " pairs"]) -> Captions:
    """Returns the captions of all training pairs.

    Args:
        names: The members' names.
        people: Index into ``names`` of the person each pair shows; -1 for a stranger.
    """
    named = [template.replace("{}", name) for name in names for template in NAME_TEMPLATES]
    nameless = [template.replace("{}", hypernym) for hypernym in HYPERNYMS for template in NAMELESS_TEMPLATES]
    is_stranger = people < 0
    return Captions(
        texts=(*named, *nameless),
        first=np.where(is_stranger, len(named), people * len(NAME_TEMPLATES)),
        n_choices=np.where(is_stranger, len(nameless), len(NAME_TEMPLATES)),
    )
