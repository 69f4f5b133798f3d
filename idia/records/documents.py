"""Record documents: what one may hold, how it is written, and which part of it is compared."""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from idia.errors import RecordError

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

Document = Mapping[str, Any]
"""A record as JSON holds it; `idia/data/record.schema.json` is its definition."""

SCHEMA_VERSION = 1

_NOT_COMPARED = ("suite", "environment")

_IDENTIFIERS = (
    ("model", "spec"),
    ("model", "name"),
    ("model", "activation_source"),
    ("control", "of"),
    ("people", "id"),
    ("people", "training_set"),
    ("protocol", "names_source"),
)
_ABSOLUTE_PATH = re.compile(r"""(?:^|[\s,:=("'])(?:~?/(?!/)|\\\\|[A-Za-z]:[\\/](?!/))""")


class NewerRecordError(RecordError):
    """A record was written by a newer version of this package: whole, but not readable here."""


def check_document(document: Document) -> None:
    """Raises unless the document is a valid record whose numbers agree with each other.

    Raises:
        RecordError: Says where in the document which value is wrong.
    """
    for where, number in _numbers(document, ""):
        if not math.isfinite(number):
            raise RecordError(f"at {where}: {number} is not a number that JSON can hold; write null for unknown.")
    errors = list(_validator().iter_errors(_plain(document)))
    if errors:
        from jsonschema.exceptions import best_match

        error = best_match(errors)
        message = error.message if len(error.message) <= 300 else f"{error.message[:300]}…"
        raise RecordError(f"at {error.json_path.removeprefix('$.')}: {message}.")
    for where, problem in _contradictions(document):
        raise RecordError(f"at {where}: {problem}.")


def check_model(model: Document) -> None:
    """Raises unless this can be a record's `model`: worth knowing before hours are spent on it.

    Raises:
        RecordError: Says which value is wrong.
    """
    validator = _validator()
    for error in validator.evolve(schema=_schema()["properties"]["model"]).iter_errors(_plain(model)):
        raise RecordError(f"{error.json_path.removeprefix('$.')}: {error.message}.")
    for part, key in _IDENTIFIERS:
        if part == "model" and _ABSOLUTE_PATH.search(model[key] or ""):
            raise RecordError(f"{key}: {model[key]!r} holds an absolute path; keep its last part only.")


def fingerprint(document: Document) -> str:
    """Returns the hash of the part that is compared: everything but the suite and the environment."""
    compared = {key: value for key, value in document.items() if key not in _NOT_COMPARED}
    return hashlib.sha256(json.dumps(compared, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def encoded_document(document: Document) -> bytes:
    """Returns the bytes of the JSON file, the same bytes for the same document."""
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def decoded_document(content: bytes) -> Document:
    """Returns the valid document in a JSON file's content.

    Raises:
        NewerRecordError: It was written by a newer version.
        RecordError: It is not JSON, or is not a valid record.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"expected JSON, but {error}.") from error
    version = document.get("schema_version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise NewerRecordError(f"at schema_version: {version} was written by a newer version of idia.")
    check_document(document)
    decoded: Document = document
    return decoded


def in_order(document: Document) -> dict[str, Any]:
    """Returns the document with its top-level keys in the order of the schema."""
    known = [key for key in _schema()["properties"] if key in document]
    return {key: document[key] for key in [*known, *(key for key in document if key not in known)]}


@cache
def _schema() -> dict[str, Any]:
    text = files("idia").joinpath("data/record.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def _validator() -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # not needed to list, load or lock

    return Draft202012Validator(_schema())


def _plain(value: Any) -> Any:
    """The value as JSON would give it back: mappings as dicts, tuples as lists."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _numbers(value: Any, where: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, float):
        yield where, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _numbers(item, f"{where}.{key}" if where else str(key))
    elif isinstance(value, list | tuple):
        for at, item in enumerate(value):
            yield from _numbers(item, f"{where}[{at}]")


def _contradictions(document: Document) -> Iterator[tuple[str, str]]:
    """What a schema cannot say."""
    for part, key in _IDENTIFIERS:
        text = (document[part] or {}).get(key) or ""
        if _ABSOLUTE_PATH.search(text):
            yield f"{part}.{key}", f"{text!r} holds an absolute path; keep its last part only"
    protocol, people = document["protocol"], document["people"]
    if protocol["n_prompts"] != len(protocol["prompts"]):
        yield "protocol.n_prompts", f"{protocol['n_prompts']} is not the number of prompts, {len(protocol['prompts'])}"
    if protocol["tau"] > protocol["n_prompts"]:
        yield "protocol.tau", f"{protocol['tau']} is above the number of prompts, {protocol['n_prompts']}"
    if people["members"] + people["non_members"] != people["n_people"]:
        yield "people.n_people", f"{people['n_people']} is not the number of members and non-members together"
    for series in ("cells", "threshold_sweep"):
        for at, cell in enumerate(document[series]):
            for where, problem in _cell_contradictions(cell):
                yield f"{series}[{at}].{where}", problem


def _cell_contradictions(cell: Document) -> Iterator[tuple[str, str]]:
    counts = cell["counts"]
    for found, missed, total in (("tp", "fn", "members"), ("fp", "tn", "non_members")):
        if not math.isclose(counts[found] + counts[missed], cell[total], abs_tol=1e-6):
            yield "counts", f"{found} and {missed} must add up to the {cell[total]} {total}, got {dict(counts)}"
    for rate in ("tpr", "fpr", "auc"):
        low, value, high = (cell[rate][key] for key in ("low", "value", "high"))
        if None not in (low, value, high) and not low <= value <= high:
            yield rate, f"the interval [{low}, {high}] does not hold the value {value}"
