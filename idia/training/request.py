"""What was asked of a training run: two runs that share it are the same run."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from idia.people import PeopleSet
from idia.photos import UnreadablePhotoError, find_unreadable, photo_sha256
from idia.training.captions import HYPERNYMS, NAME_TEMPLATES, NAMELESS_TEMPLATES
from idia.training.duplicates import CORRELATION
from idia.training.pictures import STORED_MARGIN, STORED_SIDE, unreadable_error
from idia.training.recipe import Augmentation, Optimisation
from idia.training.settings import TrainingSettings


def request_of(
    name: str,
    settings: TrainingSettings,
    optimisation: Optimisation,
    augmentation: Augmentation,
    people: PeopleSet,
    filler: Sequence[Path],
) -> dict[str, Any]:
    """Returns everything that decides the result, as a JSON document without anybody's name.

    Args:
        name: What the model is called.
        settings: What the user decides.
        optimisation: How the weights are fitted.
        augmentation: How the pictures are changed.
        people: The people; every photo's bytes are read.
        filler: Photos of strangers; likewise.

    Raises:
        DatasetError: Files cannot be read; they are listed.
    """
    document = {
        "name": name,
        "settings": asdict(settings),
        "optimisation": asdict(optimisation),
        "augmentation": asdict(augmentation),
        "captions": {
            "templates": NAME_TEMPLATES,
            "nameless_templates": NAMELESS_TEMPLATES,
            "hypernyms": HYPERNYMS,
        },
        "pictures": {
            "stored_side": STORED_SIDE,
            "stored_margin": STORED_MARGIN,
            "duplicate_correlation": CORRELATION,
        },
        "data": {
            "people_sha256": _sha256([(person.name, path) for person in people for path in _files(person.photos)]),
            "filler_sha256": _sha256([("", path) for path in filler]),
        },
    }
    plain: dict[str, Any] = json.loads(json.dumps(document))  # tuples become lists, as in a document read back
    return plain


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
    """Of people, file names and contents: the order of files decides which of them are held out."""
    try:
        listing = [(label, path.name, photo_sha256(path)) for label, path in labelled]
    except UnreadablePhotoError:
        photos = [path for _, path in labelled]
        raise unreadable_error(find_unreadable(photos), len(photos)) from None
    return sha256(json.dumps(listing).encode()).hexdigest()
