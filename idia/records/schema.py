"""Documents in results: what one may hold, how it is written, and which part of it is compared."""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any, final

from idia.errors import RecordError

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

Document = Mapping[str, Any]
"""A record as JSON holds it; a file in `idia/data` is its definition."""

_SHARED = "record.schema.json"

_NOT_COMPARED = ("suite", "environment")

_ABSOLUTE_PATH = re.compile(r"""(?:^|[\s,:=("'])(?:~?/(?!/)|\\\\|[A-Za-z]:[\\/](?!/))""")


class NewerRecordError(RecordError):
    """A record was written by a newer version of this package: whole, but not readable here."""


@final
class Schema:
    """The definition of one kind of record.

    Args:
        file: Its JSON Schema, in `idia/data`.
        version: Which version this package writes and reads.
    """

    def __init__(self, file: str, version: int) -> None:
        self._file = file
        self.version = version

    def check(self, document: Document) -> None:
        """Raises unless the document is what the schema describes.

        Raises:
            RecordError: Says where in the document which value is wrong.
        """
        for where, number in _numbers(document, ""):
            if not math.isfinite(number):
                raise RecordError(f"at {where}: {number} is not a number that JSON can hold; write null for unknown.")
        errors = list(self._validator.iter_errors(_plain(document)))
        if errors:
            from jsonschema.exceptions import best_match

            error = best_match(errors)
            message = error.message if len(error.message) <= 300 else f"{error.message[:300]}…"
            raise RecordError(f"at {error.json_path.removeprefix('$.')}: {message}.")

    def check_part(self, key: str, value: Document) -> None:
        """Raises `RecordError` unless this can be the part of a document under a key."""
        validator = self._validator.evolve(schema=self._content["properties"][key])
        for error in validator.iter_errors(_plain(value)):
            raise RecordError(f"{error.json_path.removeprefix('$.')}: {error.message}.")

    def decoded(self, content: bytes) -> Document:
        """Returns the document in a JSON file's content; its values are not checked yet.

        Raises:
            NewerRecordError: It was written by a newer version.
            RecordError: It is not JSON.
        """
        try:
            document = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise RecordError(f"expected JSON, but {error}.") from error
        version = document.get("schema_version") if isinstance(document, dict) else None
        if isinstance(version, int) and version > self.version:
            raise NewerRecordError(f"at schema_version: {version} was written by a newer version of idia.")
        decoded: Document = document
        return decoded

    def in_order(self, document: Document) -> dict[str, Any]:
        """Returns the document with its top-level keys in the order of the schema."""
        known = [key for key in self._content["properties"] if key in document]
        return {key: document[key] for key in [*known, *(key for key in document if key not in known)]}

    @cached_property
    def _content(self) -> dict[str, Any]:
        return _loaded(self._file)

    @cached_property
    def _validator(self) -> "Draft202012Validator":
        from jsonschema import Draft202012Validator  # not needed to list, load or lock
        from referencing import Registry, Resource

        # Others refer by its file name to what they share with the record of an attack.
        registry: Registry[Any] = Registry().with_resource(_SHARED, Resource.from_contents(_loaded(_SHARED)))
        return Draft202012Validator(self._content, registry=registry)


def fingerprint(document: Document) -> str:
    """Returns the hash of the part that is compared: everything but the suite and the environment."""
    compared = {key: value for key, value in document.items() if key not in _NOT_COMPARED}
    return hashlib.sha256(json.dumps(compared, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def encoded_document(document: Document) -> bytes:
    """Returns the bytes of the JSON file, the same bytes for the same document."""
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def holds_absolute_path(text: str) -> bool:
    """Returns whether a text holds the path of a file or folder on somebody's machine."""
    return _ABSOLUTE_PATH.search(text) is not None


def _loaded(file: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(files("idia").joinpath("data", file).read_text(encoding="utf-8"))
    return content


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
