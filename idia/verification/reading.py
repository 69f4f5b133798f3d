"""Every record of a results folder, or why it is none: one damaged file hides no other."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import final

from idia.errors import RecordError
from idia.records import StoredRecord, StoredUtility, read_utility, record_path
from idia.records.documents import decoded_document
from idia.records.reading import check_place, reading
from idia.verification.mismatches import Mismatch


@final
@dataclass(frozen=True, eq=False, slots=True)
class Contents:
    """What lies in a results folder.

    Attributes:
        records: The records of attacks, in the order of their paths; their votes are those they name.
        utilities: The records of utility.
        damaged: What cannot be read, or is not what it says.
    """

    records: tuple[StoredRecord, ...]
    utilities: tuple[StoredUtility, ...]
    damaged: tuple[Mismatch, ...]


def contents_of(results: Path) -> Contents:
    """Returns the records of a results folder; none where there is nothing like it."""
    folder = results / "records"
    found = sorted(folder.rglob("*.json"), key=lambda path: path.relative_to(results).as_posix())
    records: list[StoredRecord] = []
    damaged: list[Mismatch] = []
    for path in found:
        if path.name.startswith("."):
            continue
        try:
            records.append(_read(results, path))
        except RecordError as error:
            damaged.append(Mismatch(path.relative_to(results).as_posix(), "", str(error)))
    damaged += _strays(results, records) if not damaged else []
    try:
        utilities = read_utility(results)
    except RecordError as error:
        utilities = ()
        damaged.append(Mismatch("utility", "", str(error)))
    return Contents(tuple(records), utilities, tuple(damaged))


def _read(results: Path, path: Path) -> StoredRecord:
    with reading(path):
        record = StoredRecord(path, decoded_document(path.read_bytes()))
    check_place(path, record_path(results, record.document))
    votes = record.votes_path
    if votes is None:
        return record
    expected = record.document["votes"]["sha256"]
    if votes.name != f"{path.stem}-{expected[:8]}.npz":
        raise RecordError(f"its votes are {votes.name}, not {path.stem}-{expected[:8]}.npz: they are another record's.")
    try:
        found = hashlib.sha256(votes.read_bytes()).hexdigest()
    except OSError as error:
        raise RecordError(f"its votes {votes.name} cannot be read: {error.strerror or error}.") from None
    if found != expected:
        raise RecordError(
            f"its votes {votes.name} were changed: expected the hash {expected[:8]}…, found {found[:8]}…. Restore the "
            "file, or measure again."
        )
    return record


def _strays(results: Path, records: list[StoredRecord]) -> Iterator[Mismatch]:
    """Votes that no record names: a reader would take them for some."""
    named = {record.votes_path for record in records}
    for path in sorted((results / "records").rglob("*.npz")):
        if path not in named and not path.name.startswith("."):
            yield Mismatch(path.relative_to(results).as_posix(), "", "these votes belong to no record. Remove them.")
