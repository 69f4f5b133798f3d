"""A measured number with its interval over people, and what stands in its place where people are too few."""

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


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much the first of two measurements of the same people exceeds the second.

    Attributes:
        value: The point estimate, the first less the second, in [-1, 1].
        low: Lower end of the 95 % interval.
        high: Upper end of the 95 % interval; always greater than `low`.
        p: How likely a difference at least as clear, in either direction, is where there is none; above 0. It is at
            most 5 % where the interval excludes 0, and above that where the interval holds 0.
        method: How interval and p were made.
        n: How many people it rests on.
    """

    value: float
    low: float
    high: float
    p: float
    method: str
    n: int


@dataclass(frozen=True, slots=True)
class Unresolved:
    """What is said in place of a rate at a false-positive rate that the non-members are too few to show.

    Attributes:
        n: How many non-members there are.
        needed: How many it takes.

    >>> str(Unresolved(n=300, needed=1_000))
    'n/a, resolution 1/300'
    """

    n: int
    needed: int

    @property
    def resolution(self) -> float:
        """The smallest false-positive rate above 0 that so many non-members can show."""
        return 1 / self.n

    def __str__(self) -> str:
        return f"n/a, resolution 1/{self.n}"
