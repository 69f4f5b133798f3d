"""Whether a leaderboard just made says what the one under version control says.

Predictions rest on sums of floats, which processors of another kind round otherwise: a few near-ties fall to the other
side there. Rows must be the same, rates may differ a little. Usage: same_results.py COMMITTED.csv NEW.csv KEY[,KEY...]
"""

import csv
import itertools
import sys
from pathlib import Path

TOLERANCE = 0.03  # about one person of the smallest group


def _rows(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _problems(committed: list[dict[str, str]], new: list[dict[str, str]], keys: list[str]) -> list[str]:
    if [[row[key] for key in keys] for row in committed] != [[row[key] for key in keys] for row in new]:
        return ["other rows, or rows in another order"]
    return [
        f"{[now[key] for key in keys]} {column}: {before[column]} before, {now[column]} now"
        for before, now in zip(committed, new, strict=True)
        for column in before
        if column != "near_tie_rate" and not _is_close(before[column], now[column])
    ]


def _is_close(before: str, now: str) -> bool:
    try:
        return before == now or abs(float(before) - float(now)) <= TOLERANCE
    except ValueError:
        return False


rows = [_rows(path) for path in sys.argv[1:3]]
found = _problems(*rows, sys.argv[3].split(","))
print("\n".join(itertools.islice(found, 20)) or f"{len(rows[1])} rows as committed, up to rounding")
sys.exit(bool(found))
