"""A whole results folder recomputed, record by record."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import final

from idia.verification.mismatches import Mismatch
from idia.verification.reading import Contents, contents_of
from idia.verification.records import Recomputed, recomputed_record, recomputed_utility
from idia.verification.rows import existence_mismatches, row_mismatches


@final
@dataclass(frozen=True, slots=True)
class Verification:
    """What came of recomputing a results folder.

    Attributes:
        records: One for each record of an attack.
        utilities: One for each record of utility.
        mismatches: What cannot be read, and in what records contradict each other.
    """

    records: tuple[Recomputed, ...]
    utilities: tuple[Recomputed, ...]
    mismatches: tuple[Mismatch, ...]

    @property
    def n_recomputed(self) -> int:
        """How many records hold numbers that were recomputed."""
        return sum(bool(each.what) for each in (*self.records, *self.utilities))

    @property
    def all_mismatches(self) -> tuple[Mismatch, ...]:
        """Every difference there is, those of single records first."""
        single = (one for each in (*self.records, *self.utilities) for one in each.mismatches)
        return (*single, *self.mismatches)


def verify(results: Path, told: Callable[[Recomputed], None] | None = None) -> Verification:
    """Recomputes every number of every record from the arrays and counts beside it, without any model or photo.

    Nothing is raised where something is wrong: every difference is in what is returned.

    Args:
        results: The results folder.
        told: Told of each record as soon as it is done.
    """
    contents = contents_of(results)
    records, utilities = [], []
    for stored in contents.records:
        records.append(recomputed_record(results, stored))
        if told is not None:
            told(records[-1])
    for each in contents.utilities:
        utilities.append(recomputed_utility(results, each))
        if told is not None:
            told(utilities[-1])
    return Verification(tuple(records), tuple(utilities), _between(results, contents))


def _between(results: Path, contents: Contents) -> tuple[Mismatch, ...]:
    records = contents.records
    return (*contents.damaged, *row_mismatches(results, records), *existence_mismatches(results, records))
