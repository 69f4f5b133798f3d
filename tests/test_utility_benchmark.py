"""The benchmark of utility from end to end, in pytest processes of its own."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from idia.options import OPTIONS

BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "test_utility.py"
TOY = ("--idia-model=python:idia.testing:toy_clip", "--idia-names=120")
OWN = ("--idia-utility-labels=kinds", "--idia-utility-captions=words.csv")


def run_in(folder: Path, *arguments: str) -> tuple[int, str]:
    ours = {option.variable for option in OPTIONS}
    environment = {
        name: value for name, value in os.environ.items() if name not in ours and not name.startswith("PYTEST")
    }
    environment |= {"IDIA_CACHE_DIR": "cache", "IDIA_RESULTS": "results", "COLUMNS": "160"}
    command = [sys.executable, "-m", "pytest", str(BENCHMARK), "-p", "no:cacheprovider", *TOY, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def results_of(folder: Path) -> dict[str, bytes]:
    root = folder / "results"
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("benchmark")
    rng = np.random.default_rng(0)
    rows = ["image,caption"]
    for name in ("hard_noise", "soft_noise"):
        (folder / "kinds" / name).mkdir(parents=True)
        for number in range(4):
            path = folder / "kinds" / name / f"{number}.png"
            Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(path)
            rows.append(f"{path.relative_to(folder)},{name} {number}")
    (folder / "words.csv").write_text("\n".join(rows))
    return folder


def test_own_photos_give_a_record_a_table_and_the_same_bytes_from_several_workers(folder: Path) -> None:
    status, output = run_in(folder, *OWN, "--idia-control=permuted")
    first = results_of(folder)

    assert status == 0, output
    assert "1 passed" in output  # a control with other names is the same model
    assert "kinds+words  kinds top-1" in output
    assert "guessing" in output
    (record,) = (name for name in first if name.startswith("utility/"))
    assert record.startswith("utility/kinds-words-")
    rows = list(csv.DictReader(first["utility.csv"].decode().splitlines()))
    assert [(row["task"], row["metric"], row["n_photos"]) for row in rows] == [
        ("kinds", "top-1", "8"),
        ("words", "rank@1", "8"),
        ("words", "rank@5", "8"),
    ]

    status, output = run_in(folder, *OWN, "-n", "2")
    assert status == 0, output
    assert "kinds+words  kinds top-1" in output
    assert results_of(folder) == first


def test_without_tasks_the_test_says_which_option_to_give(tmp_path: Path) -> None:
    status, output = run_in(tmp_path)

    assert status == pytest.ExitCode.TESTS_FAILED
    assert "1 skipped" in output
    assert "ERROR: nothing was measured: the only benchmark was skipped: " in output
    assert "--idia-utility-labels DIR or --idia-utility-captions CSV" in output
    assert not list((tmp_path / "results").rglob("*.json"))


def test_photos_that_cannot_be_used_end_the_run_with_one_message(folder: Path) -> None:
    status, output = run_in(folder, "--idia-utility-labels=nowhere")

    assert status == 4
    assert "ERROR: cannot read the classes in " in output
    assert "Traceback" not in output
