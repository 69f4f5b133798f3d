"""The speed benchmark itself, on next to nothing."""

import csv
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SMALL = {
    "ROUNDS": "2",
    "GROWTH_ROUNDS": "1",
    "N_PHOTOS, N_NAMES": "20, 40",
    "N_PEOPLE, DRAWS": "4, 20",
    "FEWER_NAMES, MANY_NAMES": "50, 300",
    "GROWING_DRAWS": "(2, 20)",
    "N_FILES, FILE_SIDE": "3, 64",
    "ATTACKED": f"Path({str(ROOT / 'fixtures' / 'models' / 'vit-mixed')!r})",
}


def test_every_stage_has_its_rows(tmp_path: Path, plugins_left_out: str) -> None:
    text = (ROOT / "benchmarks" / "test_speed.py").read_text()
    for name, value in SMALL.items():
        text, n_found = re.subn(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
        assert n_found == 1, name
    (tmp_path / "test_speed.py").write_text(text)
    chosen = "prediction or tokenising or voting or draws or photo"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--idia-speed", "-k", chosen]
    done = subprocess.run(
        [*command, "--rootdir", ".", *plugins_left_out.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    with (tmp_path / "results" / "speed.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    to_do = [row for row in rows if row["remark"].startswith("not measured: ")]
    assert {row["stage"].split()[0] for row in to_do} == {"GPU"}
    assert not any(row["ours"] or row["baseline"] for row in to_do)
    rows = [row for row in rows if row not in to_do]
    assert {row["stage"] for row in rows} == {
        "name prediction, whole call",
        "name prediction, prepared texts",
        "memory of name prediction, streamed",
        "tokenising",
        "voting",
        "photo encoding, wall time",
        "growth with draws",
    }
    compared = [row for row in rows if row["against"] and row["unit"] != "MiB"]
    assert all(row["remark"].startswith("n/a") or float(row["ratio"]) > 0 for row in compared)
    assert all(re.match("0 of [1-9]|.* differ by at most ", row["checked"]) for row in compared)
    assert (tmp_path / "results" / "figures" / "speed" / "growth.svg").exists()
