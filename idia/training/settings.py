"""What the user decides about training on photographs; everything else is in the recipe."""

from dataclasses import dataclass
from typing import final

from idia.errors import SettingError


@final
@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """The options of a training run.

    Attributes:
        seed: Seed of every draw: members, photos, filler, first weights, batches, captions and changes.
        members: Share of the people to train on, in (0, 1).
        n_held_out: Attack photos per person; by default 8 for people with at least 13 photos, else 5.
        occurrences: Photos that train the model: one of these numbers per member, dealt at random among those
            feasible. By default all that are left, at most 50.
        min_photos: People with fewer distinct photos are left out. By default they are an error.
        n_filler: Most photos of strangers to add.
        crop: Side of the square cut from the middle of each photo, as a fraction of its shorter side, in (0, 1].
            The default is the face in Labeled Faces in the Wild (250 x 250 pixels, deep-funneled).
        steps: Optimiser steps.
        device: Where to train, such as ``cpu`` or ``cuda``.
        threads: Processor threads. Sums of floats depend on their number, so it is fixed rather than found out.

    Raises:
        SettingError: A value is out of range.
    """

    seed: int = 0
    members: float = 0.5
    n_held_out: int | None = None
    occurrences: tuple[int, ...] | None = None
    min_photos: int | None = None
    n_filler: int = 2000
    crop: float = 0.48
    steps: int = 1000
    device: str = "cpu"
    threads: int = 1

    def __post_init__(self) -> None:
        _check(0 <= self.seed < 2**63, "--seed", "a whole number from 0", self.seed)
        _check(0 < self.members < 1, "--members", "a share between 0 and 1, both excluded", self.members)
        _check(0 < self.crop <= 1, "--crop", "a fraction above 0, at most 1", self.crop)
        for option, value in (
            ("--held-out", self.n_held_out),
            ("--min-photos", self.min_photos),
            ("--filler-photos", self.n_filler),
            ("--steps", self.steps),
            ("--threads", self.threads),
        ):
            _check(value is None or value >= 1, option, "a whole number from 1", value)
        if self.occurrences is not None:
            counts = self.occurrences
            valid = bool(counts) and min(counts) >= 1 and len(set(counts)) == len(counts)
            _check(valid, "--occurrences", "different whole numbers from 1", ",".join(map(str, counts)))


def _check(holds: bool, option: str, expected: str, value: object) -> None:
    if not holds:
        raise SettingError(f"{option} must be {expected}, got {value}.")
