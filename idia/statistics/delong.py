"""DeLong's comparison of two areas under the ROC curve, careful where people are few or agree."""

import numpy as np
from jaxtyping import Bool, Float64


def delong(
    first: Float64[np.ndarray, " people"],
    second: Float64[np.ndarray, " people"],
    is_member: Bool[np.ndarray, " people"],
) -> tuple[float, float]:
    """Returns by how much the first area exceeds the second, and a standard error that is above 0.

    Each person is compared with everybody of the other kind, by either score; the variance is that of the difference
    of the two shares won, over members and over non-members. One person of each kind is added who speaks half for the
    one score and half for the other as strongly as can be: without it, scores that agree on the people at hand would be
    taken to agree on everybody.

    Args:
        first: One score per person `[people]`.
        second: Another score of the same people `[people]`.
        is_member: Who is a member `[people]`.

    Source:
        DeLong, DeLong, Clarke-Pearson, "Comparing the areas under two or more correlated receiver operating
        characteristic curves: a nonparametric approach", Biometrics 44 (1988). The added person, as for proportions:
        Agresti, Min, "Simple improved confidence intervals for comparing matched proportions", Statistics in Medicine
        24 (2005).
    """
    of_members = _shares(first[is_member], first[~is_member]) - _shares(second[is_member], second[~is_member])
    of_others = _shares(-first[~is_member], -first[is_member]) - _shares(-second[~is_member], -second[is_member])
    variance = sum(_variance_of_mean(each) for each in (of_members, of_others))
    return float(of_members.mean()), float(np.sqrt(variance))


def _shares(
    scores: Float64[np.ndarray, " people"], others: Float64[np.ndarray, " others"]
) -> Float64[np.ndarray, " people"]:
    """Which share of the others each person scores above; a tie counts half."""
    ordered = np.sort(others)
    below, not_above = (np.searchsorted(ordered, scores, side=side) for side in ("left", "right"))
    shares: Float64[np.ndarray, " people"] = (below + not_above) / (2 * len(ordered))
    return shares


def _variance_of_mean(differences: Float64[np.ndarray, " people"]) -> float:
    n = len(differences) + 1
    return float((differences @ differences + 1) / n - (differences.sum() / n) ** 2) / n
