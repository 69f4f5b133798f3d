"""What one model has: the records of its attacks, with each person's score, and those of its utility."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from idia.errors import SettingError
from idia.gates.limits import UTILITY
from idia.records import Document, HeadlineScores, Record, StoredRecord, StoredUtility, headline_of, headline_scores


@dataclass(frozen=True, eq=False, slots=True)
class Scored:
    """One attack on a model.

    Attributes:
        document: The record.
        scores: Each person's score; None where the record has none beside it, so that nobody can be paired.
    """

    document: Document
    scores: HeadlineScores | None

    @classmethod
    def of(cls, record: StoredRecord | Record) -> "Scored":
        """Returns the attack that a record is about.

        Raises:
            RecordError: Its votes are damaged.
        """
        if isinstance(record, Record):
            return cls(record.document, headline_of(record.document, record.votes) if record.votes else None)
        path = record.votes_path
        return cls(record.document, headline_scores(record) if path is not None and path.is_file() else None)


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
    attacks: Mapping[str, Scored] = field(default_factory=dict)
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
        about = tuple(each.document if isinstance(each, StoredUtility) else each for each in utility)
        documents = [record.document for record in records]
        names = {document["model"]["name"] for document in [*documents, *about]}
        attacks = [document["attack"] for document in documents]
        if len(names) != 1 or len(set(attacks)) != len(attacks):
            raise SettingError(
                f"expected the records of one model, one for each of its attacks, got {sorted(attacks)} of "
                f"{sorted(names) or 'no model'}. Compare one model, with one group of people, at a time."
            )
        return cls(names.pop(), {record.document["attack"]: Scored.of(record) for record in records}, about)

    @property
    def kinds(self) -> set[str]:
        """The attacks, and `utility`, that there are records of."""
        return {*self.attacks, *([UTILITY] if self.utility else [])}

    def why_without(self, kind: str) -> str:
        """Returns a sentence that says why there is nothing for an attack, or for `utility`."""
        if kind in self.absent:
            return self.absent[kind]
        what = "its utility" if kind == UTILITY else f"the attack {kind}"
        there = f"there is {', '.join(sorted(self.kinds))} alone" if self.kinds else "there is no record at all"
        return f"nothing was recorded about {what} on {self.model}: {there}"


def headline_cells(document: Document) -> Iterator[Document]:
    """Yields the cells at the largest number of photos."""
    sizes = [str(cell["n_photos"]) for cell in document["cells"]]
    for cell in document["cells"]:
        if str(cell["n_photos"]) == sizes[_largest(sizes)]:
            yield cell


def _largest(sizes: Sequence[str]) -> int:
    return max(range(len(sizes)), key=lambda at: float("inf") if sizes[at] == "all" else int(sizes[at]))
