"""By how much a number differs from the baseline's: the same people or photos pair by pair where that is possible."""

import math
from dataclasses import dataclass

import numpy as np

from idia import statistics
from idia.gates.measured import Measured, Scored
from idia.gates.readings import Reading, leak, usefulness
from idia.records import Document, HeadlineScores

_PAIRED, _UNPAIRED = "paired", "not paired"

_ANSWERS_HANG_ON = ("weights_sha256", "preprocess_sha256", "tokenizer_sha256", "activation", "precision")


@dataclass(frozen=True, eq=False, slots=True)
class Change:
    """A number now less the same number in the baseline.

    Attributes:
        before: The baseline's.
        now: What it is now.
        value: The difference.
        low: Lower end of its 95 % interval.
        high: Upper end of its 95 % interval.
        is_paired: Whether people or photos were compared one by one.
    """

    before: Reading
    now: Reading
    value: float
    low: float
    high: float
    is_paired: bool

    @property
    def n_words(self) -> str:
        """On how many it rests, and whether they are the same ones."""
        if self.is_paired or self.before.n == self.now.n:
            n = f"{self.now.n:,} {self.now.unit}"
        else:
            n = f"{self.before.n:,} and {self.now.n:,} {self.now.unit}"
        return f"{n}, {_PAIRED if self.is_paired else _UNPAIRED}"


def leak_change(now: Scored, before: Scored, metric: str) -> Change | str:
    """Returns by how much a metric of an attack differs from the baseline; or why that cannot be said.

    Args:
        now: What was measured.
        before: The baseline: the same attack on the same people.
        metric: One of `idia.gates.limits.LEAKS`.
    """
    readings = [leak(each.document, metric) for each in (before, now)]
    for which, reading in zip(("in the baseline, ", ""), readings, strict=True):
        if isinstance(reading, str):
            return f"{which}{reading}"
    first, second = (reading for reading in readings if not isinstance(reading, str))
    paired = _paired(now, before)
    if paired is not None:
        difference = _paired_difference(*paired, metric, int(now.document["protocol"]["seed"]))
        if difference is not None:
            return Change(first, second, difference.value, difference.low, difference.high, True)
    return _independent(first, second)


def utility_changes(now: Measured, before: Measured, wanted: str) -> list[Change] | str:
    """Returns by how much each metric of utility differs from the baseline; or why that cannot be said.

    Args:
        now: What was measured.
        before: The baseline.
        wanted: A task, a metric or both; every one of them where it is empty.
    """
    readings = usefulness(now.utility, wanted)
    baseline = usefulness(before.utility, wanted)
    if isinstance(readings, str):
        return readings
    if isinstance(baseline, str):
        return f"in the baseline, {baseline}"
    earlier = {(each.label, each.asked): each for each in baseline}
    later = {(each.label, each.asked): each for each in readings}
    lost = [label for label, _ in earlier.keys() - later.keys()] + [label for label, _ in later.keys() - earlier.keys()]
    if lost:
        return f"{', '.join(sorted(set(lost)))} cannot be compared: not the same task was asked now and in the baseline"
    answers_alike = _answers_alike(now.utility, before.utility)
    return [_utility_change(earlier[key], reading, answers_alike) for key, reading in later.items()]


def independent_interval(first: Reading, second: Reading) -> tuple[float, float]:
    """Returns the interval of the second number less the first, as if they were of different people.

    Where they are of the same ones, and whoever is found by the one is found by the other rather than not, it is wider
    than need be.

    Source:
        Newcombe, "Interval estimation for the difference between independent proportions: comparison of eleven
        methods", Statistics in Medicine 17 (1998), method 10, on the intervals that are there; for others than
        proportions Zou, Donner, "Construction of confidence limits about effect measures", Statistics in Medicine 27
        (2008).
    """
    value = second.value - first.value
    below = math.hypot(second.value - second.low, first.high - first.value)
    above = math.hypot(second.high - second.value, first.value - first.low)
    return max(-1.0, value - below), min(1.0, value + above)


def _independent(first: Reading, second: Reading) -> Change:
    low, high = independent_interval(first, second)
    return Change(first, second, second.value - first.value, low, high, False)


def _paired(now: Scored, before: Scored) -> tuple[HeadlineScores, HeadlineScores] | None:
    """The scores of both, where rows are known to be the same people."""
    one, other = now.scores, before.scores
    if one is None or other is None or len(one.values) != len(other.values):
        return None
    hashes = [(each.document.get("votes") or {}).get("sha256") for each in (now, before)]
    same_file = hashes[0] is not None and hashes[0] == hashes[1]  # the rows of one file are the rows of itself
    same_rows = same_file or (bool(one.order) and one.order == other.order)
    return (one, other) if same_rows and np.array_equal(one.is_member, other.is_member) else None


def _paired_difference(
    now: HeadlineScores, before: HeadlineScores, metric: str, seed: int
) -> statistics.Difference | None:
    varies = now.depends_on_draw or before.depends_on_draw  # then numbers are means over draws
    if metric == "auc" and varies:
        return statistics.auc_difference_over_draws(now.draws, before.draws, now.is_member, seed=seed)
    if metric == "auc":
        return statistics.auc_difference(now.values, before.values, now.is_member, seed=seed)
    if "@" in metric:
        rate = float(metric.partition("@")[2])
        difference = statistics.tpr_difference(now.values, before.values, now.is_member, rate, seed=seed)
        return None if isinstance(difference, statistics.Unresolved) else difference
    if now.shares is None or before.shares is None or now.verdicts is None or before.verdicts is None:
        return None
    whose = now.is_member if metric == "tpr" else ~now.is_member
    if varies:
        return statistics.share_difference(now.shares[whose], before.shares[whose], seed=seed)
    return statistics.mcnemar(now.verdicts[whose], before.verdicts[whose])


def _utility_change(before: Reading, now: Reading, answers_alike: bool) -> Change:
    one, other = now.answers, before.answers
    if one is None or other is None:
        if not answers_alike or (before.value, before.n) != (now.value, now.n):
            return _independent(before, now)
        one = other = np.ones(now.n, dtype=bool)  # which of them are right makes no difference to the difference
    difference = statistics.mcnemar(one, other)
    return Change(before, now, difference.value, difference.low, difference.high, True)


def _answers_alike(now: tuple[Document, ...], before: tuple[Document, ...]) -> bool:
    """Whether it is the same model by its weights, so that each photo is answered alike."""
    facts = {tuple(document["model"][key] for key in _ANSWERS_HANG_ON) for document in (*now, *before)}
    return len(facts) == 1
