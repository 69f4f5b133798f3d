"""What one model has: the records of its attacks, with each person's score, and those of its utility."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float64

from idia.records import Document, Record, StoredRecord, StoredUtility


@dataclass(frozen=True, eq=False, slots=True)
class HeadlineScores:
    """One score per person, at the largest number of photos.

    Attributes:
        values: The scores `[people]`.
        is_member: Who is a member `[people]`.
        verdicts: Who is called a member `[people]`; None where scores have no threshold.
        order: Records with the same order list the same people in the same rows; empty where that is not known.
    """

    values: Float64[np.ndarray, " people"]
    is_member: Bool[np.ndarray, " people"]
    verdicts: Bool[np.ndarray, " people"] | None
    order: str


@dataclass(frozen=True, eq=False, slots=True)
class Scored:
    """One attack on a model.

    Attributes:
        document: The record.
        scores: Each person's score; None where the record has none beside it, so that nobody can be paired.
    """

    document: Document
    scores: HeadlineScores | None


@dataclass(frozen=True, eq=False, slots=True)
class Measured:
    """What was measured on one model.

    Attributes:
        model: Its name.
        attacks: The records of its attacks, by attack.
        utility: Its records of utility.
        absent: Why there is nothing for an attack, or for `utility`, where that is known, in a sentence.
    """

    model: str
    attacks: Mapping[str, Scored]
    utility: tuple[Document, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, records: Sequence[StoredRecord | Record], utility: Sequence[StoredUtility | Document] = ()
    ) -> "Measured":
        """Returns what was measured on one model, from its records: stored ones, or such as were just made.

        Raises:
            RecordError: Votes are damaged.
            SettingError: There is no record, they are of several models, or an attack has two.
        """
        raise NotImplementedError
