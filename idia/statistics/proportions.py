"""Proportions of people with exact intervals."""

import math

from scipy.special import betaincinv

from idia.errors import ShapeError
from idia.statistics.estimates import CONFIDENCE, Estimate


def clopper_pearson(successes: int, n: int) -> tuple[float, float]:
    """Returns the exact 95 % interval of a proportion.

    Source:
        Clopper, Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
        Biometrika 26 (1934).

    >>> [round(end, 3) for end in clopper_pearson(0, 9)]
    [0.0, 0.336]
    """
    if not 0 <= successes <= n or n < 1:
        raise ShapeError(f"expected 0 <= successes <= n and n >= 1, got {successes} of {n}.")
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if successes == 0 else float(betaincinv(successes, n - successes + 1, tail))
    high = 1.0 if successes == n else float(betaincinv(successes + 1, n - successes, 1 - tail))
    return low, high


def proportion(mean_successes: float, n: int) -> Estimate:
    """Returns a proportion of people with its Clopper-Pearson interval.

    Where the number of successes is a mean over draws, it need not be whole: the interval then is the envelope of the
    intervals of the rounded-down and the rounded-up number.

    Args:
        mean_successes: How many of the people, in [0, n].
        n: How many people.
    """
    # A mean of whole numbers may miss a whole number by rounding: 43.00000000000001 people are 43.
    nearest = round(mean_successes)
    exact = math.isclose(mean_successes, nearest, abs_tol=1e-9)
    below, above = (nearest, nearest) if exact else (math.floor(mean_successes), math.ceil(mean_successes))
    method = "clopper-pearson" if exact else "clopper-pearson envelope over draws"
    value = nearest / n if exact else mean_successes / n
    return Estimate(value, clopper_pearson(below, n)[0], clopper_pearson(above, n)[1], method, n)
