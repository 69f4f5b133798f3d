"""The folder of records: where each one lies, how it is written and how all are read back."""

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from idia.errors import RecordError
from idia.records.atomic import locked, remove_leftovers, write_atomically
from idia.records.documents import check_document, decoded_document, in_order
from idia.records.places import check_inside, record_path
from idia.records.reading import check_place, reading
from idia.records.schema import Document, NewerRecordError, encoded_document, fingerprint
from idia.records.votes import encoded_votes, load_votes, same_votes


@dataclass(frozen=True, eq=False, slots=True)
class Record:
    """One result, ready to be written.

    Attributes:
        document: The record as JSON holds it; `votes` in it may be missing, as writing fills it in.
        votes: The arrays of `idia.records.votes.VOTE_ARRAYS`; empty where nothing was measured.
    """

    document: Document
    votes: Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False, slots=True)
class StoredRecord:
    """One result, as it was read.

    Attributes:
        path: The JSON file.
        document: Its content.
    """

    path: Path
    document: Document

    @property
    def votes_path(self) -> Path | None:
        """The file of votes beside the record; None where nothing was measured."""
        votes = self.document["votes"]
        return None if votes is None else self.path.parent / votes["path"]


def write_record(results: Path, record: Record) -> bool:
    """Returns whether anything on the disk changed.

    The votes are written first and under a name that holds their hash, then the record that points at them, then votes
    nobody points at any more are removed: a kill in between leaves the earlier record whole. A record whose compared
    part is what the disk already holds is left untouched, and so is a complete one where the new one is not.

    Raises:
        RecordError: The record is not valid, or cannot be written.
    """
    content = encoded_votes(record.votes) if record.votes else None
    try:
        document = _with_votes(record.document, content)
        path = record_path(results, document)
    except RecordError as error:
        raise RecordError(f"the new record is not valid and was not written; {error}") from None
    check_inside(results, path.parent)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordError(f"cannot create {path.parent}: {error.strerror or error}.") from error

    with locked(results):
        remove_leftovers(path.parent)
        changed = not _has_equal_or_better(path, document, record.votes)
        if changed:
            if content is not None:
                write_atomically(path.parent / document["votes"]["path"], content)
            write_atomically(path, encoded_document(document))
        _remove_unused_votes(path)
    return changed


def _with_votes(document: Document, content: bytes | None) -> Document:
    """The complete document, found to be valid."""
    digest = "" if content is None else hashlib.sha256(content).hexdigest()
    votes = None if content is None else {"path": "votes.npz", "sha256": digest}
    complete = in_order({**document, "votes": votes})
    check_document(complete)  # before its parts are used for the name
    if votes is not None:
        complete["votes"]["path"] = f"{record_path(Path(), complete).stem}-{digest[:8]}.npz"
    return complete


def _has_equal_or_better(path: Path, document: Document, votes: Mapping[str, np.ndarray]) -> bool:
    try:
        old = _read(path)
        old_votes = {} if old.votes_path is None else load_votes(old.votes_path)
    except NewerRecordError:
        raise  # whole, but not ours to replace
    except RecordError:
        return False  # absent or damaged: written anew
    if old.document["status"] == "ok" and document["status"] in ("partial", "error"):
        return True
    # The files may differ where the arrays do not: compression is not the same on every machine.
    without = [fingerprint({**each, "votes": None}) for each in (old.document, document)]
    return without[0] == without[1] and same_votes(old_votes, votes)


def _remove_unused_votes(path: Path) -> None:
    used = _read(path).document["votes"]
    name = re.compile(re.escape(path.stem) + r"-[0-9a-f]{8}\.npz")
    for file in path.parent.iterdir():
        if name.fullmatch(file.name) and (used is None or file.name != used["path"]):
            with suppress(OSError):
                file.unlink()


def read_records(results: Path) -> tuple[StoredRecord, ...]:
    """Returns every record of a results folder, in the order of their paths; none where there is no folder yet.

    Raises:
        RecordError: Names the file that is damaged, is no valid record or lies where it does not belong, or whose votes
            are missing or are not the votes it was made from.
    """
    found = sorted((results / "records").rglob("*.json"), key=lambda path: path.relative_to(results).as_posix())
    records = tuple(_read(path) for path in found if not path.name.startswith("."))
    for record in records:
        check_place(record.path, record_path(results, record.document))
    return records


def _read(path: Path) -> StoredRecord:
    with reading(path):
        record = StoredRecord(path, decoded_document(path.read_bytes()))
        votes_path = record.votes_path
        if votes_path is not None:
            _check_hash(votes_path, record.document["votes"]["sha256"])
    return record


def _check_hash(votes_path: Path, expected: str) -> None:
    try:
        digest = hashlib.sha256(votes_path.read_bytes()).hexdigest()
    except OSError as error:
        raise RecordError(f"its votes {votes_path.name} cannot be read: {error.strerror or error}.") from None
    if digest != expected:
        raise RecordError(f"its votes {votes_path.name} have the hash {digest[:8]}…, not {expected[:8]}….")
