"""Ranks that are shared where a paired comparison cannot tell rows apart."""

import numpy as np
from jaxtyping import Bool

from idia.errors import ShapeError
from idia.statistics.estimates import Difference


def separated(difference: Difference) -> bool:
    """Returns whether one of two rows is better: the paired interval excludes 0."""
    return difference.low > 0 or difference.high < 0


def shared_ranks(is_better: Bool[np.ndarray, "rows rows"]) -> list[int]:
    """Returns the rank of each row: 1, and one more for every row that is significantly better than it.

    Rows are on a par far more loosely than numbers are equal: the first may be on a par with the second and the second
    with the third, and yet the first be better than the third. The ranks are then 1, 1 and 2, and it is not said that
    the second beats the third. A rank says how many rows are known to be better, and nothing else: rows that share it
    need not be on a par with one another, and a row that was measured on few people, which hardly anything can be shown
    to beat, may rank above one with a higher value. One comparison in twenty between equals goes wrong; among many rows
    some do.

    Args:
        is_better: Whether the row is better than the column `[rows, rows]`, each pair compared on the same people.

    Raises:
        ShapeError: This is not a square of verdicts, or a row is better than itself, or two are better than each other.

    >>> shared_ranks(np.array([[False, False, True], [False, False, False], [False, False, False]]))
    [1, 1, 2]
    """
    better = np.asarray(is_better)
    if better.ndim != 2 or better.shape[0] != better.shape[1] or better.dtype != np.bool_:
        raise ShapeError(
            f"expected True or False for every pair of rows, [rows, rows], got {better.dtype} of shape {better.shape}."
        )
    if (better & better.T).any():
        row, other = (int(at) for at in np.argwhere(better & better.T)[0])
        raise ShapeError(
            f"expected at most one of two rows to be better, got that of rows {row} and {other} each is. Compare each "
            "pair once."
        )
    return [1 + int(count) for count in better.sum(axis=0)]
