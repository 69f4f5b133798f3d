"""Records that list the same people in the same rows must say the same of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from idia.errors import RecordError
from idia.records import StoredRecord, load_votes
from idia.verification.beside import is_of_nobody
from idia.verification.mismatches import Mismatch
from idia.verification.text_only import repeats_the_release
from idia.verification.trusted import is_trusted


def row_mismatches(results: Path, records: Sequence[StoredRecord]) -> Iterator[Mismatch]:
    """Yields where two records of the same people differ in who has how many photos, or who is a member.

    Args:
        results: The results folder.
        records: Its records.
    """
    first: dict[tuple[Any, ...], tuple[str, np.ndarray]] = {}
    # Those of some of the people are compared with those of all.
    for stored in sorted(records, key=lambda stored: repeats_the_release(stored.document)):
        people, protocol = stored.document["people"], stored.document["protocol"]
        if stored.votes_path is None or "order_sha256" not in people:
            continue
        try:
            arrays = load_votes(stored.votes_path)
        except RecordError:
            continue  # said where the record itself is recomputed
        same = (people["manifest_sha256"], people["order_sha256"], protocol.get("max_occurrences"))
        # Of people who exist, arrays hold the bin that somebody is reported in.
        bins = () if is_of_nobody(stored.document) else protocol["bins"]
        keyed = {"n_photos": same, "occurrences": (*same, people["membership_sha256"], *bins)}
        file = stored.path.relative_to(results).as_posix()
        for name, key in keyed.items():
            if repeats_the_release(stored.document):
                other, expected = first.get((name, *key), (file, arrays[name]))
                if other != file:
                    expected = _of_some(expected, arrays["pseudonyms"])
            else:
                other, expected = first.setdefault((name, *key), (file, arrays[name]))
            if not np.array_equal(expected, arrays[name]):
                yield Mismatch(file, f"votes.{name}", f"expected those of the same people in {other}, found others")


def existence_mismatches(results: Path, records: Sequence[StoredRecord]) -> Iterator[Mismatch]:
    """Yields which records are taken on trust though another says that the same people do not exist.

    Args:
        results: The results folder.
        records: Its records.
    """
    files = {stored.path: stored.path.relative_to(results).as_posix() for stored in records}
    of_nobody = {
        stored.document["people"]["manifest_sha256"]: files[stored.path]
        for stored in reversed(records)
        if is_of_nobody(stored.document)
    }
    for stored in records:
        other = of_nobody.get(stored.document["people"]["manifest_sha256"])
        if other is not None and is_trusted(stored.document):
            problem = f"expected arrays, as the same people do not exist in {other}, found none"
            yield Mismatch(files[stored.path], "votes", problem)


def _of_some(everybody: np.ndarray, pseudonyms: np.ndarray) -> np.ndarray:
    """What is known of the people under these pseudonyms, which number everybody; of none if one is of nobody."""
    numbers = [int(word[1:]) for word in pseudonyms.tolist()]
    return everybody[numbers] if max(numbers, default=0) < len(everybody) else everybody[:0]
