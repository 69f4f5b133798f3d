"""Two verdicts about the same people: which is given more often, by the exact test of McNemar."""

import numpy as np
from jaxtyping import Bool, Float64
from scipy.optimize import brentq
from scipy.special import betainc, betaincinv

from idia.errors import ShapeError
from idia.statistics.estimates import CONFIDENCE, Difference

_TAIL = (1 - CONFIDENCE) / 2
_SMALLEST = float(np.finfo(np.float64).tiny)
_QUANTILES = (np.arange(4_000) + 0.5) / 4_000


def mcnemar(first: Bool[np.ndarray, " people"], second: Bool[np.ndarray, " people"]) -> Difference:
    """Returns by how much one verdict is given to more people than another, in fractions of all people.

    Only those decide to whom just one of the two is given: if none is given more readily, each of them is a fair coin.
    The interval belongs to this exact test – it excludes 0 where p is below 5 % – and is Clopper and Pearson's
    carried over to three kinds of people: one person more, who was not seen, speaks against the verdict that is ahead.

    Args:
        first: To whom the first verdict is given `[people]`.
        second: To whom the second one is given, in the same order `[people]`.

    Raises:
        ShapeError: They are not verdicts about the same one or more people.

    Source:
        McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
        Psychometrika 12 (1947), with the binomial distribution itself. The interval melds as in Fay, Proschan,
        Brittain, "Combining one-sample confidence procedures for inference in the two-sample case", Biometrics 71
        (2015).

    >>> mcnemar(np.array([True] * 6 + [False]), np.array([False] * 7)).p  # six fair coins that agree
    0.03125
    """
    one, other = np.asarray(first), np.asarray(second)
    if one.ndim != 1 or one.shape != other.shape or not len(one) or {one.dtype, other.dtype} != {np.dtype(bool)}:
        raise ShapeError(
            f"expected two verdicts, True or False, about the same one or more people, got {one.dtype} of shape "
            f"{one.shape} and {other.dtype} of shape {other.shape}. Compare only whom both are about."
        )
    n, only_first, only_second = len(one), int((one & ~other).sum()), int((other & ~one).sum())
    p = 2 * min(_at_least(only_first, only_second), _at_least(only_second, only_first))
    return Difference(
        (only_first - only_second) / n,
        _low(only_first, only_second, n),
        -_low(only_second, only_first, n),
        min(1.0, max(p, _SMALLEST)),
        "exact mcnemar, clopper-pearson melded",
        n,
    )


def _at_least(heads: int, tails: int) -> float:
    """How likely a fair coin shows so many heads or more."""
    return 1.0 if heads == 0 else float(betainc(heads, tails + 1, 0.5))


def _low(ahead: int, behind: int, n: int) -> float:
    """The lower end of the interval.

    The shares of those who speak for the one, for the other, and for neither have the Dirichlet distribution with
    parameters (ahead, behind + 1, rest): the last two together decide, Beta(ahead + behind + 1, rest), and of those who
    decide the share Beta(ahead, behind + 1) speaks for the one.
    """
    rest = n - ahead - behind
    lead = np.full(1, -1.0) if ahead == 0 else 2 * betaincinv(ahead, behind + 1, _QUANTILES) - 1

    def below(difference: float) -> float:
        return float(_deciding_below(lead, difference, ahead + behind + 1, rest).mean())

    end = float(brentq(lambda end: below(end) - _TAIL, -1.0, 1.0))
    # The chance of a negative difference is known exactly: on which side of 0 the end lies does not hang on quantiles.
    return max(end, _SMALLEST) if _at_least(ahead, behind) < _TAIL else min(end, 0.0)


def _deciding_below(
    lead: Float64[np.ndarray, " quantiles"], difference: float, deciding: int, rest: int
) -> Float64[np.ndarray, " quantiles"]:
    """How likely the share of those who decide, times their lead, is at most so much, for each lead."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip(difference / lead, 0.0, 1.0)
    at_most = betainc(deciding, rest, share) if rest else (share >= 1).astype(np.float64)
    if difference >= 0:
        return np.where(lead <= difference, 1.0, at_most)
    return np.where(lead > difference, 0.0, 1 - at_most)
