"""Similarities of people to names on a common scale: per person over other names, and per name over other people."""

from collections.abc import Iterator
from typing import final

import numpy as np
from jaxtyping import Bool, Float64, Int

from idia.attacks.named_photos import NamedPhotos
from idia.errors import DatasetError, ShapeError

_ROUNDING = 1e-6  # of the largest similarity: what differs by less says nothing
_BLOCK = 1 << 20  # similarities held at once
_PRIOR = 10  # people, at 0 with a deviation of 1, that each name is taken to have seen before
_FEWEST_NAMES = 3  # the own name, and two others that have a spread


def standardised_both_ways(seen: NamedPhotos) -> Iterator[tuple[slice, Float64[np.ndarray, "block names"]]]:
    """Yields people and their similarity to every name, standardised per person and then per name.

    What is standardised takes no part in the means and deviations by which it is: neither the person's own name in
    those of the person, nor the person, nor whoever bears the name, in those of the name.

    Args:
        seen: Photos and names.

    Yields:
        Which people, as many at a time as fit into memory; and their standardised similarities `[block, names]`.

    Raises:
        DatasetError: There are fewer than two people of different names to compare with each other.
        ShapeError: There are fewer than three names.
    """
    means, names, targets = seen.means, seen.names.astype(np.float64), seen.targets
    if (targets == targets[0]).all():
        raise DatasetError(
            "people are compared with each other: expected at least two of different names, got "
            f"{len(targets)} of one. Add people, members or not."
        )
    if len(names) < _FEWEST_NAMES:
        raise ShapeError(f"expected at least {_FEWEST_NAMES} candidate names, got {len(names)}.")
    rows = max(1, _BLOCK // max(len(names), len(targets)))
    blocks = [slice(start, start + rows) for start in range(0, len(targets), rows)]
    columns = NameColumns(len(names))
    for block in blocks:
        columns.add(standardised(means[block] @ names.T, targets[block]), targets[block])
    for block in blocks:
        # Computed again: everybody's similarities need not be in memory at once.
        yield block, columns.standardised(standardised(means[block] @ names.T, targets[block]), targets[block])


def standardised(
    similarities: Float64[np.ndarray, "people names"], targets: Int[np.ndarray, " people"]
) -> Float64[np.ndarray, "people names"]:
    """Returns similarities in deviations from a person's mean, both over all names but the person's own.

    They do not change if all similarities of a person are shifted or multiplied alike. Similarities that differ by no
    more than rounding become 0.

    Args:
        similarities: Of everybody to every name `[people, names]`.
        targets: Index of each person's own name `[people]`.

    >>> standardised(np.array([[9.0, 1.0, 2.0, 3.0]]), np.array([0])).tolist()
    [[7.0, -1.0, 0.0, 1.0]]
    """
    n_people, n_names = similarities.shape
    others: Bool[np.ndarray, "people names"] = np.ones((n_people, n_names), dtype=bool)
    others[np.arange(n_people), targets] = False
    mean = similarities.mean(axis=1, where=others, keepdims=True)
    deviation = similarities.std(axis=1, where=others, keepdims=True, ddof=1)
    tells = deviation > _ROUNDING * np.abs(similarities).max(axis=1, keepdims=True)
    standard: Float64[np.ndarray, "people names"] = np.where(
        tells, (similarities - mean) / np.where(tells, deviation, 1.0), 0.0
    )
    return standard


@final
class NameColumns:
    """Mean and deviation of every name, over all people but its bearers and but the one who is compared.

    They are shrunk towards 0 and 1, as if ten more people had been seen: that is where similarities standardised per
    person are, and a few people say little about a name.

    Args:
        n_names: How many names there are.
    """

    def __init__(self, n_names: int) -> None:
        self._n, self._sum, self._squares = np.zeros(n_names), np.zeros(n_names), np.zeros(n_names)

    def add(self, z: Float64[np.ndarray, "people names"], targets: Int[np.ndarray, " people"]) -> None:
        """Counts people, each for all names but the own.

        Args:
            z: Similarities standardised per person.
            targets: Index of each person's own name.
        """
        own = z[np.arange(len(z)), targets]
        self._n += len(z) - np.bincount(targets, minlength=z.shape[1])
        self._sum += z.sum(axis=0) - np.bincount(targets, own, minlength=z.shape[1])
        self._squares += (z * z).sum(axis=0) - np.bincount(targets, own * own, minlength=z.shape[1])

    def standardised(
        self, z: Float64[np.ndarray, "people names"], targets: Int[np.ndarray, " people"]
    ) -> Float64[np.ndarray, "people names"]:
        """Returns how far people are from the mean of the others, in deviations of the others.

        Args:
            z: Similarities standardised per person, of people who were counted.
            targets: Index of each person's own name.
        """
        counted = np.ones(z.shape)
        counted[np.arange(len(z)), targets] = 0
        n = self._n - counted + _PRIOR
        mean = (self._sum - counted * z) / n
        variance = (self._squares - counted * z * z + _PRIOR) / n - mean * mean  # the prior keeps it well above 0
        standard: Float64[np.ndarray, "people names"] = (z - mean) / np.sqrt(variance)
        return standard
