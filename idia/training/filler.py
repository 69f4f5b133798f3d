"""Photos of other people, which fill up the training set without a name."""

import re
from collections.abc import Collection
from pathlib import Path

import numpy as np

from idia.errors import DatasetError
from idia.photos import is_photo_file
from idia.randomness import key_of, random_bits
from idia.spelling import name_key

_NUMBER = re.compile(r"[_\s-]*\d*$")


def filler_photos(root: Path, tested: Collection[str], *, n_photos: int, seed: int) -> tuple[Path, ...]:
    """Returns photos of strangers drawn from a folder, in order of their paths.

    Args:
        root: A folder of photos named like ``First_Last_0001.jpg``, a folder per person, or both.
        tested: Names of the people to attack: their photos are no filler, under any spelling of the name.
        n_photos: Most photos to return.
        seed: Seed of the draw.

    Raises:
        DatasetError: There is no such folder, or nobody in it is a stranger.
    """
    if not root.is_dir():
        raise DatasetError(f"--filler must be a folder of photos of other people; there is no folder {str(root)!r}.")
    known = {name_key(name) for name in tested}
    found = sorted(path for path in (*root.glob("*"), *root.glob("*/*")) if is_photo_file(path) and path.is_file())
    if not found:
        raise DatasetError(
            f"{str(root)!r} holds no photos. --filler takes a folder of photos of other people, or a folder per person."
        )
    strangers = [path for path in found if not _names(path, root) & known]
    if not strangers:
        raise DatasetError(
            f"all {len(found)} photos in {str(root)!r} show people of --people. --filler takes photos of other people."
        )
    keys = np.array([key_of(path.relative_to(root).as_posix()) for path in strangers], dtype=np.uint64)
    chosen = np.argsort(random_bits(key_of("filler"), seed, keys), kind="stable")[:n_photos]
    return tuple(strangers[position] for position in np.sort(chosen))


def _names(path: Path, root: Path) -> set[str]:
    """What the person in a photo may be called: by its file, and by its folder."""
    labels = {_NUMBER.sub("", path.stem)}
    if path.parent != root:
        labels.add(path.parent.name)
    return {name_key(label) for label in labels}
