"""Controlled experiments on synthetic people: who of a world is trained on, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, final, get_args

import numpy as np
from jaxtyping import Int64

from idia.errors import SettingError
from idia.randomness import key_of, random_bits

Roles = Literal["drawn", "swapped", "absent"]
"""Who is trained on: members drawn by lot; as many of the others instead; or nobody of the tested people."""

MOST_OCCURRENCES = 1_000
"""Photos of a person that may be trained on."""

FIRST_ATTACK_PHOTO = MOST_OCCURRENCES
"""Number of a person's first attack photo; those below are for training."""

MOST_ATTACK_PHOTOS = 1_000
"""Attack photos per person."""

FIRST_STRANGER = 10_000
"""The people of a world from this number on are nobody's members: they fill up training sets, one photo each."""

MOST_PEOPLE = 4_096
"""So many people of a world have a name."""

PAPER_OCCURRENCES = (75, 50, 25, 10, 5, 1)


@final
@dataclass(frozen=True, slots=True)
class WorldDesign:
    """Who is tested, who is trained on and how often.

    Attributes:
        people: How many people are tested; the first of the world.
        occurrences: Training photos per member; every count has equally many members.
        members_per_count: How many.
        roles: Who the members are.
        n_photos: Photos of everybody for the attack, never trained on.
        strangers: Other people in the training set, with one photo each and no name.
        objects: Pictures of things in the training set.

    Raises:
        SettingError: A value is out of range, or there would be no non-member.
    """

    people: int
    occurrences: tuple[int, ...] = PAPER_OCCURRENCES
    members_per_count: int = 40
    roles: Roles = "drawn"
    n_photos: int = 30
    strangers: int = 4_000
    objects: int = 5_000

    def __post_init__(self) -> None:
        if self.roles not in get_args(Roles):
            raise SettingError(f"roles must be one of {', '.join(get_args(Roles))}, got {self.roles!r}.")
        for what, number, least in (
            ("members per count", self.members_per_count, 1),
            ("people", self.people, 2),
            ("attack photos", self.n_photos, 1),
            ("strangers", self.strangers, 1),
            ("objects", self.objects, 0),
        ):
            if isinstance(number, bool) or not isinstance(number, int) or number < least:
                raise SettingError(f"the number of {what} must be a whole number from {least}, got {number!r}.")
        if self.n_photos > MOST_ATTACK_PHOTOS:
            raise SettingError(f"there are {MOST_ATTACK_PHOTOS:,} attack photos of a person, got {self.n_photos:,}.")
        counts = self.occurrences
        if (
            not counts
            or not all(isinstance(count, int) and count >= 1 for count in counts)
            or len({*counts}) < len(counts)
        ):
            raise SettingError(f"occurrences must be different whole numbers from 1, got {','.join(map(str, counts))}.")
        if max(counts) > MOST_OCCURRENCES:
            raise SettingError(
                f"there are {MOST_OCCURRENCES:,} photos of a person to train on, but {max(counts):,} occurrences were "
                "asked for. Lower --occurrences."
            )
        if self.people + self.members * (self.roles == "absent") > MOST_PEOPLE:
            raise SettingError(
                f"a world names at most {MOST_PEOPLE:,} people, but {self.people:,} are to be tested"
                f"{f' and {self.members:,} others trained on' if self.roles == 'absent' else ''}. Test fewer people."
            )
        if self.members >= self.people:
            raise SettingError(
                f"{self.members:,} members of {self.people:,} people leave no non-member. Test more people, or lower "
                "the members per count."
            )

    @property
    def members(self) -> int:
        """How many people are trained on under their names."""
        return len(self.occurrences) * self.members_per_count

    def tested(self, seed: int) -> Int64[np.ndarray, " people"]:
        """Returns how often each tested person counts as trained on; with absent roles in name only."""
        order = self._lots(seed)
        if self.roles == "swapped":
            # Whoever was drawn now comes last, so that as many people as possible change sides.
            order = np.roll(order, -self.members)
        occurrences = np.zeros(self.people, dtype=np.int64)
        occurrences[order[: self.members]] = self._dealt()
        return occurrences

    def trained(self, seed: int) -> Mapping[int, int]:
        """Returns the people trained on under their names, by their number in the world, with their counts."""
        if self.roles == "absent":
            numbers = range(self.people, self.people + self.members)
            return dict(zip(numbers, self._dealt().tolist(), strict=True))
        occurrences = self.tested(seed)
        return {int(person): int(occurrences[person]) for person in np.flatnonzero(occurrences)}

    def _lots(self, seed: int) -> Int64[np.ndarray, " people"]:
        """Everybody in the order of their lots: a coin flip for membership, after the people were drawn."""
        lots = random_bits(key_of("membership"), seed, self.people, np.arange(self.people, dtype=np.uint64))
        order: Int64[np.ndarray, " people"] = np.argsort(lots, kind="stable")
        return order

    def _dealt(self) -> Int64[np.ndarray, " members"]:
        return np.resize(np.array(self.occurrences, dtype=np.int64), self.members)
