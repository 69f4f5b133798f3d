"""Records of attacks: what one may hold, and that its numbers agree with each other."""

import hashlib
import math
from collections.abc import Iterator
from typing import Any

from idia.errors import RecordError
from idia.records.contradictions import interval_contradictions, text_only_contradictions
from idia.records.schema import Document, Schema, holds_absolute_path

SCHEMA_VERSION = 1

_SCHEMA = Schema("record.schema.json", SCHEMA_VERSION)

_VALID: set[bytes] = set()
"""Hashes of contents that this process has found to be valid records."""

_IDENTIFIERS = (
    ("model", "spec"),
    ("model", "name"),
    ("model", "activation_source"),
    ("control", "of"),
    ("people", "id"),
    ("people", "training_set"),
    ("protocol", "names_source"),
)


def check_document(document: Document) -> None:
    """Raises unless the document is a valid record whose numbers agree with each other.

    Raises:
        RecordError: Says where in the document which value is wrong.
    """
    _SCHEMA.check(document)
    for where, problem in _contradictions(document):
        raise RecordError(f"at {where}: {problem}.")


def check_model(model: Document) -> None:
    """Raises unless this can be a record's `model`: worth knowing before hours are spent on it.

    Raises:
        RecordError: Says which value is wrong.
    """
    _SCHEMA.check_part("model", model)
    for part, key in _IDENTIFIERS:
        if part == "model" and holds_absolute_path(model[key] or ""):
            raise RecordError(f"{key}: {model[key]!r} holds an absolute path; keep its last part only.")


def decoded_document(content: bytes) -> Document:
    """Returns the valid document in a JSON file's content.

    Raises:
        NewerRecordError: It was written by a newer version.
        RecordError: It is not JSON, or is not a valid record.
    """
    document = _SCHEMA.decoded(content)
    digest = hashlib.sha256(content).digest()
    if digest not in _VALID:  # a run reads all records many times, and few of them change
        check_document(document)
        _VALID.add(digest)
    return document


def in_order(document: Document) -> dict[str, Any]:
    """Returns the document with its top-level keys in the order of the schema."""
    return _SCHEMA.in_order(document)


def _contradictions(document: Document) -> Iterator[tuple[str, str]]:
    """What a schema cannot say."""
    for part, key in _IDENTIFIERS:
        text = (document[part] or {}).get(key) or ""
        if holds_absolute_path(text):
            yield f"{part}.{key}", f"{text!r} holds an absolute path; keep its last part only"
    protocol, people = document["protocol"], document["people"]
    if protocol["n_prompts"] != len(protocol["prompts"]):
        yield "protocol.n_prompts", f"{protocol['n_prompts']} is not the number of prompts, {len(protocol['prompts'])}"
    if (protocol["tau"] or 0) > protocol["n_prompts"]:
        yield "protocol.tau", f"{protocol['tau']} is above the number of prompts, {protocol['n_prompts']}"
    if people["members"] + people["non_members"] != people["n_people"]:
        yield "people.n_people", f"{people['n_people']} is not the number of members and non-members together"
    for series in ("cells", "threshold_sweep", "groups"):
        for at, cell in enumerate(document.get(series, ())):
            for where, problem in _cell_contradictions(cell):
                yield f"{series}[{at}].{where}", problem
    yield from text_only_contradictions(document)


def _cell_contradictions(cell: Document) -> Iterator[tuple[str, str]]:
    counts = cell["counts"]
    for found, missed, total in (("tp", "fn", "members"), ("fp", "tn", "non_members")):
        if counts is not None and not math.isclose(counts[found] + counts[missed], cell[total], abs_tol=1e-6):
            yield "counts", f"{found} and {missed} must add up to the {cell[total]} {total}, got {dict(counts)}"
    for rate in ("tpr", "fpr", "auc"):
        yield from interval_contradictions(cell[rate], rate)
