"""Scores and ground truth meet here for the first time: rates, areas and their intervals, cell by cell."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float64, Int

from idia.attacks.voting import Size, Votes, check_threshold, people_at_least
from idia.errors import ShapeError
from idia.evaluation.bins import OccurrenceBin, check_bins, default_bins
from idia.evaluation.curves import Group, curves
from idia.evaluation.results import AttackResult, Cell, Curve, Precision, ScoreCell, ScoreResult
from idia.evaluation.roles import check_roles
from idia.statistics import Estimate, TrendTest, precision_at, proportion, trend_test

PRIORS = (0.5, 0.1, 0.01)
"""Fractions of members, for each of which it is said how many of those called members are members."""


def evaluate(
    votes: Votes,
    occurrences: Int[np.ndarray, " people"],
    *,
    tau: int = 1,
    bins: Sequence[OccurrenceBin] | None = None,
    groups: Sequence[str] | None = None,
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
        groups: Of which group each person is `[people]`, empty for none; members are reported by group, too.
        seed: Keys the bootstrap.

    Raises:
        SettingError: The threshold is out of range, or a bin is empty or overlaps another.
        DatasetError: There are only members or only non-members.
        ShapeError: There is not exactly one occurrence count, or one group, per person.
    """
    check_threshold(tau, votes.n_prompts)
    occurrences = _checked(occurrences, len(votes.scores))
    by_bin, by_group = _by_bin(occurrences, bins), _by_group(occurrences, groups)
    others, most = occurrences == 0, largest(votes.sizes)

    def cells(at: int, which: Sequence[Group], thresholds: Sequence[int]) -> list[Cell]:
        scores = votes.scores[:, at]
        measured = curves(scores, which, others, seed, only_areas=at != most)
        return _cells(scores, votes.sizes[at], which, measured, others, thresholds)

    by_size = [cells(at, by_bin, [tau]) for at in range(len(votes.sizes))]
    overall = by_size[most][0]
    return AttackResult(
        cells=tuple(cell for each in by_size for cell in each),
        threshold_sweep=tuple(cells(most, by_bin[:1], range(1, votes.n_prompts + 1))),
        trend=_trend(votes.scores[:, most] >= tau, by_bin[1:]),
        groups=tuple(cells(most, by_group, [tau])),
        precision=_precision(f"tau {tau}", overall.tpr, overall.fpr),
    )


def evaluate_scores(
    scores: Float64[np.ndarray, "people sizes"],
    sizes: Sequence[Size],
    occurrences: Int[np.ndarray, " people"],
    *,
    bins: Sequence[OccurrenceBin] | None = None,
    groups: Sequence[str] | None = None,
    seed: int = 0,
) -> ScoreResult:
    """Returns areas under the ROC curve and what is found at low false-positive rates, with their intervals.

    Args:
        scores: One score per person and number of photos `[people, sizes]`, the higher the more likely a member.
        sizes: Photos per person, along the second axis.
        occurrences: Image–text pairs of each person in the training data `[people]`.
        bins: Training occurrences to report separately; by default `default_bins`.
        groups: Of which group each person is `[people]`, empty for none; members are reported by group, too.
        seed: Keys the bootstrap.

    Raises:
        SettingError: A bin is empty or overlaps another.
        DatasetError: There are only members or only non-members.
        ShapeError: There is not one finite score, one occurrence count and one group per person.
    """
    scores = np.asarray(scores, dtype=np.float64)
    if scores.ndim != 2 or scores.shape[1] != len(sizes) or not np.isfinite(scores).all():
        raise ShapeError(f"scores must be finite, of shape (people, {len(sizes)}), got shape {scores.shape}.")
    occurrences = _checked(occurrences, len(scores))
    others, most = occurrences == 0, largest(sizes)

    def cells(at: int, which: Sequence[Group]) -> list[ScoreCell]:
        measured = curves(scores[:, at : at + 1], which, others, seed, only_areas=at != most)
        return [
            ScoreCell(sizes[at], group.occurrences, int(group.members.sum()), int(others.sum()), curve, group.name)
            for group, curve in zip(which, measured, strict=True)
        ]

    by_bin = _by_bin(occurrences, bins)
    by_size = [cells(at, by_bin) for at in range(len(sizes))]
    spared = by_size[most][0].curve.no_false_positives
    assert spared is not None
    return ScoreResult(
        cells=tuple(cell for each in by_size for cell in each),
        groups=tuple(cells(most, _by_group(occurrences, groups))),
        precision=_precision("no false positives", spared.tpr, spared.fpr),
    )


