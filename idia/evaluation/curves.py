"""How well a score ranks members above non-members, group by group."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Num

from idia.evaluation.results import Curve, OperatingPoint
from idia.statistics import auc_of, concordance, in_order_of_scores, tpr_at_fpr, tpr_at_no_false_positives

FALSE_POSITIVE_RATES = (0.1, 0.01, 0.001)
"""At which it is said what is found."""


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """Members that are reported together.

    Attributes:
        occurrences: Their training occurrences: `all`, one count or a closed range.
        name: Their group in the membership table; empty for all members.
        members: Who they are `[people]`.
    """

    occurrences: str
    name: str
    members: Bool[np.ndarray, " people"]


def curves(
    scores: Num[np.ndarray, "people draws"],
    groups: Sequence[Group],
    non_members: Bool[np.ndarray, " people"],
    seed: int,
    *,
    only_areas: bool = False,
) -> list[Curve]:
    """Returns the curve of each group; what groups share is counted once.

    Args:
        scores: Scores `[people, draws]`, the higher the more likely a member.
        groups: Members to compare with the non-members.
        non_members: Who is none `[people]`.
        seed: Keys the bootstrap.
        only_areas: Whether nothing is asked but the area.
    """
    # Areas and rates depend on nothing but the order of the scores.
    ranks = np.unique(scores, return_inverse=True)[1].reshape(scores.shape)
    anybody = np.logical_or.reduce([group.members for group in groups]) if groups else np.zeros_like(non_members)
    ordered = in_order_of_scores(ranks)
    members, others = ordered[anybody[ordered]], ordered[non_members[ordered]]
    wins = concordance(ranks[members], ranks[others])
    areas = [auc_of(wins[group.members[members]], seed=seed) for group in groups]
    if only_areas:
        return [Curve(area) for area in areas]
    first, first_others = ranks[:, 0], ranks[others, 0]
    return [
        Curve(
            area,
            tuple(
                OperatingPoint(fpr, tpr_at_fpr(first[group.members], first_others, fpr)) for fpr in FALSE_POSITIVE_RATES
            ),
            tpr_at_no_false_positives(first[group.members], first_others),
        )
        for group, area in zip(groups, areas, strict=True)
    ]
