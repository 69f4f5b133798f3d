"""What a model is trained on, wherever it comes from."""

from dataclasses import dataclass
from typing import final

from idia.training.captions import Captions
from idia.training.pictures import Pictures


@final
@dataclass(frozen=True, slots=True)
class Material:
    """A training set with known members.

    Attributes:
        pictures: The pictures, one per pair.
        captions: The captions each of them may have.
        tested: Names of everybody to be attacked, members or not: their prompts must not be cut short.
        counts: What was used and what was dropped, for the recipe.
    """

    pictures: Pictures
    captions: Captions
    tested: tuple[str, ...]
    counts: dict[str, int]
