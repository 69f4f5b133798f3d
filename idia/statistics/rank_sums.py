"""Whether members score higher than chance allows: the rank-sum test, exact enough for rare events."""

import numpy as np
from jaxtyping import Float64, Int64, Num

from idia.randomness import random_fractions
from idia.statistics.checks import checked_scores

_PERMUTATIONS = 99_999
_BATCH = 1 << 20  # random numbers held at once
_FEWEST = 10  # permutations as extreme as the scores: so many say that they are no rare event


def rank_sum_p(
    member_scores: Num[np.ndarray, " members"],
    non_member_scores: Num[np.ndarray, " others"],
    *,
    seed: int,
    limit: float,
) -> float:
    """Returns how likely members rank at least so high by chance alone, one-sided; to be compared with a limit.

    Below the limit the normal distribution is not taken at its word: with few members and scores that are nearly all
    the same it goes there a hundred times as often as it says. Then the members are drawn by lot, 99,999 times. Only
    whatever that finds rare, too, stays below the limit.

    Args:
        member_scores: Scores `[members]`.
        non_member_scores: Scores `[non_members]`; a tie counts half.
        seed: Keys the lots.
        limit: What the result is compared with; 0.0001 or more.

    Raises:
        ShapeError: There is not one finite score per person.

    Source:
        Mann, Whitney, "On a test of whether one of two random variables is stochastically larger than the other",
        Annals of Mathematical Statistics 18 (1947).
    """
    members, others = checked_scores(member_scores, "members"), checked_scores(non_member_scores, "non-members")
    if np.unique([members.min(), members.max(), others.min(), others.max()]).size == 1:
        return 1.0
    from scipy.stats import mannwhitneyu  # takes a while to import

    p = float(mannwhitneyu(members, others, alternative="greater", method="asymptotic").pvalue)
    return p if p >= limit else max(p, _by_lot(members, others, seed))


def _by_lot(members: Float64[np.ndarray, " members"], others: Float64[np.ndarray, " others"], seed: int) -> float:
    """The share of all ways to call so many people members, of a sample of them, in which they rank at least so high.

    Stops early where it is clear that they are many.
    """
    pooled = np.sort(np.concatenate([members, others]))
    doubled = _doubled_ranks(pooled, pooled)
    observed, fewer = int(_doubled_ranks(pooled, members).sum()), min(len(members), len(others))
    if fewer < len(members):  # the fewer are drawn; whoever they are, the rest have what is left
        observed = int(doubled.sum()) - observed
    people, rows = np.arange(len(pooled), dtype=np.uint64), max(1, _BATCH // len(pooled))
    extreme = done = 0
    while done < _PERMUTATIONS and extreme < _FEWEST:
        lots = np.arange(done, min(done + rows, _PERMUTATIONS), dtype=np.uint64)
        drawn = np.argpartition(random_fractions(seed, lots[:, None], people), fewer - 1, axis=1)[:, :fewer]
        sums = doubled[drawn].sum(axis=1)
        extreme += int((sums >= observed if fewer == len(members) else sums <= observed).sum())
        done += len(lots)
    return (1 + extreme) / (1 + done)


def _doubled_ranks(
    pooled: Float64[np.ndarray, " people"], scores: Float64[np.ndarray, " scores"]
) -> Int64[np.ndarray, " scores"]:
    """Twice the mean rank of equal scores: whole numbers."""
    below, up_to = (np.searchsorted(pooled, scores, side) for side in ("left", "right"))
    return (below + up_to + 1).astype(np.int64)
