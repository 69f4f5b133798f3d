"""Records that list the same people in the same rows must say the same of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from idia.errors import RecordError
from idia.records import StoredRecord, load_votes
from idia.verification.mismatches import Mismatch


def row_mismatches(results: Path, records: Sequence[StoredRecord]) -> Iterator[Mismatch]:
    """Yields where two records of the same people differ in who has how many photos, or who is a member.

    Args:
        results: The results folder.
        records: Its records.
    """
    first: dict[tuple[Any, ...], tuple[str, np.ndarray]] = {}
    for stored in records:
        people, protocol = stored.document["people"], stored.document["protocol"]
        if stored.votes_path is None or "order_sha256" not in people:
            continue
        try:
            arrays = load_votes(stored.votes_path)
        except RecordError:
            continue  # said where the record itself is recomputed
        same = (people["manifest_sha256"], people["order_sha256"], protocol.get("max_occurrences"))
        keyed = {"n_photos": same, "occurrences": (*same, people["membership_sha256"], *protocol["bins"])}
        file = stored.path.relative_to(results).as_posix()
        for name, key in keyed.items():
            other, expected = first.setdefault((name, *key), (file, arrays[name]))
            if not np.array_equal(expected, arrays[name]):
                yield Mismatch(file, f"votes.{name}", f"expected those of the same people in {other}, found others")