def largest(sizes: Sequence[Size]) -> int:
    """Returns the position of the largest number of photos.

    >>> largest([1, "all", 30])
    1
    """
    return max(range(len(sizes)), key=lambda at: float("inf") if sizes[at] == "all" else sizes[at])


def _checked(occurrences: Int[np.ndarray, " people"], n_people: int) -> Int[np.ndarray, " people"]:
    occurrences = np.asarray(occurrences)
    if occurrences.shape != (n_people,):
        raise ShapeError(f"occurrences must be {n_people} counts, one per person, got shape {occurrences.shape}.")
    check_roles(occurrences)
    return occurrences


def _by_bin(occurrences: Int[np.ndarray, " people"], bins: Sequence[OccurrenceBin] | None) -> list[Group]:
    """All members first, then those of each bin, by rising occurrences."""
    chosen = default_bins(occurrences) if bins is None else tuple(bins)
    check_bins(chosen, occurrences)
    return [
        Group("all", "", occurrences > 0),
        *(Group(str(each), "", each.holds(occurrences)) for each in sorted(chosen)),
    ]


def _by_group(occurrences: Int[np.ndarray, " people"], groups: Sequence[str] | None) -> list[Group]:
    if groups is None:
        return []
    names = np.asarray(groups, dtype=str)
    if names.shape != occurrences.shape:
        raise ShapeError(f"groups must be {len(occurrences)} words, one per person, got shape {names.shape}.")
    present = sorted(set(names[(occurrences > 0) & (names != "")].tolist()))
    return [Group("all", name, (names == name) & (occurrences > 0)) for name in present]


def _trend(verdicts: Bool[np.ndarray, "people draws"], groups: Sequence[Group]) -> TrendTest | None:
    if len(groups) < 2 or (verdicts != verdicts[:, :1]).any():
        return None
    return trend_test(
        [int(verdicts[each.members, 0].sum()) for each in groups], [int(each.members.sum()) for each in groups]
    )


def _precision(at: str, tpr: Estimate, fpr: Estimate) -> tuple[Precision, ...]:
    return tuple(Precision(prior, at, precision_at(prior, tpr, fpr)) for prior in PRIORS)


def _cells(
    scores: Int[np.ndarray, "people draws"],
    size: Size,
    groups: Sequence[Group],
    measured: Sequence[Curve],
    non_members: Bool[np.ndarray, " people"],
    thresholds: Sequence[int],
) -> list[Cell]:
    """The cells of one number of photos, where what they share is counted once."""
    counted = np.stack([*(group.members for group in groups), non_members])
    sizes, cells = counted.sum(axis=1).tolist(), []
    for tau in thresholds:
        found = people_at_least(tau, scores, counted)
        means, deviations = found.mean(axis=1).tolist(), found.std(axis=1).tolist()
        cells += [
            Cell(
                n_photos=size,
                occurrences=group.occurrences,
                tau=tau,
                members=sizes[row],
                non_members=sizes[-1],
                true_positives=means[row],
                false_positives=means[-1],
                true_positives_sd=deviations[row],
                false_positives_sd=deviations[-1],
                tpr=proportion(means[row], sizes[row]),
                fpr=proportion(means[-1], sizes[-1]),
                curve=curve,
                group=group.name,
            )
            for row, (group, curve) in enumerate(zip(groups, measured, strict=True))
        ]
    return cells
