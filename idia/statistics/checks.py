"""What a score, a rate or a verdict must be like before anything is computed from it."""

import math
from fractions import Fraction

import numpy as np
from jaxtyping import Bool, Float64, Num

from idia.errors import SettingError, ShapeError


def checked_scores(scores: Num[np.ndarray, " people"], whose: str) -> Float64[np.ndarray, " people"]:
    """Returns one finite score per person.

    Args:
        scores: One score per person `[people]`.
        whose: Whose scores they are, for the message.

    Raises:
        ShapeError: There is nobody, not one score per person, or a score that is not a finite number. An infinite score
            has its place in the order, but the threshold that takes nobody at all would no longer be above it.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1 or not len(values):
        raise ShapeError(
            f"expected one score for each of one or more {whose}, got shape {values.shape}. Pass one axis, [people]."
        )
    if not np.isfinite(values).all():
        raise ShapeError(
            f"expected finite scores of {whose}, got {values[~np.isfinite(values)][0]} among {len(values)}. Leave the "
            "person out of every score, or let the attack say how it scores her or him."
        )
    return values


def checked_pair(
    first: Num[np.ndarray, " people"], second: Num[np.ndarray, " people"], is_member: Bool[np.ndarray, " people"]
) -> tuple[Float64[np.ndarray, " people"], Float64[np.ndarray, " people"], Bool[np.ndarray, " people"]]:
    """Returns two scores of the same people and who of them is a member.

    Raises:
        ShapeError: The people are not the same number everywhere, a score is not finite, or members or non-members are
            missing.
    """
    one, other = checked_scores(first, "people"), checked_scores(second, "people")
    members = np.asarray(is_member)
    if not len(one) == len(other) == members.size or members.shape != one.shape:
        raise ShapeError(
            f"expected two scores and one membership of the same people, got {len(one)} and {len(other)} scores and "
            f"memberships of shape {members.shape}. Compare only who has both scores."
        )
    if members.dtype != np.bool_ or members.all() or not members.any():
        raise ShapeError(
            f"expected members (True) and non-members (False), got {members.dtype} with {np.count_nonzero(members)} "
            f"members of {len(members)}. Without either of them nothing tells the two apart."
        )
    return one, other, members


def checked_fraction(value: float, what: str) -> float:
    """Returns a fraction strictly between 0 and 1.

    Raises:
        SettingError: It is not.
    """
    if not 0 < value < 1:
        raise SettingError(f"expected {what} between 0 and 1, got {value}. Write 1 % as 0.01.")
    return float(value)


def most_of(fraction: float, n: int) -> int:
    """Returns how many of n people are at most this fraction of them, reckoned with the fraction as it is written.

    >>> most_of(0.29, 100), int(0.29 * 100)
    (29, 28)
    """
    return math.floor(Fraction(repr(float(fraction))) * n)


def fewest_for(count: int, fraction: float) -> int:
    """Returns of how many people at least this fraction makes up `count` of them.

    >>> fewest_for(1, 0.001)
    1000
    """
    return math.ceil(count / Fraction(repr(float(fraction))))
