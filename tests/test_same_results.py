"""Which differences between two leaderboards another processor can make."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KEYS = "model,attack,status"
ROW = dict(
    column.split("=")
    for column in (
        "model=a people=toy attack=calibrated n_photos=all occurrences=all status=ok controls=passed "
        "members=240 non_members=300 tpr=0.5 fpr=0.0 near_tie_rate=1e-05 auc=0.7 auc_low=0.66 auc_high=0.74 "
        "precision_at_1=1.0 claim=leaks best_blind=name best_blind_auc=0.51 auc_minus_blind_low=0.005 "
        "discovered_members=95 discovered_non_members=1 rank=2"
    ).split()
)
NEAR = ROW | {"model": "near", "auc": "0.76", "auc_low": "0.72", "auc_high": "0.8", "rank": "1"}
FAR = NEAR | {"model": "far", "auc": "0.96", "auc_low": "0.92", "auc_high": "0.98"}


def compared(folder: Path, other: dict[str, str] = NEAR, **changes: str) -> tuple[int, str]:
    """What is said of a board on which the first row is another one."""
    for name, row in (("before", ROW), ("now", ROW | changes)):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ROW)
            writer.writeheader()
            writer.writerows([row, other])
    command = [sys.executable, "-I", str(ROOT / ".ci" / "same_results.py"), str(folder / "before"), str(folder / "now")]
    run = subprocess.run([*command, KEYS], check=False, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode in (0, 1), run.stderr
    return run.returncode, run.stdout


@pytest.mark.parametrize(
    "changes",
    [
        {"near_tie_rate": "0.5"},
        {"tpr": "0.52", "auc": "0.69"},
        {"fpr": "0.003333", "precision_at_1": "0.6"},
        {"claim": "not distinguishable from a blind guess", "auc_minus_blind_low": "-0.01"},
        {"best_blind": "image", "best_blind_auc": "0.52", "auc_minus_blind_low": "0.06"},
        {"discovered_members": "101", "discovered_non_members": "4"},
        {"rank": "1"},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_near_ties_may_fall_to_the_other_side(changes: dict[str, str], tmp_path: Path) -> None:
    assert compared(tmp_path, **changes) == (0, "2 rows as committed, up to rounding\n")


@pytest.mark.parametrize(
    "changes",
    [
        {"tpr": "0.54"},
        {"tpr": "n/a"},
        {"precision_at_1": "0.6"},
        {"claim": "n/a"},
        {"claim": "not distinguishable from a blind guess", "auc_minus_blind_low": "0.002"},
        {"auc_minus_blind_low": "-0.03", "claim": "not distinguishable from a blind guess"},
        {"best_blind": "image", "best_blind_auc": "0.6"},
        {"best_blind": "n/a", "best_blind_auc": "n/a"},
        {"discovered_members": "103"},
        {"discovered_non_members": "11"},
        {"members": "241"},
        {"controls": "failed"},
        {"rank": "4"},
        {"rank": "n/a"},
        {"status": "invalid"},
    ],
    ids=lambda changes: "-".join(map("=".join, changes.items())),
)
def test_everything_else_is_another_result(changes: dict[str, str], tmp_path: Path) -> None:
    status, said = compared(tmp_path, **changes)

    assert status == 1
    assert f" {changes[next(iter(changes))]} now" in said or "other rows" in said


def test_ranks_of_models_far_apart_are_no_matter_of_rounding(tmp_path: Path) -> None:
    assert compared(tmp_path, FAR, rank="1")[0] == 1
