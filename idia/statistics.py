"""Proportions and areas under the ROC curve with 95 % intervals over people, and the trend of proportions."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float64, Int
from scipy.optimize import brentq
from scipy.special import betaincinv, gammaln, ndtr, ndtri

from idia.errors import ShapeError
from idia.randomness import random_fractions

CONFIDENCE = 0.95
BOOTSTRAP_REPLICATES = 2_000

_EXACT_WORK = 10**9  # multiplications; about a second
_BATCH = 4_096  # draws compared together


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured number with its interval.

    Attributes:
        value: The point estimate, a fraction in [0, 1].
        low: Lower end of the 95 % interval.
        high: Upper end of the 95 % interval; always greater than `low`.
        method: How the interval was made.
        n: How many people it rests on.
    """

    value: float
    low: float
    high: float
    method: str
    n: int


@dataclass(frozen=True, slots=True)
class TrendTest:
    """Whether proportions rise over ordered groups.

    Attributes:
        p: How likely, if all groups were alike, a rise at least as clear as the one observed is; above 0.
        method: How it was computed.
        n: How many people it rests on.
    """

    p: float
    method: str
    n: int


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


def concordance(
    member_scores: Int[np.ndarray, "members draws"], non_member_scores: Int[np.ndarray, "non_members draws"]
) -> Float64[np.ndarray, "members non_members"]:
    """Returns how often each member scores above each non-member, in fractions of the draws; a tie counts half."""
    n_draws = member_scores.shape[1]
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
    n_members, n_non_members = wins.shape
    value = float(wins.mean())
    replicates = ((_resampled(n_members, seed, 0) @ wins) * _resampled(n_non_members, seed, 1)).sum(axis=1) / wins.size
    tail = 100 * (1 - CONFIDENCE) / 2
    bootstrap = [float(end) for end in np.percentile(replicates, [tail, 100 - tail])]
    newcombe = _newcombe(value, n_members, n_non_members)
    low, high = min(value, bootstrap[0], newcombe[0]), max(value, bootstrap[1], newcombe[1])
    method = f"bootstrap over people ({BOOTSTRAP_REPLICATES}), widened to newcombe"
    return Estimate(value, low, high, method, n_members + n_non_members)


def in_order_of_scores(scores: Int[np.ndarray, "people draws"]) -> Int[np.ndarray, " people"]:
    """Returns the indices of people by their score in the first draw, then in the second, and so on `[people]`."""
    # Big-endian numbers from 0 up are in the order of their bytes, which compare at once, however many draws there are.
    above = scores if scores.dtype == np.uint8 else (scores.astype(np.int64) - int(scores.min())).astype(">u8")
    rows = [row.tobytes() for row in above]
    return np.array(sorted(range(len(rows)), key=rows.__getitem__), dtype=np.intp)


@lru_cache(maxsize=16)  # the groups of a result, and the non-members
def _resampled(n: int, seed: int, stratum: int) -> Float64[np.ndarray, "replicates n"]:
    """How often each of n people is drawn in each bootstrap replicate."""
    replicate = np.arange(BOOTSTRAP_REPLICATES, dtype=np.uint64)[:, None]
    drawn = (random_fractions(seed, stratum, replicate, np.arange(n, dtype=np.uint64)) * n).astype(np.intp)
    counts = np.zeros((BOOTSTRAP_REPLICATES, n))
    np.add.at(counts, (np.arange(BOOTSTRAP_REPLICATES)[:, None], drawn), 1)
    counts.flags.writeable = False
    return counts


def _newcombe(auc: float, n_members: int, n_non_members: int) -> tuple[float, float]:
    z = float(ndtri(1 - (1 - CONFIDENCE) / 2))
    extra = (n_members + n_non_members) / 2 - 1

    def excess(theta: float) -> float:
        pairs = n_members * n_non_members
        spread = 1 + extra * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        return (auc - theta) ** 2 - z * z * theta * (1 - theta) * spread / pairs

    low = 0.0 if auc <= 0 else float(brentq(excess, 0.0, auc - 1e-12))
    high = 1.0 if auc >= 1 else float(brentq(excess, auc + 1e-12, 1.0))
    return low, high


