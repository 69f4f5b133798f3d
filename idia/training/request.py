"""What was asked of a training run: two runs that share it are the same run."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from idia.people import PeopleSet
from idia.photos import UnreadablePhotoError, find_unreadable, photo_sha256
from idia.training.pictures import unreadable_error
from idia.training.recipe import Recipe


def request_of(name: str, recipe: Recipe, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Returns everything that decides the result, as a JSON document.

    Args:
        name: What the model is called.
        recipe: How it is built and fitted.
        parts: Where its pictures and captions come from; nobody's name.
    """
    document = {"name": name, **parts, "recipe": asdict(recipe)}
    plain: dict[str, Any] = json.loads(json.dumps(document))  # tuples become lists, as in a document read back
    return plain


def photos_sha256(people: PeopleSet) -> str:
    """Returns a fingerprint of people, file names and contents: the order of files decides which are held out.

    Raises:
        DatasetError: Files cannot be read; they are listed.
    """
    return _sha256([(person.name, path) for person in people for path in _files(person.photos)])


def files_sha256(paths: Sequence[Path]) -> str:
    """Returns a fingerprint of files, names and contents.

    Raises:
        DatasetError: Files cannot be read; they are listed.
    """
    return _sha256([("", path) for path in paths])


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Returns what differs between two documents, one line each.

    >>> differences({"settings": {"seed": 0, "steps": 9}}, {"settings": {"seed": 1, "steps": 9}})
    ['settings.seed: 0 before, 1 now']
    """
    first, second = dict(_leaves(before)), dict(_leaves(now))
    keys = [*first, *(key for key in second if key not in first)]
    return [
        f"{key}: {first.get(key, 'absent')} before, {second.get(key, 'absent')} now"
        for key in keys
        if first.get(key) != second.get(key)
    ]


def _leaves(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _files(photos: Sequence[object]) -> list[Path]:
    return [photo for photo in photos if isinstance(photo, Path)]


def _sha256(labelled: Sequence[tuple[str, Path]]) -> str:
    try:
        listing = [(label, path.name, photo_sha256(path)) for label, path in labelled]
    except UnreadablePhotoError:
        photos = [path for _, path in labelled]
        raise unreadable_error(find_unreadable(photos), len(photos)) from None
    return sha256(json.dumps(listing).encode()).hexdigest()
