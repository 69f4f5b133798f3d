"""Whether a leaderboard just made says what the one under version control says.

Predictions rest on sums of floats, which processors of another kind round otherwise: a few near-ties fall to the other
side there. Rows must be the same and rates may differ a little; a word, a count or a rank may differ only where the
numbers that it rests on are that close to where it turns. Usage: same_results.py COMMITTED.csv NEW.csv KEY[,KEY...]
"""

import csv
import itertools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

TOLERANCE = 0.03  # about one person of the smallest group

# Descents in float32 carry every rounding on from step to step, and detectors are fitted on where they end: a border
# that moves a little takes all texts that lie on it to the other side. About two people of the smallest group.
TEXT_TOLERANCE = 0.05

_RATES = ("tpr", "fpr", "auc", "vote_recall", "vote_fpr")

Row = dict[str, str]


def problems(committed: Sequence[Row], new: Sequence[Row], keys: Sequence[str]) -> list[str]:
    """Returns what cannot be a matter of rounding, a line for each."""
    if [[row[key] for key in keys] for row in committed] != [[row[key] for key in keys] for row in new]:
        return ["other rows, or rows in another order"]
    return [
        f"{[now[key] for key in keys]} {column}: {before[column]} before, {now[column]} now"
        for before, now in zip(committed, new, strict=True)
        for column in before
        if before[column] != now[column] and not _may_differ(column)(column, before, now, committed)
    ]


def _may_differ(column: str) -> Callable[[str, Row, Row, Sequence[Row]], bool]:
    if column.startswith(("precision_at", "vote_precision")):
        return _follows_rates
    if column.startswith("auc_minus_blind"):
        return _is_close_or_of_another_baseline
    return {
        "near_tie_rate": lambda *_: True,
        "cpu_seconds": lambda *_: True,  # how fast a machine is
        "queries": _is_about_as_many_steps,
        "gradient_steps": _is_about_as_many_steps,
        "claim": _turns_at_zero,
        "best_blind": _best_is_nearly_as_good,
        "discovered_members": _is_about_as_many,
        "discovered_non_members": _is_about_as_many,
        "rank": _cannot_be_told_apart,
    }.get(column, _is_close)


def _tolerance(row: Row) -> float:
    return TEXT_TOLERANCE if row.get("attack", "").startswith("tuni-") else TOLERANCE


def _is_about_as_many_steps(column: str, before: Row, now: Row, _: Sequence[Row]) -> bool:
    """A descent stops where nothing is gained any more, which rounding may move; other attacks ask what they ask."""
    try:
        counts = int(before[column]), int(now[column])
    except ValueError:
        return False
    return _tolerance(before) > TOLERANCE and abs(counts[0] - counts[1]) <= TEXT_TOLERANCE * max(counts)


def _is_close(column: str, before: Row, now: Row, _: Sequence[Row] = ()) -> bool:
    try:
        return abs(float(before[column]) - float(now[column])) <= _tolerance(before)
    except ValueError:
        return False


def _is_close_or_of_another_baseline(column: str, before: Row, now: Row, _: Sequence[Row]) -> bool:
    """Beside another baseline, which errs about other people, the interval is another one."""
    return _is_close(column, before, now) or (
        column != "auc_minus_blind" and before["best_blind"] != now["best_blind"] != "n/a" != before["best_blind"]
    )


def _best_is_nearly_as_good(column: str, before: Row, now: Row, _: Sequence[Row]) -> bool:
    return _is_close("best_blind_auc", before, now)


def _turns_at_zero(column: str, before: Row, now: Row, _: Sequence[Row]) -> bool:
    """A claim needs an interval above zero: it turns where the lower end crosses."""
    try:
        return (float(before["auc_minus_blind_low"]) > 0) != (float(now["auc_minus_blind_low"]) > 0)
    except ValueError:
        return False


def _follows_rates(column: str, before: Row, now: Row, _: Sequence[Row]) -> bool:
    """One false positive more changes precision at a small prior a lot; without one it is the same."""
    return any(before[rate] != now[rate] for rate in before if rate.startswith(_RATES))


def _is_about_as_many(column: str, before: Row, now: Row, _: Sequence[Row]) -> bool:
    try:
        n = int(now[column.removeprefix("discovered_")])
        return abs(int(before[column]) - int(now[column])) <= max(1, _tolerance(before) * n)
    except ValueError:
        return False


def _cannot_be_told_apart(column: str, before: Row, now: Row, committed: Sequence[Row]) -> bool:
    """A rank moves by one for every model that was, or was not, told apart: one whose interval reaches into this."""
    same = ("people", "attack", "n_photos", "occurrences")
    near = [
        row
        for row in committed
        if row is not before
        and row["rank"] != "n/a"
        and all(row[key] == before[key] for key in same)
        and float(row["auc_low"]) <= float(before["auc_high"]) + _tolerance(before)
        and float(before["auc_low"]) <= float(row["auc_high"]) + _tolerance(before)
    ]
    try:
        return abs(int(before["rank"]) - int(now["rank"])) <= len(near)
    except ValueError:
        return False


def _rows(path: str) -> list[Row]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    rows = [_rows(path) for path in sys.argv[1:3]]
    found = problems(*rows, sys.argv[3].split(","))
    print("\n".join(itertools.islice(found, 20)) or f"{len(rows[1])} rows as committed, up to rounding")
    sys.exit(bool(found))
