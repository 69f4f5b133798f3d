"""Two attacks on the same people, each averaged over random draws of photos: by how much the one is ahead."""

import numpy as np
from jaxtyping import Bool, Float64, Num
from scipy.special import ndtr, ndtri

from idia.errors import ShapeError
from idia.statistics.areas import concordance, in_order_of_scores
from idia.statistics.estimates import CONFIDENCE, Difference
from idia.statistics.resampling import BOOTSTRAP_REPLICATES, bootstrap_ends, resampled, weighted

_SMALLEST_P = float(np.finfo(np.float64).tiny)


def share_difference(
    first: Float64[np.ndarray, " people"], second: Float64[np.ndarray, " people"], *, seed: int
) -> Difference:
    """Returns by how much one verdict is given more often than another, averaged over people.

    Where every share is 0 or 1, `mcnemar` is exact. Else a bootstrap over people gives them random weights, and one
    person who was not seen speaks once for the one verdict and once for the other: the interval is never of width 0.

    Args:
        first: In what share of its draws each person is given the one verdict `[people]`.
        second: The same for the other, of the same people in the same order `[people]`.
        seed: Keys the weights.

    Raises:
        ShapeError: There is not one share in [0, 1] per person.
    """
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise ShapeError(f"expected two shares for each person, got shapes {first.shape} and {second.shape}.")
    if not all(((each >= 0) & (each <= 1)).all() for each in (first, second)):
        raise ShapeError("expected shares in [0, 1], got others.")
    leads = np.sort(first - second)  # what the interval is does not depend on the order of people
    weights = weighted(len(leads), seed, 0)
    means, unseen = weights[:, :-1] @ leads, weights[:, -1]
    low, high, p = bootstrap_ends(means - unseen, means + unseen)
    value = float(leads.mean())
    method = f"paired bayesian bootstrap over people ({BOOTSTRAP_REPLICATES}) with one unseen"
    return Difference(value, max(-1.0, min(low, value)), min(1.0, max(high, value)), p, method, len(leads))


def auc_difference_over_draws(
    first: Num[np.ndarray, "people draws"],
    second: Num[np.ndarray, "people draws"],
    is_member: Bool[np.ndarray, " people"],
    *,
    seed: int,
) -> Difference:
    """Returns by how much one area under the ROC curve exceeds another, both averaged over draws.

    As `auc_difference`, which is for one draw: a bootstrap over people, who keep all of their draws, widened to a
    normal interval whose variance reckons with one more member and one more non-member as far off as can be.

    Args:
        first: Whole scores `[people, draws]`.
        second: Others of the same people in the same order `[people, draws]`, of as many draws or not.
        is_member: Who is a member `[people]`.
        seed: Keys the resampling.

    Raises:
        ShapeError: The people are not the same, or members or non-members are missing.
    """
    if not len(first) == len(second) == len(is_member) or is_member.all() or not is_member.any():
        raise ShapeError(
            f"expected two scores for each of some members and some non-members, got {len(first)} and {len(second)} "
            f"people, {int(is_member.sum())} of {len(is_member)} of them members."
        )
    order = in_order_of_scores(_ranks(np.concatenate([first, second], axis=1)))
    members, others = order[is_member[order]], order[~is_member[order]]
    leads = concordance(first[members], first[others]) - concordance(second[members], second[others])
    drawn, drawn_others = (resampled(n, seed, stratum) for stratum, n in enumerate(leads.shape))
    replicates = ((drawn @ leads) * drawn_others).sum(axis=1) / leads.size
    low, high, p = bootstrap_ends(replicates, replicates)
    value = float(leads.mean())
    spreads = [((leads.mean(axis=1 - axis) - value) ** 2).sum() + 1 for axis in range(2)]
    error = float(np.sqrt(sum(spread / n**2 for spread, n in zip(spreads, leads.shape, strict=True))))
    reach = float(ndtri(1 - (1 - CONFIDENCE) / 2)) * error
    low, high = max(-1.0, min(low, value - reach)), min(1.0, max(high, value + reach))
    p = max(p, 2 * float(ndtr(-abs(value) / error)), _SMALLEST_P)
    method = f"paired bootstrap over people ({BOOTSTRAP_REPLICATES}), widened to normal with one more person"
    return Difference(value, low, high, p, method, len(is_member))


def _ranks(scores: Num[np.ndarray, "people draws"]) -> np.ndarray:
    return np.unique(scores, return_inverse=True)[1].reshape(scores.shape)
