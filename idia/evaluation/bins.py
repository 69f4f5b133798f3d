"""Bins of training occurrences: which members are reported together."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Int

from idia.errors import SettingError

_MANY_COUNTS = 8
"""With more different training occurrences than this, ranges of them are reported."""

_RANGE_STARTS = (1, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000)


@dataclass(frozen=True, order=True, slots=True)
class OccurrenceBin:
    """Members by how often they occur in the training data: one count, or a closed range of counts.

    Attributes:
        low: Fewest image–text pairs, at least 1.
        high: Most image–text pairs.
    """

    low: int
    high: int

    def __post_init__(self) -> None:
        if not 1 <= self.low <= self.high:
            written = "a count from 1 up or a range, as 75 or 5-9; non-members (0) are a bin of their own anyway"
            raise SettingError(f"an occurrence bin must be {written}, got {self}.")

    def __str__(self) -> str:
        return str(self.low) if self.low == self.high else f"{self.low}-{self.high}"

    @classmethod
    def parsed(cls, text: str) -> "OccurrenceBin":
        """Returns the bin written as `75` or `5-9`.

        Raises:
            SettingError: It is written otherwise.
        """
        match = re.fullmatch(r"\s*(\d+)\s*(?:[-–]\s*(\d+)\s*)?", text)
        if match is None:
            raise SettingError(f"an occurrence bin must be written like 75 or 5-9, or step:25:300, got {text!r}.")
        return cls(int(match[1]), int(match[2] or match[1]))

    def holds(self, occurrences: Int[np.ndarray, " people"]) -> Bool[np.ndarray, " people"]:
        """Returns who belongs to the bin `[people]`."""
        inside: Bool[np.ndarray, " people"] = (occurrences >= self.low) & (occurrences <= self.high)
        return inside


def default_bins(occurrences: Int[np.ndarray, " people"]) -> tuple[OccurrenceBin, ...]:
    """Returns one bin per count where the members have few different counts, otherwise ranges that hold somebody.

    >>> [str(bin) for bin in default_bins(np.array([0, 75, 5, 5]))]
    ['5', '75']
    """
    counts = np.unique(occurrences[occurrences > 0])
    if len(counts) <= _MANY_COUNTS:
        return tuple(OccurrenceBin(int(count), int(count)) for count in counts)
    bins = []
    for start, following in zip(_RANGE_STARTS, (*_RANGE_STARTS[1:], None), strict=True):
        high = int(counts.max()) if following is None else min(following - 1, int(counts.max()))
        if ((counts >= start) & (counts <= high)).any():
            bins.append(OccurrenceBin(start, high))
    return tuple(bins)


def parsed_bins(texts: Sequence[str], occurrences: Int[np.ndarray, " people"]) -> tuple[OccurrenceBin, ...]:
    """Returns the bins that somebody wrote, in order.

    Args:
        texts: Each a count as `75`, a range as `5-9`, or `step:25:300`: ranges of 25 below 300, 1-24, 25-49, … 275-299,
            of which those without members are left out. Non-members, with 0 occurrences, are never part of a bin.
        occurrences: Image–text pairs of each person in the training data `[people]`.

    Raises:
        SettingError: One is written otherwise, is empty or overlaps another.

    >>> [str(bin) for bin in parsed_bins(["step:25:300"], np.array([0, 1, 30, 299, 300]))]
    ['1-24', '25-49', '275-299']
    """
    bins: list[OccurrenceBin] = []
    for text in texts:
        match = re.fullmatch(r"\s*step:(\d+):(\d+)\s*", text)
        bins += [OccurrenceBin.parsed(text)] if match is None else _steps(int(match[1]), int(match[2]), occurrences)
    check_bins(bins, occurrences)
    return tuple(sorted(bins))


def _steps(width: int, end: int, occurrences: Int[np.ndarray, " people"]) -> list[OccurrenceBin]:
    if not 1 <= width < end:
        raise SettingError(f"occurrence bins in steps need a width below their end, got step:{width}:{end}.")
    inside = occurrences[(occurrences > 0) & (occurrences < end)]
    if not len(inside):
        raise SettingError(f"step:{width}:{end} holds nobody: every member occurs at least {end} times. Raise the end.")
    starts = (int(number) * width for number in np.unique(inside // width))
    return [OccurrenceBin(max(start, 1), min(start + width, end) - 1) for start in starts]


def check_bins(bins: Sequence[OccurrenceBin], occurrences: Int[np.ndarray, " people"]) -> None:
    """Raises unless every bin holds a member and no two bins share a count.

    Raises:
        SettingError: Two bins overlap, or a bin is empty.
    """
    ordered = sorted(bins)
    for left, right in pairwise(ordered):
        if right.low <= left.high:
            raise SettingError(f"occurrence bins must not overlap, got {left} and {right}.")
    for occurrence_bin in ordered:
        if not occurrence_bin.holds(occurrences).any():
            present = ", ".join(map(str, np.unique(occurrences[occurrences > 0])[:20]))
            raise SettingError(
                f"no member has {occurrence_bin} training occurrences; members have {present}. Choose other bins."
            )
