"""Who is a member, which photos train the model and which attack it: drawn by seed, members among people alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import UInt64

from idia.errors import DatasetError, SettingError
from idia.randomness import key_of, random_bits

MANY_PHOTOS = 13  # people with at least this many photos can spare more of them for the attack
HELD_OUT_OF_MANY, HELD_OUT_OF_FEW = 8, 5
MOST_OCCURRENCES = 50


@final
@dataclass(frozen=True, slots=True)
class PersonSplit:
    """What happens to one person's photos, as indices into the list of all photos.

    Attributes:
        name: The person.
        training: Photos the model is trained on; empty for a non-member.
        attack: Photos the model never sees.
    """

    name: str
    training: tuple[int, ...]
    attack: tuple[int, ...]


def held_out(n_photos: int, asked: int | None = None) -> int:
    """Returns how many of a person's photos are kept for the attack: the same rule for members and non-members.

    >>> [held_out(n) for n in (12, 13, 60)], held_out(60, asked=3)
    ([5, 8, 8], 3)
    """
    if asked is not None:
        return asked
    return HELD_OUT_OF_MANY if n_photos >= MANY_PHOTOS else HELD_OUT_OF_FEW


def split_people(
    names: Sequence[str],
    photos: Sequence[Sequence[int]],
    *,
    members: float,
    seed: int,
    n_held_out: int | None = None,
    occurrences: Sequence[int] | None = None,
) -> tuple[PersonSplit, ...]:
    """Returns everybody's split, in the order of ``names``.

    Everything is drawn from keys of (seed, person's name), so the order of people does not matter.

    Args:
        names: The people.
        photos: Each person's usable photos, as indices into the list of all photos.
        members: Share of the people to train on, in (0, 1). Members are drawn one from each group of people with
            similar numbers of photos (at one half: one of each pair), so that the number of photos tells nothing.
        seed: Seed of all draws.
        n_held_out: Attack photos per person; by default 8 for people with at least 13 photos, else 5.
        occurrences: How many photos train the model: one of these numbers per member, dealt at random among those
            the person has photos for, as evenly as possible. By default all that are left, at most 50.

    Raises:
        DatasetError: Somebody has too few photos.
        SettingError: ``members`` would leave no member or no non-member.
    """
    left = [len(own) - held_out(len(own), n_held_out) for own in photos]
    least = min(occurrences) if occurrences else 1
    _check_enough_photos(names, photos, left, least, n_held_out)
    is_member = _chosen_members(names, [len(own) for own in photos], members, seed)
    count = _occurrence_counts(names, left, is_member, occurrences, seed)
    result = []
    for name, own, spare, n_training in zip(names, photos, left, count, strict=True):
        order = np.argsort(random_bits(key_of("photos"), seed, key_of(name), np.arange(len(own))), kind="stable")
        shuffled = [own[position] for position in order]
        n_attack = len(own) - spare
        attack, training = shuffled[:n_attack], shuffled[n_attack : n_attack + n_training]
        result.append(PersonSplit(name, tuple(sorted(training)), tuple(sorted(attack))))
    return tuple(result)


def _check_enough_photos(
    names: Sequence[str],
    photos: Sequence[Sequence[int]],
    left: Sequence[int],
    least: int,
    n_held_out: int | None,
) -> None:
    poor = [(len(own), name) for name, own, spare in zip(names, photos, left, strict=True) if spare < least]
    if not poor:
        return
    held = n_held_out
    if held is None:
        # Whoever has many photos must spare more: 13 leave 5 to train on where 12 leave 7.
        held = HELD_OUT_OF_FEW if least <= MANY_PHOTOS - HELD_OUT_OF_MANY else HELD_OUT_OF_MANY
    needed = held + least
    n_photos, name = min(poor)
    raise DatasetError(
        f"{len(poor)} of {len(names)} people have too few photos: {needed} distinct ones are needed "
        f"(to hold some out for the attack and train on {least}), but {name!r} has {n_photos}. "
        f"Add photos, or leave such people out with --min-photos {needed}."
    )


def _chosen_members(names: Sequence[str], n_photos: Sequence[int], members: float, seed: int) -> list[bool]:
    n_members = round(members * len(names))
    if not 1 <= n_members < len(names):
        raise SettingError(
            f"--members {members:g} of {len(names)} people would be {n_members} members; at least one member and one "
            "non-member are needed. Use a share nearer to 0.5, or more people."
        )
    n_chosen = min(n_members, len(names) - n_members)
    coin = random_bits(key_of("membership"), seed, _keys(names))
    order = np.lexsort((random_bits(key_of("ties"), seed, _keys(names)), np.asarray(n_photos)))
    chosen = [False] * len(names)
    for group in np.array_split(order, n_chosen):
        chosen[group[np.argmin(coin[group])]] = True
    # The rarer side is drawn, one from each group; at equal sides it is the members.
    return chosen if n_chosen == n_members else [not is_chosen for is_chosen in chosen]


def _occurrence_counts(
    names: Sequence[str],
    left: Sequence[int],
    is_member: Sequence[bool],
    occurrences: Sequence[int] | None,
    seed: int,
) -> list[int]:
    if occurrences is None:
        return [min(spare, MOST_OCCURRENCES) * member for spare, member in zip(left, is_member, strict=True)]
    counts = [0] * len(names)
    dealt = dict.fromkeys(occurrences, 0)
    for person in np.argsort(random_bits(key_of("occurrences"), seed, _keys(names)), kind="stable"):
        if is_member[person]:
            feasible = [count for count in dealt if count <= left[person]]
            draw = random_bits(key_of("occurrences"), seed, key_of(names[person]), np.asarray(feasible))
            counts[person] = min(zip(feasible, draw, strict=True), key=lambda option: (dealt[option[0]], option[1]))[0]
            dealt[counts[person]] += 1
    return counts


def _keys(names: Sequence[str]) -> UInt64[np.ndarray, " people"]:
    return np.array([key_of(name) for name in names], dtype=np.uint64)
