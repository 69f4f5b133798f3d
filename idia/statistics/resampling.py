"""The bootstrap over people: who is drawn how often."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float64

from idia.randomness import random_fractions

BOOTSTRAP_REPLICATES = 2_000


@lru_cache(maxsize=16)  # the groups of a result, and the non-members
def resampled(n: int, seed: int, stratum: int) -> Float64[np.ndarray, "replicates n"]:
    """How often each of n people is drawn in each bootstrap replicate."""
    replicate = np.arange(BOOTSTRAP_REPLICATES, dtype=np.uint64)[:, None]
    drawn = (random_fractions(seed, stratum, replicate, np.arange(n, dtype=np.uint64)) * n).astype(np.intp)
    counts = np.zeros((BOOTSTRAP_REPLICATES, n))
    np.add.at(counts, (np.arange(BOOTSTRAP_REPLICATES)[:, None], drawn), 1)
    counts.flags.writeable = False
    return counts
