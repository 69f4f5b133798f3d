"""What a gate says: one of four verdicts, of which one is green."""

from dataclasses import dataclass
from enum import StrEnum

from idia.gates.limits import Limit


class Verdict(StrEnum):
    """What a gate says about a limit; only `ok` is green.

    `ok`: the whole interval is within the limit. `regressed`: the measured value itself is beyond it. `no evidence`: it
    cannot be told, because there are too few people or there is nothing to compare. `invalid`: a number it would rest
    on means nothing, such as one whose control failed.
    """

    OK = "ok"
    REGRESSED = "regressed"
    NO_EVIDENCE = "no evidence"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a gate says about one limit and one model.

    Attributes:
        verdict: Whether it is green.
        limit: What was asked.
        model: The model's name.
        sentence: What was measured, on how many, what is allowed, and what to do where it is not green.
        value: The number that is compared with the limit: a difference where that is relative; None without any.
        low: Lower end of its 95 % interval.
        high: Upper end of its 95 % interval.
    """

    verdict: Verdict
    limit: Limit
    model: str
    sentence: str
    value: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_ok(self) -> bool:
        """Whether the gate is green."""
        return self.verdict is Verdict.OK
