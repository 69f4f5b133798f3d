"""Which differences between two leaderboards another processor can make."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "same_results.py"
KEYS = ["model", "attack", "status"]
ROW = {
    "model": "a",
    "people": "toy",
    "attack": "calibrated",
    "n_photos": "all",
    "occurrences": "all",
    "status": "ok",
    "controls": "passed",
    "members": "240",
    "non_members": "300",
    "tpr": "0.5",
    "fpr": "0.0",
    "near_tie_rate": "1e-05",
    "auc": "0.7",
    "auc_low": "0.66",
    "auc_high": "0.74",
    "precision_at_1": "1.0",
    "claim": "leaks",
    "best_blind": "name",
    "best_blind_auc": "0.51",
    "auc_minus_blind_low": "0.005",
    "discovered_members": "95",
    "discovered_non_members": "1",
    "rank": "2",
    "queries": "5000",
    "gradient_steps": "0",
    "cpu_seconds": "n/a",
}
NEAR = ROW | {"model": "near", "auc": "0.76", "auc_low": "0.72", "auc_high": "0.8", "rank": "1"}
TEXT = ROW | {
    "attack": "tuni-names",
    "gradient_steps": "4000",
    "cpu_seconds": "41.5",
    "vote_recall": "0.3",
    "vote_fpr": "0.1",
    "vote_precision": "0.7",
    "fpr_namesake": "0.31",
}
FAR = NEAR | {"model": "far", "auc": "0.96", "auc_low": "0.92", "auc_high": "0.98"}


def problems(changes: dict[str, str], other: dict[str, str] = NEAR, first: dict[str, str] = ROW) -> list[str]:
    """What is said of a board on which the first row is another one."""
    script = runpy.run_path(str(SCRIPT))
    found: list[str] = script["problems"]([first, other], [first | changes, other], KEYS)
    return found


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
def test_near_ties_may_fall_to_the_other_side(changes: dict[str, str]) -> None:
    assert problems(changes) == []


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
def test_everything_else_is_another_result(changes: dict[str, str]) -> None:
    (column, value), *_ = changes.items()
    said = "\n".join(problems(changes))

    assert f" {column}: {ROW[column]} before, {value} now" in said or (column == "status" and "other rows" in said)


@pytest.mark.parametrize(
    "changes",
    [
        {"cpu_seconds": "97.25"},
        {"queries": "5100", "gradient_steps": "4100"},
        {"auc": "0.745", "vote_recall": "0.34"},
        {"vote_fpr": "0.06", "vote_precision": "0.9"},
        {"fpr_namesake": "0.355"},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_descents_may_carry_rounding_a_little_further(changes: dict[str, str]) -> None:
    assert problems(changes, first=TEXT) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"queries": "5400"},
        {"gradient_steps": "n/a"},
        {"auc": "0.76"},
        {"vote_precision": "0.9"},
        {"fpr_namesake": "0.37"},
    ],
    ids=lambda changes: "-".join(map("=".join, changes.items())),
)
def test_but_not_far(changes: dict[str, str]) -> None:
    assert problems(changes, first=TEXT)


def test_attacks_with_photos_ask_as_much_on_every_machine() -> None:
    assert problems({"queries": "5001"})


def test_ranks_of_models_far_apart_are_no_matter_of_rounding() -> None:
    assert problems({"rank": "1"}, FAR)


@pytest.mark.parametrize(("tpr", "status"), [(0.52, 0), (0.54, 1)])
def test_the_script_ends_as_it_should(tmp_path: Path, tpr: float, status: int) -> None:
    for name, value in (("before", 0.5), ("now", tpr)):
        (tmp_path / name).write_text(f"model,tpr\na,{value}\n")
    command = [sys.executable, "-I", str(SCRIPT), str(tmp_path / "before"), str(tmp_path / "now"), "model"]
    run = subprocess.run(command, check=False, capture_output=True, text=True)

    assert (run.returncode, "1 rows as committed" in run.stdout) == (status, not status)
