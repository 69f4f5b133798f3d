"""Whether an attack shows that a model leaks: only if it beats everybody who never asked that model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float64, Num

from idia.statistics import Difference, Estimate, auc, auc_difference

Verdict = Literal["leaks", "not distinguishable from a blind guess", "n/a"]


@dataclass(frozen=True, slots=True)
class Claim:
    """What may be said of an attack beside baselines that never asked the model under audit.

    Attributes:
        aucs: Area under the ROC curve of each baseline there is, by its name.
        best: The baseline that the attack is least clearly above; None where that is a coin, or without baselines.
        difference: By how much the area of the attack exceeds that of the best baseline, or the 0.5 of a coin; None
            without baselines.
        verdict: `leaks` if that is above 0 with its whole interval; `n/a` without baselines.
    """

    aucs: Mapping[str, Estimate]
    best: str | None
    difference: Difference | None
    verdict: Verdict


def claim(
    attack_scores: Num[np.ndarray, " people"],
    baselines: Mapping[str, Float64[np.ndarray, " people"] | str],
    is_member: Bool[np.ndarray, " people"],
    *,
    seed: int,
) -> Claim:
    """Returns whether an attack is above every blind baseline, and above a coin, with intervals over people.

    The attack is compared with each of them on the same people. What counts is the comparison whose interval reaches
    lowest: usually with the baseline of the largest area. To be above all of them, each interval must be above 0, so
    the verdict is as reliable as a single one of these intervals, however many baselines there are. A coin stands in
    for baselines that happen to do worse than chance, which would make claims easier, and is always there: an attack
    that cannot be told from chance shows nothing.

    Members and non-members are of one split: with two models whose members are each other's non-members, make a claim
    for either. Averaged over both, every blind baseline has an area of 0.5, whatever it knows.

    Args:
        attack_scores: Scores by the attack on the model under audit `[people]`.
        baselines: Scores of the same people by each baseline, or the reason why there are none.
        is_member: Who is a member `[people]`.
        seed: Keys the resampling.

    Raises:
        ShapeError: The people are not the same, a score is not finite, or members or non-members are missing.

    Source:
        Das, Zhang, Tramèr, "Blind baselines beat membership inference attacks for foundation models", 2024. That
        nothing need be corrected for several comparisons that all must hold: Berger, "Multiparameter hypothesis testing
        and acceptance sampling", Technometrics 24 (1982).
    """
    blind: dict[str, Float64[np.ndarray, " people"]] = {
        name: scores for name, scores in baselines.items() if not isinstance(scores, str)
    }
    if not blind:
        return Claim({}, None, None, "n/a")
    against = {name: auc_difference(attack_scores, scores, is_member, seed=seed) for name, scores in blind.items()}
    aucs = {name: auc(scores[is_member], scores[~is_member], seed=seed) for name, scores in blind.items()}
    coin = auc_difference(attack_scores, np.zeros(len(is_member)), is_member, seed=seed)
    best: str | None = None
    difference = coin
    for name in blind:
        if aucs[name].value > 0.5 and against[name].low < difference.low:
            best, difference = name, against[name]
    verdict: Verdict = "leaks" if difference.low > 0 else "not distinguishable from a blind guess"
    return Claim(aucs, best, difference, verdict)
