"""The bootstrap over people: who is drawn how often, or how much each weighs."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float64, UInt64

from idia.randomness import random_fractions
from idia.statistics.estimates import CONFIDENCE

BOOTSTRAP_REPLICATES = 2_000


@lru_cache(maxsize=16)  # the groups of a result, and the non-members
def resampled(n: int, seed: int, stratum: int) -> Float64[np.ndarray, "replicates n"]:
    """How often each of n people is drawn in each bootstrap replicate."""
    drawn = (random_fractions(seed, stratum, _replicate(), np.arange(n, dtype=np.uint64)) * n).astype(np.intp)
    counts = np.zeros((BOOTSTRAP_REPLICATES, n))
    np.add.at(counts, (np.arange(BOOTSTRAP_REPLICATES)[:, None], drawn), 1)
    counts.flags.writeable = False
    return counts


@lru_cache(maxsize=4)  # members and non-members
def weighted(n: int, seed: int, stratum: int) -> Float64[np.ndarray, "replicates n_and_unseen"]:
    """How much each of n people weighs, and last one who was not seen, in each replicate of a Bayesian bootstrap.

    Weights are positive and add up to 1. Those of k people have the distribution Beta(k, n - k + 1), with which k
    successes of n make the lower end of Clopper and Pearson's interval; with the unseen person, the upper end.

    Source:
        Rubin, "The Bayesian bootstrap", Annals of Statistics 9 (1981).
    """
    fractions = random_fractions(seed, stratum, _replicate(), np.arange(n + 1, dtype=np.uint64))
    weights: Float64[np.ndarray, "replicates n_and_unseen"] = -np.log1p(-fractions)
    weights /= weights.sum(axis=1, keepdims=True)
    weights.flags.writeable = False
    return weights


def bootstrap_ends(
    lows: Float64[np.ndarray, " replicates"], highs: Float64[np.ndarray, " replicates"]
) -> tuple[float, float, float]:
    """Returns the ends of a 95 % interval and the p-value that is at most 5 % exactly where they exclude 0.

    Args:
        lows: What is resampled, where in doubt too low `[replicates]`.
        highs: The same, where in doubt too high `[replicates]`; the same numbers where there is no doubt.
    """
    n = len(lows)
    outside = int((n + 1) * (1 - CONFIDENCE) / 2)
    low, high = float(np.sort(lows)[outside - 1]), float(np.sort(highs)[n - outside])
    rarer = min(int((lows <= 0).sum()), int((highs >= 0).sum()))
    return low, high, min(1.0, 2 * (1 + rarer) / (n + 1))


def _replicate() -> UInt64[np.ndarray, "replicates 1"]:
    numbers: UInt64[np.ndarray, "replicates 1"] = np.arange(BOOTSTRAP_REPLICATES, dtype=np.uint64)[:, None]
    return numbers
