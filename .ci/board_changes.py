"""How two results folders differ on the board, in Markdown for the summary of a job.

Usage: board_changes.py BASE_RESULTS HEAD_RESULTS. Judges nothing: whether the rows are true, and whether one was
removed or replaced, is told by `idia verify HEAD_RESULTS --against BASE_RESULTS`.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

_KEY = ("model", "people", "attack", "protocol", "tau", "control", "weights", "membership", "activation")
_RATES = ("tpr", "fpr", "auc")
_HEADER = """\
| | Model | People | Attack | Members / non-members | TPR | FPR | AUC | Status |
|---|---|---|---|---|---|---|---|---|"""


def board_changes(base: Path, head: Path) -> list[str]:
    """Returns the rows of a table: what is on the board before and after, at the most photos and over all members.

    Args:
        base: The results folder as it was.
        head: The results folder as it is to be.
    """
    before, after = (dict(_headlines(folder / "leaderboard.csv")) for folder in (base, head))
    return [
        _line(key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]


def _headlines(table: Path) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    if not table.is_file():
        return
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["occurrences"] in ("all", "n/a") and row["n_photos"] in ("all", "n/a"):
                yield tuple(row.get(column, "n/a") for column in _KEY), row


def _line(key: tuple[str, ...], was: dict[str, str] | None, now: dict[str, str] | None) -> str:
    shown = now or was or {}
    what = "new" if was is None else "removed" if now is None else "changed"
    n = f"{shown['members']} / {shown['non_members']}"
    moved = (_moved(_shown(was, rate), _shown(now, rate)) for rate in _RATES)
    cells = [what, *key[:3], n, *moved, shown["status"]]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _moved(old: str, new: str) -> str:
    return f"{old} → {new}" if old and new and old != new else new or old


def _shown(row: dict[str, str] | None, rate: str) -> str:
    """A rate with its interval; empty where there is no row."""
    if row is None:
        return ""
    try:
        value, low, high = (float(row[column]) for column in (rate, f"{rate}_low", f"{rate}_high"))
    except ValueError:
        return "n/a"
    return f"{value:.2f} [{low:.2f}, {high:.2f}]"


if __name__ == "__main__":
    found = board_changes(Path(sys.argv[1]), Path(sys.argv[2]))
    print("\n".join(["## The board", "", *([_HEADER, *found] if found else ["No row changes."])]))
