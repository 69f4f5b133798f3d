"""Areas under the ROC curve with intervals over people."""

import numpy as np
from jaxtyping import Float64, Int, Num
from scipy.optimize import brentq
from scipy.special import ndtri

from idia.statistics.checks import checked_scores
from idia.statistics.estimates import CONFIDENCE, Estimate
from idia.statistics.resampling import BOOTSTRAP_REPLICATES, resampled

_BATCH = 4_096  # draws compared together
_FEW_PAIRS = 1_000_000
_BATCH_SIZE = 2**20  # numbers of replicates times people held together


def concordance(
    member_scores: Num[np.ndarray, "members draws"], non_member_scores: Num[np.ndarray, "non_members draws"]
) -> Float64[np.ndarray, "members non_members"]:
    """Returns how often each member scores above each non-member, in fractions of the draws; a tie counts half."""
    n_draws = member_scores.shape[1]
    if n_draws == 1:
        return ((member_scores > non_member_scores.T) + (member_scores >= non_member_scores.T).astype(np.float64)) / 2
    doubled = np.zeros((len(member_scores), len(non_member_scores)))
    for start in range(0, n_draws, _BATCH):
        members, others = member_scores[:, start : start + _BATCH], non_member_scores[:, start : start + _BATCH]
        for level in np.unique(others):
            # Whole numbers, which float32 adds up exactly as long as there are fewer than 2**24.
            points = (members > level).astype(np.float32) + (members >= level)
            doubled += points @ (others == level).astype(np.float32).T
    fractions: Float64[np.ndarray, "members non_members"] = doubled / 2 / n_draws
    return fractions


def auc_over_draws(
    member_scores: Int[np.ndarray, "members draws"],
    non_member_scores: Int[np.ndarray, "non_members draws"],
    *,
    seed: int,
) -> Estimate:
    """Returns the area under the ROC curve, averaged over draws, with an interval over people.

    Args:
        member_scores: Scores `[members, draws]`.
        non_member_scores: Scores `[non_members, draws]`.
        seed: Keys the resampling.
    """
    members, others = (scores[in_order_of_scores(scores)] for scores in (member_scores, non_member_scores))
    return auc_of(concordance(members, others), seed=seed)


def auc_of(wins: Float64[np.ndarray, "members non_members"], *, seed: int) -> Estimate:
    """Returns the area under the ROC curve with an interval over people.

    The interval is a bootstrap over people – members and non-members are resampled separately, a person keeps all of
    her or his draws – widened to Newcombe's where that reaches further. A bootstrap alone knows nothing of what it has
    not seen: with nine non-members, of whom none or one ever scores, it holds the truth in 70 % of the cases instead of
    95 %, and where scores are perfectly separated it has no width at all.

    Args:
        wins: How often each member scores above each non-member `[members, non_members]`, from `concordance`. People
            must be `in_order_of_scores`, which makes the resampling independent of the order they came in.
        seed: Keys the resampling.

    Source:
        Newcombe, "Confidence intervals for an effect size measure based on the Mann-Whitney statistic. Part 2",
        Statistics in Medicine 25 (2006), method 5.
    """
    drawn, drawn_others = (resampled(n, seed, stratum) for stratum, n in enumerate(wins.shape))
    replicates = ((drawn @ wins) * drawn_others).sum(axis=1) / wins.size
    return _estimate(float(wins.mean()), replicates, *wins.shape)


