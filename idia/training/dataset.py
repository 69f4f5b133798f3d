"""From folders of photos to a training set with known members, and the photos kept for the attack."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

from idia.errors import DatasetError
from idia.people import PeopleSet
from idia.photos import Photo
from idia.training.captions import caption_pairs
from idia.training.duplicates import FILLER, distinct_photos
from idia.training.material import Material
from idia.training.pictures import load_pictures
from idia.training.settings import TrainingSettings
from idia.training.split import PersonSplit, split_people


@final
@dataclass(frozen=True, slots=True)
class Dataset:
    """A training set and the people to attack.

    Attributes:
        photos: All photos that were considered; the split refers to them.
        split: What happens to the photos of each tested person.
        material: What the model is trained on, members' pictures first.
    """

    photos: tuple[Photo, ...]
    split: tuple[PersonSplit, ...]
    material: Material


def build_dataset(
    people: PeopleSet,
    filler: Sequence[Path],
    settings: TrainingSettings,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Dataset:
    """Decodes all photos, drops near-duplicates and splits the people.

    Args:
        people: The people to train on or to keep out.
        filler: Photos of strangers.
        settings: The share of members, the photos held out, the seed.
        progress: Called with (photos done, photos in all).

    Raises:
        DatasetError: Photos cannot be read, or there are too few people or photos.
        SettingError: No member or no non-member would remain.
    """
    photos: tuple[Photo, ...] = (*(photo for person in people for photo in person.photos), *filler)
    owners = np.array(
        [index for index, person in enumerate(people) for _ in person.photos] + [FILLER] * len(filler), dtype=np.int64
    )
    pictures, fingerprints = load_pictures(photos, settings.crop, progress=progress)
    keep = distinct_photos(fingerprints, owners)
    distinct = [np.flatnonzero(keep & (owners == index)).tolist() for index in range(len(people))]
    names, own = _enough_photos([person.name for person in people], distinct, settings.min_photos)
    split = split_people(
        names,
        own,
        members=settings.members,
        seed=settings.seed,
        n_held_out=settings.n_held_out,
        occurrences=settings.occurrences,
    )
    members = [person for person in split if person.training]
    strangers = np.flatnonzero(keep & (owners == FILLER)).tolist()
    if not strangers:
        raise DatasetError("every photo of --filler also is a photo of somebody in --people. Use other photos.")
    shown = [index for index, person in enumerate(members) for _ in person.training] + [FILLER] * len(strangers)
    used = [photo for person in members for photo in person.training] + strangers
    counts = {
        "members": len(members),
        "non_members": len(split) - len(members),
        "people_left_out": len(people) - len(split),
        "member_pairs": len(used) - len(strangers),
        "filler_pairs": len(strangers),
        "attack_photos": sum(len(person.attack) for person in split),
        "near_duplicates_dropped": int((~keep).sum()),
    }
    captions = caption_pairs([person.name for person in members], np.array(shown, dtype=np.int64))
    tested = tuple(person.name for person in split)
    return Dataset(photos, split, Material(pictures.subset(used), captions, tested, counts))


def _enough_photos(
    names: Sequence[str], distinct: Sequence[list[int]], min_photos: int | None
) -> tuple[list[str], list[list[int]]]:
    least = min_photos or 0
    remaining = [(name, own) for name, own in zip(names, distinct, strict=True) if len(own) >= least]
    if len(remaining) < 2:
        raise DatasetError(
            f"only {len(remaining)} of {len(names)} people have at least {least} distinct photos; a member and a "
            "non-member are needed. Lower --min-photos, or add photos."
        )
    return [name for name, _ in remaining], [own for _, own in remaining]
