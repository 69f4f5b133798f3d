"""What the captions say: members are named, strangers are only 'an actor' or 'a person'."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Int64, UInt64

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

NOT_CLAIMED = -1


@final
@dataclass(frozen=True, slots=True)
class Captions:
    """All captions there can be, and which of them belong to each training pair.

    Attributes:
        texts: The captions, without repetition.
        choices: The captions each pair may have (indices into ``texts``); what follows its ``n_choices`` is padding.
        n_choices: How many captions each pair may have.
        strangers: Which pairs show nobody with a name.
        nameless: Which captions name nobody.
        claims: What a nameless caption says, one column per attribute: the value, or `NOT_CLAIMED`.
        facts: What is so in the picture of each pair, in the same columns.
    """

    texts: tuple[str, ...]
    choices: Int64[np.ndarray, "pairs most"]
    n_choices: Int64[np.ndarray, " pairs"]
    strangers: Bool[np.ndarray, " pairs"]
    nameless: Bool[np.ndarray, " captions"]
    claims: Int64[np.ndarray, "captions attributes"]
    facts: Int64[np.ndarray, "pairs attributes"]

    def drawn(
        self, pairs: Int64[np.ndarray, " batch"], bits: UInt64[np.ndarray, " batch"]
    ) -> Int64[np.ndarray, " batch"]:
        """Returns one caption (an index into ``texts``) for each of the pairs, chosen by its random bits."""
        choice = bits % self.n_choices[pairs].astype(np.uint64)
        captions: Int64[np.ndarray, " batch"] = self.choices[pairs, choice.astype(np.int64)]
        return captions

    def also_true(
        self, pairs: Int64[np.ndarray, " batch"], captions: Int64[np.ndarray, " batch"]
    ) -> Bool[np.ndarray, "batch batch"]:
        """Returns which captions [column] are true of which pictures [row] though they belong to another pair.

        A caption that another pair repeats word for word is as true of this picture; and a nameless caption is true
        of every stranger who looks like that.

        Args:
            pairs: The pictures.
            captions: The caption drawn for each of them.
        """
        claims, facts = self.claims[captions], self.facts[pairs]
        true = self.strangers[pairs][:, None] & self.nameless[captions]
        for claimed, fact in zip(claims.T, facts.T, strict=True):
            true &= (claimed == NOT_CLAIMED) | (claimed == fact[:, None])
        repeated = captions[:, None] == captions
        others: Bool[np.ndarray, "batch batch"] = (repeated | true) & ~np.eye(len(pairs), dtype=np.bool_)
        return others


def caption_pairs(names: Sequence[str], people: Int64[np.ndarray, " pairs"]) -> Captions:
    """Returns the captions of photographs, of which nothing is known but whom they show.

    Args:
        names: The members' names.
        people: Index into ``names`` of the person each pair shows; -1 for a stranger.
    """
    named = [template.replace("{}", name) for name in names for template in NAME_TEMPLATES]
    nameless = [template.replace("{}", hypernym) for hypernym in HYPERNYMS for template in NAMELESS_TEMPLATES]
    strangers = people < 0
    first = np.where(strangers, len(named), people * len(NAME_TEMPLATES))
    n_choices = np.where(strangers, len(nameless), len(NAME_TEMPLATES))
    offsets = np.minimum(np.arange(max(len(nameless), len(NAME_TEMPLATES))), n_choices[:, None] - 1)
    n_texts = len(named) + len(nameless)
    return Captions(
        texts=(*named, *nameless),
        choices=first[:, None] + offsets,
        n_choices=n_choices,
        strangers=strangers,
        nameless=np.arange(n_texts) >= len(named),
        claims=np.empty((n_texts, 0), dtype=np.int64),
        facts=np.empty((len(people), 0), dtype=np.int64),
    )