def auc(
    member_scores: Num[np.ndarray, " members"], non_member_scores: Num[np.ndarray, " others"], *, seed: int
) -> Estimate:
    """Returns the area under the ROC curve of one real score per person, with an interval over people.

    Without draws to average over, this is `auc_over_draws` in a time that grows with people instead of pairs.

    Args:
        member_scores: Scores `[members]`, the higher the more likely a member.
        non_member_scores: Scores `[non_members]`; a tie counts half.
        seed: Keys the resampling.

    Raises:
        ShapeError: There is not one finite score per person.

    >>> auc(np.array([3.5, 2.0]), np.array([2.0, -1.0]), seed=0).value
    0.875
    """
    members = np.sort(checked_scores(member_scores, "members"))
    others = np.sort(checked_scores(non_member_scores, "non-members"))
    if len(members) * len(others) <= _FEW_PAIRS:  # multiplying is quicker than looking places up, to the same sums
        return auc_of(concordance(members[:, None], others[:, None]), seed=seed)
    drawn, drawn_others = resampled(len(members), seed, 0), resampled(len(others), seed, 1)
    won = pairs_won(members, others, np.ones((1, len(members))), np.ones((1, len(others))))
    pairs = len(members) * len(others)
    replicates = pairs_won(members, others, drawn, drawn_others) / pairs
    return _estimate(float(won[0]) / pairs, replicates, len(members), len(others))


def pairs_won(
    member_scores: Float64[np.ndarray, " members"],
    non_member_scores: Float64[np.ndarray, " others"],
    member_counts: Float64[np.ndarray, "replicates members"],
    non_member_counts: Float64[np.ndarray, "replicates others"],
) -> Float64[np.ndarray, " replicates"]:
    """Returns in how many pairs the member scores higher, if everybody is there so often; a tie counts half.

    These are whole numbers and halves, and exact.
    """
    order = np.argsort(non_member_scores, kind="stable")
    ascending, won = non_member_scores[order], np.empty(len(member_counts))
    below, not_above = (np.searchsorted(ascending, member_scores, side=side) for side in ("left", "right"))
    rows = max(1, _BATCH_SIZE // (len(member_scores) + len(order)))
    for start in range(0, len(won), rows):
        part = slice(start, start + rows)
        lower = np.concatenate(
            [np.zeros((len(won[part]), 1)), np.cumsum(non_member_counts[part][:, order], axis=1)], axis=1
        )
        won[part] = (member_counts[part] * (lower[:, below] + lower[:, not_above])).sum(axis=1) / 2
    return won


def in_order_of_scores(scores: Int[np.ndarray, "people draws"]) -> Int[np.ndarray, " people"]:
    """Returns the indices of people by their score in the first draw, then in the second, and so on `[people]`."""
    # Big-endian numbers from 0 up are in the order of their bytes, which compare at once, however many draws there are.
    above = scores if scores.dtype == np.uint8 else (scores.astype(np.int64) - int(scores.min())).astype(">u8")
    rows = [row.tobytes() for row in above]
    return np.array(sorted(range(len(rows)), key=rows.__getitem__), dtype=np.intp)


def _estimate(
    value: float, replicates: Float64[np.ndarray, " replicates"], n_members: int, n_non_members: int
) -> Estimate:
    tail = 100 * (1 - CONFIDENCE) / 2
    bootstrap = [float(end) for end in np.percentile(replicates, [tail, 100 - tail])]
    newcombe = _newcombe(value, n_members, n_non_members)
    low, high = min(value, bootstrap[0], newcombe[0]), max(value, bootstrap[1], newcombe[1])
    method = f"bootstrap over people ({BOOTSTRAP_REPLICATES}), widened to newcombe"
    return Estimate(value, low, high, method, n_members + n_non_members)


def _newcombe(value: float, n_members: int, n_non_members: int) -> tuple[float, float]:
    z = float(ndtri(1 - (1 - CONFIDENCE) / 2))
    extra = (n_members + n_non_members) / 2 - 1

    def excess(theta: float) -> float:
        pairs = n_members * n_non_members
        spread = 1 + extra * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        return (value - theta) ** 2 - z * z * theta * (1 - theta) * spread / pairs

    low = 0.0 if value <= 0 else float(brentq(excess, 0.0, value - 1e-12))
    high = 1.0 if value >= 1 else float(brentq(excess, value + 1e-12, 1.0))
    return low, high
