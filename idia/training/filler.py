"""Photos of other people, which fill up the training set without a name."""

import re
import unicodedata
from collections.abc import Collection
from pathlib import Path

import numpy as np

from idia.errors import DatasetError
from idia.photos import is_photo_file
from idia.randomness import key_of, random_bits
from idia.spelling import name_key


def filler_photos(root: Path, tested: Collection[str], *, n_photos: int, seed: int) -> tuple[Path, ...]:
    """Returns photos of strangers drawn from a folder, in order of their paths.

    Args:
        root: A folder of photos named like ``First_Last_0001.jpg``, a folder per person, or both.
        tested: Names of the people to attack: no photo whose name begins with one of theirs is filler.
        n_photos: Most photos to return.
        seed: Seed of the draw.

    Raises:
        DatasetError: There is no such folder, or nobody in it is a stranger.
    """
    if not root.is_dir():
        raise DatasetError(f"--filler must be a folder of photos of other people; there is no folder {str(root)!r}.")
    known = {_plain(name) for name in tested}
    found = sorted(path for path in (*root.glob("*"), *root.glob("*/*")) if is_photo_file(path) and path.is_file())
    if not found:
        raise DatasetError(
            f"{str(root)!r} holds no photos. --filler takes a folder of photos of other people, or a folder per person."
        )
    strangers = [path for path in found if not _may_show(path, root, known)]
    if not strangers:
        raise DatasetError(
            f"all {len(found)} photos in {str(root)!r} show people of --people. --filler takes photos of other people."
        )
    keys = np.array([key_of(path.relative_to(root).as_posix()) for path in strangers], dtype=np.uint64)
    chosen = np.argsort(random_bits(key_of("filler"), seed, keys), kind="stable")[:n_photos]
    return tuple(strangers[position] for position in np.sort(chosen))


def _may_show(path: Path, root: Path, known: Collection[str]) -> bool:
    """Whether the file or its folder begins with the name of a person who is tested, whatever follows it.

    Somebody whose name merely begins like that is lost as filler, which costs nothing; a tested person's photo among
    strangers would make the measurement a lie.
    """
    labels = [path.stem] if path.parent == root else [path.stem, path.parent.name]
    return any(f"{_plain(label)} ".startswith(f"{name} ") for label in labels for name in known)


def _plain(label: str) -> str:
    """Lower-case words without accents, numbers or anything else that file names add."""
    letters = "".join(char for char in unicodedata.normalize("NFKD", label) if not unicodedata.combining(char))
    return " ".join(re.findall(r"[^\W\d_]+", name_key(letters)))
