"""The scores that a record's headline rests on, person by person, for comparisons of the same people."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Num

from idia.errors import RecordError
from idia.records.schema import Document
from idia.records.storage import StoredRecord
from idia.records.votes import load_votes


@dataclass(frozen=True, eq=False, slots=True)
class HeadlineScores:
    """One score per person, at the largest number of photos and with those of the first draw.

    Attributes:
        values: The scores `[people]`, the higher the more likely a member.
        is_member: Who is a member `[people]`.
        verdicts: Who is called a member `[people]`; None of an attack without a threshold.
        draws: The scores of all draws that were kept `[people, draws]`.
        tau: The threshold; None of an attack without one.
        order: Equal where rows are the same people: the hashes of who they are and of their order; empty where that is
            not known.
    """

    values: Float64[np.ndarray, " people"]
    is_member: Bool[np.ndarray, " people"]
    verdicts: Bool[np.ndarray, " people"] | None
    draws: Num[np.ndarray, "people draws"]
    tau: int | None
    order: str

    @property
    def depends_on_draw(self) -> bool:
        """Whether scores depend on which photos are drawn."""
        return bool((self.draws != self.draws[:, :1]).any())

    @property
    def shares(self) -> Float64[np.ndarray, " people"] | None:
        """In what share of the draws each person is called a member `[people]`; None without a threshold."""
        if self.tau is None:
            return None
        shares: Float64[np.ndarray, " people"] = (self.draws >= self.tau).mean(axis=1)
        return shares


def headline_scores(stored: StoredRecord) -> HeadlineScores:
    """Returns the scores that a stored record's headline rests on.

    Raises:
        RecordError: Nothing was measured, no scores are published of people who exist, or the votes cannot be read.
    """
    if stored.votes_path is None:
        if stored.document["cells"]:
            raise RecordError(
                f"{stored.path} holds no scores of single people: {stored.document['attack']} asks by names alone, and "
                "whoever has the names of people who exist, and the model, would recognise their rows. Use its areas "
                "and rates, which have intervals."
            )
        raise RecordError(f"{stored.path} holds no votes: nothing was measured.")
    return headline_of(stored.document, load_votes(stored.votes_path))


def headline_of(document: Document, votes: Mapping[str, np.ndarray]) -> HeadlineScores:
    """Returns the scores that a record's headline rests on.

    Args:
        document: The record.
        votes: The arrays beside it.
    """
    sizes = [float("inf") if size == "all" else int(size) for size in votes["sizes"].tolist()]
    draws = votes["scores"][:, int(np.argmax(sizes))]
    values = draws[:, 0].astype(np.float64)
    tau, people = document["protocol"]["tau"], document["people"]
    order = people.get("order_sha256")
    return HeadlineScores(
        values,
        votes["occurrences"] > 0,
        None if tau is None else values >= tau,
        draws,
        tau,
        f"{people['manifest_sha256']}-{order}{_which_rows(votes)}" if order else "",
    )


def _which_rows(votes: Mapping[str, np.ndarray]) -> str:
    """What tells the rows of some of the people from those of all; empty for all of them."""
    rows = [int(word[1:]) for word in votes["pseudonyms"].tolist()]
    is_whole = rows == list(range(len(rows)))
    return "" if is_whole else f"-{hashlib.sha256(repr(rows).encode()).hexdigest()}"
