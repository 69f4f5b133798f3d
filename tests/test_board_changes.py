"""The comparison of submitted results with the board."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEADER = (
    "model,people,attack,n_photos,occurrences,members,non_members,tau,tpr,tpr_low,tpr_high,fpr,fpr_low,fpr_high,"
    "auc,auc_low,auc_high,protocol,status,control,weights,membership,activation"
)


def row(model: str, tpr: float, photos: str = "all", occurrences: str = "all") -> str:
    rates = f"{tpr},0.1,0.9,0,0,0.03,n/a,n/a,n/a"
    return f"{model},toy,idia,{photos},{occurrences},5,7,1,{rates},idia/1,ok,n/a,abc,def,gelu"


def board(folder: Path, *rows: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "leaderboard.csv").write_text("\n".join([HEADER, *rows]))
    return folder


def shown(base: Path, head: Path) -> str:
    command = [sys.executable, "-I", str(ROOT / ".ci" / "board_changes.py"), str(base), str(head)]
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout


def test_rows_that_come_move_or_go_are_shown_with_both_numbers(tmp_path: Path) -> None:
    base = board(tmp_path / "base", row("same", 0.5), row("gone", 0.5), row("moved", 0.5))
    head = board(tmp_path / "head", row("same", 0.5), row("new", 0.25), row("moved", 0.75))

    rest = "0.00 [0.00, 0.03] | n/a | ok |"
    assert shown(base, head).splitlines()[4:] == [
        f"| removed | gone | toy | idia | 5 / 7 | 0.50 [0.10, 0.90] | {rest}",
        f"| changed | moved | toy | idia | 5 / 7 | 0.50 [0.10, 0.90] → 0.75 [0.10, 0.90] | {rest}",
        f"| new | new | toy | idia | 5 / 7 | 0.25 [0.10, 0.90] | {rest}",
    ]


def test_only_the_most_photos_and_all_members_are_shown(tmp_path: Path) -> None:
    base = board(tmp_path / "base", row("a", 0.5))
    head = board(tmp_path / "head", row("a", 0.5), row("a", 0.3, photos="1"), row("a", 0.2, occurrences="5"))

    assert shown(base, head).splitlines() == ["## The board", "", "No row changes."]


def test_there_need_not_have_been_a_board(tmp_path: Path) -> None:
    assert "| new | a |" in shown(tmp_path / "nowhere", board(tmp_path / "head", row("a", 0.5)))