def trend_test(successes: Sequence[int], totals: Sequence[int], scores: Sequence[int] | None = None) -> TrendTest:
    """Returns whether proportions rise over ordered groups: the one-sided Cochran-Armitage test.

    The number of successes is held fixed and their sum of scores is compared with that of every way to deal them out
    among the people, all equally likely if the groups are alike. This is exact, and hence conservative, for any number
    of people; only where it would take minutes, with thousands of people, is a normal distribution put in its place.

    Args:
        successes: How many people of each group `[groups]`.
        totals: How many people there are in each group `[groups]`, at least one.
        scores: Whole numbers that say how far apart the groups are `[groups]`; by default their ranks.

    Raises:
        ShapeError: There are fewer than two groups, or numbers that are not counts of the same groups.

    Source:
        Armitage, "Tests for linear trends in proportions and frequencies", Biometrics 11 (1955); conditional on the
        margins as in Agresti, "A survey of exact inference for contingency tables", Statistical Science 7 (1992).

    >>> round(trend_test([0, 3], [3, 3]).p, 6)  # one of 20 ways to choose three of six people
    0.05
    """
    levels = list(range(len(totals))) if scores is None else list(scores)
    counted = len(successes) == len(totals) == len(levels) >= 2
    if not counted or not all(0 <= x <= n and n >= 1 for x, n in zip(successes, totals, strict=True)):
        raise ShapeError(
            f"expected successes, totals and scores of the same two or more groups, got {list(successes)} of "
            f"{list(totals)} with scores {levels}."
        )
    found, levels = list(successes), [level - min(levels) for level in levels]
    if 2 * sum(found) > sum(totals):  # those who are missed are fewer, and fall where those who are found rise
        found = [n - x for x, n in zip(found, totals, strict=True)]
        levels = [max(levels) - level for level in levels]
    n_found = sum(found)
    observed = sum(x * level for x, level in zip(found, levels, strict=True))
    work = sum(totals) * (n_found + 1) * (n_found * max(levels) + 1)
    if work <= _EXACT_WORK:
        method, p = "exact conditional cochran-armitage", _exact_tail(n_found, observed, totals, levels)
    else:
        method, p = "cochran-armitage, normal", _normal_tail(n_found, observed, totals, levels)
    # Nothing is impossible, however few bits are left to say so.
    return TrendTest(min(max(p, sys.float_info.min), 1.0), method, sum(totals))


def _exact_tail(n_found: int, observed: int, totals: Sequence[int], levels: Sequence[int]) -> float:
    """How likely the found people's sum of scores is at least the observed one.

    Groups are added one after the other to a table of [people found, sum of scores]. Its entries are probabilities of
    independent binomial counts, which given their sum are those of dealing out: positive numbers alone are added and
    multiplied, so that even the smallest tail keeps its digits.
    """
    rate = n_found / sum(totals)
    if rate == 0:
        return 1.0
    table = np.zeros((n_found + 1, n_found * max(levels) + 1))
    table[0, 0] = 1.0
    for n, level in zip(totals, levels, strict=True):
        x = np.arange(n + 1)
        ways = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
        weights = np.exp(ways + x * math.log(rate) + (n - x) * math.log1p(-rate))
        before, table = table, np.zeros_like(table)
        for more in range(min(n, n_found) + 1):
            shift = more * level
            table[more:, shift:] += weights[more] * before[: n_found + 1 - more, : before.shape[1] - shift]
    sums = table[n_found]
    return float(sums[observed:].sum() / sums.sum())


def _normal_tail(n_found: int, observed: int, totals: Sequence[int], levels: Sequence[int]) -> float:
    n, sizes, scores = sum(totals), np.array(totals, dtype=np.float64), np.array(levels, dtype=np.float64)
    mean = float(sizes @ scores) / n
    spread = float(sizes @ (scores - mean) ** 2) * n_found * (n - n_found) / (n * (n - 1))
    return 1.0 if spread == 0 else float(ndtr((n_found * mean - observed) / math.sqrt(spread)))
