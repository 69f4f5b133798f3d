"""Limits: how much a model may leak, or lose, by itself or against a baseline."""

import math
import re
from dataclasses import dataclass

from idia.errors import SettingError
from idia.models.folders import did_you_mean

IDIA = "idia"
UTILITY = "utility"
TEXT_ONLY = ("strangers", "tuni-gibberish", "tuni-names", "tuni-gibberish-photos", "tuni-names-photos", "tuni-release")
ATTACKS = (IDIA, "calibrated", "nameless", *TEXT_ONLY)
LEAKS = ("tpr", "fpr", "auc", "tpr@0.1", "tpr@0.01", "tpr@0.001")
"""What is bounded from above."""

_RULES = (
    "write how much it may rise against the baseline, as 'tpr:+0.05' or 'calibrated/auc:+0.03', or how much utility "
    "may fall, as 'utility:-0.02'"
)
_KEYS = "write 'tpr_max = 0.1', 'calibrated/auc_max = 0.6' or 'utility_min = 0.7'"
_NUMBER = re.compile(r"[+-](\d+(\.\d*)?|\.\d+)")


@dataclass(frozen=True, slots=True)
class Limit:
    """One rule.

    A leak – every metric of an attack – is bounded from above, utility from below. A relative limit bounds the
    difference from the baseline: at `+0.05` a leak may rise by so much, at `-0.05` it must fall by so much. Attacks by
    names alone have no threshold, so that neither `tpr` nor `fpr` is theirs.

    Attributes:
        attack: One of `ATTACKS`, such as `idia` or `tuni-names`; `utility` for what a model is good for.
        metric: `tpr`, `fpr`, `auc` or the TPR at a false-positive rate, as `tpr@0.01`; of utility a task, a metric or
            both, as `captions rank@1`, and every one of them where it is empty.
        bound: A fraction.
        is_relative: Whether it bounds the difference from a baseline.

    Raises:
        SettingError: There is no such metric, or the limit can never be broken.

    >>> str(Limit.parsed("tpr:+0.05")), str(Limit.absolute("calibrated/auc_max", 0.6))
    ('tpr:+0.05', 'calibrated/auc_max = 0.6')
    """

    attack: str
    metric: str
    bound: float
    is_relative: bool

    def __post_init__(self) -> None:
        _check_metric(self.attack, self.metric, _RULES if self.is_relative else _KEYS)
        if not math.isfinite(self.bound) or abs(self.bound) > 1 or (not self.is_relative and self.bound < 0):
            span = "between -1 and 1" if self.is_relative else "between 0 and 1"
            raise SettingError(f"a limit is a fraction {span}, got {self.bound:g} for {self.subject}: 5 % are 0.05.")
        widest = -1.0 if self.is_relative and self.is_utility else 0.0 if self.is_utility else 1.0
        if self.bound == widest:
            raise SettingError(f"the limit {self} can never be broken, and so guards nothing. Choose a tighter one.")

    @classmethod
    def parsed(cls, text: str) -> "Limit":
        """Returns the rule against a baseline that somebody wrote, such as `tpr:+0.05` or `utility:-0.02`.

        Raises:
            SettingError: It is written otherwise, or names no metric.
        """
        subject, colon, number = (part.strip() for part in text.rpartition(":"))
        if not colon or not subject or not number:
            raise SettingError(f"{text!r} is no rule: {_RULES}.")
        attack, metric = _split(subject)
        _check_metric(attack, metric, _RULES)
        if not _NUMBER.fullmatch(number):
            sign = "-" if attack == UTILITY else "+"
            raise SettingError(
                f"{text!r}: expected a fraction with its sign behind the colon, as {subject}:{sign}0.05, got "
                f"{number!r}."
            )
        return cls(attack, metric, float(number), True)

    @classmethod
    def absolute(cls, key: str, value: object) -> "Limit":
        """Returns the limit under a key such as `tpr_max`, `calibrated/auc_max` or `utility_min`.

        Args:
            key: As in `idia-gates.toml` and in the marker `idia_gate`.
            value: A fraction.

        Raises:
            SettingError: There is no such key, or the value is no fraction.
        """
        known = [f"{metric}_max" for metric in LEAKS] + [f"{UTILITY}_min"]
        subject, _, side = key.rpartition("_")
        if side not in ("max", "min") or not subject:
            raise SettingError(f"{key!r} is no limit.{did_you_mean(key, known)} {_KEYS.capitalize()}.")
        attack, metric = _split(subject)
        _check_metric(attack, metric, _KEYS)
        expected = "min" if attack == UTILITY else "max"
        if side != expected:
            why = "utility is bounded from below" if attack == UTILITY else "a leak is bounded from above"
            raise SettingError(f"{key!r} is no limit: {why}. Write {subject}_{expected}.")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SettingError(f"{key} must be a fraction such as 0.1, got {value!r}.")
        return cls(attack, metric, float(value), False)

    @property
    def is_utility(self) -> bool:
        """Whether it is about what a model is good for: more is better, and the limit is a lower one."""
        return self.attack == UTILITY

    @property
    def subject(self) -> str:
        """What is bounded, as it is written: `tpr`, `calibrated/auc`, `utility/captions rank@1`."""
        if self.is_utility:
            return f"{UTILITY}/{self.metric}" if self.metric else UTILITY
        return self.metric if self.attack == IDIA else f"{self.attack}/{self.metric}"

    def __str__(self) -> str:
        if self.is_relative:
            return f"{self.subject}:{self.bound:+g}"
        return f"{self.subject}_{'min' if self.is_utility else 'max'} = {self.bound:g}"


def _split(subject: str) -> tuple[str, str]:
    attack, slash, metric = (part.strip() for part in subject.partition("/"))
    if slash:
        return attack, metric
    return (UTILITY, "") if attack == UTILITY else (IDIA, attack)


def _check_metric(attack: str, metric: str, how: str) -> None:
    if attack == UTILITY:
        return  # its tasks are known from records only
    if attack not in ATTACKS:
        known = [*ATTACKS, UTILITY]
        raise SettingError(
            f"there is no attack {attack!r}.{did_you_mean(attack, known)} There are {', '.join(known)}; {how}."
        )
    if metric not in LEAKS:
        raise SettingError(
            f"there is no metric {metric!r}.{did_you_mean(metric, [*LEAKS, UTILITY])} There are {', '.join(LEAKS)} "
            f"and {UTILITY}; {how}."
        )
