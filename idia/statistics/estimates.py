"""A measured number with its interval over people."""

from dataclasses import dataclass

CONFIDENCE = 0.95


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
