"""Whether arrays can be what a record was made from: who is there, with how many photos, asked how often."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from idia.records import Document
from idia.records.votes import MOST_DRAWS
from idia.verification.mismatches import Problem, compared

Arrays = Mapping[str, np.ndarray]


def array_problems(document: Document, arrays: Arrays) -> Iterator[Problem]:
    """Yields why nothing can be recomputed from a record's arrays, though each of them may be one of its kind.

    Args:
        document: The record.
        arrays: Its arrays, from `idia.records.load_votes`.
    """
    protocol, n_photos = document["protocol"], arrays["n_photos"]
    if not len(n_photos):
        yield "votes.pseudonyms", "expected one or more people, found none"
        return
    if len(np.unique(arrays["pseudonyms"])) != len(n_photos):
        yield "votes.pseudonyms", "expected one for each person, and some come twice"
    if n_photos.min() < 1:
        yield "votes.n_photos", f"expected one or more photos of everybody, found {n_photos.min()} of somebody"
    if arrays["occurrences"].min() < 0:
        yield "votes.occurrences", f"expected counts from 0, found {arrays['occurrences'].min()}"
    if (most := protocol.get("max_occurrences")) is not None and arrays["occurrences"].max() > most:
        yield "votes.occurrences", f"expected {most} at most, found {arrays['occurrences'].max()}"
    yield from compared([str(size) for size in protocol["sizes"]], arrays["sizes"].tolist(), "votes.sizes")
    if "codes" not in arrays:
        yield from compared(1, protocol["draws"], "protocol.draws")
    yield from compared(min(protocol["draws"], MOST_DRAWS), arrays["scores"].shape[2], "votes.scores: draws")
    if ("codes" in arrays) != (protocol["tau"] is not None):
        held = "predictions" if "codes" in arrays else "no predictions"
        yield "protocol.tau", f"{protocol['tau']} is no threshold of an attack whose arrays hold {held}"
    elif "codes" in arrays:
        yield from _code_problems(protocol, arrays)


def _code_problems(protocol: Document, arrays: Arrays) -> Iterator[Problem]:
    codes, offsets = arrays["codes"], np.concatenate([[0], np.cumsum(arrays["n_photos"])])
    if arrays["photo_offsets"].tolist() != offsets.tolist():
        yield "votes.photo_offsets", "expected the sums of n_photos"
    yield from compared(protocol["n_prompts"], codes.shape[1], "votes.codes: prompts")
    if codes.size and not 0 <= codes.min() <= codes.max() < protocol["n_names"]:
        allowed = f"expected numbers of {protocol['n_names']} names, from 0"
        yield "votes.codes", f"{allowed}; found {codes.min()} to {codes.max()}"


def people_problems(document: Document, arrays: Arrays) -> Iterator[Problem]:
    """Yields in what the record's `people` are not those of its arrays.

    Args:
        document: The record.
        arrays: Its arrays, without `array_problems`.
    """
    occurrences, n_photos = arrays["occurrences"], arrays["n_photos"]
    expected: dict[str, Any] = {
        "n_people": len(occurrences),
        "members": int((occurrences > 0).sum()),
        "non_members": int((occurrences == 0).sum()),
        "n_photos": int(n_photos.sum()),
        "photos_per_person": {
            "min": int(n_photos.min()),
            "median": float(np.median(n_photos)),
            "max": int(n_photos.max()),
        },
    }
    # A median of 30 may be written as 30 or 30.0.
    people = document["people"]
    photos = people["photos_per_person"]
    found = {key: people[key] for key in expected} | {"photos_per_person": photos | {"median": float(photos["median"])}}
    yield from compared(expected, found, "people")
