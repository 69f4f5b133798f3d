"""Scores of people by judges who never saw them: cross-validation, the same whatever the order of people."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool, Float64, Int64, UInt64

from idia.randomness import random_bits
from idia.statistics.areas import pairs_won

N_FOLDS = 5

FEWEST = 10
"""Members, and non-members, that it takes: two of each in every fold."""

REPEATS = 3
"""How often everybody is dealt into folds anew, so that a score depends less on who was judged with whom."""

Judge = Callable[[Int64[np.ndarray, " others"], Int64[np.ndarray, " judged"]], Float64[np.ndarray, " judged"]]
"""Learns from people of known membership, given by their numbers, and scores others, given by theirs."""

# Two who differ in nothing must tie, whatever the last bits of a sum say.
_DECIMALS = 9


def out_of_fold(
    judge: Judge,
    is_member: Bool[np.ndarray, " people"],
    keys: UInt64[np.ndarray, " people"],
    *,
    seed: int,
    repeats: int = REPEATS,
) -> Float64[np.ndarray, " people"]:
    """Returns a score of everybody by a judge who learned from the others `[people]`, in (0, 1).

    Members and non-members are dealt into five folds each. A score is the person's rank within the fold, as a fraction,
    averaged over repeats. Ranks, because the scores of two folds come from two judges, each of whom misses other people
    and leans the other way for it: compared directly, a judge who knows nothing would have an area below 0.5.

    Args:
        judge: Learns and scores.
        is_member: Who is a member `[people]`.
        keys: What everybody is told apart by `[people]`: it decides on the fold.
        seed: Keys the folds.
        repeats: How often to deal.
    """
    total = np.zeros(len(is_member))
    for repeat in range(repeats):
        folds = dealt(is_member, keys, seed, repeat)
        for fold in range(N_FOLDS):
            judged = np.flatnonzero(folds == fold)
            if len(judged):
                total[judged] += ranks(judge(np.flatnonzero(folds != fold), judged))
    return total / repeats


def strongest(
    judges: Sequence[Judge], is_member: Bool[np.ndarray, " people"], keys: UInt64[np.ndarray, " people"]
) -> Judge:
    """Returns the judge who asks, of several, the one who does best by cross-validation among those learned from."""

    def judge(
        others: Int64[np.ndarray, " others"], judged: Int64[np.ndarray, " judged"]
    ) -> Float64[np.ndarray, " judged"]:
        def area_of(each: Judge) -> float:
            scores = out_of_fold(
                lambda known, left_out: each(others[known], others[left_out]),
                is_member[others],
                keys[others],
                seed=0,
                repeats=1,
            )
            return area(scores, is_member[others])

        return (judges[0] if len(judges) == 1 else max(judges, key=area_of))(others, judged)

    return judge


def dealt(
    is_member: Bool[np.ndarray, " people"], keys: UInt64[np.ndarray, " people"], seed: int, repeat: int
) -> Int64[np.ndarray, " people"]:
    """Returns everybody's fold `[people]`: members are dealt in turn, then non-members, each in a random order."""
    order = np.lexsort((random_bits(seed, repeat, keys), ~is_member))
    folds = np.empty(len(order), dtype=np.int64)
    folds[order] = np.arange(len(order)) % N_FOLDS
    return folds


def ranks(scores: Float64[np.ndarray, " people"]) -> Float64[np.ndarray, " people"]:
    """Returns the rank of every score as a fraction in (0, 1); ties share theirs.

    >>> ranks(np.array([3.0, 1.0, 1.0, 7.0])).tolist()
    [0.625, 0.25, 0.25, 0.875]
    """
    rounded = np.round(scores, _DECIMALS)
    ordered = np.sort(rounded)
    below, not_above = (np.searchsorted(ordered, rounded, side=side) for side in ("left", "right"))
    fractions: Float64[np.ndarray, " people"] = (below + not_above) / (2 * len(ordered))
    return fractions


def area(scores: Float64[np.ndarray, " people"], is_member: Bool[np.ndarray, " people"]) -> float:
    """Returns the area under the ROC curve, without an interval."""
    members, others = scores[is_member], scores[~is_member]
    won = pairs_won(members, others, np.ones((1, len(members))), np.ones((1, len(others))))
    return float(won[0]) / (len(members) * len(others))
