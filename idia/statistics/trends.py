"""Whether proportions rise over ordered groups."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, ndtr

from idia.errors import ShapeError

_EXACT_WORK = 10**9  # multiplications; about a second


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
