"""What a table says about people besides their names: any column that could tell members from non-members."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float64, Int64, UInt64

from idia.blind.crossvalidation import FEWEST, Judge, ranks, strongest
from idia.blind.logistic import logistic, standardised

_MOST_LEVELS = 20
_FEWEST_OF_A_LEVEL = 5
_STRENGTH = 1.0

Column = Sequence[str] | Sequence[float]
"""What a table says about everybody: texts, blank where it says nothing, or numbers, not a number there."""


def metadata_judge(
    columns: Mapping[str, Column], is_member: Bool[np.ndarray, " people"], keys: UInt64[np.ndarray, " people"]
) -> Judge | None:
    """Returns the strongest of several judges, who see nothing but a table; None if it says nothing about people.

    Judges are: a logistic regression on all columns, and each numeric column alone, over everybody as well as within
    the people who have the same value in a column of few texts, such as a group. Which of them is the strongest, and
    whether more of a column speaks for or against a member, is found out by cross-validation among the people learned
    from. So the area of its scores is honest, however many columns there are.

    That a cell is blank says nothing: it counts as an average one. A column counts if it says something about ten
    members and ten non-members; a group that only members belong to is none.

    Args:
        columns: The table's columns, each with a cell for everybody. A column of texts that are all numbers is numeric.
        is_member: Who is a member `[people]`.
        keys: What everybody is told apart by `[people]`.
    """
    numbers, sets = _understood(columns, is_member)
    if not numbers and not sets:
        return None
    alone = [ranked for each in numbers for ranked in (_ranked(each), *(_within(each, of) for of in sets))]
    indicators = [np.where(of < 0, np.nan, of == level) for of in sets for level in np.unique(of[of >= 0])]
    together = standardised(np.array([*alone, *indicators], dtype=np.float64).T)
    judges = [logistic(together, is_member, strength=_STRENGTH)]
    judges += [_signed(standardised(each[:, None])[:, 0], is_member) for each in alone]
    return strongest(judges, is_member, keys)


def _understood(
    columns: Mapping[str, Column], is_member: Bool[np.ndarray, " people"]
) -> tuple[list[Float64[np.ndarray, " people"]], list[Int64[np.ndarray, " people"]]]:
    """Numeric columns, and columns that sort people into sets, as the number of the set or -1."""
    numbers, sets = [], []
    for _, cells in sorted(columns.items()):
        numeric = _numeric(cells)
        levels = None if numeric is not None else _levels([str(cell) for cell in cells])
        known = np.isfinite(numeric) if numeric is not None else np.asarray(levels) >= 0
        if min((known & is_member).sum(), (known & ~is_member).sum()) < FEWEST:
            continue
        if numeric is not None and np.ptp(numeric[known]) > 0:
            numbers.append(numeric)
        elif levels is not None and np.ptp(levels[known]) > 0:
            sets.append(levels)
    return numbers, sets


def _numeric(cells: Column) -> Float64[np.ndarray, " people"] | None:
    values = []
    for cell in cells:
        try:
            values.append(float(cell) if str(cell).strip() else math.nan)
        except ValueError:
            return None
    numbers = np.array(values, dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _levels(cells: Sequence[str]) -> Int64[np.ndarray, " people"]:
    """The set that everybody belongs to; those of fewer than five people are one set together."""
    written, numbers, sizes = np.unique(cells, return_inverse=True, return_counts=True)
    common = [
        index for index in np.argsort(-sizes, kind="stable") if sizes[index] >= _FEWEST_OF_A_LEVEL and written[index]
    ]
    level_of = np.full(len(written), len(common[:_MOST_LEVELS]), dtype=np.int64)
    level_of[common[:_MOST_LEVELS]] = np.arange(len(common[:_MOST_LEVELS]))
    level_of[written == ""] = -1
    levels: Int64[np.ndarray, " people"] = level_of[numbers]
    return levels


def _ranked(values: Float64[np.ndarray, " people"]) -> Float64[np.ndarray, " people"]:
    """Ranks among those of whom something is known: no unit, and no outliers."""
    known = np.isfinite(values)
    result = np.full(len(values), np.nan)
    _, order = np.unique(values[known], return_inverse=True)  # whatever the scale, different values stay different
    result[known] = ranks(order.astype(np.float64))
    return result


def _within(
    values: Float64[np.ndarray, " people"], sets: Int64[np.ndarray, " people"]
) -> Float64[np.ndarray, " people"]:
    """Ranks within each set of people."""
    result = np.full(len(values), np.nan)
    for number in np.unique(sets[sets >= 0]):
        inside = sets == number
        result[inside] = _ranked(values[inside])
    return result


def _signed(values: Float64[np.ndarray, " people"], is_member: Bool[np.ndarray, " people"]) -> Judge:
    """A judge who takes one column as it is, or the other way round."""

    def judge(
        others: Int64[np.ndarray, " others"], judged: Int64[np.ndarray, " judged"]
    ) -> Float64[np.ndarray, " judged"]:
        members = is_member[others]
        higher = values[others][members].mean() >= values[others][~members].mean()
        scores: Float64[np.ndarray, " judged"] = values[judged] * (1 if higher else -1)
        return scores

    return judge
