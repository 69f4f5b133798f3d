"""Controls: where an attack must find nobody, or everybody, and whether it does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from jaxtyping import Bool, Float64

from idia.statistics import Estimate, auc, rank_sum_p

ControlKind = Literal["permuted-map", "random-weights", "clean-model", "planted-positive"]
"""Everybody under another person's name, the same architecture with random weights, a model that was trained on other
people, and the members' own photos in place of their names."""

FALSE_ALARMS = 1e-4
"""How often a control that finds nobody is said to fail. A run has dozens of them, and one is enough."""

LEAST_PLANTED = 0.9
"""The area under the ROC curve that planted members must at least have."""


@final
@dataclass(frozen=True, slots=True)
class ControlResult:
    """How an attack did where the answer is known.

    Attributes:
        auc: Area under its ROC curve; None where it was not run.
        passed: Whether that is what must come out; None where it was not run.
        reason: Why it was not run.
    """

    auc: Estimate | None
    passed: bool | None
    reason: str | None = None


def judged_control(
    kind: ControlKind,
    scores: Float64[np.ndarray, " people"] | str,
    is_member: Bool[np.ndarray, " people"],
    *,
    seed: int,
) -> ControlResult:
    """Returns whether a control came out as it must.

    A control that must find nobody fails where members score higher than chance allows, in one of 10,000 audits
    (`rank_sum_p`). Lower is no failure: training holds names of members away from other members' faces. The
    planted positive fails where the area is below .9.

    Args:
        kind: Which control it is.
        scores: What the attack says about everybody there `[people]`, or why nothing was asked.
        is_member: Who is called a member in the measurement that the control belongs to `[people]`.
        seed: Keys the bootstrap, and the lots by which rare events are counted.
    """
    if isinstance(scores, str):
        return ControlResult(None, None, scores)
    members, others = scores[is_member], scores[~is_member]
    area = auc(members, others, seed=seed)
    if kind == "planted-positive":
        return ControlResult(area, area.value >= LEAST_PLANTED)
    return ControlResult(area, rank_sum_p(members, others, seed=seed, limit=FALSE_ALARMS) >= FALSE_ALARMS)


def why_invalid(controls: Mapping[ControlKind, ControlResult]) -> str | None:
    """Returns which controls failed, in words; None where none did."""
    failed = []
    for kind, control in controls.items():
        if control.passed is False and control.auc is not None:
            found = "finds people, which it must not" if kind != "planted-positive" else "misses planted members"
            failed.append(f"the control {kind} {found}: AUC {control.auc.value:.2f}")
    return "; ".join(failed) or None
