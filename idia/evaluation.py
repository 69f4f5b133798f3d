"""Scores and ground truth meet here for the first time: rates, areas and their intervals, cell by cell."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Int

from idia.attacks.voting import Size, Votes, check_threshold, people_at_least
from idia.errors import DatasetError, SettingError, ShapeError
from idia.statistics import Estimate, TrendTest, auc_of, concordance, in_order_of_scores, proportion, trend_test

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


@dataclass(frozen=True, slots=True)
class Cell:
    """What leaked, for one number of photos, one bin of training occurrences and one threshold.

    Attributes:
        n_photos: Photos per person.
        occurrences: The members' training occurrences: `all`, one count or a closed range.
        tau: The threshold on the number of prompts won.
        members: How many members there are.
        non_members: How many non-members there are; the same people whatever the bin.
        true_positives: Members found, averaged over draws.
        false_positives: Non-members taken for members, averaged over draws.
        true_positives_sd: Deviation over draws: the choice of photos, not the uncertainty over people.
        false_positives_sd: The same for false positives.
        tpr: True-positive rate.
        fpr: False-positive rate.
        auc: Area under the ROC curve of the membership score.
    """

    n_photos: Size
    occurrences: str
    tau: int
    members: int
    non_members: int
    true_positives: float
    false_positives: float
    true_positives_sd: float
    false_positives_sd: float
    tpr: Estimate
    fpr: Estimate
    auc: Estimate

    @property
    def accuracy(self) -> float:
        """Fraction of people told apart rightly."""
        right = self.true_positives + self.non_members - self.false_positives
        return right / (self.members + self.non_members)


@dataclass(frozen=True, slots=True)
class AttackResult:
    """Everything measured by one attack on one model.

    Attributes:
        cells: One cell for every number of photos and every bin, all members first, at the threshold asked for.
        threshold_sweep: All members and the largest number of photos, at every threshold.
        trend: Whether the TPR rises from bin to bin, at the largest number of photos; None with fewer than two bins,
            or where verdicts depend on which photos are drawn, so that there are no whole people to count.
    """

    cells: tuple[Cell, ...]
    threshold_sweep: tuple[Cell, ...]
    trend: TrendTest | None

    def cell(self, n_photos: Size, occurrences: str = "all") -> Cell:
        """Returns the cell for so many photos and these training occurrences.

        Raises:
            SettingError: That was not measured.
        """
        for cell in self.cells:
            if cell.n_photos == n_photos and cell.occurrences == occurrences:
                return cell
        measured = sorted({f"{cell.n_photos} photos of {cell.occurrences}" for cell in self.cells})
        raise SettingError(
            f"nothing was measured for {n_photos} photos of {occurrences}; there are: {', '.join(measured)}."
        )


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


def check_roles(occurrences: Int[np.ndarray, " people"]) -> None:
    """Raises `DatasetError` unless there are both members and non-members."""
    members = int((occurrences > 0).sum())
    non_members = int((occurrences == 0).sum())
    if members and non_members:
        return
    missing = "members (occurrences above 0)" if not members else "non-members (0 occurrences)"
    raise DatasetError(
        f"expected both members and non-members, got {members} members and {non_members} non-members. Without "
        f"{missing} no leakage can be measured: add people, or correct the membership table."
    )


def evaluate(
    votes: Votes,
    occurrences: Int[np.ndarray, " people"],
    *,
    tau: int = 1,
    bins: Sequence[OccurrenceBin] | None = None,
    seed: int = 0,
) -> AttackResult:
    """Returns rates, areas under the ROC curve and their intervals, for every number of photos and every bin.

    Labels decide who is a member: occurrences above 0. Verdicts and scores are averaged over draws; intervals are over
    people.

    Args:
        votes: Prompts won, from the attack.
        occurrences: Image–text pairs of each person in the training data `[people]`, as `Membership.of` returns them.
        tau: A person counts as a member if at least so many prompts are won.
        bins: Training occurrences to report separately; by default `default_bins`.
        seed: Keys the bootstrap.

    Raises:
        SettingError: The threshold is out of range, or a bin is empty or overlaps another.
        DatasetError: There are only members or only non-members.
        ShapeError: There is not exactly one occurrence count per person.
    """
    occurrences = np.asarray(occurrences)
    if occurrences.shape != (len(votes.scores),):
        raise ShapeError(
            f"occurrences must be {len(votes.scores)} counts, one per person, got shape {occurrences.shape}."
        )
    check_threshold(tau, votes.n_prompts)
    check_roles(occurrences)
    chosen = default_bins(occurrences) if bins is None else tuple(bins)
    check_bins(chosen, occurrences)
    groups = {"all": occurrences > 0} | {str(each): each.holds(occurrences) for each in chosen}

    sizes, others = range(len(votes.sizes)), occurrences == 0
    cells = [cell for at in sizes for cell in _cells(votes, at, groups, others, [tau], seed)]
    most = max(sizes, key=lambda at: _rank(votes.sizes[at]))
    sweep = _cells(votes, most, {"all": groups["all"]}, others, range(1, votes.n_prompts + 1), seed)
    trend = _trend(votes.scores[:, most] >= tau, [groups[str(each)] for each in sorted(chosen)])
    return AttackResult(tuple(cells), tuple(sweep), trend)


def _trend(
    verdicts: Bool[np.ndarray, "people draws"], groups: Sequence[Bool[np.ndarray, " people"]]
) -> TrendTest | None:
    if len(groups) < 2 or (verdicts != verdicts[:, :1]).any():
        return None
    return trend_test([int(verdicts[each, 0].sum()) for each in groups], [int(each.sum()) for each in groups])


def _rank(size: Size) -> float:
    return float("inf") if size == "all" else size


def _cells(
    votes: Votes,
    at: int,
    groups: Mapping[str, Bool[np.ndarray, " people"]],
    non_members: Bool[np.ndarray, " people"],
    thresholds: Sequence[int],
    seed: int,
) -> list[Cell]:
    """The cells of one number of photos, where what they share is counted once."""
    scores = votes.scores[:, at]
    ordered = in_order_of_scores(scores)
    members, others = ordered[groups["all"][ordered]], ordered[non_members[ordered]]
    wins = concordance(scores[members], scores[others])
    areas = {label: auc_of(wins[group[members]], seed=seed) for label, group in groups.items()}
    counted = np.stack([*groups.values(), non_members])
    sizes, cells = counted.sum(axis=1).tolist(), []
    for tau in thresholds:
        found = people_at_least(tau, scores, counted)
        means, deviations = found.mean(axis=1).tolist(), found.std(axis=1).tolist()
        cells += [
            Cell(
                n_photos=votes.sizes[at],
                occurrences=label,
                tau=tau,
                members=sizes[row],
                non_members=sizes[-1],
                true_positives=means[row],
                false_positives=means[-1],
                true_positives_sd=deviations[row],
                false_positives_sd=deviations[-1],
                tpr=proportion(means[row], sizes[row]),
                fpr=proportion(means[-1], sizes[-1]),
                auc=areas[label],
            )
            for row, label in enumerate(groups)
        ]
    return cells
