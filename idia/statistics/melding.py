"""The rate of members above a threshold that is itself only known from non-members: an interval for both at once."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float64, Int
from scipy.optimize import brentq
from scipy.special import betainc, gammaln

from idia.statistics.estimates import CONFIDENCE

_TAIL = (1 - CONFIDENCE) / 2

Found = Callable[[Int[np.ndarray, " ranks"]], Float64[np.ndarray, " ranks"]]
"""How many members score strictly above the j-th highest non-member, for j from 0 (nobody) to n + 1 (everybody)."""


def melded_interval(found: Found, members: int, non_members: int, fpr: float) -> tuple[float, float]:
    """Returns the 95 % interval of the TPR at a false-positive rate.

    The threshold that has this false-positive rate lies between two neighbouring non-members, but not always between
    the two that the rate times their number points to. Whatever the distribution of scores is, the J-th highest
    non-member is the last one above it with a binomial chance, J ~ B(n, fpr). The lower end takes the members above
    that one, and the upper end those above the next one; around each stands Clopper and Pearson's interval. Mixed over
    J, both uncertainties are in one interval. Where the threshold is known it is Clopper and Pearson's, and where all
    members are known it is that of order statistics.

    With so few non-members that J is 0 in more than 2.5 % of the cases – that is, as long as (1 - fpr)**n is greater –
    no threshold is sure to have so few false positives, and the lower end is 0.

    Args:
        found: See `Found`; whole numbers that rise with j, or their expectations.
        members: How many members there are.
        non_members: How many non-members there are.
        fpr: The false-positive rate, a fraction between 0 and 1.

    Source:
        Fay, Proschan, Brittain, "Combining one-sample confidence procedures for inference in the two-sample case",
        Biometrics 71 (2015), of which this melds an interval for a quantile with one for a proportion.
    """
    ranks, chances = _ranks(non_members, fpr)
    surely, possibly = found(ranks), found(ranks + 1)

    def below(rate: float) -> float:
        positive = surely > 0  # nobody found: the lower end is 0 for certain
        beta = betainc(np.where(positive, surely, 1), members - surely + 1, rate)
        return float(chances @ np.where(positive, beta, 1.0))

    def above(rate: float) -> float:
        missing = possibly < members  # everybody found: the upper end is 1 for certain
        beta = betainc(np.where(missing, members - possibly, 1), possibly + 1, 1 - rate)
        return float(chances @ np.where(missing, beta, 1.0))

    low = 0.0 if below(0.0) >= _TAIL else float(brentq(lambda rate: below(rate) - _TAIL, 0.0, 1.0))
    high = 1.0 if above(1.0) >= _TAIL else float(brentq(lambda rate: above(rate) - _TAIL, 0.0, 1.0))
    return low, high


def _ranks(n: int, fpr: float) -> tuple[Int[np.ndarray, " ranks"], Float64[np.ndarray, " ranks"]]:
    """The values that J takes, but for those too rare to matter, and their chances."""
    mean, spread = n * fpr, (n * fpr * (1 - fpr)) ** 0.5
    ranks = np.arange(max(0, int(mean - 9 * spread - 9)), min(n, int(mean + 9 * spread + 40)) + 1)
    ways = gammaln(n + 1) - gammaln(ranks + 1) - gammaln(n - ranks + 1)
    return ranks, np.exp(ways + ranks * np.log(fpr) + (n - ranks) * np.log1p(-fpr))
